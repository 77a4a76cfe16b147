"""The way out of Jupyter Book: its settings as a `conf.py` that needs nothing of it."""

import inspect
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from book import plain
from rl_landscapes.probes import perturb
from tests.book.sources import BOOK, ROOT, extension

pytestmark = pytest.mark.book


@pytest.fixture(scope="module")
def read() -> dict[str, Any]:
    """What a Python that reads the file finds in it."""
    pytest.importorskip("jupyter_book", reason="the book's tools are not installed")
    text = plain.conf(BOOK, plain.settings(ROOT))
    found: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [])
        exec(text, found)
        return found | {"searched": sys.path}


def test_all_extensions_but_those_of_jupyter_book(read: dict[str, Any]) -> None:
    kept = read["extensions"]
    assert set(plain.ONLY_THERE).isdisjoint(kept)
    assert len(kept) == len(set(kept))
    assert {path.stem for path in (BOOK / "_extension").glob("local_*.py")} <= set(kept)
    assert read["searched"] == [str(BOOK / "_extension")]


@pytest.mark.parametrize("name", plain.BESIDE_CONF)
def test_files_are_named_so_that_they_are_found_from_anywhere(name: str, read: dict[str, Any]) -> None:
    value = read[name]
    for path in [value] if isinstance(value, str) else value:
        assert Path(path).is_absolute()
        assert Path(path).exists()


def test_what_a_setting_says_stays(read: dict[str, Any]) -> None:
    assert read["html_title"] == "Landscapes of policy optimisation"
    assert read["nb_execution_mode"] == "cache"
    assert read["nb_execution_raise_on_error"] is True


def test_signatures_of_what_a_module_only_imports_are_left_alone() -> None:
    pages = extension("local_pages")
    told = "(func, /, *args, **keywords)", None
    name = "rl_landscapes.probes.partial"
    assert pages.written_signature(None, "class", name, partial, None, *told) == told
    name, evaluated = "rl_landscapes.probes.perturb", str(inspect.signature(perturb))
    written, returned = pages.written_signature(None, "function", name, perturb, None, evaluated, None)
    assert "alpha: float" in written
    assert returned == "Perturbations"
