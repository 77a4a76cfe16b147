"""What a study leaves behind: its arrays, and all that is needed to compute them again."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.records import load, save

Arrays = dict[str, npt.NDArray[Any]]
Values = dict[str, Any]  # the same before `as_arrays`: numbers by name


@dataclass(frozen=True, eq=False)
class Result:
    """The gathered arrays of one study at one budget; `command` computes them again.

    `wall_time_s` is the time of all pieces one after another, whatever was resumed or ran side by side.
    `code` holds the modules it rests on, with a hash of each (`records.fingerprint`).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import studies
    >>> result = studies.Result("mine", "smoke", {}, 0, {"x": np.arange(3)}, {}, {}, 0.5, "", {})
    >>> result.arrays["x"], result.wall_time_s
    (array([0, 1, 2]), 0.5)
    """

    study: str
    budget: str
    settings: dict[str, Any]
    seed: int
    arrays: Arrays
    versions: dict[str, str]
    machine: dict[str, str | int]
    wall_time_s: float
    command: str
    code: dict[str, str]


def save_result(result: Result, path: str | PathLike[str]) -> Path:
    """Write a result to one compressed `.npz`, whole or not at all, making its folder; return the path.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import studies
    >>> result = studies.Result("mine", "smoke", {}, 0, {"x": np.arange(3)}, {}, {}, 0.5, "", {})
    >>> studies.save_result(result, "results/mine.npz").name
    'mine.npz'
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return save(result, path, compress=True)


def load_result(path: str | PathLike[str]) -> Result:
    """Read a result back, bit for bit.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is cut, damaged or holds anything else; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import studies
    >>> result = studies.Result("mine", "smoke", {}, 0, {"x": np.arange(3)}, {}, {}, 0.5, "", {})
    >>> studies.load_result(studies.save_result(result, "mine.npz")).arrays["x"]
    array([0, 1, 2])
    """
    return load(Result, path)


def as_arrays(values: Any, source: str) -> Arrays:
    """Return a mapping of names to numbers as one of names to arrays; `source` is who made it.

    Raises
    ------
    TypeError
        If it is not such a mapping.
    """
    if not hasattr(values, "items") or not all(isinstance(name, str) for name in values):
        raise TypeError(f"{source} must return a mapping of names to arrays, got {type(values).__name__}")
    arrays = {name: np.asarray(value) for name, value in values.items()}
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"{source} must return arrays of numbers, but {name!r} holds Python objects")
    return arrays
