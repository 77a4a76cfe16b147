"""The engine of every long computation: independent pieces, each kept as soon as it is done.

Whatever is killed goes on where it stopped: pieces already in the store are read, the rest is computed.
A piece is computed again if its file is damaged, or if the piece, the code or the versions have changed.
The process that runs the study keeps the store; those that compute only hand their arrays over, and so may be
on other machines. They must have the same code and versions.
Loops of small matrices are fastest with one BLAS thread per job: set OPENBLAS_NUM_THREADS=1 outside.
"""

import hashlib
import platform
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from rl_landscapes.parallel import map_as_done
from rl_landscapes.records import digest, load, save
from rl_landscapes.studies.code import PACKAGE, fingerprint
from rl_landscapes.studies.machine import machine
from rl_landscapes.studies.results import Arrays, Result, as_arrays
from rl_landscapes.version import versions


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
    packages: tuple[str, ...] = ()


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
    made_by: dict[str, str]  # code and versions
    asked_from: tuple[str, str]  # machine and folder of the code
    key: str  # a hash of the two
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
    """
    todo = jobs(study, budget, store)
    missing = todo if fresh else unfinished(todo)
    with closing(map_as_done(_done, missing, n_jobs=n_jobs, description=study.name)) as pieces:
        for path, piece in pieces:
            _keep(piece, path)
    done = {job.name: load(Finished, job.path) for job in todo}
    settings = study.budgets[budget]
    gathered = study.gather(settings, {name: piece.arrays for name, piece in done.items()})
    return Result(
        study=study.name,
        budget=budget,
        settings=asdict(settings),
        seed=settings.seed,
        arrays=as_arrays(gathered, f"gather of study {study.name}"),
        versions=_versions(study),
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
    made_by = _made_by(study)
    return [
        Job(
            study,
            settings,
            name,
            piece,
            made_by,
            _here(),
            digest([piece, made_by]),
            folder / f"{_fit(name)}.npz",
        )
        for name, piece in study.pieces(settings).items()
    ]


def unfinished(todo: Iterable[Job[S, P]]) -> list[Job[S, P]]:
    """Return the jobs whose pieces are not in the store, whole and made from the same things."""
    return [job for job in todo if state(job) != "done"]


def state(job: Job[S, P]) -> State:
    """Tell whether a piece is in the store; `stale` is a file that is damaged or made from other things."""
    try:
        return "done" if load(Finished, job.path).key == job.key else "stale"
    except FileNotFoundError:
        return "missing"
    except ValueError:
        return "stale"


def finish(job: Job[S, P]) -> None:
    """Compute one piece and put it in the store, whole or not at all."""
    path, piece = _done(job)
    _keep(piece, path)


def _done(job: Job[S, P]) -> tuple[Path, Finished]:
    """Compute one piece, wherever this runs; return it with its place in the store."""
    try:
        _refuse_other_code(job)
        begun = perf_counter()
        rng = piece_generator(job.settings.seed, job.name)
        values = as_arrays(job.study.compute(job.settings, job.piece, rng), "compute")
    except Exception as error:
        error.add_note(f"in piece {job.name!r} of study {job.study.name!r}")
        raise
    return job.path, Finished(job.key, values, perf_counter() - begun)


def _keep(piece: Finished, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save(piece, path)


def _made_by(study: Study[S, P]) -> dict[str, str]:
    return {"code": fingerprint(study.compute, without=study.gather), **_versions(study)}


def _versions(study: Study[S, P]) -> dict[str, str]:
    return versions() | {name: version(name) for name in study.packages}


def _here() -> tuple[str, str]:
    return platform.node(), str(PACKAGE)


def _refuse_other_code(job: Job[S, P]) -> None:
    if job.asked_from == _here():
        return
    here = _made_by(job.study)
    unlike = [name for name in here if here[name] != job.made_by.get(name)]
    if unlike:
        pairs = ", ".join(
            f"{name} {here[name]:.16} for {job.made_by.get(name, 'none'):.16}" for name in unlike
        )
        raise RuntimeError(f"machine {platform.node()} is not like the one that asked: {pairs}")


def piece_generator(seed: int, name: str) -> np.random.Generator:
    """Return the generator of the piece `name`: independent of every other piece's."""
    words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype="<u4")
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(int(w) for w in words)))


def _fit(name: str) -> str:
    if not re.fullmatch(r"\w[\w.=+,-]*", name, flags=re.ASCII):
        raise ValueError(f"a piece's name must be made of letters, digits and . _ = + , - only, got {name!r}")
    return name
