"""A filter of system calls, built by hand: no new process, none of the kernel that arithmetic does not need.

The filter is a list of what is refused, not of what is allowed, so that another version of NumPy or of the C
library does not fail in it. Calls that are newer than this list do not exist for the jail.

Besides what reaches out of the jail, everything is refused that makes the kernel keep memory which the limit
of the process does not count: pairs of sockets and pipes, locks on ranges of files, timers, watches, shared
mappings (their pages stay while any part of them is mapped), descriptors of a thread's own. And so is what
changes the mode, owner, times or attributes of a file: a jail of root's could lock the machine's /dev/null.
"""

import errno
import platform
import struct
from dataclasses import dataclass

KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000  # what the kernel does: SECCOMP_RET_*
LOAD, EQUAL, AT_LEAST, ANY_BIT, MASK, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06  # of a packet filter
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # places in what the kernel shows to a filter; arguments: 8 bytes
THREAD = 0x10F00  # clone as threads are made: memory, files and signals shared, in one process
NAMESPACES = 0x7E020000  # flags of clone for new ones
CLONE3, NEWEST = 435, 450  # the same on every architecture, like all numbers from 424 on
X32 = 0x40000000  # marks the calls of a second interface of x86_64

MODERN = {
    "io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431,
    "fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442,
    "quotactl_fd": 443, "landlock_create_ruleset": 444, "landlock_add_rule": 445, "memfd_secret": 447,
    "io_uring_enter": 426, "io_uring_register": 427, "pidfd_send_signal": 424, "pidfd_open": 434,
}  # fmt: skip
LOOKED_AT = {  # by an argument: its place, the test, the values refused
    "mmap": (3, ANY_BIT, (0x01,)),  # MAP_SHARED
    "fcntl": (1, EQUAL, (6, 7, 37, 38, 1024, 1026, 1031)),  # F_SETLK.., F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ
    "prctl": (0, EQUAL, (22,)),  # PR_SET_SECCOMP
    "close_range": (2, ANY_BIT, (2,)),  # CLOSE_RANGE_UNSHARE
}
X86_64 = {
    "fork": 57, "vfork": 58, "execveat": 322, "ptrace": 101, "process_vm_readv": 310,
    "process_vm_writev": 311, "kcmp": 312, "unshare": 272, "setns": 308, "mount": 165, "umount2": 166,
    "pivot_root": 155, "chroot": 161, "mknod": 133, "mknodat": 259, "name_to_handle_at": 303,
    "open_by_handle_at": 304, "fanotify_init": 300, "quotactl": 179, "acct": 163, "swapon": 167,
    "swapoff": 168, "reboot": 169, "kexec_load": 246, "kexec_file_load": 320, "init_module": 175,
    "finit_module": 313, "delete_module": 176, "syslog": 103, "settimeofday": 164, "clock_settime": 227,
    "adjtimex": 159, "clock_adjtime": 305, "sethostname": 170, "setdomainname": 171, "vhangup": 153,
    "uselib": 134, "iopl": 172, "ioperm": 173, "modify_ldt": 154, "add_key": 248, "request_key": 249,
    "keyctl": 250, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "io_setup": 206,
    "lookup_dcookie": 212, "migrate_pages": 256, "move_pages": 279, "socket": 41, "memfd_create": 319,
    "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240, "socketpair": 53, "pipe": 22, "pipe2": 293,
    "epoll_create": 213, "epoll_create1": 291, "inotify_init": 253, "inotify_init1": 294, "eventfd": 284,
    "eventfd2": 290, "signalfd": 282, "signalfd4": 289, "timerfd_create": 283, "timer_create": 222,
    "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "vmsplice": 278, "splice": 275, "tee": 276,
    "seccomp": 317, "flock": 73, "sync": 162, "syncfs": 306, "chmod": 90, "fchmod": 91, "fchmodat": 268,
    "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "utime": 132, "utimes": 235, "futimesat": 261,
    "utimensat": 280, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197,
    "lremovexattr": 198, "fremovexattr": 199,
}  # fmt: skip
AARCH64 = {
    "execveat": 281, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272,
    "unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51,
    "mknodat": 33, "name_to_handle_at": 264, "open_by_handle_at": 265, "fanotify_init": 262,
    "quotactl": 60, "acct": 89, "swapon": 224, "swapoff": 225, "reboot": 142, "kexec_load": 104,
    "kexec_file_load": 294, "init_module": 105, "finit_module": 273, "delete_module": 106,
    "syslog": 116, "settimeofday": 170, "clock_settime": 112, "adjtimex": 171, "clock_adjtime": 266,
    "sethostname": 161, "setdomainname": 162, "vhangup": 58, "add_key": 217, "request_key": 218,
    "keyctl": 219, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "io_setup": 0,
    "lookup_dcookie": 18, "migrate_pages": 238, "move_pages": 239, "socket": 198, "memfd_create": 279,
    "shmget": 194, "semget": 190, "msgget": 186, "mq_open": 180, "socketpair": 199, "pipe2": 59,
    "epoll_create1": 20, "inotify_init1": 26, "eventfd2": 19, "signalfd4": 74, "timerfd_create": 85,
    "timer_create": 107, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "vmsplice": 75, "splice": 76,
    "tee": 77, "seccomp": 277, "flock": 32, "sync": 81, "syncfs": 267, "fchmod": 52, "fchmodat": 53,
    "fchown": 55, "fchownat": 54, "utimensat": 88, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7,
    "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
}  # fmt: skip


@dataclass(frozen=True)
class Machine:
    """What a filter must know of an architecture: its mark, and numbers of calls."""

    mark: int
    clone: int
    refused: dict[str, int]
    looked_at: dict[str, int]


MACHINES = {
    "x86_64": Machine(
        0xC000003E, 56, X86_64 | MODERN, {"mmap": 9, "fcntl": 72, "prctl": 157, "close_range": 436}
    ),
    "aarch64": Machine(
        0xC00000B7, 220, AARCH64 | MODERN, {"mmap": 222, "fcntl": 25, "prctl": 167, "close_range": 436}
    ),
}


def program(*, threads: bool, machine: str = "") -> bytes:
    """Return the filter for this machine, or for one that is named.

    Raises
    ------
    KeyError
        If its system calls are not known here.
    """
    known = MACHINES[machine or platform.machine()]
    never, refuse, absent = _returns(KILL), _returns(ERRNO | errno.EPERM), _returns(ERRNO | errno.ENOSYS)
    steps = [_load(ARCHITECTURE), *_unless(EQUAL, known.mark, never), _load(NUMBER)]
    for newer in (X32, NEWEST + 1):
        steps += _when(AT_LEAST, newer, absent)
    steps += _when(EQUAL, CLONE3, absent)  # its flags lie in memory; the C library then takes clone
    for number in known.refused.values():
        steps += _when(EQUAL, number, refuse)
    for name, number in known.looked_at.items():
        place, test, values = LOOKED_AT[name]
        bad = [step for value in values for step in _when(test, value, refuse)]
        steps += _of_call(number, [_load(ARGUMENTS + 8 * place), *bad, _returns(ALLOW)])
    is_thread = [_load(ARGUMENTS), _step(MASK, THREAD | NAMESPACES), *_when(EQUAL, THREAD, _returns(ALLOW))]
    steps += _of_call(known.clone, [*(is_thread if threads else []), refuse])
    return b"".join([*steps, _returns(ALLOW)])


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _load(place: int) -> bytes:
    return _step(LOAD, place)


def _returns(verdict: int) -> bytes:
    return _step(RETURN, verdict)


def _when(test: int, value: int, verdict: bytes) -> list[bytes]:
    return [_step(test, value, 0, 1), verdict]


def _of_call(number: int, steps: list[bytes]) -> list[bytes]:
    """Return steps that are made for a call of this number only; they must end in a verdict."""
    return [_step(EQUAL, number, 0, len(steps)), *steps]


def _unless(test: int, value: int, verdict: bytes) -> list[bytes]:
    return [_step(test, value, 1, 0), verdict]
