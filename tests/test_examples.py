"""What every public name is used for is shown by an example in its docstring, and the example is right."""

import doctest
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

ROOMS = (
    "worlds",
    "policies",
    "objectives",
    "objectives.baselines",
    "probes",
    "ascent",
    "plots",
    "statistics",
    "records",
    "parallel",
    "course",
    "studies",
)


def public(room: str) -> Iterator[tuple[str, Any]]:
    """Yield the functions and classes that a room exports; without `__all__`, those that it defines."""
    module = importlib.import_module(f"rl_landscapes.{room}")
    for name in getattr(module, "__all__", vars(module)):
        value = getattr(module, name)
        exported = hasattr(module, "__all__") or getattr(value, "__module__", None) == module.__name__
        if exported and (inspect.isfunction(value) or inspect.isclass(value)) and name[0] != "_":
            yield f"{room}.{name}", value


PUBLIC = dict(item for room in ROOMS for item in public(room))


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example_that_is_right(name: str) -> None:
    (found,) = doctest.DocTestFinder(recurse=False).find(PUBLIC[name], name, globs={})
    assert found.examples, f"{name} has no example in its docstring"
    said: list[str] = []
    with np.printoptions(precision=8, suppress=False, threshold=1000, linewidth=75):
        doctest.DocTestRunner(verbose=False).run(found, out=said.append)
    assert not said, "".join(said)


def test_public_names_are_found() -> None:
    assert {"worlds.body", "objectives.Objective", "objectives.baselines.Linear"} <= set(PUBLIC)
    assert "objectives.baselines.Array" not in PUBLIC
