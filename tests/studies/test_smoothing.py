"""The study of smoothing: smoke, curvatures with a closed form, and claim C14 on made-up results."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.objectives import evaluate, gradient, two_hills
from rl_landscapes.policies import paper_policy
from rl_landscapes.studies import Result
from rl_landscapes.studies.common import paper_return, paper_starts
from rl_landscapes.studies.smoothing import STUDY
from rl_landscapes.studies.smoothing.claims import c14a, c14b
from rl_landscapes.studies.smoothing.pieces import Bends
from rl_landscapes.studies.smoothing.settings import SCENES, SMOKE, Scene, begins_everywhere
from tests.studies.committed import smoke_twice


def test_smoke_is_the_same_twice(tmp_path: Path) -> None:
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays["largest"].shape == (2 * len(SCENES), SMOKE.n_points)
    assert arrays["failed"].shape == (2, SMOKE.n_starts)


def test_bends_of_the_hills_are_second_differences() -> None:
    scene = Scene("two hills, sigma", 0.5)
    rng = np.random.default_rng(0)
    found = Bends(scene).compute(SMOKE, rng)["largest"]
    hills, h = two_hills(sigma=0.5), 1e-4
    for theta, largest in zip(scene.points(SMOKE.n_points, SMOKE.seed), found, strict=True):
        low, middle, high = hills.evaluate(np.stack([theta - h, theta, theta + h]))[:, 0]
        assert largest == pytest.approx(abs(low + high - 2 * middle) / h**2, rel=1e-4)


def test_noise_bends_the_cart_more_by_the_closed_form() -> None:
    """The Hessian at the best gains is -2 C x Sigma, and Sigma grows with the noise."""
    rng = np.random.default_rng(0)
    calm, noisy = (Bends(Scene("cart, sigma", s)).compute(SMOKE, rng)["largest"] for s in (0.0, 1.0))
    assert (noisy > calm).all()


@pytest.mark.parametrize("name", SCENES)
def test_a_knob_at_zero_is_the_plain_objective_at_the_same_points(name: str) -> None:
    assert np.array_equal(Scene(name, 0.0).points(3, 1), Scene(name, 1.0).points(3, 1))
    if name.startswith("room"):
        thetas = paper_starts(3, 1)
        seen = evaluate(Scene(name, 0.0).objective, thetas)
        np.testing.assert_allclose(seen, evaluate(paper_return(), thetas), rtol=1e-12)


def test_a_world_that_begins_everywhere_gives_every_state_a_gradient() -> None:
    down = np.tile([0.0, 0.0, 0.0, 9.0], 26)
    theta = np.concatenate([down, np.zeros(4)])[None]
    everywhere, corner = (
        np.abs(gradient(objective, theta)[0, :104].reshape(26, 4)).max(axis=1)
        for objective in (begins_everywhere(counted=True), paper_return())
    )
    state = 12  # the middle of the room: one who always goes down from the corner never comes there
    assert paper_policy().n_parameters == theta.size
    assert everywhere[state] > 100 * corner[state]


def made_up(**arrays: Any) -> Result:
    return Result("smoothing", "laptop", asdict(SMOKE), 0, arrays, {}, {}, 0.0, "", {})


@pytest.mark.parametrize(
    ("factors", "verdict"),
    [((0.5, 0.8), "supported"), ((0.5, 2.0), "supported in 1 of 2 settings"), ((1.0, 2.0), "not supported")],
)
def test_c14a_wants_less_curvature_with_every_knob(factors: tuple[float, float], verdict: str) -> None:
    plain = np.random.default_rng(1).uniform(1.0, 1.1, size=50)
    study = made_up(
        scene=np.array(["one", "one", "two", "two"]),
        knob=np.array([0.0, 1.0, 0.0, 1.0]),
        largest=np.stack([plain, factors[0] * plain, 3 * plain, 3 * factors[1] * plain]),
    )
    assert str(c14a(study).verdict) == verdict


@pytest.mark.parametrize(
    ("without", "with_it", "verdict"),
    [
        (0.3, (0.0, 0.05), "supported"),
        (0.3, (0.0, 0.3), "supported in 1 of 2 settings"),
        (0.3, (0.3, 0.3), "not supported"),
        (0.0, (0.0, 0.0), "not supported"),
    ],
)
def test_c14b_wants_half_of_the_failures_gone(
    without: float, with_it: tuple[float, float], verdict: str
) -> None:
    n = np.arange(400) / 400
    study = made_up(
        weights=np.array([0.5, 0.5]),
        counted=np.array([True, False]),
        plain_failed=n < without,
        failed=np.stack([n < share for share in with_it]),
    )
    assert str(c14b(study).verdict) == verdict
