"""What a jail sees of this machine: the interpreter, the C library, the packages an assignment names.

The parts of a view are arguments of bubblewrap, in the order in which it acts on them.
"""

import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from rl_landscapes.course.assignment import COURSE, GRADER, OURS

LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
LINKER = ("/etc/ld.so.cache", "/etc/alternatives")  # where a library lies; the choice between several
INSTALLED = ("site-packages", "dist-packages")
WRITTEN_BESIDE = ("..", "__pycache__", "bin", "share", "include")  # what a package installs elsewhere


def interpreter() -> str:
    """Return the file of this Python, whatever virtual environment it runs in."""
    return str(Path(sys.executable).resolve())


@cache
def system() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the view of the interpreter and its libraries, and what closes it when packages have been added.

    The folders of installed packages are hidden first; a package that is named appears in them again.
    """
    base = Path(sys.base_prefix) / "lib"
    standard = Path(sysconfig.get_path("stdlib"))
    folders = [Path(name) for name in LIBRARIES]
    folders += [folder for folder in (base, standard) if not _within(folder, folders)]
    view: list[str] = []
    for folder in folders:
        if folder.is_symlink():
            view += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            view += _shown(folder)
    if not _within(Path(interpreter()), folders):
        view += _shown(Path(interpreter()))
    for name in LINKER:
        view += ["--ro-bind-try", name, name]
    hidden = [str(folder) for folder in _site_folders(folders)]
    for name in hidden:
        view += ["--tmpfs", name]
    return tuple(view), tuple(part for name in hidden for part in ("--remount-ro", name))


@cache
def packages(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the view of installed packages with what they need, and the folders to import them from.

    `rl_landscapes` is left out: see `library`.

    Raises
    ------
    ModuleNotFoundError
        If one of them is not installed.
    """
    files = sorted({file for name in names if name != OURS for file in _files(name)})
    folders = dict.fromkeys(str(file.parent) for file in files)
    return tuple(part for file in files for part in _shown(file)), tuple(folders)


def library(closed: Sequence[str]) -> tuple[list[str], str]:
    """Return the view of this library without its closed modules, and the folder to import it from.

    What is closed is not there at all: a folder is empty, and of a module neither text nor bytecode is left.
    """
    home = Path(__file__).parents[2]
    view = _shown(home)
    for module in (*closed, COURSE, GRADER):
        path = home.parent.joinpath(*module.split("."))
        if path.is_dir():
            view += ["--tmpfs", str(path), "--remount-ro", str(path)]
        elif path.with_suffix(".py").is_file():
            view += ["--ro-bind", "/dev/null", str(path.with_suffix(".py"))]
            for compiled in (path.parent / "__pycache__").glob(f"{path.name}.*.pyc"):
                view += ["--ro-bind", "/dev/null", str(compiled)]
    return view, str(home.parent)


def _shown(path: Path) -> list[str]:
    return ["--ro-bind", str(path), str(path)]


def _within(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _site_folders(folders: Iterable[Path]) -> list[Path]:
    """Return where packages are installed inside of folders that are shown: they are hidden again."""
    real = {folder.resolve() for folder in folders if folder.is_dir()}
    found = {site for folder in real for name in INSTALLED for site in folder.glob(f"python3*/{name}")}
    return sorted(site for site in found if site.is_dir() and not site.is_symlink())


def _files(name: str) -> Iterator[Path]:
    """Return the files and folders, next to each other, of a package and of what it needs."""
    seen, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        try:
            found = distribution(one)
        except PackageNotFoundError:
            if one == name:
                yield _by_import(name)
            continue  # needed on another system only
        yield from _top_level(found)
        needs = (need for need in found.requires or () if "extra ==" not in need)
        waiting += [match.group() for need in needs if (match := re.match(r"[\w.-]+", need))]


def _top_level(found: Distribution) -> set[Path]:
    files = found.files or []
    tops = {file.parts[0] for file in files} - set(WRITTEN_BESIDE)
    paths = {Path(str(found.locate_file(top))) for top in tops if not top.endswith(".pth")}
    return {path for path in paths if path.exists()}


def _by_import(name: str) -> Path:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"package {name!r} that an assignment names is not installed", name=name)
    origin = Path(found.origin)
    return origin.parent if found.submodule_search_locations else origin
