"""Inside of a jail: a process that has read nothing of any student, and makes one for each submission.

Started as `python forking.py [RLIMIT_NAME=VALUE...] FOLDER...`, with a socket in the place of its standard
input and a filter of system calls beside it. Whoever holds the other end sends two pipes; a process is made
that has these and nothing else, in namespaces of its own, under the filter, before it is told anything. What
comes back is a handle of the first process in there, by which all are ended. This process reads nothing else,
and nothing from those that it has made: not even how they end.
"""

import ctypes
import errno
import gc
import os
import platform
import signal
import socket
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

FOLDER = os.path.dirname(os.path.abspath(__file__))
if TYPE_CHECKING or __package__:
    from rl_landscapes.course.running import worker
else:  # as a program, see `worker`
    sys.path.insert(0, FOLDER)
    import worker

    sys.path.remove(FOLDER)


READY, MORE, MADE = b"ready", b"+", b"made"
FILTER = "filter"
OPEN = 32  # files that this process may have open
CLONE = {"x86_64": 56, "aarch64": 220}
NEW = 0x10000000 | 0x20000000 | 0x08000000 | 0x40000000 | 0x04000000  # user, process ids, IPC, network, names
NO_NEW_PRIVILEGES, SECCOMP, BY_FILTER, DROP_BOUND, AMBIENT, CLEAR_ALL = 38, 22, 2, 24, 47, 4  # of prctl
CAPABILITIES_3 = 0x20080522


class Program(ctypes.Structure):
    """A filter as the kernel takes it."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def main() -> None:
    """Make processes until nobody can ask for more."""
    import resource  # not where nothing is graded, and this file is read all the same

    libc = ctypes.PyDLL(None, use_errno=True)
    with open(os.path.join(FOLDER, FILTER), "rb") as file:
        rules = file.read()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # they go without a word
    control = socket.socket(fileno=0)
    gc.collect()
    gc.freeze()  # what is there stays where it is, so that the pages remain shared
    control.send(READY)
    while True:
        said, pipes, _, _ = socket.recv_fds(control, len(MORE), 2)
        if said != MORE:
            return
        try:
            made = demand(libc.syscall(CLONE[platform.machine()], NEW | signal.SIGCHLD, 0, 0, 0, 0))
            if not made:
                begin(libc, control, pipes, rules)
            handle = os.pidfd_open(made)
            socket.send_fds(control, [MADE], [handle])
            os.close(handle)
        except OSError as error:
            control.send(f"{type(error).__name__}: {error}"[:200].encode())
        for pipe in pipes:
            os.close(pipe)


def begin(libc: ctypes.CDLL, control: socket.socket, pipes: Sequence[int], rules: bytes) -> NoReturn:
    """Be the first process of new namespaces: make the one for the submission, and end when it does."""
    try:
        control.detach()
        os.setsid()  # or it could send signals to the group of who made it
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        give_up(libc)
        made = os.fork()
        if not made:
            enter(libc, pipes, rules)
        os.closerange(0, OPEN)
        os.waitpid(made, 0)
    finally:
        os._exit(0)


def enter(libc: ctypes.CDLL, pipes: Sequence[int], rules: bytes) -> NoReturn:
    """Keep two pipes and nothing else, come under the filter, and serve."""
    try:
        os.setsid()
        for place, pipe in enumerate((*pipes, os.open(os.devnull, os.O_RDWR))):
            os.dup2(pipe, place)
        os.closerange(3, OPEN)
        steps = Program(len(rules) // 8, rules)
        demand(libc.prctl(SECCOMP, BY_FILTER, ctypes.byref(steps), 0, 0))
        del sys.modules["worker"]
        worker.main()
    finally:
        os._exit(1)


def give_up(libc: ctypes.CDLL) -> None:
    """Drop what a new namespace of users has brought, and the ways to get it back."""
    demand(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    demand(libc.prctl(AMBIENT, CLEAR_ALL, 0, 0, 0))
    for capability in range(64):
        if libc.prctl(DROP_BOUND, capability, 0, 0, 0) < 0:
            break  # the one before was the last that this kernel knows
    demand(libc.capset((ctypes.c_uint32 * 2)(CAPABILITIES_3, 0), (ctypes.c_uint32 * 6)()))


def demand(result: int) -> int:
    """Return the result of a system call, or raise if it has failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{errno.errorcode.get(number, number)}: {os.strerror(number)}")
    return result


if __name__ == "__main__":
    main()
