"""Jails that start quickly: each is forked from one that has imported NumPy and has read nothing of anybody.

Starting NumPy is most of what a small submission costs. So one jail, without a filter, starts it once and
waits (`forking`). For every submission it forks a process with two new pipes, which enters namespaces of its
own, in a new session, closes all else that it has inherited, drops what it may do, and comes under the filter
and the limits; only then is it told what to run. That is as good as a jail of its own:

It sees what such a jail sees, the same files and devices, read-only, and the filter is the same. No lock,
time or mode of a file can be set, and no file system mounted, so a file tells nothing of who has read it.

Memory is copied when it is written to; nothing in the first process is shared for writing.

It holds no descriptor but its pipes, so it cannot speak to the first process, which reads nothing from it.

Its own namespace of processes holds one more, which only waits for its end: it can name no other, so none
can be traced, limited, slowed or sent a signal. There is no `/proc`.

In its own session no signal to a group reaches others; the first process does not even learn how it ends.

The first process is told one byte for each, and never what it is for.

What remains is what any two jails of one machine share, such as its load, and what those of one examiner have
in common from their birth:

The same addresses in memory. Who knows where things lie in one jail knows it for the next; but code in a
jail can write to any address of its own process anyway, and is held by the kernel alone.

The same hash seed, which every jail has, as the order of a set must be the same in a regrade, and the same
state of random numbers, which is set to a fixed one before the first cell for that reason. No secret rests
on them: seeds of tests, and the numbers by which answers are told from forged ones, are drawn outside.

Where the system refuses namespaces inside of namespaces, as the profile of Ubuntu 24.04 does, each submission
gets a jail started for it alone.

One that waits holds no more than a started NumPy. It ends with `close`, with the thread that made it, and
when nobody holds the other end of its socket: the first process of its namespace goes, and all in there go.
"""

import os
import select
import signal
import socket
import subprocess
import threading
import weakref
from contextlib import suppress
from functools import cache
from typing import IO

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running.session import START_S, NotStarted, Process, Session, Starter, Stopped
from rl_landscapes.grader.jail import bubblewrap
from rl_landscapes.grader.jail.forking import MADE, MORE, READY

LEAVE_S = 10.0  # seconds that one has to leave by itself
TRIAL = f"""{bubblewrap.TRIAL}
import signal

def alone():
    \"\"\"Return what else there is that must not be.\"\"\"
    found = [] if (os.getpid(), os.getppid(), os.getpgid(0)) == (2, 1, 2) else ["other processes"]
    for number in range(3, 64):
        try:
            os.fstat(number)
        except OSError:
            continue
        found += [f"descriptor {{number}}"] if number > 5 else []  # two pipes, and nowhere
    return found
"""


class Forked:
    """A process that was made for us by another, as `Session` handles processes."""

    stderr: IO[bytes] | None = None

    def __init__(self, maker: "Nursery", handle: int, stdin: int, stdout: int) -> None:
        self.maker, self.handle = maker, handle  # the one must not go before the other
        self.stdin: IO[bytes] | None = os.fdopen(stdin, "wb", 0)
        self.stdout: IO[bytes] | None = os.fdopen(stdout, "rb", 0)

    def kill(self) -> None:
        """End it, and so all of its namespace."""
        if self.handle >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def wait(self) -> None:
        """Wait until it has ended."""
        if self.handle >= 0:
            ended = select.poll()
            ended.register(self.handle, select.POLLIN)
            ended.poll()
            os.close(self.handle)
            self.handle = -1


class Nursery:
    """The jail from which those of an assignment are forked, by the thread that has made it."""

    def __init__(self, assignment: Assignment) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(START_S)
        with theirs:
            self.process = bubblewrap.begin(assignment, theirs.fileno())
        self.close = weakref.finalize(self, _end, self.process, self.control, os.getpid())
        try:
            if self.control.recv(len(READY)) != READY:
                raise NotStarted(f"a jail to fork from did not start{self._said()}")
        except BaseException:
            self.close()
            raise

    def start(self) -> Process:
        """Return a new process under the filter, which waits for what it is to do.

        Raises
        ------
        NotStarted
            If there is none.
        """
        theirs_in, stdin = os.pipe()
        stdout, theirs_out = os.pipe()
        try:
            socket.send_fds(self.control, [MORE], [theirs_in, theirs_out])
            said, handles, _, _ = socket.recv_fds(self.control, 200, 1)
        except OSError as error:
            said, handles = str(error).encode(), []
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        if said == MADE and len(handles) == 1:
            return Forked(self, handles[0], stdin, stdout)
        for descriptor in (stdin, stdout, *handles):
            os.close(descriptor)
        self.close()
        raise NotStarted(f"no jail was forked: {said.decode(errors='replace') or 'nothing came'}")

    @property
    def is_open(self) -> bool:
        """Say whether it can be asked."""
        return self.process.poll() is None and self.control.fileno() >= 0

    def _said(self) -> str:
        """Return what it has written on its standard error."""
        self.process.kill()
        assert self.process.stderr is not None
        text = self.process.stderr.read(2000).decode(errors="replace").strip()
        return f": {text}" if text else ""


def _end(process: "subprocess.Popen[bytes]", control: socket.socket, owner: int) -> None:
    """End it and all that it has made; when this returns none is left, unless it had to be killed."""
    control.close()
    if owner != os.getpid():  # a copy, made by a fork
        return
    try:
        process.wait(LEAVE_S)  # until its namespace is empty
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stderr is not None:
        process.stderr.close()


class Quick:
    """Starts jails by forking them, each thread from a nursery of its own; one that has ended is replaced."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment, self.here = assignment, threading.local()

    def __call__(self) -> Process:
        """Return the process of a new jail."""
        return self.nursery().start()

    def nursery(self) -> Nursery:
        """Return this thread's nursery."""
        if not hasattr(self.here, "nursery") or not self.here.nursery.is_open:
            self.close()
            self.here.nursery = Nursery(self.assignment)
        made: Nursery = self.here.nursery
        return made

    def close(self) -> None:
        """End this thread's nursery, and all that it has made."""
        if hasattr(self.here, "nursery"):
            self.here.nursery.close()
            del self.here.nursery


def starter(assignment: Assignment) -> Starter:
    """Return what starts jails for an assignment as quickly as this system allows: `Quick`, where it can.

    Raises
    ------
    NoJail
        As `bubblewrap.starter`.
    ModuleNotFoundError
        If a package that the assignment names is not installed.
    """
    alone = bubblewrap.starter(assignment)
    return Quick(assignment) if available() else alone


@cache
def available() -> bool:
    """Say whether jails can be forked here, and one that is shows no more than one that is started."""
    trial = bubblewrap.trial()
    try:
        nursery = Nursery(trial)
    except (NotStarted, OSError):
        return False
    try:
        session = Session(nursery.start, trial.limits)
        try:
            session.cell("trial", TRIAL, 20.0)
            found = session.call("seen", [bubblewrap.hidden()], {}, 20.0)
            return not found and not session.call("alone", [], {}, 20.0)
        finally:
            session.close()
    except (NotStarted, StudentError, Stopped, subprocess.SubprocessError):
        return False
    finally:
        nursery.close()
