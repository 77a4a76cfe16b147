"""The engine of every long computation: independent pieces, each kept as soon as it is done.

Whatever is killed goes on where it stopped: pieces already in the store are read, the rest is computed.
A piece is computed again if its file is damaged, or if the piece, a module that its code reaches by import
(`records.fingerprint`), or a version on which bits depend has changed. What gathers pieces, judges or draws
them does not count.
The process that runs the study keeps the store; those that compute only hand their arrays over, and so may be
on other machines. They must have the same code and versions.
Loops of small matrices are fastest with one BLAS thread per job: set OPENBLAS_NUM_THREADS=1 outside.
"""

import platform
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from rl_landscapes.parallel import map_as_done
from rl_landscapes.records import load, save
from rl_landscapes.records.description import digest
from rl_landscapes.records.fingerprint import OURS, differences, reached
from rl_landscapes.studies.chance import generator_named
from rl_landscapes.studies.machine import machine
from rl_landscapes.studies.results import Arrays, Result, as_arrays
from rl_landscapes.version import versions

_Values = Mapping[str, npt.NDArray[Any]]


class Dataclass(Protocol):
    """A frozen dataclass whose fields a record can hold."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Piece(Dataclass, Protocol):
    """One part of the work, with all that tells it from the others."""

    def compute(self, settings: Any, rng: np.random.Generator) -> _Values:
        """Return numbers by name; `rng` belongs to this piece alone."""
        ...


class Settings(Dataclass, Protocol):
    """Everything that decides the numbers of a study, as a frozen dataclass with a seed."""

    @property
    def seed(self) -> int:
        """Where all randomness of the study comes from."""
        ...


S = TypeVar("S", bound=Settings)
P = TypeVar("P", bound=Piece)


@dataclass(frozen=True, eq=False)
class Study(Generic[S, P]):
    """A computation in independent pieces.

    `pieces` cuts the work and names each piece, which computes itself; `gather` turns what all pieces gave,
    by piece, into the arrays that are kept. Both are functions of a module, and pieces are instances of its
    classes, so that other processes find them. `packages` are those whose versions decide bits, beside
    NumPy's and SciPy's.

    Examples
    --------
    >>> from rl_landscapes import studies
    >>> study = studies.named_study("known_shapes")
    >>> sorted(study.budgets)
    ['laptop', 'paper', 'smoke']
    """

    name: str
    budgets: Mapping[str, S]
    pieces: Callable[[S], Mapping[str, P]]
    gather: Callable[[S, Mapping[P, Arrays]], _Values]
    summary: str = ""
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Finished:
    """A piece in the store: what it was made from, by name, what it gave, and how long it took."""

    made_from: dict[str, str]
    arrays: Arrays
    seconds: float


@dataclass(frozen=True, eq=False)
class Job(Generic[S, P]):
    """One piece with all it needs, so that any process can do it."""

    study: Study[S, P]
    settings: S
    name: str
    piece: P
    made_from: dict[str, str]  # the piece itself, modules and versions, by name
    path: Path


State = Literal["done", "stale", "missing"]


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
    RuntimeError
        If a piece was sent to a machine with other code or versions.

    Examples
    --------
    >>> from pathlib import Path
    >>> from rl_landscapes import studies
    >>> result = studies.run(studies.named_study("sampled_gradients"), "smoke", store=Path("store"))
    >>> result.budget, result.seed
    ('smoke', 2019)
    """
    todo = jobs(study, budget, store)
    missing = todo if fresh else unfinished(todo)
    with closing(map_as_done(compute_piece, missing, n_jobs=n_jobs, description=study.name)) as pieces:
        for path, piece in pieces:
            _keep(piece, path)
    done = [(job.piece, load(Finished, job.path)) for job in todo]
    settings = study.budgets[budget]
    gathered = study.gather(settings, {piece: finished.arrays for piece, finished in done})
    return Result(
        study=study.name,
        budget=budget,
        settings=asdict(settings),
        seed=settings.seed,
        arrays=as_arrays(gathered, f"gather of study {study.name}"),
        versions=_versions(study),
        machine=machine(),
        wall_time_s=sum(finished.seconds for _, finished in done),
        command=command,
        code=code_of(study, budget),
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
    return [
        Job(study, settings, name, piece, _made_from(study, piece), folder / f"{_fit(name)}.npz")
        for name, piece in study.pieces(settings).items()
    ]


def code_of(study: Study[S, P], budget: str) -> dict[str, str]:
    """Return the modules that pieces and `gather` of a study rest on, with a hash of each."""
    modules = {type(piece).__module__ for piece in study.pieces(study.budgets[budget]).values()}
    return reached(sorted({*modules, study.gather.__module__}))


def unfinished(todo: Iterable[Job[S, P]]) -> list[Job[S, P]]:
    """Return the jobs whose pieces are not in the store, whole and made from the same things."""
    return [job for job in todo if state(job) != "done"]


def state(job: Job[S, P]) -> State:
    """Tell whether a piece is in the store; `stale` is a file that is damaged or made from other things."""
    try:
        return "stale" if _changed(job) else "done"
    except FileNotFoundError:
        return "missing"


def stale_because(job: Job[S, P]) -> list[str]:
    """Name what has changed since a stored piece was made: modules, versions, the piece; or its damage."""
    try:
        return _changed(job)
    except FileNotFoundError:
        return []


def _changed(job: Job[S, P]) -> list[str]:
    try:
        return differences(load(Finished, job.path).made_from, job.made_from)
    except ValueError:
        return ["a damaged file, or one of an older version"]


def compute_piece(job: Job[S, P]) -> tuple[Path, Finished]:
    """Compute one piece, wherever this runs; return it with its place in the store.

    Raises
    ------
    RuntimeError
        If the code or the versions here are not those that the job was made with.
    """
    try:
        _refuse_other_code(job)
        begun = perf_counter()
        rng = generator_named(job.settings.seed, job.name)
        values = as_arrays(job.piece.compute(job.settings, rng), "compute")
    except Exception as error:
        error.add_note(f"in piece {job.name!r} of study {job.study.name!r}")
        raise
    return job.path, Finished(job.made_from, values, perf_counter() - begun)


def _keep(piece: Finished, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save(piece, path)


def _made_from(study: Study[S, P], piece: P) -> dict[str, str]:
    module, gather = type(piece).__module__, study.gather
    modules = _reached(module, gather.__name__ if gather.__module__ == module else None)
    numbers = {name: number for name, number in _versions(study).items() if name != OURS}
    numbers["python"] = numbers["python"].rpartition(".")[0]  # what is mended in 3.x.y changes no bits
    return {"piece": digest(piece), **numbers, **modules}


@cache
def _reached(module: str, without: str | None) -> dict[str, str]:
    """Look once in a process: what it has loaded does not change when a file is edited while it runs."""
    return reached([module], without=without)


def _versions(study: Study[S, P]) -> dict[str, str]:
    return versions() | {name: version(name) for name in study.packages}


def _refuse_other_code(job: Job[S, P]) -> None:
    here = _made_from(job.study, job.piece)
    unlike = differences(here, job.made_from)
    if unlike:
        pairs = ", ".join(
            f"{name} {here.get(name, 'none'):.16} for {job.made_from.get(name, 'none'):.16}"
            for name in unlike
        )
        raise RuntimeError(f"machine {platform.node()} is not like the one that asked: {pairs}")


def _fit(name: str) -> str:
    if not re.fullmatch(r"\w[\w.=+,-]*", name, flags=re.ASCII):
        raise ValueError(f"a piece's name must be made of letters, digits and . _ = + , - only, got {name!r}")
    return name
