"""`rl-landscapes info`: what is installed here, or what a file holds."""

import argparse
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rl_landscapes.cli.options import Commands, command
from rl_landscapes.version import __version__

CORE = ("numpy", "scipy", "autograd", "matplotlib")
EXTRAS = {
    "control": ("gymnasium", "mujoco"),
    "scale": ("joblib", "tqdm", "dask", "distributed"),
    "course": ("nbgrader", "jupytext"),
}


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands, "info", "say what is installed, or what a record file holds", "rl-landscapes info probe.npz"
    )
    parser.add_argument("file", nargs="?", type=Path, help="a file that this package wrote")
    parser.set_defaults(do=do)


def do(chosen: argparse.Namespace) -> None:
    """Print one or the other."""
    print("\n".join(_of_here() if chosen.file is None else _of_file(chosen.file)))


def _of_here() -> list[str]:
    from rl_landscapes.studies.machine import blas_threads, cores, processor

    rows = {"rl-landscapes": __version__, "python": platform.python_version()}
    rows |= {name: _version(name) or "missing" for name in CORE}
    rows |= {f"[{extra}]": _extra(extra) for extra in EXTRAS}
    rows |= {
        "bodies": _bodies(),
        "processor": f"{processor()}, {cores()} cores",
        "BLAS threads": blas_threads(),
    }
    return _table(rows)


def _of_file(path: Path) -> list[str]:
    from rl_landscapes.records.outline import rows, table
    from rl_landscapes.records.record import read

    found = read(path)
    written = ", ".join(f"{name} {number}" for name, number in found.versions.items())
    return [f"{path}: {found.kind}, written by {written}", *table(rows(found.fields))]


def _extra(extra: str) -> str:
    found = {name: _version(name) for name in EXTRAS[extra]}
    missing = [name for name, number in found.items() if number is None]
    there = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    advice = f'without {", ".join(missing)}: pip install "rl-landscapes[{extra}]"'
    return "; ".join(filter(None, [there, advice if missing else ""]))


def _bodies() -> str:
    try:
        from rl_landscapes.worlds.physics import known_bodies
    except ImportError:
        return 'none: pip install "rl-landscapes[control]"'
    return ", ".join(known_bodies())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _table(rows: dict[str, str]) -> list[str]:
    width = max(map(len, rows))
    return [f"{name:<{width}}  {value}" for name, value in rows.items()]
