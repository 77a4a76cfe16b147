"""Write what was measured: results.json, machine.json beside it, and RESULTS.md made from them."""

import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.row import Row
from rl_landscapes.studies.machine import cores, processor

HERE = Path(__file__).parent
PACKAGES = ("rl-landscapes", "numpy", "scipy", "autograd", "jax", "jaxlib", "quantecon")


def write(rows: Sequence[Row], seconds: float, folder: Path = HERE) -> None:
    """Write all three files."""
    _dump([row.as_json() for row in rows], folder / "results.json")
    _dump(machine(seconds), folder / "machine.json")
    (folder / "RESULTS.md").write_text(page(folder), encoding="utf-8")


def machine(seconds: float) -> dict[str, Any]:
    """Return where and with what the rows were measured."""
    return {
        "processor": processor(),
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "platform": f"{platform.system()} {platform.machine()}",
        "threads": 1,
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "seconds": round(seconds),
    }


def page(folder: Path = HERE) -> str:
    """Return the text of RESULTS.md, from results.json, machine.json and growth.json."""
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    where = json.loads((folder / "machine.json").read_text(encoding="utf-8"))
    versions = ", ".join(f"{name} {number}" for name, number in where["versions"].items() if number)
    table = [_line(row) for row in rows]
    notes = [
        f"{i}. {row['name']}, against {row['reference_name']}: {row['note']}." for i, row in _noted(rows)
    ]
    parts = [HEAD, *table, "", *notes, "", GROWTH, *_growth(folder), "", FIGURE, ""]
    return "\n".join([*parts, "## Where", "", _where(where), "", f"Versions: {versions}.", ""])


HEAD = """# Benchmarks

Made by `make bench` from `results.json` and `machine.json`; do not edit. The ratio is reference over ours:
above 1 we are quicker or smaller. Both sides of a row ran in turns in the same run; times are those of the
quickest round. Linear algebra and XLA run on one thread, in float64. Where the sides disagree on the numbers,
the run stops.

| what | unit | ours | reference | against | ratio | target | met |
|---|---|--:|--:|---|--:|--:|---|"""
GROWTH = """## Growth

Value and gradient of one policy of the paper's world with n x n cells.

| states | seconds | GiB above the empty process | GiB in all |
|--:|--:|--:|--:|"""
FIGURE = "![Growth of time and memory with the number of states](growth.svg)"


def _growth(folder: Path) -> list[str]:
    points = json.loads((folder / "growth.json").read_text(encoding="utf-8"))
    lines = ([_short(p[key]) for key in ("states", "seconds", "gib", "peak")] for p in points)
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _line(row: dict[str, Any]) -> str:
    met = {True: "yes", False: "**no**", None: ""}[row["met"]]
    numbers = [_short(row[name]) for name in ("ours", "reference")]
    cells = [row["name"], row["unit"], *numbers, row["reference_name"]]
    return "| " + " | ".join([*cells, _short(row["ratio"]), _short(row["target"]), met]) + " |"


def _noted(rows: Sequence[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    return [(i, row) for i, row in enumerate(rows, 1) if row["note"]]


def _short(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if number >= 1000 else f"{number:.3g}"


def _where(where: dict[str, Any]) -> str:
    return (
        f"Machine: {where['processor']}, {where['cores']} cores, {where['memory_gib']} GiB, "
        f"{where['platform']}, Python {where['python']}. The whole run took {where['seconds']} s."
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _dump(content: Any, path: Path) -> None:
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
