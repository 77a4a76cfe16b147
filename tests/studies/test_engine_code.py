"""The fingerprint of the code changes when, and only when, a stored piece may no longer be right."""

from pathlib import Path
from types import ModuleType

import pytest

from rl_landscapes.studies import code

SOURCE = """
SCALE = {scale}

def compute(x):
    return SCALE * x

def gather(x):
    return x + {shift}
"""


def module(path: Path, *, scale: int = 2, shift: int = 1) -> ModuleType:
    """Return a module made from SOURCE as if freshly imported."""
    path.write_text(SOURCE.format(scale=scale, shift=shift))
    made = ModuleType("made")
    made.__file__ = str(path)
    exec(compile(path.read_text(), str(path), "exec"), made.__dict__)
    return made


def fingerprint(made: ModuleType) -> str:
    return code.fingerprint(made.compute, without=made.gather)


def test_change_beside_compute_is_seen_and_change_in_gather_is_not(tmp_path: Path) -> None:
    first = fingerprint(module(tmp_path / "a.py"))
    assert fingerprint(module(tmp_path / "b.py")) == first
    assert fingerprint(module(tmp_path / "c.py", shift=9)) == first
    assert fingerprint(module(tmp_path / "d.py", scale=3)) != first


def study(folder: Path, *, scale: int = 2, shift: int = 1, beside: str = "1", init: str = "STUDY = 1") -> str:
    """Return the fingerprint of a study in a folder: compute and gather in one file, a helper in another."""
    folder.mkdir()
    (folder / "__init__.py").write_text(init)
    (folder / "helper.py").write_text(beside)
    return fingerprint(module(folder / "work.py", scale=scale, shift=shift))


def test_study_in_a_folder_is_all_its_files_but_gather(tmp_path: Path) -> None:
    first = study(tmp_path / "a")
    assert study(tmp_path / "b") == first
    assert study(tmp_path / "c", shift=9) == first
    assert study(tmp_path / "d", scale=3) != first
    assert study(tmp_path / "e", beside="2") != first
    assert study(tmp_path / "f", init="STUDY = 2") != first


def test_folder_that_is_no_study_counts_as_its_one_file(tmp_path: Path) -> None:
    assert study(tmp_path / "a", init="") == study(tmp_path / "b", init="", beside="2")


def test_change_in_the_library_is_seen_and_change_in_the_plots_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "PACKAGE", tmp_path)
    digests = []
    for path, text in [
        ("objectives/exact.py", "1"),
        ("objectives/exact.py", "2"),
        ("plots/maps.py", "1"),
        ("studies/other.py", "from x import y\nSTUDY: Study = 1"),
        ("studies/wide/__init__.py", "STUDY = 1"),
        ("studies/wide/settings.py", "1"),
        ("cli/train.py", "1"),
        ("objectives/more.py", "2"),
        ("studies/shared.py", "def starts(): pass"),
    ]:
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_text(text)
        digests.append(code.library_digest.__wrapped__())
    assert [digests.index(digest) for digest in digests] == [0, 1, 1, 1, 1, 1, 1, 7, 8]
