"""The engine of every long computation: independent pieces, each kept as soon as it is done.

Whatever is killed goes on where it stopped: pieces already in the store are read, the rest is computed.
A piece is computed again if its file is damaged, or if the piece, the code or the versions have changed.
Loops of small matrices are fastest with one BLAS thread per job: set OPENBLAS_NUM_THREADS=1 outside.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from rl_landscapes.parallel import map_independent
from rl_landscapes.records import digest, load, save, versions
from rl_landscapes.studies.code import fingerprint
from rl_landscapes.studies.machine import machine
from rl_landscapes.studies.results import Arrays, Result, as_arrays


class Dataclass(Protocol):
    """A frozen dataclass whose fields a record can hold."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Settings(Dataclass, Protocol):
    """Everything that decides the numbers of a study, as a frozen dataclass with a seed."""

    @property
    def seed(self) -> int:
        """Where all randomness of the study comes from."""
        ...


S = TypeVar("S", bound=Settings)
P = TypeVar("P", bound=Dataclass)
_Values = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Study(Generic[S, P]):
    """A computation in independent pieces.

    `pieces` cuts the work, `compute` does one piece, `gather` turns what all pieces gave into the arrays
    that are kept. The three are functions of a module, so that other processes find them.
    """

    name: str
    budgets: Mapping[str, S]
    pieces: Callable[[S], Mapping[str, P]]
    compute: Callable[[S, P, np.random.Generator], _Values]
    gather: Callable[[S, Mapping[str, Arrays]], _Values]
    summary: str = ""


@dataclass(frozen=True, eq=False)
class Finished:
    """A piece in the store: what it was made from (`key`), what it gave, and how long it took."""

    key: str
    arrays: Arrays
    seconds: float


@dataclass(frozen=True, eq=False)
class Job(Generic[S, P]):
    """One piece with all it needs, so that any process can do it."""

    study: Study[S, P]
    settings: S
    name: str
    piece: P
    key: str
    path: Path


def run(
    study: Study[S, P], budget: str, *, n_jobs: int = 1, store: Path, command: str = "", fresh: bool = False
) -> Result:
    """Compute what the store lacks (with `fresh`: everything) and gather the arrays of the study.

    A piece draws from its own generator, made from the seed and the piece's name: neither the order of the
    pieces nor `n_jobs` changes a bit. Settings have a folder each: `store/<study>/<budget>-<hash>/`.

    Raises
    ------
    ValueError
        If there is no such budget, or a piece's name is not fit for a file.
    TypeError
        If settings or a piece hold what no record can, or a piece does not give arrays.
    """
    todo = jobs(study, budget, store)
    missing = todo if fresh else unfinished(todo)
    map_independent(finish, missing, n_jobs=n_jobs, description=study.name)
    done = {job.name: load(Finished, job.path) for job in todo}
    settings = study.budgets[budget]
    gathered = study.gather(settings, {name: piece.arrays for name, piece in done.items()})
    return Result(
        study=study.name,
        budget=budget,
        settings=asdict(settings),
        seed=settings.seed,
        arrays=as_arrays(gathered, f"gather of study {study.name}"),
        versions=versions(),
        machine=machine(),
        wall_time_s=sum(piece.seconds for piece in done.values()),
        command=command,
    )


def jobs(study: Study[S, P], budget: str, store: Path) -> list[Job[S, P]]:
    """List the pieces of a study at a budget, in the study's own order, with their places in the store.

    Raises
    ------
    ValueError
        If there is no such budget, or a piece's name is not fit for a file.
    """
    if budget not in study.budgets:
        known = ", ".join(study.budgets)
        raise ValueError(f"study {study.name} has no budget {budget!r}: choose from {known}")
    settings = study.budgets[budget]
    folder = Path(store) / study.name / f"{budget}-{digest(settings)[:12]}"
    made_by = {"code": fingerprint(study.compute, without=study.gather), "versions": versions()}
    return [
        Job(study, settings, name, piece, digest([piece, made_by]), folder / f"{_fit(name)}.npz")
        for name, piece in study.pieces(settings).items()
    ]


def unfinished(todo: Iterable[Job[S, P]]) -> list[Job[S, P]]:
    """Return the jobs whose pieces are not in the store, whole and made from the same things."""
    return [job for job in todo if not _is_finished(job)]


def finish(job: Job[S, P]) -> None:
    """Compute one piece and put it in the store, whole or not at all."""
    rng = piece_generator(job.settings.seed, job.name)
    begun = perf_counter()
    try:
        values = as_arrays(job.study.compute(job.settings, job.piece, rng), "compute")
    except Exception as error:
        error.add_note(f"in piece {job.name!r} of study {job.study.name!r}")
        raise
    job.path.parent.mkdir(parents=True, exist_ok=True)
    save(Finished(job.key, values, perf_counter() - begun), job.path)


def piece_generator(seed: int, name: str) -> np.random.Generator:
    """Return the generator of the piece `name`: independent of every other piece's."""
    words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype="<u4")
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(int(w) for w in words)))


def _is_finished(job: Job[S, P]) -> bool:
    try:
        return load(Finished, job.path).key == job.key
    except (FileNotFoundError, ValueError):
        return False


def _fit(name: str) -> str:
    if not re.fullmatch(r"\w[\w.=+,-]*", name, flags=re.ASCII):
        raise ValueError(f"a piece's name must be made of letters, digits and . _ = + , - only, got {name!r}")
    return name
