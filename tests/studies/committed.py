"""Committed results, and the same answer twice from a smoke run."""

from pathlib import Path
from typing import Any

from rl_landscapes.records import equal
from rl_landscapes.studies import Result, Study, load_result, run
from rl_landscapes.studies.ledger import find_data

DATA = find_data(Path(__file__))
SMALL = 1_000_000  # bytes; what a committed file may weigh


def committed(name: str) -> Result:
    """Return the committed result of a study, made by the settings that its laptop budget has now."""
    assert (DATA / f"{name}.npz").stat().st_size < SMALL
    return load_result(DATA / f"{name}.npz")


def smoke_twice(study: Study[Any, Any], folder: Path) -> Result:
    """Run the smoke budget in two empty stores; both must give the same bits."""
    first, second = (run(study, "smoke", store=folder / name) for name in ("one", "two"))
    assert equal(first.arrays, second.arrays)
    return first
