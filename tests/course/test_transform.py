"""Cells as IPython reads them: what it makes of them itself is what comes out here."""

import builtins
import pickle
import subprocess
import sys
from time import perf_counter

import pytest

from rl_landscapes.course.running.transform import as_python
from rl_landscapes.course.running.worker import Shell, Worker

IN_IPYTHON = """
import pickle, sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(history_length=0)
shell.history_manager.enabled = False
found = []
for cells in pickle.load(open(sys.argv[1], "rb")):
    shell.reset(new_session=False)
    shell.compile.flags = 0
    for cell in cells:
        shell.run_cell(cell, silent=True)
    found.append({name: shell.user_ns.get(name) for name in "ab"})
pickle.dump(found, open(sys.argv[2], "wb"))
"""


@pytest.fixture(scope="module")
def in_ipython(tmp_path_factory):
    """What IPython makes of all cells, in a process of its own: it takes the place of `__main__`."""
    given, found = (tmp_path_factory.mktemp("ipython") / name for name in ("given", "found"))
    given.write_bytes(pickle.dumps(list(CELLS.values())))
    subprocess.run([sys.executable, "-c", IN_IPYTHON, given, found], check=True, capture_output=True)
    return dict(zip(CELLS, pickle.loads(found.read_bytes()), strict=True))


def here(cells, monkeypatch):
    monkeypatch.setattr(builtins, "get_ipython", Shell, raising=False)
    worker = Worker(lambda find: None, lambda frame: None)
    for number, cell in enumerate(as_python(cells)):
        try:
            worker.cell(str(number), cell, False, None)
        except Exception as error:
            worker.names.setdefault("errors", []).append(error)
    return worker.names


MAGIC_AND_COMPARISON = """%%time
a = (1
!= 2)
b = [7
% 4]
"""
MAGIC_AND_TEXT = '''%precision 3
a = """
%d nats
!
?
"""
b = a % 3
'''
LATE_NAMES = """from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from numpy.typing import NDArray
"""
CELLS = {
    "a magic above a comparison in brackets": [MAGIC_AND_COMPARISON],
    "a magic above a text with such lines": [MAGIC_AND_TEXT],
    "names for types only": [LATE_NAMES + "def f(x: NDArray) -> NDArray: return x\na = f(3)"],
    "names for types only, in a later cell": [LATE_NAMES, "def f(x: NDArray): return x\na = f(4)"],
    "annotations of a class": [LATE_NAMES, "class A:\n    x: NDArray\na = A.__annotations__"],
    "future not at the beginning": [
        "a = 1\nfrom __future__ import annotations\ndef f(x: no): return 5\nb = f(1)"
    ],
    "future below a magic": ["%%time\nfrom __future__ import annotations\ndef f(x: no): return 5\na = f(1)"],
    "an old form of unequal": ["from __future__ import barry_as_FLUFL", "a = 1 <> 2"],
    "timed statement": ["%time a = 3\nb = a"],
    "timed value": ["a = %time 3 + 4"],
    "timed in a block": ["for n in range(3):\n    %time a = n\n    b = a"],
    "timed statement over two lines": ["%time a = 3 + \\\n 4\nb = 5"],
    "timed cell without code": ["%%time", "a = 1"],
    "two magics for a cell": ["%%capture\n%%time\na = 3"],
    "captured": ["%%capture out\nprint(1)\na = 3"],
    "profiled": ["%%prun -q\na = 3"],
    "timed again and again": ["a = 1", "%%timeit -n1 -r1\na = 2"],
    "other languages": ["a = 1", "%%html\na = 2", "%%javascript\na = 3", "%%latex\na = 4"],
    "unknown magic": ["a = 1", "%%nosuchmagic\na = 2", "b = 3"],
    "empty lines first": ["\n\n  \n%%time\na = 3"],
    "indented": ["    a = 1\n    if a:\n        b = 2"],
    "indented below a magic": ["%%time\n    a = 1\n    b = 2"],
    "prompts": [">>> a = 1\n>>> if a:\n...     b = 2\n"],
    "prompts of IPython": ["In [3]: a = 1\n   ...: b = 2"],
    "prompts in a text": ['a = """\n>>> b\n... c\n"""'],
    "help": ["a = 1\na?\na??\n?a\nb = 2"],
    "question marks in texts": ["a = 'what?'\nb = 1  # so?"],
    "remainder and unequal as operators": ["a = 7\na %= 4\nb = a != 3", "a = (b\n  % 1)"],
    "call without brackets": ["def f(*a): global b; b = a", "/f 1 2", "a = b", ",f x y", ";f x y"],
    "text that is no magic": ["a = '''\n%%time\n%time b\n'''\nb = 1"],
    "continued line": ["a = 1 + \\\n  2\n%precision 4\nb = 3"],
    "waiting": ["async def f(): return 3\na = await f()"],
    "waiting for nothing": ["import asyncio\nawait asyncio.sleep(0)\na = 1"],
    "waiting in a loop": ["async def f():\n    for n in range(3): yield n", "a = [n async for n in f()]"],
    "lambda and walrus": ["%time a = (lambda x: x)(3)\nif (b := a): pass"],
    "format and percent": ["%time a = '%d' % 3\nb = f'{a!r:>5}'"],
    "decorator": ["%%time\n@staticmethod\ndef f(): return 1\na = f()"],
    "match": ["%time b = 2\nmatch b:\n    case 2: a = 1"],
    "semicolons": ["a = 1; b = 2;\n%precision"],
    "line ends of Windows": ["%%time\r\na = 1\r\nb = '''\r\n%x\r\n'''"],
    "a star": ["%%time\na, *b = 1, 2, 3"],
    "in a with": ["import contextlib\nwith contextlib.nullcontext():\n    %time a = 1"],
    "shell": ["a = 1\nget_ipython().run_line_magic('precision', '3')\nb = 2"],
    "empty": ["", "\n", "a = 1"],
    "only comments": ["# %time x\n#!ls", "a = 1"],
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_names_are_those_that_IPython_makes(in_ipython, name, monkeypatch, capsys):
    ours = here(CELLS[name], monkeypatch)
    assert {name: ours.get(name) for name in "ab"} == in_ipython[name]


@pytest.mark.parametrize(
    "source",
    [
        "%%time", "%%capture\n%%time", "\n \n%%time", "\n\n%time x = 1", "%time x = 1 + \\\n  2",
        "y = 1\n!ls \\\n -l", "a = (1\n!= 2)\n%who", "x = %time 1 + \\\n2 + \\\n3", "%a\n%b\n?\nx?",
        "if 1:\n  %time 1\n  !ls \\\n   a",
    ],
)  # fmt: skip
def test_lines_keep_their_numbers(source):
    lines = as_python([f"{source}\nlast = 1"])[0].splitlines()
    assert lines.index("last = 1") == source.count("\n") + 1


@pytest.mark.parametrize(
    ("line", "value"),
    [("!ls", None), ("x = !ls", []), ("%run other.py", None), ("!!ls", None), ("%%bash\nls", None)],
)
def test_commands_do_nothing(line, value, monkeypatch):
    names = here([line, "y = 1"], monkeypatch)
    assert (names.get("x"), names["y"], names.get("errors")) == (value, 1, None)


@pytest.mark.parametrize(
    "source", ["def f(:\n%time", "a = (1\n%time 3", "%time )", "/", "x = '''\n%time", "\0%time"]
)
def test_what_is_no_program_is_an_error_of_its_cell_alone(source, monkeypatch):
    names = here([source, "y = 1"], monkeypatch)
    assert names["y"] == 1
    assert [type(error) for error in names["errors"]] in ([SyntaxError], [ValueError], [NameError])


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\n" * 3000, "x\n" * 300_000 + "%time x", "%time " * 5000 + "x", "x?\n" * 100_000,
        "(" * 100_000 + "\n!ls", "%%time\n" * 900 + "x", "%" * 10**6, "x = %" * 10**5, "\n" * 10**6 + "!",
    ],
)  # fmt: skip
def test_reading_takes_no_longer_than_a_few_seconds(source):
    began = perf_counter()
    as_python([source])
    assert perf_counter() - began < 15


@pytest.mark.slow
def test_all_cells_together_have_a_limit_and_those_beyond_stay_as_they_are():
    cell = "x = 1\n" * 20_000 + "%time x"
    read = as_python([cell] * 5 + ["%time y"])
    assert [one == cell for one in read[:5]] == [False, False, True, True, True]


def test_without_IPython_only_what_needs_it_is_refused(monkeypatch):
    from rl_landscapes.course.running import transform

    transform._manager.cache_clear()
    monkeypatch.setitem(sys.modules, "IPython.core.inputtransformer2", None)
    assert as_python(["x = 7 % 3\ny = x != 1"]) == ["x = 7 % 3\ny = x != 1"]
    with pytest.raises(ImportError, match="pip install ipython"):
        as_python(["%time x"])
    transform._manager.cache_clear()
