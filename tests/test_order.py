"""The rooms stand in one order, and a file imports only from rooms before its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import rl_landscapes

PACKAGE = Path(rl_landscapes.__file__).parent
FLOORS = (  # rooms of one floor do not know one another
    ("arrays", "version"),
    ("records", "parallel", "statistics"),
    ("worlds",),
    ("policies",),
    ("objectives",),
    ("probes", "ascent"),
    ("plots",),
    ("course",),
    ("studies", "grader"),
    ("cli",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FRONT = ("__init__", "__main__")  # the door to all rooms


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, room) for every import of this package, wherever it stands, for types or at run time."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["rl_landscapes"]  # relative: it hides which room it names
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "rl_landscapes":
                yield node.lineno, rest.partition(".")[0]


def wrong(room: str, source: str) -> list[str]:
    """Return a sentence for every import of `source`, a file of `room`, that runs against the order."""
    found = []
    for line, used in imports(source):
        if used == room:
            continue
        if used not in FLOOR:
            found.append(
                f"line {line} imports from the package itself: name the room, one of {', '.join(FLOOR)}"
            )
        elif FLOOR[used] >= FLOOR[room]:
            found.append(
                f"line {line} imports {used}, which does not stand before {room}: what both need belongs in a"
                f" room before both, and what needs {used} in a room after it"
            )
    return found


def files() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).stem not in FRONT[1:]]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_room_has_its_place_in_the_order() -> None:
    assert {room_of(path) for path in files()} - set(FRONT) == set(FLOOR)


@pytest.mark.parametrize("room", FLOOR)
def test_imports_run_one_way(room: str) -> None:
    said = [
        f"{path.relative_to(PACKAGE.parent)}: {sentence}"
        for path in files()
        if room_of(path) == room
        for sentence in wrong(room, path.read_text(encoding="utf8"))
    ]
    assert not said, "\n".join(said)


@pytest.mark.parametrize(
    "source",
    [
        "from rl_landscapes.cli import main",
        "import rl_landscapes.ascent.training",
        "from rl_landscapes import ascent",
        "if TYPE_CHECKING:\n    from rl_landscapes.studies import Study",
        "def f():\n    from rl_landscapes.ascent import ascend",
        "import rl_landscapes",
        "from ..ascent import ascend",
    ],
)
def test_a_wrong_import_is_seen_wherever_it_stands(source: str) -> None:
    assert len(wrong("probes", source)) == 1


def test_right_imports_are_left_alone() -> None:
    for source in (
        "import numpy",
        "from rl_landscapes.arrays import Array",
        "import rl_landscapes.probes.lanczos",
    ):
        assert wrong("probes", source) == []
