"""The study of lines between policies: smoke, bent paths, and the claims on made-up lines."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.studies import Result
from rl_landscapes.studies.connections import STUDY
from rl_landscapes.studies.connections.claims import c12, c13
from rl_landscapes.studies.connections.pieces import _corners, _where
from rl_landscapes.studies.connections.settings import KINDS
from tests.studies.committed import smoke_twice

SMOKE = STUDY.budgets["smoke"]


@pytest.mark.slow
def test_smoke_is_the_same_twice(tmp_path: Path) -> None:
    pytest.importorskip("mujoco")
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays["hopper_mean"].shape == (2, 2, 4, 5)
    assert arrays["hopper_fall"].shape == (2, 2, 4)
    assert arrays["halfcheetah_bent_fall"].shape == (2, 2, 2, 2)
    np.testing.assert_array_equal(arrays["hopper_thetas"][0, :, 0], arrays["hopper_thetas"][1, :, 0])
    same, different = arrays["hopper_thetas"][..., 1, :]
    np.testing.assert_array_equal(different, np.roll(same, -1, axis=0))
    at = np.searchsorted(arrays["positions"], [0.0, 1.0])
    ends = arrays["hopper_mean"][..., at].astype(float)
    np.testing.assert_allclose(arrays["hopper_gain"], ends[..., 1] - ends[..., 0], rtol=1e-4, atol=1e-4)


def test_corners_lie_at_right_angles_to_the_line_at_two_distances() -> None:
    thetas = np.random.default_rng(0).normal(size=(2, 36))
    way, length = thetas[1] - thetas[0], np.linalg.norm(thetas[1] - thetas[0])
    off = _corners(thetas, 4, np.random.default_rng(1)) - thetas.mean(axis=0)
    np.testing.assert_allclose(off @ way, 0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(off, axis=1) / length, [0.25, 0.5, 0.25, 0.5])


def test_where_a_path_falls() -> None:
    assert _where(np.array([0.0, 3.0, 1.0, 2.0, 5.0])) == (1, 2)


SIGMAS = np.array([0.0, 0.1, 0.5, 1.0])


def made_up(quiet: float, loud: float, cheetah: float, *, n: int = 12) -> Result:
    """Lines whose gain is 100 at every sigma, and whose fall is `quiet` at sigma = 0 and `loud` at 1."""
    arrays: dict[str, Any] = {"sigmas": SIGMAS}
    falls = {"hopper": (quiet, loud), "walker2d": (quiet, loud), "halfcheetah": (cheetah, cheetah)}
    rng = np.random.default_rng(0)
    for short, (first, last) in falls.items():
        fall = np.linspace(first, last, 4) * np.ones((2, n, 1))
        arrays |= {
            f"{short}_fall": fall + rng.normal(size=fall.shape),
            f"{short}_gain": np.full((2, n, 4), 100.0),
            f"{short}_gain_stderr": np.full((2, n, 4), 5.0),
        }
    return Result("connections", "laptop", {}, 0, arrays, {}, {}, 0.0, "", {})


@pytest.mark.parametrize(
    ("quiet", "loud", "verdict"),
    [(80, 0, "supported"), (80, 30, "not supported"), (0, 0, "not supported"), (0, 80, "not supported")],
)
def test_c12_wants_lines_that_rise_and_a_fall_that_noise_has_lessened(
    quiet: float, loud: float, verdict: str
) -> None:
    assert str(c12(made_up(quiet, loud, 0)).verdict) == verdict


def test_c12_counts_only_pairs_whose_second_end_is_better() -> None:
    study = made_up(80, 0, 0)
    study.arrays["hopper_gain"][0, :6] = -100
    entry = c12(study)
    assert entry.details[f"Hopper, {KINDS[0]}: lines that rise at sigma = 1"].n == 6
    assert entry.verdict.outcomes[f"Hopper, {KINDS[0]}"] == "holds"


@pytest.mark.parametrize(("fall", "verdict"), [(80, "supported"), (0, "not supported")])
def test_c13_wants_lines_that_fall_at_every_sigma(fall: float, verdict: str) -> None:
    assert str(c13(made_up(0, 0, fall)).verdict) == verdict
