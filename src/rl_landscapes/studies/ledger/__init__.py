"""The ledger: one entry per claim, judged from the committed results of the studies."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from rl_landscapes.records.writing import write_file
from rl_landscapes.statistics.paired import Paired, paired
from rl_landscapes.studies.ledger.ascents import c1, c3, c5, c15
from rl_landscapes.studies.ledger.entry import Entry
from rl_landscapes.studies.ledger.table import Overview
from rl_landscapes.studies.results import Result, load_result
from rl_landscapes.studies.stuck_points.claims import c2, c4, c6, c7

__all__ = [
    "CLAIMS",
    "Entry",
    "Overview",
    "Paired",
    "claim",
    "entries",
    "find_data",
    "overview",
    "paired",
    "write",
]
FILE = "ledger.json"
CLAIMS: dict[str, tuple[str, Callable[[Result], Entry]]] = {
    "C1": ("sampled_gradients", c1),
    "C2": ("stuck_points", c2),
    "C3": ("ascent_failures", c3),
    "C4": ("stuck_points", c4),
    "C5": ("entropy_window", c5),
    "C6": ("stuck_points", c6),
    "C7": ("stuck_points", c7),
    "C15": ("ascent_failures", c15),
}


def entries(results: Mapping[str, Result]) -> list[Entry]:
    """Judge every claim whose study is among `results`."""
    return [judge(results[study]) for study, judge in CLAIMS.values() if study in results]


def claim(id: str, data: Path | None = None) -> Entry:
    """Judge one claim from the results in the folder `data`; without it, in the book's.

    Raises
    ------
    ValueError
        If the ledger has no such claim.
    FileNotFoundError
        If the results are not there.
    """
    if id not in CLAIMS:
        raise ValueError(f"unknown claim {id!r}: choose from {', '.join(CLAIMS)}")
    folder = find_data() if data is None else Path(data)
    study, judge = CLAIMS[id]
    return judge(load_result(folder / f"{study}.npz"))


def overview(pages: Mapping[str, str], data: Path | None = None) -> Overview:
    """Judge the claims that have an address in `pages`, in its order, and show them as a table."""
    return Overview(tuple(claim(id, data) for id in pages), pages)


def find_data(start: Path | None = None) -> Path:
    """Return the folder book/data of the repository that `start`, or the working directory, lies in.

    Raises
    ------
    FileNotFoundError
        If no folder above has one.
    """
    here = (Path.cwd() if start is None else Path(start)).resolve()
    for folder in (here, *here.parents):
        if (folder / "book" / "data").is_dir():
            return folder / "book" / "data"
    raise FileNotFoundError(f"no folder book/data in {here} or above it: give the folder as `data`")


def as_text(judged: list[Entry]) -> str:
    """Return the ledger as the text of its file."""
    return json.dumps([entry.as_json() for entry in judged], indent=1, ensure_ascii=False) + "\n"


def write(data: Path) -> Path:
    """Judge every claim from the results in `data` and write the ledger there, whole or not at all."""
    studies = sorted({study for study, _ in CLAIMS.values()})
    text = as_text(entries({name: load_result(data / f"{name}.npz") for name in studies}))
    return write_file(data / FILE, text.encode())
