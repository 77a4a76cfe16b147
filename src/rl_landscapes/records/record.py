"""Records: frozen dataclasses that say where they come from, and that files give back bit for bit."""

import json
import struct
import sys
from dataclasses import dataclass, is_dataclass
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import as_generator
from rl_landscapes.records import archive
from rl_landscapes.records.description import describe
from rl_landscapes.records.encoding import Arrays, Fields, decode, encode
from rl_landscapes.version import versions

FORMAT = 2
READ = (1, FORMAT)  # before 2, provenance said nothing of the objective and the command
SIMULATORS = ("mujoco", "gymnasium")
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Provenance:
    """Where a record comes from.

    The state the random generator had before it was used (None: no randomness), the versions, the settings of
    the objective as `describe` tells them, and the command line; the last two are None where unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> seen = probes.perturb(
    ...     objectives.plateau(2), np.zeros(2), alpha=0.1, n_directions=3, rng=np.random.default_rng(7)
    ... )
    >>> seen.provenance.rng_state["seed_sequence"]["entropy"], sorted(seen.provenance.versions)[:2]
    (7, ['gymnasium', 'mujoco'])
    """

    rng_state: dict[str, Any] | None
    versions: dict[str, str]
    objective: dict[str, str] | None = None
    command: str | None = None


def provenance(rng: np.random.Generator | None = None, objective: object = None) -> Provenance:
    """Note the state of `rng` as it is now, the versions, and what decides the values of `objective`.

    The versions are those of Python, NumPy, SciPy and this package; of MuJoCo and Gymnasium where in use.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, records
    >>> bowl = objectives.quadratic(-np.eye(2))
    >>> records.provenance(np.random.default_rng(7), bowl).rng_state["bit_generator"]
    'PCG64'
    """
    state = None if rng is None else _state(as_generator(rng))
    described = None if objective is None else describe("objective", objective)
    return Provenance(state, versions() | _simulators(), described)


def _simulators() -> dict[str, str]:
    return {name: sys.modules[name].__version__ for name in SIMULATORS if name in sys.modules}


def generator(origin: Provenance) -> np.random.Generator:
    """Return a new generator in the recorded state: it draws, and spawns, what the first one did.

    Raises
    ------
    ValueError
        If the record holds no state, or one of a bit generator that `numpy.random` does not have.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes, records
    >>> flat, rng = objectives.plateau(2), np.random.default_rng(7)
    >>> seen = probes.perturb(flat, np.zeros(2), alpha=0.1, n_directions=3, rng=rng)
    >>> drawn = probes.unit_directions(3, 2, records.generator(seen.provenance))
    >>> records.equal(drawn, seen.directions)
    True
    """
    if origin.rng_state is None:
        raise ValueError("provenance has rng_state None: this record was made without randomness")
    kind = getattr(np.random, str(origin.rng_state.get("bit_generator")), None)
    if not (isinstance(kind, type) and issubclass(kind, np.random.BitGenerator)):
        raise ValueError(f"no bit generator {origin.rng_state.get('bit_generator')!r} in numpy.random")
    seeds = origin.rng_state.get("seed_sequence")
    source = kind() if seeds is None else kind(np.random.SeedSequence(**seeds))
    source.state = origin.rng_state
    return np.random.Generator(source)


def save(record: object, path: str | PathLike[str], *, compress: bool = False) -> Path:
    """Write a frozen dataclass to one `.npz` file, whole or not at all; return its path.

    Fields may hold arrays of any dtype but object, NumPy scalars, numbers, strings, None, tuples, lists,
    dicts with string keys, and other dataclasses. The folder must exist.

    Raises
    ------
    TypeError
        If `record` is no dataclass instance, or a field holds anything else; the message names the field.
    FileNotFoundError
        If there is no such folder.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes, records
    >>> line = probes.interpolate(objectives.plateau(1), np.array([[0.0], [1.0]]), n_points=3)
    >>> records.save(line, "line.npz").name
    'line.npz'
    """
    if not is_dataclass(record) or isinstance(record, type):
        raise TypeError(f"record must be an instance of a dataclass, got {record!r}")
    arrays: Arrays = {}
    header = {"format": FORMAT, "versions": versions(), "content": encode(record, arrays)}
    return archive.write(Path(path), header, arrays, compress=compress)


@dataclass(frozen=True, eq=False)
class File:
    """A record file that was read, its record not yet built."""

    path: Path
    kind: str
    versions: dict[str, str]  # of the writer
    content: dict[str, Any]
    arrays: Arrays

    def record(self, kind: type[T]) -> T:
        """Return the record, which must be of type `kind`.

        Raises
        ------
        ValueError
            If it is of another, lacks a field or has one too many; the message names the file.
        """
        tree, kinds = {"record": [self.kind, self.content]}, {kind.__name__: kind}
        try:
            return cast(T, decode(tree, self.arrays, kinds))
        except (KeyError, TypeError, ValueError, struct.error) as error:
            reason = f"{error} (written by rl_landscapes {self.versions.get('rl_landscapes')})"
            raise ValueError(f"{self.path} does not hold a {kind.__name__}: {reason}") from error

    @property
    def fields(self) -> Fields:
        """What the record holds, whatever its type."""
        try:
            return cast(Fields, decode({"record": [self.kind, self.content]}, self.arrays))
        except (KeyError, TypeError, ValueError, struct.error) as error:
            raise ValueError(f"{self.path} does not hold a record: {error}") from error


def read(path: str | PathLike[str]) -> File:
    """Read a record file, whatever its record is.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is cut or damaged, or was written in a newer format; the message names it.
    """
    header, arrays = archive.read(Path(path))
    if header.get("format") not in READ:
        raise ValueError(f"{path} has record format {header.get('format')!r}; this version reads {FORMAT}")
    match header.get("content"):
        case {"record": [str(kind), dict(content)]}:
            return File(Path(path), kind, header.get("versions", {}), content, arrays)
    raise ValueError(f"{path} does not hold a record")


def load(kind: type[T], path: str | PathLike[str]) -> T:
    """Read a record of type `kind` back, bit for bit.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is cut or damaged, holds another kind of record, lacks a field or has one too many, or
        was written in a newer format; the message names the file.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes, records
    >>> line = probes.interpolate(objectives.plateau(1), np.array([[0.0], [1.0]]), n_points=3)
    >>> path = records.save(line, "line.npz")
    >>> records.load(probes.Interpolation, path).positions
    array([0. , 0.5, 1. ])
    """
    return read(path).record(kind)


def equal(a: object, b: object) -> bool:
    """Tell whether two records (or arrays, numbers, dicts of them) have the same type and the same bits.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import records
    >>> records.equal({"x": np.zeros(2)}, {"x": np.zeros(2)}), records.equal(np.zeros(2), -np.zeros(2))
    (True, False)
    """
    if type(a) is not type(b):
        return False
    of_a: Arrays = {}
    of_b: Arrays = {}
    if json.dumps(encode(a, of_a)) != json.dumps(encode(b, of_b)):
        return False
    return all(_same_bits(of_a[name], of_b[name]) for name in of_a)


def _same_bits(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _state(rng: np.random.Generator) -> dict[str, Any]:
    state = dict(rng.bit_generator.state)
    seeds = rng.bit_generator.seed_seq
    if isinstance(seeds, np.random.SeedSequence):
        state["seed_sequence"] = dict(seeds.state)
    return state
