"""Write what was measured: results.json, machine.json beside it, and RESULTS.md made from them.

Rows come in families. machine.json holds the runs, and of which families a run's rows are the latest.
"""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.row import Row
from rl_landscapes.studies.machine import cores, processor

HERE = Path(__file__).parent
PACKAGES = (
    *("rl-landscapes", "numpy", "scipy", "autograd", "mujoco", "gymnasium"),
    *("jax", "jaxlib", "quantecon", "envpool"),
)


def write(
    rows: Mapping[str, Sequence[Row]], seconds: float, folder: Path = HERE, *, keep: Sequence[str] = ()
) -> None:
    """Write all three files: `rows` of each family; rows of the other families in `keep` stay as they are."""
    results, runs = [
        json.loads((folder / name).read_text(encoding="utf-8")) if keep else []
        for name in ("results.json", "machine.json")
    ]
    others = [family for family in keep if family not in rows]
    new = [{"family": family, **row.as_json()} for family, measured in rows.items() for row in measured]
    old = [row for row in results if row["family"] in others]
    order = {family: i for i, family in enumerate(keep or rows)}
    _dump(sorted(old + new, key=lambda row: order[row["family"]]), folder / "results.json")
    for run in runs:
        run["families"] = [family for family in run["families"] if family in others]
    latest = {"families": list(rows), **machine(seconds)}
    _dump([run for run in [*runs, latest] if run["families"]], folder / "machine.json")
    (folder / "RESULTS.md").write_text(page(folder), encoding="utf-8")


def machine(seconds: float) -> dict[str, Any]:
    """Return where, when and with what the rows were measured."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": processor(),
        "cores": cores(),
        "load": round(os.getloadavg()[2], 1),  # of the last quarter of an hour, our own included
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "platform": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "seconds": round(seconds),
    }


def page(folder: Path = HERE) -> str:
    """Return the text of RESULTS.md, from results.json, machine.json and growth.json."""
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    runs = json.loads((folder / "machine.json").read_text(encoding="utf-8"))
    table = [_line(i, row) for i, row in enumerate(rows, 1)]
    notes = [
        f"{i}. {row['name']}, against {row['reference_name']}: {row['note']}." for i, row in _noted(rows)
    ]
    parts = [HEAD, *table, "", *notes, "", GROWTH, *_growth(folder), "", FIGURE, "", "## Where", ""]
    return "\n".join([*parts, *(line for run in runs for line in (_where(run, rows), ""))])


HEAD = """# Benchmarks

Made by `make bench` from `results.json` and `machine.json`; do not edit. The ratio is reference over ours:
above 1 we are quicker or smaller. Both sides of a row ran in turns in the same run; times are those of the
quickest round. Linear algebra and XLA run on one thread, in float64; bodies on as many as the row's note
says, on both sides. Where the sides disagree on the numbers, the run stops.

| | what | unit | ours | reference | against | ratio | target | met |
|--:|---|---|--:|--:|---|--:|--:|---|"""
GROWTH = """## Growth

Value and gradient of one policy of the paper's world with n x n cells.

| states | seconds | GiB above the empty process | GiB in all |
|--:|--:|--:|--:|"""
FIGURE = "![Growth of time and memory with the number of states](growth.svg)"


def _growth(folder: Path) -> list[str]:
    points = json.loads((folder / "growth.json").read_text(encoding="utf-8"))
    lines = ([_short(p[key]) for key in ("states", "seconds", "gib", "peak")] for p in points)
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _line(i: int, row: dict[str, Any]) -> str:
    met = {True: "yes", False: "**no**", None: ""}[row["met"]]
    numbers = [_short(row[name]) for name in ("ours", "reference")]
    cells = [str(i), row["name"], row["unit"], *numbers, row["reference_name"]]
    return "| " + " | ".join([*cells, _short(row["ratio"]), _short(row["target"]), met]) + " |"


def _noted(rows: Sequence[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    return [(i, row) for i, row in enumerate(rows, 1) if row["note"]]


def _short(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if number >= 1000 else f"{number:.3g}"


def _where(run: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    mine = [i for i, row in enumerate(rows, 1) if row["family"] in run["families"]]
    versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items() if number)
    busy = f", load {run['load']} at its end" if "load" in run else ""
    return (
        f"Rows {', '.join(_ranges(mine))}: {run['processor']}, {run['cores']} cores, "
        f"{run['memory_gib']} GiB, {run['platform']}, Python {run['python']}, {versions}; "
        f"{run['date']}, in {run['seconds']} s{busy}."
    )


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    """Write 1, 2, 3, 7 as 1 to 3, 7."""
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _dump(content: Any, path: Path) -> None:
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
