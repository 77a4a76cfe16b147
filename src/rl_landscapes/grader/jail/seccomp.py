"""A filter of system calls, built by hand: no new process, none of the kernel that arithmetic does not need.

The filter is a list of what is refused, not of what is allowed, so that another version of NumPy or of the C
library does not fail in it. Calls that are newer than this list do not exist for the jail.
"""

import errno
import platform
import struct
from dataclasses import dataclass

KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000  # what the kernel does: SECCOMP_RET_*
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # instructions of a packet filter
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # places in what the kernel shows to a filter
CLONE_THREAD = 0x10000
CLONE3, NEWEST = 435, 450  # the same on every architecture, like all numbers from 424 on
X32 = 0x40000000  # marks the calls of a second interface of x86_64

MODERN = {
    "io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431,
    "fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442,
    "quotactl_fd": 443, "landlock_create_ruleset": 444, "landlock_add_rule": 445, "memfd_secret": 447,
}  # fmt: skip
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
    "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240,
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
    "shmget": 194, "semget": 190, "msgget": 186, "mq_open": 180,
}  # fmt: skip


@dataclass(frozen=True)
class Machine:
    """What a filter must know of an architecture: its mark, its number of clone, the numbers refused."""

    mark: int
    clone: int
    refused: dict[str, int]


MACHINES = {
    "x86_64": Machine(0xC000003E, 56, X86_64 | MODERN),
    "aarch64": Machine(0xC00000B7, 220, AARCH64 | MODERN),
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
    if threads:
        thread = [*_when(ANY_BIT, CLONE_THREAD, _returns(ALLOW)), refuse]
        steps += [_step(EQUAL, known.clone, 0, 1 + len(thread)), _load(FIRST_ARGUMENT), *thread]
    else:
        steps += _when(EQUAL, known.clone, refuse)
    return b"".join([*steps, _returns(ALLOW)])


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _load(place: int) -> bytes:
    return _step(LOAD, place)


def _returns(verdict: int) -> bytes:
    return _step(RETURN, verdict)


def _when(test: int, value: int, verdict: bytes) -> list[bytes]:
    return [_step(test, value, 0, 1), verdict]


def _unless(test: int, value: int, verdict: bytes) -> list[bytes]:
    return [_step(test, value, 1, 0), verdict]
