"""The ledger: one entry per claim, judged from the committed results of the studies.

A claim is a function in the module `claims` of the study that decides it, named after the claim: `c7` judges
claim C7, from the study's result to an `Entry`. There is no list to enter it in. The claims of
a study that stands in anybody's package are found alike: see `claims_of` and `judge`.

What decides a claim is written down before its data are there: a study named in `registered.toml` beside the
results has its settings and thresholds fixed, and no result yet.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rl_landscapes.records.writing import write_file
from rl_landscapes.studies import find_studies
from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.ledger.citation import as_bibtex
from rl_landscapes.studies.ledger.csv_file import as_csv
from rl_landscapes.studies.ledger.entry import Entry
from rl_landscapes.studies.ledger.places import find_pages
from rl_landscapes.studies.ledger.table import Overview
from rl_landscapes.studies.results import Result, load_result

__all__ = [
    "Entry",
    "Overview",
    "claim",
    "claims_module",
    "claims_of",
    "entries",
    "find_claims",
    "find_data",
    "find_pages",
    "judge",
    "judged",
    "overview",
    "registered",
    "waiting",
    "write",
]
FILE, TABLE, CITATIONS, REGISTERED = "ledger.json", "ledger.csv", "ledger.bib", "registered.toml"
Judge = Callable[[Result], Entry]


@cache
def find_claims() -> dict[str, tuple[str, Judge]]:
    """Return for every claim, in the order of their numbers, its study and the function that judges it.

    Raises
    ------
    ValueError
        If two studies judge the same claim.
    """
    found: dict[str, tuple[str, Judge]] = {}
    for name, study in find_studies().items():
        for id, decide in claims_of(study).items():
            if id in found:
                raise ValueError(f"two studies judge claim {id}: {found[id][0]} and {name}")
            found[id] = (name, decide)
    return {id: found[id] for id in sorted(found, key=_number)}


def claims_of(study: Study[Any, Any]) -> dict[str, Judge]:
    """Return the claims that a study decides, in the order of their numbers, with the functions that judge.

    They are the functions `c1` or `c7a` of the module `claims` in the package of the study's `gather`, or in
    the same folder if `gather` stands in a single file. Without such a module there are none.
    """
    place = claims_module(study)
    functions = vars(import_module(place)).items() if find_spec(place) else ()
    found = {
        name.capitalize(): function
        for name, function in functions
        if re.fullmatch(r"c[0-9]+[a-z]?", name) and callable(function)
    }
    return {id: found[id] for id in sorted(found, key=_number)}


def claims_module(study: Study[Any, Any]) -> str:
    """Return the name of the module in which the claims of a study are looked for."""
    package = study.gather.__module__.rpartition(".")[0]
    return f"{package}.claims" if package else "claims"


def judge(study: Study[Any, Any], result: Result) -> list[Entry]:
    """Judge the claims of one study, of this package or any other, from its result.

    Raises
    ------
    ValueError
        If the result is that of another study.
    TypeError
        If a claim is judged by anything but an `Entry`.
    """
    if result.study != study.name:
        raise ValueError(f"result must be of study {study.name}, got one of {result.study}")
    found = []
    for id, decide in claims_of(study).items():
        entry = decide(result)
        if not isinstance(entry, Entry):
            where = f"{claims_module(study)}.{id.lower()}"
            raise TypeError(f"{where} must return an Entry, got {type(entry).__name__}")
        found.append(entry)
    return found


def _number(id: str) -> tuple[int, str]:
    return int(re.sub("[^0-9]", "", id)), id


def entries(results: Mapping[str, Result]) -> list[Entry]:
    """Judge every claim whose study is among `results`."""
    return [decide(results[study]) for study, decide in find_claims().values() if study in results]


def claim(id: str, data: Path | None = None) -> Entry:
    """Judge one claim from the results in the folder `data`; without it, in the book's.

    Raises
    ------
    ValueError
        If the ledger has no such claim.
    FileNotFoundError
        If the results are not there.
    """
    claims = find_claims()
    if id not in claims:
        raise ValueError(f"unknown claim {id!r}: choose from {', '.join(claims)}")
    folder = find_data() if data is None else Path(data)
    study, decide = claims[id]
    return decide(load_result(folder / f"{study}.npz"))


def overview(folder: str = "", data: Path | None = None) -> Overview:
    """Judge every claim whose results are there, and show them as a table.

    Each is linked to its page in the book; `folder` is the address of the chapters, such as `chapters/`.
    """
    data = find_data() if data is None else Path(data)
    pages = {id: f"{folder}{page}.html" for id, page in find_pages(data).items()}
    return Overview(tuple(judged(data)), pages)


def judged(data: Path | None = None) -> list[Entry]:
    """Judge every claim from the results in the folder `data`, those of studies not yet computed left out.

    Raises
    ------
    FileNotFoundError
        If a study that is not registered as missing has no result.
    """
    data = find_data() if data is None else Path(data)
    studies = sorted({study for study, _ in find_claims().values()} - registered(data).keys())
    return entries({name: load_result(data / f"{name}.npz") for name in studies})


def waiting(data: Path | None = None) -> dict[str, str]:
    """Return the claims whose study is registered and not yet computed, with the study's name."""
    missing = registered(find_data() if data is None else Path(data))
    return {id: study for id, (study, _) in find_claims().items() if study in missing}


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


def as_text(judged: list[Entry], pages: Mapping[str, str]) -> str:
    """Return the ledger as the text of its file; `pages` are those of the book."""
    told = [entry.as_json() | {"page": pages.get(entry.id, "")} for entry in judged]
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def registered(data: Path) -> dict[str, str]:
    """Return the studies that are registered in the folder `data` and not yet computed, with the reason."""
    path = data / REGISTERED
    return dict(tomllib.loads(path.read_text(encoding="utf8"))) if path.exists() else {}


def write(data: Path) -> Path:
    """Judge every claim from the results in `data` and write the ledger there, as JSON, CSV and BibTeX.

    Claims of studies that are only registered are left out.
    """
    found, pages = judged(data), find_pages(data)
    write_file(data / TABLE, as_csv(found, pages).encode())
    write_file(data / CITATIONS, as_bibtex(found).encode())
    return write_file(data / FILE, as_text(found, pages).encode())
