"""The filter of system calls: what it says of every number, and what a jail meets that tries."""

import os
import struct

import pytest

from rl_landscapes.grader.jail import seccomp
from tests.grader.jailed import inside, need_jail

REFUSED, ABSENT = seccomp.ERRNO | 1, seccomp.ERRNO | 38
# Calls after which the kernel holds memory that the limit of the process does not count.
KEEPS_MEMORY = [
    "socket",
    "socketpair",
    "pipe2",
    "epoll_create1",
    "inotify_init1",
    "fanotify_init",
    "eventfd2",
    "signalfd4",
    "timerfd_create",
    "timer_create",
    "memfd_create",
    "memfd_secret",
    "userfaultfd",
    "io_setup",
    "io_uring_setup",
    "add_key",
    "request_key",
    "keyctl",
    "shmget",
    "semget",
    "msgget",
    "mq_open",
    "bpf",
    "perf_event_open",
    "landlock_create_ruleset",
    "seccomp",
    "flock",
    "vmsplice",
    "splice",
    "tee",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "pidfd_open",
    "unshare",
    "setns",
    "mount",
    "fsopen",
    "open_tree",
    "quotactl",
]
CHANGES_FILES = [
    "fchmod",
    "fchmodat",
    "fchown",
    "fchownat",
    "utimensat",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "mknodat",
]
OLDER = [
    "fork",
    "vfork",
    "pipe",
    "epoll_create",
    "inotify_init",
    "eventfd",
    "signalfd",
    "chmod",
    "chown",
    "lchown",
    "utime",
    "utimes",
    "futimesat",
    "mknod",
]  # on x86_64 alone


def run_filter(program, machine, number, *arguments):
    """Return the verdict of a filter on a call, as the kernel would find it."""
    given = (*arguments, *(6 - len(arguments)) * (0,))
    data = struct.pack("<iIQ6Q", number, seccomp.MACHINES[machine].mark, 0, *given)
    steps, place, held = list(struct.iter_unpack("=HBBI", program)), 0, 0
    while True:
        code, if_true, if_false, value = steps[place]
        place += 1
        if code == seccomp.LOAD:
            held = struct.unpack_from("<I", data, value)[0]
        elif code == seccomp.MASK:
            held &= value
        elif code == seccomp.RETURN:
            return value
        else:
            holds = {
                seccomp.EQUAL: held == value,
                seccomp.AT_LEAST: held >= value,
                seccomp.ANY_BIT: bool(held & value),
            }[code]
            place += if_true if holds else if_false


@pytest.mark.parametrize("machine", seccomp.MACHINES)
@pytest.mark.parametrize("threads", [True, False])
def test_filter_on_every_call(machine, threads):
    known = seccomp.MACHINES[machine]
    program = seccomp.program(threads=threads, machine=machine)
    assert len(program) // 8 < 4096
    for number in range(600):
        wanted = seccomp.ALLOW
        if number in known.refused.values() or number == known.clone:
            wanted = REFUSED
        if number > seccomp.NEWEST or number == seccomp.CLONE3:
            wanted = ABSENT
        assert run_filter(program, machine, number) == wanted, number
    assert run_filter(program, machine, seccomp.X32 | 57) == ABSENT


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_what_keeps_memory_or_changes_files_is_refused_on_every_machine(machine):
    refused = seccomp.MACHINES[machine].refused
    wanted = [*KEEPS_MEMORY, *CHANGES_FILES, *(OLDER if machine == "x86_64" else [])]
    assert not set(wanted) - set(refused)
    assert len(set(refused.values())) == len(refused)


THREAD = 0x3D0F00  # what the C library asks for


@pytest.mark.parametrize("machine", seccomp.MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("clone", (THREAD,), True),
        ("clone", (THREAD | 1 << 40,), True),
        ("clone", (17,), False),  # a process, as by fork
        ("clone", (THREAD & ~0x400,), False),  # a thread with descriptors of its own: 128 more of them
        ("clone", (THREAD & ~0x100,), False),
        ("clone", (THREAD | 0x00020000,), False),
        ("clone", (THREAD | 0x10000000,), False),
        ("clone", (THREAD | 0x40000000,), False),
        ("mmap", (0, 4096, 3, 0x22), True),
        ("mmap", (0, 4096, 3, 0x02), True),
        ("mmap", (0, 4096, 3, 0x21), False),
        ("mmap", (0, 4096, 3, 0x23), False),
        ("mmap", (0, 4096, 1, 0x01 | 1 << 32), False),
        ("fcntl", (3, 1), True),
        ("fcntl", (3, 1030), True),
        ("fcntl", (3, 6), False),
        ("fcntl", (3, 7 | 1 << 32), False),
        ("fcntl", (3, 37), False),
        ("fcntl", (3, 1031), False),
        ("prctl", (15,), True),
        ("prctl", (22,), False),
        ("close_range", (3, 9, 0), True),
        ("close_range", (3, 9, 2), False),
        ("close_range", (3, 9, 6), False),
    ],
)
def test_calls_that_are_looked_at(machine, name, arguments, allowed):
    known = seccomp.MACHINES[machine]
    number = {"clone": known.clone, **known.looked_at}[name]
    for threads in (True, False):
        program = seccomp.program(threads=threads, machine=machine)
        wanted = allowed and (threads or name != "clone")
        assert run_filter(program, machine, number, *arguments) == (seccomp.ALLOW if wanted else REFUSED)


def test_filter_kills_what_calls_as_another_machine():
    program = seccomp.program(threads=True, machine="aarch64")
    first = struct.unpack_from("=HBBI", program, 8)
    assert first == (seccomp.EQUAL, 1, 0, seccomp.MACHINES["aarch64"].mark)
    assert struct.unpack_from("=HBBI", program, 16) == (seccomp.RETURN, 0, 0, seccomp.KILL)


def test_a_jail_is_refused_every_call_on_the_list():
    need_jail()
    refused = seccomp.MACHINES[os.uname().machine].refused
    numbers = [number for name, number in refused.items() if name != "vfork"]
    source = f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def look(): return [n for n in {numbers} if (libc.syscall(n, *[0] * 6), ctypes.get_errno()) != (-1, 1)]
"""
    assert inside(source) == []
    newer = "import ctypes\nc = ctypes.CDLL(None, use_errno=True)\ndef look():\n    "
    assert inside(newer + "return c.syscall(5000), c.syscall(435, 0, 0), ctypes.get_errno()") == (-1, -1, 38)


TRIES = {
    "pairs of sockets": "import socket; socket.socketpair()",
    "pipes": "os.pipe()",
    "epoll": "import select; select.epoll()",
    "an event loop": "import asyncio; asyncio.new_event_loop()",
    "shared memory": "import mmap; mmap.mmap(-1, 1 << 20)",
    "shared memory of a file": "import mmap; mmap.mmap(os.open(os.__file__, 0), 9, prot=1, flags=1)",
    "a memory map": "np.memmap(np.__file__, mode='r')",
    "shared memory of multiprocessing": "from multiprocessing import heap; heap.Arena(1 << 20)",
    "locks on ranges of a file": "import fcntl; fcntl.fcntl(os.open(os.__file__, os.O_RDONLY), 6, bytes(32))",
    "a lock on a file": "import fcntl; fcntl.flock(os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_SH)",
    "a larger pipe": "import fcntl; [fcntl.fcntl(fd, 1031, 1 << 20) for fd in range(3, 9)]",
    "terminals": "os.openpty()",
    "a counter": "os.eventfd(0)",
    "the mode of a device": "os.chmod('/dev/null', 0o666)",
    "the mode of an open device": "os.fchmod(os.open('/dev/null', os.O_RDWR), 0o666)",
    "the owner of a device": "os.chown('/dev/null', 0, 0)",
    "the times of a device": "os.utime('/dev/null')",
    "attributes of a device": "os.setxattr('/dev/null', 'user.x', b'x')",
    "the disks of the machine": "if not ctypes.CDLL(None, use_errno=True).syncfs(0) + 1: "
    "raise OSError(ctypes.get_errno(), 'no')",
    "a higher priority": "os.nice(-1)",
    "locked memory": "if ctypes.CDLL(None, use_errno=True).mlockall(3): raise OSError(1, 'no')",
}


def test_a_jail_that_tries_to_have_the_kernel_keep_memory_is_refused():
    need_jail()
    tries = "".join(
        f"    try:\n        {line}\n        done.append({name!r})\n    except OSError: pass\n"
        for name, line in TRIES.items()
    )
    source = f"import ctypes, os\nimport numpy as np\ndef look():\n    done = []\n{tries}    return done"
    assert inside(source) == []
