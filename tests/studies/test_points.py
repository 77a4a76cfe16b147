"""The study of ends of training: smoke, sizes without noise, power, and the claim on made-up probes."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.objectives import SampledReturn, quadratic
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.probes import perturb
from rl_landscapes.studies import Result
from rl_landscapes.studies.points import STUDY
from rl_landscapes.studies.points.claims import c11, relative
from rl_landscapes.studies.points.settings import SMOKE
from rl_landscapes.studies.points.sizes import relative_bend
from rl_landscapes.studies.points.tables import _one_end, _power
from rl_landscapes.worlds import double_integrator
from tests.studies.committed import smoke_twice


def test_smoke_is_the_same_twice(tmp_path: Path) -> None:
    pytest.importorskip("mujoco")
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays["bend"].shape == (2, 1, 2, 3)
    assert arrays["relative_bend"].shape == (2, 1, 2, 2)
    assert arrays["thetas"].shape == (2, 36)


def test_a_point_whose_training_ends_elsewhere_in_another_piece_is_refused() -> None:
    """Training amplifies the last bit, and another processor rounds it otherwise."""
    here = np.zeros((2, 1, 2, 36))
    assert _one_end(SMOKE, here).shape == (2, 36)
    here[1, 0, 1, 7] = 1e-15
    with pytest.raises(ValueError, match="training of 'good' ends in different places"):
        _one_end(SMOKE, here)


def test_relative_bend_of_a_quadratic_is_that_of_its_directions() -> None:
    bowl = quadratic(np.diag([-2.0, 1.0]), slope=np.array([0.3, 0.4]))
    probe = perturb(bowl, np.zeros(2), alpha=0.5, n_directions=20, rng=np.random.default_rng(0))
    columns = np.repeat(probe.plus, 16, axis=1), np.repeat(probe.minus, 16, axis=1)
    flat = type(probe)(
        probe.theta, probe.alpha, probe.directions, *columns, np.repeat(probe.centre, 16, axis=1),
        probe.provenance,
    )  # fmt: skip
    bends, slopes = 0.125 * probe.curvature, 0.5 * probe.slope
    assert relative_bend(flat)[0] == pytest.approx((bends**2).mean() / (slopes**2).mean())


@pytest.mark.slow
@pytest.mark.no_cover
def test_relative_bend_does_not_grow_with_the_noise_and_its_error_covers_it() -> None:
    world = double_integrator(discount=0.9, time_limit=30)
    seen = SampledReturn(world, linear_gaussian(2, 1, sigma=1.0), n_episodes=16, discount=0.9)
    theta, found = np.array([-0.3, -0.5, 0.0]), []
    truth = relative_bend(
        perturb(seen.with_episodes(300), theta, alpha=0.3, n_directions=200, rng=np.random.default_rng(9))
    )[0]
    for seed in range(60):
        probe = perturb(seen, theta, alpha=0.3, n_directions=24, rng=np.random.default_rng(seed))
        found.append(relative_bend(probe))
    values, errors = np.array(found).T
    assert np.median(values) == pytest.approx(truth, rel=0.35)
    assert np.mean(np.abs(values - truth) < 2 * errors) > 0.8


def test_power_is_the_chance_to_see_the_bend_again() -> None:
    bend = np.array([[[-3.0, 0.0]]])
    assert _power(bend, np.array([[[1.0, 1.0]]]))[0, 0] == pytest.approx((0.8413447 + 0.0227501) / 2)
    assert _power(bend, np.array([[[100.0, 100.0]]]))[0, 0] < 0.03


def made_up(down: int, ratio: float, error: float = 0.01, d: int = 36) -> Result:
    shape = (2, 3, 2)
    arrays: dict[str, Any] = {
        "alphas": np.array([0.1, 0.5, 1.0]),
        "sigmas": np.array([0.0, 1.0]),
        "bend": np.zeros((*shape, d)),
        "down": np.full(shape, down),
        "relative_bend": np.stack([np.full(shape, ratio), np.full(shape, error)], axis=-1),
    }
    return Result("points", "laptop", asdict(SMOKE), 0, arrays, {}, {}, 0.0, "", {})


@pytest.mark.parametrize(
    ("down", "ratio", "error", "verdict"),
    [
        (34, 0.05, 0.01, "supported"),
        (34, 0.9, 0.05, "not supported"),
        (5, 0.05, 0.01, "not supported"),
        (34, 0.2, 0.2, "cannot tell"),  # lost power
        (26, 0.05, 0.01, "cannot tell"),
    ],
)
def test_c11_wants_a_bend_that_is_small_and_not_only_unseen(
    down: int, ratio: float, error: float, verdict: str
) -> None:
    assert str(c11(made_up(down, ratio, error)).verdict) == verdict


def test_a_ratio_that_could_not_be_measured_may_be_anything() -> None:
    interval = relative(np.array([np.nan, np.nan]), 5)
    assert (interval.low, interval.high) == (0, np.inf)
    assert relative(np.array([0.1, 0.2]), 5).low == 0
