"""A fingerprint changes when, and only when, code that is reached by import does something else."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from rl_landscapes.records.fingerprint import differences, reached

STUDY = '''"""Doc."""
from lib.worlds import grid
from lib import shared


def compute(x):
    return grid(x) + shared.K


def gather(x):
    return x
'''
GRIDS = '''import numpy as np


def grid(x):
    """Doc."""
    return np.cos(x)
'''
PASSED_ON = """from lib.worlds.grids import grid
from lib.worlds.bodies import body
__all__ = ['grid', 'body']
"""
FILES = {
    "__init__.py": "",
    "study.py": STUDY,
    "shared.py": "K = 1  # a constant\n",
    "unused.py": "K = 2\n",
    "worlds/__init__.py": PASSED_ON,
    "worlds/grids.py": GRIDS,
    "worlds/bodies.py": "def body(x):\n    return x\n",
    "plots.py": "from lib.shared import K\n",
}
PASSES = "from lib.worlds.grids import grid"
WORLDS = ["lib.worlds", "lib.worlds.bodies", "lib.worlds.grids"]


@pytest.fixture
def lib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "lib" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    return tmp_path / "lib"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_is_reached_is_what_defines_the_names(lib: Path) -> None:
    assert list(reached(["lib.study"])) == ["lib.shared", "lib.study", "lib.worlds.grids"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("study.py", '"""Doc."""', '"""Another."""'),
        ("worlds/grids.py", '    """Doc."""\n', ""),
        ("shared.py", "# a constant", "# the constant"),
        ("shared.py", "K = 1", "K  =  (1)"),
        ("unused.py", "2", "3"),
        ("plots.py", "import K", "import K as L"),
        ("worlds/bodies.py", "return x", "return 2 * x"),
        ("worlds/__init__.py", "'grid', ", ""),
        ("worlds/__init__.py", "from lib.worlds.bodies import body\n", ""),
        ("study.py", "from lib.worlds import grid\nfrom lib", "from lib.worlds.grids import grid\nfrom lib"),
        (
            "study.py",
            "from lib import shared\n",
            "from lib import shared\nif TYPE_CHECKING:\n    from lib import plots\n",
        ),
    ],
)
def test_what_does_nothing_changes_nothing(lib: Path, file: str, old: str, new: str) -> None:
    before = reached(["lib.study"])
    change(lib / file, old, new)
    assert reached(["lib.study"]) == before


@pytest.mark.parametrize(
    ("file", "old", "new", "because"),
    [
        ("worlds/grids.py", "np.cos", "np.sin", ["lib.worlds.grids"]),
        ("worlds/grids.py", "import numpy as np", "import scipy as np", ["lib.worlds.grids"]),
        ("shared.py", "1", "1.0", ["lib.shared"]),
        ("study.py", "grid(x) + shared", "grid(x) - shared", ["lib.study"]),
        ("study.py", "return x", "return 2 * x", ["lib.study"]),
        ("study.py", "import shared", "import unused as shared", ["lib.shared", "lib.study", "lib.unused"]),
        ("worlds/__init__.py", PASSES, "def grid(x): return x", ["lib.study", *WORLDS]),
        ("study.py", "return x", "from lib import plots\n    return x", ["lib.plots", "lib.study"]),
    ],
)  # fmt: skip
def test_what_does_something_else_is_named(
    lib: Path, file: str, old: str, new: str, because: list[str]
) -> None:
    before = reached(["lib.study"])
    change(lib / file, old, new)
    assert differences(before, reached(["lib.study"])) == because


def test_a_function_that_does_not_count_may_change(lib: Path) -> None:
    before = reached(["lib.study"], without="gather")
    change(lib / "study.py", "return x", "return 2 * x")
    assert reached(["lib.study"], without="gather") == before
    change(lib / "study.py", "grid(x) +", "grid(x) -")
    assert differences(before, reached(["lib.study"], without="gather")) == ["lib.study"]


def test_stars_packages_and_relative_imports_are_followed(lib: Path) -> None:
    (lib / "star.py").write_text("from .shared import *\nfrom . import unused\nimport lib.worlds\n")
    assert set(reached(["lib.star"])) == {
        "lib.star", "lib.shared", "lib.unused", "lib.worlds", "lib.worlds.grids", "lib.worlds.bodies",
    }  # fmt: skip


def test_one_name_from_two_places_reaches_both(lib: Path) -> None:
    """Two functions may import the same name; a package may take a name from one of two modules."""
    (lib / "two.py").write_text(
        "def f():\n    from lib.shared import K\n    return K\n"
        "def g():\n    from lib.unused import K\n    return K\n"
    )
    assert list(reached(["lib.two"])) == ["lib.shared", "lib.two", "lib.unused"]
    (lib / "worlds/__init__.py").write_text(
        "try:\n    from lib.shared import K\nexcept ImportError:\n    from lib.unused import K\n"
    )
    (lib / "either.py").write_text("from lib.worlds import K\n")
    assert {"lib.worlds", "lib.shared", "lib.unused"} <= set(reached(["lib.either"]))


def test_what_only_runs_counts(lib: Path) -> None:
    (lib / "runs.py").write_text("if not TYPE_CHECKING:\n    from lib.shared import K\n")
    assert list(reached(["lib.runs"])) == ["lib.runs", "lib.shared"]


def test_fields_side_by_side_in_a_text_are_the_same_for_every_python(lib: Path) -> None:
    """Python 3.12.0 and 3.12.1 put empty texts into a format made of fields; 3.11 and 3.13 do not."""
    (lib / "text.py").write_text("def f(x, a, b):\n    return f'{x:{a}{b}}'\n")
    assert reached(["lib.text"])["lib.text"].startswith("fa74f22183a9ae07")


def test_a_lazy_package_is_followed_through_what_it_tells_type_checkers() -> None:
    assert "rl_landscapes.worlds.physics.bodies" not in reached(["rl_landscapes.studies.stuck_points.pieces"])
    found = reached(["rl_landscapes.studies.bodies.policies"])
    assert {"rl_landscapes.worlds.physics.bodies", "rl_landscapes.worlds.physics.rules"} <= set(found)
    assert not [name for name in found if name.startswith(("rl_landscapes.plots", "rl_landscapes.course"))]


def test_what_a_text_imports_counts(lib: Path) -> None:
    text = "from lib.worlds import body\nprint(body)"
    assert list(reached(["lib.shared"], text=text)) == ["lib.shared", "lib.worlds.bodies"]


def test_an_unknown_module_is_refused() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no file found for module 'no\.such'"):
        reached(["no.such"])


def test_another_process_finds_the_same() -> None:
    name = "rl_landscapes.studies.stuck_points.pieces"
    ask = f"print(json.dumps(reached(['{name}'])))"
    program = f"import json; from rl_landscapes.records.fingerprint import reached; {ask}"
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert json.loads(out) == reached([name])
