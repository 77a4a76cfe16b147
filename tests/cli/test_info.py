"""`rl-landscapes info`: what is installed, and what a file holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.cli import info, main
from rl_landscapes.records import save
from rl_landscapes.records.outline import outline
from rl_landscapes.version import versions

Said = pytest.CaptureFixture[str]


@dataclass(frozen=True, eq=False)
class Inner:
    grid: np.ndarray


@dataclass(frozen=True, eq=False)
class Outer:
    theta: np.ndarray
    alpha: float
    name: str
    parts: tuple[Inner, ...]
    options: dict[str, Any]


def example(path: Path) -> Path:
    options = {"none": {}, "sizes": (2, 3), "share": np.float32(0.5), "nan": float("nan"), "long": "x" * 99}
    record = Outer(np.zeros((2, 3)), 0.1, "it", (Inner(np.zeros(4, dtype=bool)),), options)
    return save(record, path / "record.npz")


def test_outline_has_every_field(tmp_path: Path) -> None:
    found = outline(example(tmp_path))
    assert found.kind == "Outer"
    assert found.versions == versions()
    assert found.fields == {
        "theta": "float64 (2, 3)",
        "alpha": "0.1",
        "name": "it",
        "parts[0].grid": "bool (4,)",
        "options.none": "{}",
        "options.sizes": "(2, 3)",
        "options.share": "0.5",
        "options.nan": "nan",
        "options.long": "x" * 57 + "...",
    }


def test_file_is_described(tmp_path: Path, capsys: Said) -> None:
    path = example(tmp_path)
    assert main(["info", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{path}: Outer, written by python ")
    assert "  theta          float64 (2, 3)" in lines


def test_damaged_file_is_refused(tmp_path: Path, capsys: Said) -> None:
    path = example(tmp_path)
    path.write_bytes(path.read_bytes()[:-9])
    assert main(["info", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"rl-landscapes info: {path} is not a complete record file")
    np.savez(path, x=1)
    assert main(["info", str(path)]) == 2


def test_versions_and_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    monkeypatch.setattr(info, "EXTRAS", {"control": ("numpy", "no-such-package"), "scale": ("numpy",)})
    assert main(["info"]) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert rows["numpy"] == np.__version__
    assert rows["[control]"] == (
        f'numpy {np.__version__}; without no-such-package: pip install "rl-landscapes[control]"'
    )
    assert rows["[scale]"] == f"numpy {np.__version__}"
    assert "Hopper-v5" in rows["bodies"]
