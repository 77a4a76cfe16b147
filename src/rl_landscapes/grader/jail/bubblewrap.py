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
from functools import cache, partial
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
WORKER, FORKING = "worker", "forking"
PARTS = {
    WORKER: Path(running.__file__).with_name("worker.py"),
    "wire": Path(running.__file__).with_name("wire.py"),
    FORKING: Path(__file__).with_name("forking.py"),
}  # of what runs in a jail
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
'''.format(allowed={*ENVIRONMENT, "PWD"})
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
    _bubblewrap()
    view.packages(assignment.packages)
    return partial(_started, assignment)


def begin(assignment: Assignment, control: int) -> "subprocess.Popen[bytes]":
    """Start a jail to fork others from, under no filter, which `control` is the socket of (see `nursery`).

    Raises
    ------
    NoJail
        If bubblewrap is missing, or the system is none it runs on.
    """
    return _started(assignment, control)


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
    try:
        session = Session(starter(trial()), trial().limits)
    except NotStarted as error:
        raise NoJail(_explained(str(error))) from None
    try:
        session.cell("trial", TRIAL, 20.0)
        found = session.call("seen", [hidden()], {}, 20.0)
    except (StudentError, Stopped) as error:
        raise NoJail(f"a jail started but did not work: {error}") from None
    finally:
        session.close()
    if found:
        raise NoJail(f"a jail is open: it shows {', '.join(map(str, found))}")


def trial() -> Assignment:
    """Return an assignment on which jails are tried."""
    return Assignment("trial", "", packages=("numpy",), limits=Limits(call_s=20.0))


def hidden() -> list[str]:
    """Return paths that no jail shows."""
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
    code = compile(PARTS[name].read_bytes(), f"{HOME}/{name}.py", "exec", dont_inherit=True)
    return MAGIC_NUMBER + bytes(12) + marshal.dumps(code)


def _view(assignment: Assignment) -> tuple[list[str], list[str]]:
    """Return what a jail shows, and the folders that hold its packages."""
    installed, folders = view.packages(assignment.packages)
    shown, shut = view.system()
    if OURS not in assignment.packages:
        return [*shown, *installed, *shut], list(folders)
    ours, path = view.library(assignment.closed)
    return [*shown, *installed, *ours, *shut], [*folders, path]


def _started(assignment: Assignment, control: int | None = None) -> "subprocess.Popen[bytes]":
    """Start the process of answers under the filter, or with `control` one that makes such processes."""
    seen, folders = _view(assignment)
    told = [f"RLIMIT_{name}={most}" for name, most in resources(assignment.limits).items()]
    name = WORKER if control is None else FORKING
    # A limit on threads does not hold for root, so root's jails have none.
    rules = seccomp.program(threads=os.geteuid() != 0)
    parts = [part for part in PARTS if part != FORKING or name == FORKING]
    files = {f"{part}.pyc": _pipe(_compiled(part)) for part in parts}
    files |= {"filter": _pipe(rules)} if name == FORKING else {}
    under = {"--seccomp": _pipe(rules)} if name == WORKER else {}
    data = [word for file, fd in files.items() for word in ("--ro-bind-data", str(fd), f"{HOME}/{file}")]
    filtered = [word for option, fd in under.items() for word in (option, str(fd))]
    devices = [word for device in DEVICES for word in ("--dev-bind", device, device)]
    given = [word for pair in ENVIRONMENT.items() for word in ("--setenv", *pair)]
    try:
        return subprocess.Popen(
            [
                _bubblewrap(), "--unshare-user", "--unshare-all", "--die-with-parent", "--new-session",
                "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--hostname", "jail", "--clearenv",
                *given, *seen, *data, "--tmpfs", "/dev", *devices, "--remount-ro", "/dev", "--dir", "/tmp",
                "--remount-ro", "/", "--chdir", "/tmp", *filtered,
                view.interpreter(), *PYTHON, f"{HOME}/{name}.pyc", *told, *folders,
            ],
            stdin=subprocess.PIPE if control is None else control,
            stdout=subprocess.PIPE if control is None else subprocess.DEVNULL,
            stderr=subprocess.PIPE, bufsize=0, env={}, pass_fds=[*under.values(), *files.values()],
        )  # fmt: skip
    finally:
        for descriptor in (*under.values(), *files.values()):
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
