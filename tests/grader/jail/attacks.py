# ruff: noqa: E501 - one case, one line
"""Answers to `softmax`, in groups that end alike: name of the case -> text of the cell."""

from rl_landscapes.course.running import wire
from tests.grader.jailed import SOFTMAX

WRONG = "def softmax(x):\n    return 0 * x"


def body(*lines: str) -> str:
    return "\n".join(["def softmax(x):", *(f"    {line}" for line in lines)])


def then_wrong(*lines: str) -> str:
    """Return code to run at the outermost level, and a wrong answer."""
    return "\n".join([*lines, WRONG])


def then_right(*lines: str) -> str:
    return "\n".join([*lines, SOFTMAX])


FORGED = [wire.pack(("value", request, 8.0)) for request in range(100)]

# Name of the case: text of the answer's cell. In each group softmax ends in the same way.
TIMED_OUT = {
    "endless loop": body("while True: pass"),
    "loop that swallows interrupts": body(
        "import time",
        "while True:",
        "    try:",
        "        time.sleep(1)",
        "    except BaseException: pass",
    ),
    "interrupts ignored": body(
        "import signal",
        "for s in range(1, 32):",
        "    try: signal.signal(s, signal.SIG_IGN)",
        "    except Exception: pass",
        "while True: pass",
    ),
    "interrupts ignored at the outermost level": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + body("while True: pass")
    ),
    "sleep": body("import time", "time.sleep(100)"),
    "printing for ever": body("while True: print('x' * 1000)"),
    "an error whose message never ends": (
        "class E(Exception):\n    def __str__(self):\n        while True: pass\n" + body("raise E")
    ),
    "an answer that is never sent whole": body(
        "import os",
        "for fd in range(3, 64):",
        "    try: os.write(fd, b'\\0\\0\\0\\4\\0\\0\\0\\0')",
        "    except OSError: pass",
        "while True: pass",
    ),
    "one byte at a time": body(
        "import os, time",
        "while True:",
        "    for fd in range(3, 64):",
        "        try: os.write(fd, b'\\0')",
        "        except OSError: pass",
        "    time.sleep(0.3)",
    ),
}
CRASHED = {
    "os._exit": body("import os", "os._exit(0)"),
    "kill -9": body("import os, signal", "os.kill(os.getpid(), signal.SIGKILL)"),
    "kill everything": body("import os, signal", "os.kill(os.getpid(), 9); os.kill(-1, 9)"),
    "segmentation fault": body("import ctypes", "ctypes.string_at(0)"),
    "abort": body("import os", "os.abort()"),
    "recursion in C that Python does not count": body(
        "i = iter(())",
        "for _ in range(5 * 10**5): i = map(abs, i)",
        "return list(i)",
    ),
    "every descriptor closed": body("import os", "os.closerange(0, 1000)", "return x"),
    "a frame that is too large": body(
        "import os, struct",
        "for fd in range(3, 64):",
        "    try: os.write(fd, struct.pack('>II', 100, 2**32 - 1))",
        "    except OSError: pass",
    ),
    "a frame that is no frame": body("import os", "for fd in range(3, 9):\n        try: os.write(fd, b'x' * 999)\n        except OSError: pass"),
    "another program in its place": body("import os, sys", "os.execv(sys.executable, [sys.executable, '-c', ''])"),
    "wire replaced": (
        body("import sys", "sys.modules['wire'].pack = lambda *_: b'\\0' * 8", "return x")
    ),
    "more open files than there may be": body(
        "import os",
        "os.closerange(3, 9)",
        "while True: os.dup(0)",
    ),
}  # fmt: skip

OUT_OF_MEMORY = {
    "3 GB": body("return np.ones(400_000_000)[: x.size].reshape(x.shape)"),
    "all the memory": body("a = []", "while True: a.append(np.empty(10_000_000))"),
    "memory in small pieces": body("a = []", "while True: a.append(bytes(10**6))"),
}

RAISED = {
    "fork": body("import os", "os.fork()", "return x"),
    "fork bomb": body("import os", "while True: os.fork()"),
    "vfork by posix_spawn": body("import os, sys", "os.posix_spawn(sys.executable, ['python'], {})", "return x"),
    "subprocess": body("import subprocess", "return subprocess.check_output(['id'])"),
    "multiprocessing": body("import multiprocessing as m", "p = m.Process(target=print)", "p.start()", "return x"),
    "threads without end": body(
        "import threading, time",
        "while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    ),
    "network": body("import socket", "socket.create_connection(('1.1.1.1', 53), 5)"),
    "network by name": body("import urllib.request", "return urllib.request.urlopen('http://example.org').read()"),
    "gradebook": body("import os", "open('GRADEBOOK', 'a').write('99')", "return x"),
    "the password file": body("return open('/etc/passwd').read()"),
    "/proc/self": body("return open('/proc/self/environ').read()"),
    "the course": body("from rl_landscapes.course import checks", "return x"),
    "the course's files": body("import rl_landscapes", "return x"),
    "the tests": body("import pytest", "return x"),
    "packages that are not named": body("import scipy", "return x"),
    "/tmp filled": body(
        "for i in range(100):",
        "    with open(f'/tmp/{i}', 'wb') as file: file.write(b'x' * 10_000_000)",
        "return x",
    ),
    "a file in the folder it starts in": body("np.save('x.npy', x)", "return x"),
    "files where none may be": body("open('/dev/shm/x', 'w').write('x')", "return x"),
    "files at the root": body("open('/x', 'w').write('x')", "return x"),
    "files among the packages": body("open(np.__file__, 'a').write('x')", "return x"),
    "a named pipe": body("import os", "os.mkfifo('/tmp/p')", "return x"),
    "a link to a secret": body("import os", "os.symlink('GRADEBOOK', '/tmp/l')", "return open('/tmp/l').read()"),
    "mount": body(
        "import ctypes",
        "c = ctypes.CDLL(None, use_errno=True)",
        "if c.mount(b'/', b'/tmp', None, 4096, None): raise OSError(ctypes.get_errno(), 'mount')",
        "return x",
    ),
    "another user": body("import os", "os.setuid(0)", "os.chown('/tmp', 1, 1)", "return x"),
    "the same memory as another process": body(
        "import ctypes",
        "c = ctypes.CDLL(None, use_errno=True)",
        "if c.ptrace(16, 1, 0, 0): raise OSError(ctypes.get_errno(), 'ptrace')",
        "return x",
    ),
    "unshare": body(
        "import ctypes",
        "c = ctypes.CDLL(None, use_errno=True)",
        "if c.unshare(0x10000000): raise OSError(ctypes.get_errno(), 'unshare')",
        "return x",
    ),
    "limits raised": body(
        "import resource",
        "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        "return x",
    ),
    "descriptors exhausted": body("import os", "while True: os.dup(0)"),
    "exit() in the function": body("exit()"),
    "sys.exit() in the function": body("import sys", "sys.exit(0)"),
    "input()": body("return input()"),
    "recursion": body("return softmax(x)"),
    "deep recursion": body("import sys", "sys.setrecursionlimit(20_000)", "return softmax(x)"),
    "assert": body("assert False, 'x' * 10**7"),
    "an error whose message raises": (
        "class E(Exception):\n    def __str__(self): raise SystemExit\n" + body("raise E")
    ),
    "an error with a message of another kind": (
        "class S(str):\n    def __getitem__(self, _): return 10**100\n"
        "class E(Exception):\n    def __str__(self): return S('x')\n" + body("raise E")
    ),
    "an error of no name": body("raise type('\\x1b[2J\\u202e' * 50, (Exception,), {})('\\x1b]0;x\\x07')"),
    "a class in place of the function": "class softmax:\n    def __init__(self, x): raise ValueError",
    "a lock that is not known": body("return object()"),
    "object array": body("return np.array([x, None], dtype=object)"),
    "huge integers": body("return 10**5000"),
    "an endless list": body("a = []", "a.append(a)", "return a"),
    "an answer of 80 MB": body("return np.zeros(10_000_000)"),
    "pickle of an attack": (
        "class P:\n    def __reduce__(self): return (__import__('os').system, ('id',))\n" + body("return P()")
    ),
    "wrong number of arguments": "def softmax(): return 0",
}  # fmt: skip

WRONG_ANSWERS = {
    "wrong": WRONG,
    "None": body("pass"),
    "NaN": body("return x * np.nan"),
    "NaN with a payload": body("return np.frombuffer(b'\\1\\2\\3\\4\\5\\6\\xf8\\x7f' * x.size).reshape(x.shape)"),
    "infinity": body("return x + np.inf"),
    "huge numbers": body("return np.full(x.shape, 1.7e308)"),
    "negative points": body("return -1e9"),
    "text": body("return '4.0'"),
    "complex numbers": body("return x + 1j"),
    "dates": body("return np.ones(x.shape, bool)"),
    "a function": body("return lambda *_: 0.5"),
    "a generator of random numbers": body("return np.random.default_rng(0)"),
    "a dictionary": body("return {'softmax': x, 1: 2}"),
    "many lists in lists": body("a = []", "for _ in range(30): a = [a]", "return a"),
    "a hundred thousand things": body("return [{}] * 100_000"),
    "no rows": body("return np.empty((0, 2**40))"),
    "an array equal to everything": (
        "class A(np.ndarray):\n"
        "    def __eq__(self, _): return True\n    __ne__ = __lt__ = __gt__ = lambda self, _: False\n"
        "    def __array__(self, *_, **__): return np.full(2, 0.5)\n" + body("return np.zeros(x.shape).view(A)")
    ),
    "an object equal to everything": (
        "class A:\n    def __eq__(self, _): return True\n    __array__ = lambda *_, **__: np.full(2, 0.5)\n"
        "    __class__ = np.ndarray\n    dtype = np.dtype(float)\n    shape = (2,)\n" + body("return A()")
    ),
    "a number equal to everything": (
        "class F(float):\n    __eq__ = __ge__ = __le__ = lambda self, _: True\n    __sub__ = lambda self, _: 0.0\n"
        "    __hash__ = None\n" + body("return [F(0), F(0)]")
    ),
    "np.isclose and np.testing replaced": then_wrong(
        "np.isclose = np.allclose = np.array_equal = lambda *_, **__: True",
        "np.testing.assert_allclose = lambda *_, **__: None",
        "np.abs = np.subtract = lambda *_, **__: np.zeros(2)",
    ),
    "AssertionError replaced": then_wrong(
        "import builtins", "builtins.AssertionError = builtins.ValueError = builtins.BaseException = Warning"
    ),
    "notebook's machinery replaced": then_wrong(
        "ip = get_ipython()",
        "ip.run_cell = lambda *_, **__: None",
        "ip.input_transformers_cleanup.append(lambda lines: ['pass'])",
        "ip.ast_transformers.append(None)",
        "ip.set_custom_exc((Exception,), lambda *_: None)",
        "ip.showtraceback = lambda *_: None",
        "ip.display_formatter.formatters['text/plain'].for_type(float, lambda *_: print('4.0'))",
        "ip.kernel.session.send = lambda *_, **__: None",
    ),
    "imports hooked": then_wrong(
        "import sys", "sys.meta_path.clear()", "sys.modules['rl_landscapes.course.expect'] = sys"
    ),
    "tracing": then_wrong("import sys", "sys.settrace(lambda *_: None)", "sys.setprofile(lambda *_: None)"),
    "a module of one's own named numpy": then_wrong(
        "open('/tmp/numpy.py', 'w').write('def isclose(*_): return True')", "import sys", "sys.path.insert(0, '/tmp')"
    ),
    "a forged verdict": body(
        "import os",
        "for fd in range(3, 9):",
        f"    try: [os.write(fd, frame) for frame in {FORGED}]",
        "    except OSError: pass",
        "return x",
    ),
    "right the first time only": "done = []\n" + body("done.append(1)", "return (x + 0.5) if len(done) == 1 else 0 * x"),
    "the public numbers learnt by heart": body("return np.full(x.shape, 0.5) if x.shape == (2,) else x"),
    "a view that changes later": (
        "import threading, time\nkept = []\n"
        + body("kept.append(np.full(x.shape, 0.1))", "return kept[-1]")
        + "\ndef later():\n    while True:\n        for a in kept: a[...] = 0.5\n"
        + "try: threading.Thread(target=later, daemon=True).start()\nexcept RuntimeError: pass"
    ),
    "os.system": body("import os", "return [os.system('true'), os.environ.get('RL_LANDSCAPES_SECRET', '')]"),
}  # fmt: skip

MISSING = {
    "nothing defined": "pass",
    "another alphabet": SOFTMAX.replace("def softmax", "def s\N{CYRILLIC SMALL LETTER O}ftmax"),
    "a number": "softmax = 5.0",
    "text that is no program": "def softmax(x:\n    return x",
    "a null byte": SOFTMAX + "\0",
    "brackets without end": "(" * 50_000,
    "deleted again": SOFTMAX + "\ndel softmax",
    "builtins replaced": then_wrong("import builtins", "builtins.isinstance = lambda *_: True"),
    "json replaced": then_wrong("import json", "json.loads = json.dumps = None"),
    "await at the outermost level": "await softmax",
}

FULL_MARKS = {
    "right": SOFTMAX,
    "a warning": then_right("import warnings", "warnings.warn('look')").replace("    e =", "    np.log(-1.0)\n    e =", 1),
    "magic": then_right("%matplotlib inline", "!pip install numpy", "%%time"),
    "help": then_right("np.exp?", "?np"),
    "wide letters": SOFTMAX.replace("def softmax", "def \N{FULLWIDTH LATIN SMALL LETTER S}oftmax"),
    "prints 200 MB": SOFTMAX + "\nfor _ in range(200): print('x' * 10**6)",
    "prints from the function": SOFTMAX.replace("    e =", "    print('x' * 10**7)\n    e =", 1),
    "300 MB of memory": SOFTMAX.replace("    e =", "    big = np.ones(40_000_000)\n    e =", 1),
    "sys.exit() at the outermost level": then_right("import sys", "sys.exit()"),
    "exit() at the outermost level": then_right("exit()"),
    "exit() after the answer": SOFTMAX + "\nquit()",
    "an error before": then_right("1 / 0"),
    "a package that is not there": then_right("import matplotlib.pyplot as plt", "from rl_landscapes import plots"),
    "a plot after": SOFTMAX + "\nimport seaborn as sns\nsns.set()\n",
    "a loop after": SOFTMAX + "\nwhile True: pass",
    "a crash after": SOFTMAX + "\nimport os\nos._exit(1)",
    "display": SOFTMAX + "\ndisplay(softmax(np.zeros(2)))",
    "a lambda": "softmax = lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)",
    "decorated": "from functools import cache\ndef same(f): return f\n@same\n" + SOFTMAX,
    "replaced by a call": "def one(v): return np.exp(v) / np.exp(v).sum()\nsoftmax = np.vectorize(one, signature='(n)->(n)')",
    "lists": "def softmax(x): return (np.exp(x) / np.exp(x).sum(-1, keepdims=True)).tolist()",
    "single precision aside": SOFTMAX.replace("return e /", "return np.float64(1) * e /"),
    "a stub left below": SOFTMAX + "\n    raise NotImplementedError()",
    "tab and carriage returns": SOFTMAX.replace("\n", "\r\n"),
    "changes its argument": "def softmax(x):\n    x -= x.max(-1, keepdims=True)\n    np.exp(x, out=x)\n    x /= x.sum(-1, keepdims=True)\n    return x",
    "an array of its own kind": "class A(np.ndarray): pass\n" + SOFTMAX.replace("return e /", "return (e /").replace("=True)", "=True)", 1) + ").view(A)",
    "a class": "class softmax:\n    def __new__(cls, x): return np.exp(x) / np.exp(x).sum(-1, keepdims=True)",
    "a cache of one's own": "cache = {}\ndef softmax(x):\n    k = x.tobytes()\n    if k not in cache: cache[k] = np.exp(x) / np.exp(x).sum(-1, keepdims=True)\n    return cache[k]",
}  # fmt: skip

GROUPS = {
    "timed out": TIMED_OUT,
    "crashed": CRASHED,
    "out of memory": OUT_OF_MEMORY,
    "raised an error": RAISED,
    "wrong": WRONG_ANSWERS,
    "missing": MISSING,
    "passed": FULL_MARKS,
}
QUICK = {*TIMED_OUT, "a loop after"}
CASES = [(word, name) for word, group in GROUPS.items() for name in group]
ALSO = {"wire replaced": {"wrong"}}
HALF_RIGHT = {
    "an object equal to everything",
    "right the first time only",
    "the public numbers learnt by heart",
}
