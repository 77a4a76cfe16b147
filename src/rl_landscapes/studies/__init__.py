"""Studies: the long computations of the book, a folder each.

A module or folder of this package that defines `STUDY` is a study; there is no list to keep. A study may
stand in anybody's package: see `named_study`.
"""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

from rl_landscapes.studies.common import Goals, goals, paper_return, paper_starts
from rl_landscapes.studies.engine import Study, run
from rl_landscapes.studies.results import Result, load_result, save_result

__all__ = [
    "Goals",
    "Result",
    "Study",
    "find_studies",
    "goals",
    "load_result",
    "named_study",
    "paper_return",
    "paper_starts",
    "run",
    "save_result",
]


def find_studies(path: Iterable[str] = __path__, package: str = __name__) -> dict[str, Study[Any, Any]]:
    """Return the studies of a package by name: the `STUDY` of every module that has one.

    Raises
    ------
    ValueError
        If two modules give their studies the same name.

    Examples
    --------
    >>> from rl_landscapes import studies
    >>> "known_shapes" in studies.find_studies()
    True
    """
    names = sorted(module.name for module in pkgutil.iter_modules(path) if not module.name.startswith("_"))
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    found: dict[str, Study[Any, Any]] = {}
    for study in [module.STUDY for module in modules if hasattr(module, "STUDY")]:
        if study.name in found:
            raise ValueError(f"two studies are named {study.name!r}")
        found[study.name] = study
    return found


def named_study(name: str) -> Study[Any, Any]:
    """Return the study called `name`, or the one that `name`, as in `their.module:study`, says where to find.

    Raises
    ------
    ValueError
        If there is no such study; the message lists those there are.

    Examples
    --------
    >>> from rl_landscapes import studies
    >>> studies.named_study("known_shapes").name
    'known_shapes'
    """
    if ":" not in name:
        known = find_studies()
        if name not in known:
            raise ValueError(
                f"unknown study {name!r}: choose from {', '.join(known)}, or name yours as their.module:study"
            )
        return known[name]
    module, _, attribute = name.partition(":")
    try:
        study = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # the module is there, and needs another that is not
        raise ValueError(f"no module {module!r} for study {name!r}: is its folder on PYTHONPATH?") from None
    except AttributeError:
        raise ValueError(f"module {module} has no {attribute!r} for study {name!r}") from None
    if not isinstance(study, Study):
        raise ValueError(f"{name} must be a Study, got {type(study).__name__}")
    return study
