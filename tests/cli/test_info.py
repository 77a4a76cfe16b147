"""`rl-landscapes info`: what is installed, and what a file holds."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.cli import info, main
from rl_landscapes.records import Provenance, provenance, save
from rl_landscapes.records.outline import rows, summary, table
from rl_landscapes.records.record import read

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


@dataclass(frozen=True, eq=False)
class Kept:
    parts: tuple[Inner, ...]
    values: np.ndarray
    inner: "Kept | None"
    provenance: Provenance


def example(path: Path) -> Path:
    options = {"none": {}, "sizes": (2, 3), "share": np.float32(0.5), "nan": float("nan"), "long": "x" * 99}
    record = Outer(np.zeros((2, 3)), 0.1, "it", (Inner(np.zeros(4, dtype=bool)),), options)
    return save(record, path / "record.npz")


def test_outline_has_every_field(tmp_path: Path) -> None:
    assert rows(read(example(tmp_path)).fields) == {
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


def test_a_record_prints_as_its_file_is_described(tmp_path: Path) -> None:
    """Short, with what was probed, the seed and where it was made; a nested record says that once."""
    grids = (Inner(np.zeros(2)), Inner(np.zeros(3)))
    origin = provenance(np.random.default_rng(7).spawn(2)[1], grids[0])
    inside = Kept(grids[:1], np.zeros(1), None, origin)
    record = Kept(grids, np.zeros((2, 9)), inside, replace(origin, command="do it"))
    lines = summary(record).splitlines()
    assert lines == ["Kept", *table(rows(read(save(record, tmp_path / "r.npz")).fields))]
    found = rows(record)
    assert found["parts"] == "2 of them, the first:"
    assert found["parts[0].grid"] == "float64 (2,)"
    assert found["values"] == "float64 (2, 9)"
    assert found["objective"].startswith("Inner; grid array (2,) ")
    assert found["seed"] == "7, child (1,) (PCG64)"
    assert found["command"] == "do it"
    assert found["versions"].startswith("python ")
    assert len([name for name in found if "seed" in name]) == 1


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
