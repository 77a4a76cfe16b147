"""What a jail shows and allows: files, network, processes, limits; what is said where there is none."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running.session import NotStarted, Session, TimedOut
from rl_landscapes.course.running.submission import FAULT
from rl_landscapes.grader.jail import bubblewrap, view
from tests.grader import jailed
from tests.grader.jailed import (
    FULL,
    LIMITS,
    PATIENT,
    SEEDS,
    assignment,
    filled,
    grade,
    inside,
    left,
    need_jail,
    points,
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _jail():
    need_jail()
    yield
    jailed.end_waiting()


@pytest.fixture(params=jailed.WAYS)
def either_way(request, monkeypatch):
    monkeypatch.setattr(jailed, "starter", jailed.WAYS[request.param])
    return request.param


WALK = """
import os
def look():
    found = []
    for folder, folders, files in os.walk('/'):
        found += [os.path.join(folder, name) for name in files if not folder.startswith(SKIPPED)]
    return found
"""


@pytest.mark.slow
def test_only_the_interpreter_and_the_packages_named_are_there(either_way):
    skipped = tuple(part for part in [*view.LIBRARIES, *view.system()[0]] if part.startswith("/"))
    files = inside(WALK.replace("SKIPPED", repr(skipped)))
    ours = {"/jail/worker.pyc", "/jail/wire.pyc"}
    ours |= {"/jail/forking.pyc", "/jail/filter"} if either_way == "forked" else set()
    assert {name for name in files if name.startswith("/jail")} == ours
    allowed = ("/jail", "/dev", view.interpreter(), *view.LINKER)
    others = [name for name in files if not name.startswith(allowed)]
    assert others
    assert all("/numpy" in name for name in others), [name for name in others if "/numpy" not in name][:9]


@pytest.mark.usefixtures("either_way")
def test_no_installed_package_but_those_named_can_be_imported():
    source = """
import importlib.util, pkgutil
def look():
    names = ['scipy', 'matplotlib', 'pytest', 'nbgrader', 'rl_landscapes', 'pip', 'IPython']
    return [name for name in names if importlib.util.find_spec(name)]
"""
    assert inside(source) == []
    assert inside(source, packages=("numpy", "scipy")) == ["scipy"]


@pytest.mark.usefixtures("either_way")
def test_packages_that_a_package_needs_come_with_it():
    source = "def look():\n    import gymnasium, mujoco\n    return mujoco.mj_versionString()"
    assert inside(source, packages=("numpy", "gymnasium", "mujoco"))


def test_package_that_is_not_installed_is_named():
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        bubblewrap.starter(Assignment("x", "", packages=("no_such_package",)))


OURS = """
import os, sys
def look():
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != 'Closed']
    said = []
    for name in ['worlds', 'policies', 'statistics', 'course.checks', 'grader.jail', 'objectives.returns']:
        sys.modules.pop('rl_landscapes.course', None)
        try:
            module = __import__('rl_landscapes.' + name, fromlist=['x'])
            said.append(bool(module.__file__))
        except (ImportError, OSError) as error:
            said.append(False)
    import rl_landscapes
    readable = []
    for folder, _, files in os.walk(rl_landscapes.__path__[0]):
        for name in files:
            path = os.path.join(folder, name)
            try: readable += [path] if open(path, 'rb').read() else []
            except OSError: pass
    return said, readable
"""


@pytest.mark.usefixtures("either_way")
def test_closed_modules_are_not_there_even_without_the_import_hook():
    closed = ("rl_landscapes.policies", "rl_landscapes.statistics")
    said, readable = inside(OURS, packages=("numpy", "scipy", "autograd", "rl_landscapes"), closed=closed)
    assert said[:5] == [True, False, False, False, False]
    names = [name.split("/rl_landscapes/")[-1] for name in readable]
    assert "worlds/__init__.py" in names
    for hidden in ("policies/", "course/", "grader/", "statistics/"):
        assert not [name for name in names if name.startswith(hidden)], hidden


def test_compiled_files_of_closed_modules_are_hidden(tmp_path, monkeypatch):
    home = tmp_path / "rl_landscapes"
    (home / "course" / "running").mkdir(parents=True)
    (home / "__pycache__").mkdir()
    for name in [
        "arrays.py",
        "__pycache__/arrays.cpython-311.pyc",
        "__pycache__/arrays2.cpython-311.pyc",
    ]:
        (home / name).touch()
    monkeypatch.setattr(view, "__file__", str(home / "grader" / "jail" / "view.py"))
    shown, folder = view.library(["rl_landscapes.arrays"])
    hidden = [
        shown[place + 2] for place, part in enumerate(shown) if shown[place + 1 : place + 2] == ["/dev/null"]
    ]
    assert hidden == [str(home / "arrays.py"), str(home / "__pycache__/arrays.cpython-311.pyc")]
    assert folder == str(tmp_path)


@pytest.mark.usefixtures("either_way")
def test_environment_is_empty_but_for_our_own(monkeypatch):
    monkeypatch.setenv("RL_LANDSCAPES_SECRET", "spam")
    monkeypatch.setenv("LD_PRELOAD_X", "spam")
    found = inside("import os\ndef look(): return dict(os.environ)")
    assert found == bubblewrap.ENVIRONMENT | {"PWD": "/tmp"}


@pytest.mark.usefixtures("either_way")
def test_no_other_process_can_be_seen_or_reached():
    source = """
import os
def look():
    alive = []
    for pid in range(1, 3000):
        try:
            os.kill(pid, 0)
            alive.append(pid)
        except OSError: pass
    return alive, os.getpid(), os.getuid(), os.path.exists('/proc'), os.path.exists('/sys')
"""
    alive, pid, user, *shown = inside(source)
    assert len(alive) <= 2
    assert pid in alive
    assert user == 65534
    assert shown == [False, False]


@pytest.mark.usefixtures("either_way")
def test_limits_are_those_of_the_assignment():
    source = """
import resource
def look(): return {name: resource.getrlimit(getattr(resource, 'RLIMIT_' + name)) for name in NAMES}
"""
    wanted = bubblewrap.resources(PATIENT)
    found = inside(source.replace("NAMES", repr([name for name in wanted if name != "CPU"])))
    assert found == {name: (most, most) for name, most in wanted.items() if name != "CPU"}


@pytest.mark.usefixtures("either_way")
def test_nothing_can_be_written():
    source = """
import os
def look():
    done = []
    for folder, folders, files in os.walk('/'):
        for make in (lambda path: open(path, 'w').close(), os.mkdir, lambda path: os.symlink('/', path)):
            try:
                make(os.path.join(folder, 'x'))
                done.append(folder)
            except OSError: pass
    return done, os.getcwd()
"""
    assert inside(source) == ([], "/tmp")


@pytest.mark.usefixtures("either_way")
def test_threads_are_limited_and_root_whom_no_limit_binds_has_none():
    source = """
import threading, time
def look():
    for n in range(1000):
        try: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
        except RuntimeError: return n
"""
    count = inside(source)
    assert count == 0 if os.geteuid() == 0 else 10 < count <= bubblewrap.THREADS


def test_closing_a_session_ends_everything_in_the_jail():
    session = Session(bubblewrap.starter(assignment()), LIMITS)
    session.cell("cell", "import signal\nfor s in (2, 13, 15): signal.signal(s, signal.SIG_IGN)", 9.0)
    assert left()
    session.close()
    deadline = time.monotonic() + 20
    while left() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left() == {}


def test_jail_ends_with_the_process_that_made_it():
    program = """
import os, sys, time
sys.path[:0] = sys.argv[1:]
from tests.grader import jailed
from rl_landscapes.grader.jail import bubblewrap
from rl_landscapes.course.running.session import Session
session = Session(bubblewrap.starter(jailed.assignment()), jailed.LIMITS)
print(jailed.MEMORY, len(jailed.of_ours()), flush=True)
os.kill(os.getpid(), 9)
"""
    paths = [str(Path(__file__).parents[3]), *filter(None, sys.path)]
    done = subprocess.run(
        [sys.executable, "-c", program, *paths], capture_output=True, text=True, check=False
    )
    memory, count = done.stdout.split()
    assert int(count) > 0, done.stderr
    for _ in range(100):
        if not _running(f"RLIMIT_AS={memory}"):
            return
        time.sleep(0.05)
    raise AssertionError(_running(f"RLIMIT_AS={memory}"))


def _running(word):
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if word in line and "ps -eo" not in line]


def test_no_descriptor_is_left_open():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        Session(bubblewrap.starter(assignment()), LIMITS).close()
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.fixture
def asked_anew():
    bubblewrap.available.cache_clear()
    yield
    bubblewrap.available.cache_clear()


def pretend(folder, text):
    """Put another bwrap on a path of its own."""
    folder.joinpath("bwrap").write_text(f"#!/bin/sh\n{text}\n")
    folder.joinpath("bwrap").chmod(0o755)
    return str(folder)


@pytest.mark.usefixtures("asked_anew")
def test_missing_bubblewrap_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bubblewrap.NoJail, match="apt install bubblewrap"):
        bubblewrap.available()


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize(
    ("complaint", "advice"),
    [
        ("bwrap: setting up uid map: Permission denied", "AppArmor"),
        ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", "AppArmor"),
        ("bwrap: No permissions to create new namespace, likely because ...", "--security-opt"),
        ("bwrap: Creating new namespace failed: Operation not permitted", "--security-opt"),
        ("bwrap: Unknown option --remount-ro", "newer bubblewrap"),
        ("bwrap: execvp /root/python: Permission denied", "must be able to read"),
        ("bwrap: something else", "something else"),
    ],
)
def test_refused_jail_says_why_and_what_to_do(complaint, advice, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", pretend(tmp_path, f"echo '{complaint}' >&2; exit 1"))
    with pytest.raises(bubblewrap.NoJail, match=advice) as error:
        bubblewrap.available()
    assert complaint in str(error.value)


@pytest.mark.usefixtures("asked_anew")
def test_a_jail_that_is_open_is_none(monkeypatch, tmp_path):
    here = tmp_path / "solutions"
    here.mkdir()
    monkeypatch.chdir(tmp_path)
    real = view.system()
    monkeypatch.setattr(view, "system", lambda: ((*real[0], "--ro-bind", str(here), str(here)), real[1]))
    with pytest.raises(bubblewrap.NoJail, match=r"open.*solutions"):
        bubblewrap.available()


@pytest.mark.parametrize(("name", "value"), [("system", "Darwin"), ("machine", "riscv64")])
def test_another_system_is_refused(name, value, monkeypatch):
    monkeypatch.setattr(bubblewrap.platform, name, lambda: value)
    with pytest.raises(bubblewrap.NoJail):
        bubblewrap.starter(assignment())


def test_start_is_tried_again(tmp_path):
    real, left = bubblewrap.starter(assignment()), [1]

    def start():
        if left and left.pop():
            return subprocess.Popen(["false"], stdin=-1, stdout=-1, stderr=-1, bufsize=0)
        return real()

    assert points(grade(filled(), start=start)) == FULL


def test_no_start_is_the_graders_fault_and_no_zero(monkeypatch):
    monkeypatch.setattr("rl_landscapes.course.running.submission.PAUSE_S", 0.01)

    def start():
        return subprocess.Popen(
            ["sh", "-c", "echo 'bwrap: no more' >&2; exit 1"], stdin=-1, stdout=-1, stderr=-1, bufsize=0
        )

    graded = grade(filled(), start=start)
    assert (graded.status, graded.results) == (FAULT, ())
    assert "bwrap: no more" in graded.reason


def other_user() -> list[str] | None:
    """Return the beginning of a command as another user with a Python that user can read, if there is one."""
    python = shutil.which("python3", path="/usr/bin")
    fits = python and subprocess.run(
        [python, "-c", f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"], check=False
    )
    if os.geteuid() != 0 or not fits or fits.returncode or not shutil.which("setpriv"):
        return None
    return [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "env",
        "-i",
        "PATH=/usr/bin:/bin",
        str(python),
    ]


def test_an_ordinary_user_can_have_a_jail():
    command, root = other_user(), Path(__file__).parents[3]
    if command is None:
        return  # we are one, and the other tests have shown it; or there is no Python that one could read
    program = """
import json, os, sys
sys.path[:0] = sys.argv[1:]
sys.dont_write_bytecode = True
from tests.grader.jailed import filled, grade, points
print(json.dumps([points(grade(filled())), os.geteuid()]))
"""
    packages = [path for path in sys.path if path.endswith(("site-packages", "src"))]
    done = subprocess.run(
        [*command, "-c", program, str(root), *packages], capture_output=True, text=True, check=False, cwd="/"
    )
    assert json.loads(done.stdout or "null") == [FULL, 65534], done.stderr[-2000:]


@pytest.mark.usefixtures("either_way")
def test_seeds_are_not_in_the_jail():
    assert SEEDS("a", "b", 0).normal() != SEEDS("a", "b", 1).normal()
    with pytest.raises(StudentError, match="cannot import name"):
        inside("from rl_landscapes.course import seeds\ndef look(): return 1")


def test_starts_and_calls_are_bounded_in_time():
    session = Session(bubblewrap.starter(assignment()), LIMITS)
    with pytest.raises(TimedOut):
        session.cell("cell", "while True: pass", 0.1)
    with pytest.raises(NotStarted):
        Session(lambda: subprocess.Popen(["true"], stdin=-1, stdout=-1, stderr=-1, bufsize=0), LIMITS)
