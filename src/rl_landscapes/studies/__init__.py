"""Studies: the long computations of the book, one module or folder each.

A module of this package that defines `STUDY` is a study, and so is a folder whose `__init__.py` does; there
is no list to keep.
"""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

from rl_landscapes.studies.engine import Study, piece_generator, run
from rl_landscapes.studies.results import Result, load_result, save_result

__all__ = ["Result", "Study", "find_studies", "load_result", "piece_generator", "run", "save_result"]


def find_studies(path: Iterable[str] = __path__, package: str = __name__) -> dict[str, Study[Any, Any]]:
    """Return the studies of a package by name: the `STUDY` of every module that has one.

    Raises
    ------
    ValueError
        If two modules give their studies the same name.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(path) if not module.name.startswith("_"))
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    found: dict[str, Study[Any, Any]] = {}
    for study in [module.STUDY for module in modules if hasattr(module, "STUDY")]:
        if study.name in found:
            raise ValueError(f"two studies are named {study.name!r}")
        found[study.name] = study
    return found
