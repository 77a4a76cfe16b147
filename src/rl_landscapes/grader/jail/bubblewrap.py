"""A jail for the code of one submission: bubblewrap, a filter of system calls, limits. Never less than that.

Inside there is no file but the interpreter and the packages an assignment names, and nothing to write to:
even an empty file would cost memory that no limit counts (so Matplotlib, which wants a folder, cannot be
imported). There is no network, no other process, no environment. A jail does not hide the paths of what it
shows, the clock, or the load of the machine. Student code may do as it likes in there: it answers questions,
and no answer is trusted (`wire`, `session`).

A jail ends with the thread that started it, as well as by `Session.close`.
"""

import marshal
import math
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from rl_landscapes.course import running
from rl_landscapes.course.assignment import OURS, Assignment, Limits
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running.session import NotStarted, Session, Starter, Stopped
from rl_landscapes.grader.jail import seccomp, view

FILES, THREADS = 128, 64  # open at once
DEVICES = ("/dev/null", "/dev/urandom")  # the machine's own, which the filter keeps from being changed
HOME = "/jail"
PARTS = ("worker", "wire")  # of `course.running`
ENVIRONMENT = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "MUJOCO_GL": "disable",  # or its import starts a program that looks for a screen
    "PYTHONHASHSEED": "0",  # the order of a set is the same in a regrade
    **{f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "NUMEXPR", "NUMBA")},
}
PYTHON = ("-B", "-P", "-s", "-S", "-W", "ignore")

TRIAL = '''
import os

def seen(paths):
    """Return what is open that must be shut."""
    found = [path for path in paths if os.path.exists(path)]
    found += [name for name in os.environ if name not in {allowed!r}]
    try:
        os.fork()
    except PermissionError:
        return found
    return found + ["new processes"]
'''
APPARMOR = (
    "Ubuntu 24.04 refuses user namespaces to ordinary programs: allow them to bwrap with an AppArmor "
    "profile, or set kernel.apparmor_restrict_unprivileged_userns=0"
)
HELP = {
    "uid map": APPARMOR,
    "RTM_NEWADDR": APPARMOR,
    "namespace": "user namespaces are refused here: in docker, run with --security-opt seccomp=unconfined; "
    "elsewhere, see the sysctls user.max_user_namespaces and kernel.unprivileged_userns_clone",
    "Unknown option": "a newer bubblewrap is needed; 0.8 will do",
    "Permission denied": "the account that grades must be able to read the interpreter and its packages",
}


class NoJail(RuntimeError):
    """No jail can be had on this machine; the message says why, and what to do."""


def starter(assignment: Assignment) -> Starter:
    """Return what starts jails for an assignment.

    Raises
    ------
    NoJail
        If bubblewrap is missing, or the system is none it runs on.
    ModuleNotFoundError
        If a package that the assignment names is not installed.
    """
    bubblewrap, limits = _bubblewrap(), resources(assignment.limits)
    installed, folders = view.packages(assignment.packages)

    def start() -> "subprocess.Popen[bytes]":
        ours: list[str] = []
        paths = list(folders)
        if OURS in assignment.packages:
            ours, path = view.library(assignment.closed)
            paths.append(path)
        python = [view.interpreter(), *PYTHON, f"{HOME}/worker.pyc"]
        told = [f"RLIMIT_{name}={most}" for name, most in limits.items()]
        shown, shut = view.system()
        return _started(bubblewrap, [*shown, *installed, *ours, *shut], [*python, *told, *paths])

    return start


def resources(limits: Limits) -> dict[str, int]:
    """Return the limits of a process, as the names of `resource.RLIMIT_*` and their values."""
    return {
        "AS": limits.memory,
        "CPU": math.ceil(limits.total_s) + 5,
        "FSIZE": 0,
        "NOFILE": FILES,
        "CORE": 0,
        "NPROC": THREADS,
        "MEMLOCK": 0,
        "SIGPENDING": THREADS,
    }


@cache
def available() -> None:
    """Start a jail and look out of it.

    Raises
    ------
    NoJail
        If that fails, or something can be seen that must not be; the message says what to do.
    """
    trial = Assignment("trial", "", packages=("numpy",), limits=Limits(call_s=20.0))
    start = starter(trial)
    try:
        session = Session(start, trial.limits)
    except NotStarted as error:
        raise NoJail(_explained(str(error))) from None
    try:
        session.cell("trial", TRIAL.format(allowed={*ENVIRONMENT, "PWD"}), 20.0)
        found = session.call("seen", [_hidden()], {}, 20.0)
    except (StudentError, Stopped) as error:
        raise NoJail(f"a jail started but did not work: {error}") from None
    finally:
        session.close()
    if found:
        raise NoJail(f"a jail is open: it shows {', '.join(map(str, found))}")


def _hidden() -> list[str]:
    here, home, course = Path(__file__), Path.home(), Path.cwd()
    files = [here, here.parents[2] / "course", home / ".bashrc", home / ".profile", home / ".ssh"]
    folders = [course / name for name in ("solutions", "exercises", "grading", "src", ".git")]
    return [*map(str, [*files, *folders]), "/proc/self", "/etc/passwd", "/usr/bin/env", "/sys/kernel", "/run"]


def _explained(reason: str) -> str:
    advice = next((text for sign, text in HELP.items() if sign in reason), "")
    return f"{reason}. {advice}" if advice else reason


def _bubblewrap() -> str:
    if platform.system() != "Linux":
        raise NoJail("answers are graded in a jail, which needs Linux: use a virtual machine, or WSL 2")
    if platform.machine() not in seccomp.MACHINES:
        known = " and ".join(seccomp.MACHINES)
        raise NoJail(f"the jail knows the system calls of {known}, not of {platform.machine()}")
    found = shutil.which("bwrap")
    if found is None:
        raise NoJail("answers are graded in a jail, which needs bubblewrap: apt install bubblewrap")
    return found


@cache
def _compiled(name: str) -> bytes:
    """Return a part of what runs in the jail as bytecode, so that no start compiles it again."""
    path = Path(running.__file__).with_name(f"{name}.py")
    code = compile(path.read_bytes(), f"{HOME}/{path.name}", "exec", dont_inherit=True)
    return MAGIC_NUMBER + bytes(12) + marshal.dumps(code)


def _started(bubblewrap: str, view: Iterable[str], command: Iterable[str]) -> "subprocess.Popen[bytes]":
    programs = {f"{HOME}/{name}.pyc": _pipe(_compiled(name)) for name in PARTS}
    # A limit on threads does not hold for root, so root's jails have none.
    rules = _pipe(seccomp.program(threads=os.geteuid() != 0))
    data = [part for path, fd in programs.items() for part in ("--ro-bind-data", str(fd), path)]
    devices = [part for name in DEVICES for part in ("--dev-bind", name, name)]
    given = [part for name, value in ENVIRONMENT.items() for part in ("--setenv", name, value)]
    try:
        return subprocess.Popen(
            [
                bubblewrap, "--unshare-user", "--unshare-all", "--die-with-parent", "--new-session",
                "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--hostname", "jail", "--clearenv",
                *given, *view, *data, "--tmpfs", "/dev", *devices, "--remount-ro", "/dev", "--dir", "/tmp",
                "--remount-ro", "/", "--chdir", "/tmp", "--seccomp", str(rules), *command,
            ],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env={},
            pass_fds=[rules, *programs.values()],
        )  # fmt: skip
    finally:
        for descriptor in (rules, *programs.values()):
            os.close(descriptor)


def _pipe(data: bytes) -> int:
    """Return a descriptor from which data can be read once."""
    end, begin = os.pipe()
    try:
        if os.write(begin, data) != len(data):  # a pipe holds 64 KiB; what we send is a third of it
            raise NotStarted("a pipe took only part of the program for a jail")
    finally:
        os.close(begin)
    return end
