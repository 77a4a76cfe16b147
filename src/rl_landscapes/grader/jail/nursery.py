"""Jails that start quickly: each is forked from one that has imported NumPy and has read nothing of anybody.

Starting NumPy is most of what a small submission costs. So one jail, without a filter, starts it once and
waits (`forking`). For every submission it forks a process with two new pipes, which enters namespaces of its
own, in a new session, closes all else that it has inherited, drops what it may do, and comes under the filter
and the limits; only then is it told what to run. That is as good as a jail of its own:

* It sees what such a jail sees, the same files and devices, read-only, and the filter is the same.
* Memory is copied when it is written to; nothing in the first process is shared for writing.
* It holds no descriptor but its pipes, so it cannot speak to the first process, which reads nothing from it.
* In its own namespace of processes there is but one more, which waits for its end, with nothing in it: it
  cannot name the first or another, and in its own session no signal to a group reaches them. The first
  process does not even learn how it ends.
* The first process is told one byte for each, and never what it is for.

What remains is what any two jails of one machine share, such as its load; that all of an examiner's have the
same addresses in memory; and how many there have been. Where the system refuses namespaces inside of
namespaces, as the profile of Ubuntu 24.04 does, each submission gets a jail started for it alone.
"""

import os
import select
import signal
import socket
import subprocess
import weakref
from contextlib import suppress
from functools import cache
from typing import IO

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running.session import START_S, NotStarted, Process, Session, Starter, Stopped
from rl_landscapes.grader.jail import bubblewrap
from rl_landscapes.grader.jail.forking import MADE, MORE, READY

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
    """The jail from which those of an assignment are forked; it ends with this thread, or by `close`."""

    def __init__(self, assignment: Assignment) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(START_S)
        with theirs:
            self.process = bubblewrap.begin(assignment, theirs.fileno())
        self.close = weakref.finalize(self, _end, self.process, self.control)  # ends it and all it has made
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
        self.process.kill()
        assert self.process.stderr is not None
        text = self.process.stderr.read(2000).decode(errors="replace").strip()
        return f": {text}" if text else ""


def _end(process: "subprocess.Popen[bytes]", control: socket.socket) -> None:
    control.close()
    process.kill()
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


def starter(assignment: Assignment) -> Starter:
    """Return what starts jails for an assignment as quickly as this system allows.

    Raises
    ------
    NoJail
        As `bubblewrap.starter`.
    ModuleNotFoundError
        If a package that the assignment names is not installed.
    """
    alone = bubblewrap.starter(assignment)
    if not available():
        return alone
    kept: list[Nursery] = []

    def start() -> Process:
        if not kept or not kept[0].is_open:
            for ended in kept:
                ended.close()
            kept[:] = [Nursery(assignment)]
        return kept[0].start()

    return start


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
