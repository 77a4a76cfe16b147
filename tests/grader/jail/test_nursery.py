"""Jails forked from one: what one submission does, no other and no one else can notice."""

import gc
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running.session import Crashed, NotStarted, Session, Stopped, TimedOut
from rl_landscapes.grader.jail import bubblewrap, nursery
from rl_landscapes.grader.jail.nursery import Nursery
from tests.grader.jailed import FULL, LIMITS, PATIENT, assignment, filled, grade, need_jail, of_ours, points

NAMESPACES = ("user", "pid", "ipc", "net", "uts")


@pytest.fixture(scope="module", autouse=True)
def _jail():
    need_jail()
    assert nursery.available(), "this system can start jails and cannot fork them"


@pytest.fixture
def forked():
    made = Nursery(assignment(PATIENT))
    yield made
    made.close()


def run(forked, source, *arguments):
    """Return what `look(*arguments)`, defined by source code, returns in a new process of its own."""
    session = Session(forked.start, PATIENT)
    try:
        session.cell("cell", source, 20.0)
        return session.call("look", arguments, {}, 20.0)
    finally:
        session.close()


# All of the surroundings that a process can ask for, as text.
LOOK = """
import builtins, ctypes, gc, hashlib, locale, os, random, resource, signal, sys, time
import numpy as np

def look():
    libc = ctypes.CDLL(None)
    said = {
        'environment': sorted(os.environ.items()), 'folder': os.getcwd(), 'nice': os.nice(0),
        'ids': (os.getpid(), os.getppid(), os.getpgid(0), os.getsid(0), os.getresuid(), os.getresgid(),
                os.getgroups()),
        'umask': os.umask(0o22), 'priority': os.getpriority(os.PRIO_PROCESS, 0),
        'cores': sorted(os.sched_getaffinity(0)), 'order': os.sched_getscheduler(0),
        'limits': [resource.getrlimit(n) for n in range(16)],
        'signals': [str(signal.getsignal(n)) for n in range(1, 65)],
        'blocked': sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
        'timers': [signal.getitimer(n) for n in range(3)],
        'open': [n for n in range(300) if is_open(n)],
        'process': [libc.prctl(n, 0, 0, 0, 0) for n in (1, 3, 7, 21, 23, 27, 30, 39, 42)],
        'modules': sorted(sys.modules), 'builtins': sorted(vars(builtins)), 'path': sys.path,
        'hooks': [str(type(f)) for f in sys.meta_path], 'recursion': sys.getrecursionlimit(),
        'collector': (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count() > 0),
        'numpy': [repr(v) for _, v in sorted(vars(np).items()) if not callable(v)],
        'functions': [(n, getattr(f, '__name__', '')) for n, f in sorted(vars(np).items())],
        'printing': sorted(map(str, np.get_printoptions().items())), 'errors': sorted(np.geterr().items()),
        'legacy': np.random.get_state()[1].sum(), 'locale': locale.setlocale(locale.LC_ALL),
        'host': os.uname().nodename, 'words': [hashlib.sha256(w.encode()).hexdigest() for w in np.__all__],
        'files': [(p, s.st_size, s.st_mode, s.st_uid, s.st_mtime_ns, s.st_nlink) for p, s in files()],
    }
    return {name: repr(value) for name, value in said.items()}

def is_open(number):
    try: os.fstat(number)
    except OSError: return False
    return True

def files():
    for folder in ('/', '/jail', '/tmp', '/dev', '/etc'):
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            yield path, os.lstat(path)
"""
# Leaves traces wherever code can.
MESS = """
import builtins, ctypes, gc, locale, os, random, resource, signal, sys, threading, time
import numpy as np

def look():
    done = 0
    for act in (
        lambda: os.environ.update(SPAM='1'), lambda: os.chdir('/'), lambda: os.nice(5), lambda: os.umask(0),
        lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
        lambda: os.setpriority(os.PRIO_USER, 0, 19), lambda: os.setpriority(os.PRIO_PGRP, 0, 19),
        lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20)),
        lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0)),
        lambda: [signal.signal(n, signal.SIG_IGN) for n in (2, 13, 15)],
        lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {10, 12}),
        lambda: signal.setitimer(signal.ITIMER_REAL, 50), lambda: signal.alarm(50),
        lambda: np.random.seed(7), lambda: random.seed(7), lambda: np.set_printoptions(precision=2),
        lambda: np.seterr(all='raise'), lambda: setattr(np, 'exp', None), lambda: setattr(np, 'pi', 3),
        lambda: setattr(builtins, 'len', None) if False else setattr(builtins, 'spam', 1),
        lambda: sys.modules.update(spam=np), lambda: sys.path.clear(), lambda: sys.meta_path.clear(),
        lambda: sys.setrecursionlimit(77), lambda: gc.disable(), lambda: gc.unfreeze(),
        lambda: locale.setlocale(locale.LC_ALL, 'C'), lambda: os.dup2(1, 100),
        lambda: os.open('/dev/null', 2),
        lambda: ctypes.CDLL(None).prctl(15, b'spam', 0, 0, 0), lambda: ctypes.CDLL(None).prctl(4, 0, 0, 0, 0),
        lambda: ctypes.CDLL(None).personality(0x0040000), lambda: ctypes.CDLL(None).sethostname(b'spam', 4),
        lambda: ctypes.memset(id(np.__version__) + sys.getsizeof('') - 1, 88, 3),
        lambda: open('/dev/urandom', 'wb').write(b'spam'), lambda: os.truncate('/jail/filter', 0),
        lambda: os.utime('/jail/filter', (0, 0)), lambda: os.chmod('/dev/null', 0),
        lambda: os.setsid(), lambda: os.setpgid(0, 0),
        lambda: [os.write(n, b'spam') for n in range(6, 300) if n != 100 and closed(n)],
    ):
        try:
            act()
            done += 1
        except (OSError, ValueError, TypeError, AttributeError): pass
    return done

def closed(number):
    try: os.fstat(number)
    except OSError: return False
    return True
"""


def test_what_one_does_the_next_cannot_notice(forked):
    before = run(forked, LOOK)
    assert run(forked, MESS) >= 15
    after = run(forked, LOOK)
    assert {name for name in before if after[name] != before[name]} == set()


def test_memory_that_one_overwrites_is_whole_for_the_next(forked):
    address = """
import numpy as np
text = np.linalg.__doc__
def look(): return id(text), len(text), text
"""
    place, length, text = run(forked, address)
    scribble = """
import ctypes, sys, numpy as np
def look(place, length):
    assert place == id(np.linalg.__doc__)  # the same addresses for all
    ctypes.memset(place + sys.getsizeof('') - 1, 88, length)
    return np.linalg.__doc__
"""
    assert run(forked, scribble, place, length) == "X" * length
    assert run(forked, address) == (place, length, text)


KILL = """
import os
def look():
    hit = []
    for number in (9, 15, 19):
        for target in (*range(-200, -2), 1, *range(3, 3000)):
            try:
                os.kill(target, number)
                hit.append(target)
            except OSError: pass
    return hit
"""


def test_two_at_once_cannot_reach_each_other_or_who_made_them(forked):
    first, second = (Session(forked.start, PATIENT) for _ in range(2))
    for session in (first, second):
        session.cell("cell", KILL + "\ndef well(): return 1", 20.0)
        assert set(session.call("look", (), {}, 20.0)) <= {1}  # its own first, which takes no notice
    for end in (0, -1):
        with pytest.raises(Stopped):
            first.cell("cell", f"import os\ntry: os.kill({end}, 9)\nexcept OSError: os._exit(0)", 20.0)
        assert second.call("well", (), {}, 20.0) == 1
        assert forked.is_open
        first.close()
        first = Session(forked.start, PATIENT)
    first.close()
    second.close()
    assert run(forked, "def look(): return 5") == 5


def inside_of(session):
    """Return the process of answers as the machine sees it, and the one that made its first."""
    told = Path(f"/proc/self/fdinfo/{session.process.handle}").read_text()
    first = re.search(r"^Pid:\s+(\d+)", told, re.MULTILINE)[1]
    (inner,) = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    above = re.search(r"^PPid:\s+(\d+)", Path(f"/proc/{first}/status").read_text(), re.MULTILINE)[1]
    return inner, first, above


def state(pid):
    return dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )


def held(pid):
    return [os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")]


def spaces(pid):
    return [os.readlink(f"/proc/{pid}/ns/{name}") for name in NAMESPACES]


def test_the_machine_sees_it_in_namespaces_of_its_own_under_the_filter_and_with_nothing(forked):
    sessions = [Session(forked.start, PATIENT) for _ in range(2)]
    (inner, first, above), (other, *_) = map(inside_of, sessions)
    seen = [spaces(pid) for pid in ("self", above, inner, other)]
    assert all(len({space[kind] for space in seen}) == 4 for kind in range(len(NAMESPACES)))
    found = state(inner)
    assert {found[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (found["NoNewPrivs"], found["Seccomp"], found["Threads"]) == ("1", "2", "1")
    assert {state(first)[name] for name in ("CapPrm", "CapEff", "CapBnd")} == {"0" * 16}
    assert len({state(pid)["NSsid"].split()[0] for pid in (inner, first, above)}) == 3
    ours = [pipe.fileno() for pipe in (sessions[0].process.stdin, sessions[0].process.stdout)]
    assert set(held(inner)) == {"/dev/null", *(os.readlink(f"/proc/self/fd/{number}") for number in ours)}
    assert held(first) == []
    for session in sessions:
        session.close()


def test_nothing_of_who_makes_them_is_shared_for_writing(forked):
    session = Session(forked.start, PATIENT)
    for pid in inside_of(session):
        modes = [line.split()[1] for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
        assert len(modes) > 10
        assert not [mode for mode in modes if "s" in mode and "w" in mode]
    maker = inside_of(session)[-1]
    kinds = {name.split(":")[0] for name in held(maker)}
    assert kinds <= {"socket", "/dev/null", "pipe"}  # to us, nowhere, and what it complains on
    session.close()


def test_limits_begin_with_each(forked):
    spend = (
        "import time\ndef look():\n    while time.process_time() < {}: pass\n    return time.process_time()"
    )
    assert run(forked, spend.format(0.3)) >= 0.3
    assert run(forked, spend.format(0)) < 0.2


def test_what_does_not_come_back_is_ended_and_the_next_is_well(forked):
    session = Session(forked.start, LIMITS)
    session.cell("cell", "import signal\nfor s in (2, 13, 15): signal.signal(s, signal.SIG_IGN)", 20.0)
    inner, first, _ = inside_of(session)
    with pytest.raises(TimedOut):
        session.cell("cell", "while True: pass", 0.2)
    assert not any(
        Path(f"/proc/{pid}").exists() and state(pid)["State"][0] not in "ZX" for pid in (inner, first)
    )
    assert run(forked, "def look(): return 5") == 5


@pytest.mark.parametrize(
    "end", ["os._exit(3)", "os.abort()", "os.kill(os.getpid(), 9)", "ctypes.string_at(0)"]
)
def test_one_that_ends_itself_has_crashed(forked, end):
    session = Session(forked.start, PATIENT)
    with pytest.raises(Crashed):
        session.cell("cell", f"import ctypes, os\n{end}", 20.0)
    assert run(forked, "def look(): return 5") == 5


def test_full_marks_and_the_same_numbers_either_way():
    quick, slow = nursery.starter(assignment(PATIENT)), bubblewrap.starter(assignment(PATIENT))
    notebook = filled(entropy="def entropy(x):\n    return np.random.normal(size=3) + float(hash('a') % 7)")
    one, other, again = (grade(notebook, assignment(PATIENT), start=way) for way in (quick, slow, quick))
    assert str(one.results) == str(other.results) == str(again.results)
    assert "wrong" in str(one.results)
    assert points(grade(filled(), assignment(PATIENT), start=quick)) == FULL


def test_one_that_has_ended_is_replaced(monkeypatch):
    made = []

    class Kept(Nursery):
        def __init__(self, table):
            super().__init__(table)
            made.append(self)

    monkeypatch.setattr(nursery, "Nursery", Kept)
    start = nursery.starter(assignment(PATIENT))
    Session(start, PATIENT).close()
    made[0].process.kill()
    made[0].process.wait()
    Session(start, PATIENT).close()
    assert len(made) == 2
    start.close()
    assert of_ours() == {}


def test_no_descriptor_and_no_process_is_left():
    before = len(os.listdir("/proc/self/fd"))
    made = Nursery(assignment())
    alone = of_ours().keys()
    assert len(alone) == 3  # bubblewrap, bubblewrap as the first process in there, and the one that waits
    for _ in range(5):
        session = Session(made.start, LIMITS)
        assert len(of_ours()) == 5
        session.close()
        assert of_ours().keys() == alone
    unclosed = Session(made.start, LIMITS)
    made.close()
    assert of_ours() == {}
    unclosed.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_one_that_overwrites_its_command_line_is_still_seen(forked):
    before = of_ours().keys()
    session = Session(forked.start, PATIENT)
    source = """
import ctypes
libc = ctypes.CDLL(None)
place = ctypes.c_void_p.in_dll(libc, 'program_invocation_name').value
ctypes.memset(place, 0, 250)
"""
    session.cell("cell", source, 20.0)
    (inner,) = [pid for pid in of_ours() if str(pid) == inside_of(session)[0]]
    assert "RLIMIT" not in of_ours()[inner]
    session.close()
    assert of_ours().keys() == before


@pytest.mark.slow
def test_a_result_that_is_kept_keeps_no_nursery():
    kept = []
    for answer in ("def softmax(x): return 7", "def softmax(x): return 1 / 0", "import os\nos._exit(0)"):
        start = nursery.starter(assignment(PATIENT))
        kept.append(grade(filled(softmax=answer), assignment(PATIENT), start=start))
        del start
        gc.collect()
        assert of_ours() == {}
    assert all(points(one)["softmax"] == 0 for one in kept)


def test_each_thread_has_its_own():
    start = nursery.starter(assignment(PATIENT))
    found = [start.nursery()]
    with ThreadPoolExecutor(1) as pool:
        found.append(pool.submit(start.nursery).result())
        assert found[0] is start.nursery() is not found[1] is pool.submit(start.nursery).result()
    found[1].process.wait(20)  # has ended with its thread
    session = Session(start, PATIENT)
    assert session.process.maker is found[0]
    session.close()
    start.close()
    assert found[0].process.poll() is not None


def test_a_copy_of_its_owner_made_by_a_fork_does_not_end_it(forked):
    copy = os.fork()
    if not copy:
        forked.close()
        os._exit(0)
    os.waitpid(copy, 0)
    assert run(forked, "def look(): return 5") == 5


def test_random_numbers_begin_alike_for_all(forked):
    source = "import random\ndef look(): return random.random(), np.random.random(), hash('a')"
    first, second = (run(forked, "import numpy as np\n" + source) for _ in range(2))
    session = Session(bubblewrap.starter(assignment(PATIENT)), PATIENT)
    session.cell("cell", "import numpy as np\n" + source, 20.0)
    assert first == second == session.call("look", (), {}, 20.0)
    session.close()
    fresh = "import numpy as np, os\ndef look(): return np.random.default_rng().random(), os.urandom(8).hex()"
    assert not set(run(forked, fresh)) & set(run(forked, fresh))


FILES = """
import ctypes, fcntl, os, sys
import numpy as np

def look():
    files = [sys.executable, np.__file__, '/jail/worker.pyc', '/jail/filter', '/dev/null']
    files += ['/dev/urandom', '/']
    done = []
    for path in files:
        opened = os.open(path, os.O_RDONLY)
        for name, act in (
            ('flock', lambda: fcntl.flock(opened, fcntl.LOCK_SH)), ('lockf', lambda: fcntl.lockf(opened, 1)),
            ('of', lambda: fcntl.fcntl(opened, 37, bytes(32))), ('mode', lambda: os.chmod(path, 0o555)),
            ('lease', lambda: fcntl.fcntl(opened, 1024, 0)), ('times', lambda: os.utime(path)),
            ('note', lambda: os.setxattr(path, 'user.a', b'1')), ('write', lambda: os.open(path + '/x', 65)),
            ('link', lambda: os.symlink('a', '/tmp/x')), ('remove', lambda: os.unlink(path)),
        ):
            try: act()
            except OSError: continue
            done.append((path, name))
    libc = ctypes.CDLL(None)
    for name, arguments in (('shmget', (7, 99, 0o1666)), ('semget', (7, 1, 0o1666)), ('msgget', (7, 0o1666)),
                            ('memfd_create', (b'x', 0)), ('inotify_init', ()), ('eventfd', (0, 0)),
                            ('mq_open', (b'/x', 66, 0o666, 0)), ('unshare', (0,)), ('ptrace', (0, 0, 0, 0)),
                            ('mount', (b'x', b'/tmp', b'tmpfs', 0, 0)), ('umount2', (b'/jail/filter', 2))):
        if getattr(libc, name)(*arguments) >= 0: done.append(name)
    for number in (248, 249, 250):  # keys, on x86_64
        if os.uname().machine == 'x86_64' and libc.syscall(number, 0, -3, 0, 0, 0) >= 0: done.append(number)
    return done + [path for path in ('/proc', '/sys') if os.path.exists(path)]
"""


def test_no_file_lock_or_key_can_hold_a_message_for_the_next(forked):
    assert run(forked, FILES) == []


def test_all_end_with_the_process_that_asked_for_them():
    program = """
import os, sys
sys.path[:0] = sys.argv[1:]
from tests.grader import jailed
from rl_landscapes.grader.jail.nursery import Nursery
from rl_landscapes.course.running.session import Session
made = Nursery(jailed.assignment())
session = Session(made.start, jailed.LIMITS)
print(jailed.MEMORY, len(jailed.of_ours()), flush=True)
os.kill(os.getpid(), 9)
"""
    paths = [str(Path(__file__).parents[3]), *filter(None, sys.path)]
    done = subprocess.run(
        [sys.executable, "-c", program, *paths], capture_output=True, text=True, check=False
    )
    memory, count = done.stdout.split()
    assert int(count) > 2, done.stderr
    for _ in range(100):
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        if f"RLIMIT_AS={memory}" not in listed:
            return
        time.sleep(0.05)
    raise AssertionError("some are left")


def broken(monkeypatch, tmp_path, old, new):
    text = bubblewrap.PARTS[bubblewrap.FORKING].read_text()
    assert text.count(old) == 1
    path = tmp_path / "forking.py"
    path.write_text(text.replace(old, new))
    monkeypatch.setitem(bubblewrap.PARTS, bubblewrap.FORKING, path)
    bubblewrap._compiled.cache_clear()
    nursery.available.cache_clear()


@pytest.fixture
def asked_anew():
    yield
    bubblewrap._compiled.cache_clear()
    nursery.available.cache_clear()


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CLONE[platform.machine()], NEW", "-1, NEW"),  # the system refuses namespaces
        ("    control.send(READY)", "    return"),
        ("        os.closerange(3, OPEN)\n        steps", "        steps"),  # something is left open
        ("NEW | signal.SIGCHLD", "0x10000000 | signal.SIGCHLD"),  # it sees other processes
        ("        demand(libc.prctl(SECCOMP, BY_FILTER, ctypes.byref(steps), 0, 0))\n", ""),  # no filter
    ],
)
def test_what_cannot_be_forked_as_it_must_is_started(monkeypatch, tmp_path, old, new):
    broken(monkeypatch, tmp_path, old, new)
    assert not nursery.available()
    start = nursery.starter(assignment(PATIENT))
    session = Session(start, PATIENT)
    assert isinstance(session.process, subprocess.Popen)
    session.close()


@pytest.mark.usefixtures("asked_anew")
def test_a_fork_that_fails_is_no_fault_of_the_student(monkeypatch, tmp_path):
    broken(monkeypatch, tmp_path, "CLONE[platform.machine()], NEW", "-1, NEW")
    made = Nursery(assignment())
    with pytest.raises(NotStarted, match="ENOSYS"):
        made.start()
    assert not made.is_open


def test_numbers_that_cross_are_those_of_a_started_jail(forked):
    source = (
        "import numpy as np\ndef look(x): return np.linalg.solve(x, np.arange(3.0)), np.linalg.eigvalsh(x)"
    )
    matrix = np.array([[3.0, 1.0, 0.2], [1.0, 2.0, 0.1], [0.2, 0.1, 1.0]])
    session = Session(bubblewrap.starter(assignment(PATIENT)), PATIENT)
    session.cell("cell", source, 20.0)
    here = session.call("look", (matrix,), {}, 20.0)
    session.close()
    there = run(forked, source, matrix)
    assert all((a == b).all() for a, b in zip(here, there, strict=True))


def test_an_error_of_an_answer_is_the_students(forked):
    with pytest.raises(StudentError, match="ZeroDivisionError"):
        run(forked, "def look(): return 1 / 0")
