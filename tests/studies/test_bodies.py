"""The study of bodies: smoke, what its intervals say of made-up episodes, and pieces of it again."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.records import equal
from rl_landscapes.studies.bodies import (
    BODIES,
    POLICIES,
    STUDY,
    objective,
    point,
    short_name,
)
from rl_landscapes.studies.bodies.pairs import gather_pairs
from rl_landscapes.studies.bodies.pieces import Pairs, Probe, Returns
from rl_landscapes.studies.chance import generator_named
from tests.studies.committed import committed, smoke_twice

RESULT = committed("bodies")
A = RESULT.arrays
LAPTOP = STUDY.budgets["laptop"]
UNTRAINED, TRAINED = range(2)


@pytest.mark.slow
def test_smoke_is_the_same_twice_and_has_all_arrays(tmp_path: Path) -> None:
    pytest.importorskip("mujoco")
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays.keys() == A.keys()
    assert {name for name in A if arrays[name].ndim != A[name].ndim} == set()


def test_listing_the_studies_needs_no_simulator() -> None:
    loaded = "{'mujoco', 'gymnasium'} & {*sys.modules}"
    script = f"import sys, rl_landscapes.studies as s; s.find_studies(); print({loaded})"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


@pytest.mark.no_cover
class TestAgain:
    """Pieces of the committed result, computed again."""

    @pytest.mark.parametrize("sigma", [0.0, 0.5])
    def test_short_episodes_are_the_same(self, sigma: float) -> None:
        """Those of the untrained Hopper fall before rounding can grow."""
        pytest.importorskip("mujoco")
        piece = Returns("Hopper-v5", "untrained", sigma)
        name = f"Hopper-v5-untrained-returns-{sigma}"
        again = piece.compute(LAPTOP, generator_named(RESULT.seed, name))
        which = LAPTOP.sigmas.index(sigma)
        np.testing.assert_allclose(again["returns"], A["returns"][0, UNTRAINED, which], rtol=1e-6)
        assert np.array_equal(again["lengths"], A["lengths"][0, UNTRAINED, which])

    @pytest.mark.slow
    @pytest.mark.parametrize("name", BODIES)
    def test_trained_policies_return_as_much_in_new_episodes(self, name: str) -> None:
        pytest.importorskip("mujoco")
        body, sigma = BODIES.index(name), 0.1
        theta = A[f"{short_name(name)}_thetas"][TRAINED]
        seen = objective(LAPTOP, name, 24).with_sigma(sigma)
        again = seen.evaluate(theta[None], np.random.default_rng(0))[0]
        before = A["returns"][body, TRAINED, LAPTOP.sigmas.index(sigma)]
        error = np.hypot(before.std() / np.sqrt(before.size), again.std() / np.sqrt(again.size))
        assert abs(again.mean() - before.mean()) < 4 * error

    def test_the_start_of_training_is_the_untrained_policy(self) -> None:
        pytest.importorskip("mujoco")
        for name in BODIES:
            np.testing.assert_array_equal(
                point(LAPTOP, name, "untrained"), A[f"{short_name(name)}_thetas"][UNTRAINED]
            )

    def test_a_piece_does_not_depend_on_the_others(self) -> None:
        pytest.importorskip("mujoco")
        smoke = STUDY.budgets["smoke"]
        one, two = (
            Probe("Hopper-v5").compute(smoke, generator_named(smoke.seed, "Hopper-v5-probe"))
            for _ in range(2)
        )
        assert equal(one, two)


def test_training_raised_the_return_of_every_body() -> None:
    at_training = LAPTOP.sigmas.index(LAPTOP.sigma)
    assert (A["return_low"][:, TRAINED, at_training] > A["return_high"][:, UNTRAINED, at_training]).all()


def test_episodes_end_by_falling_or_at_the_time_limit() -> None:
    assert A["lengths"].max() <= 1000
    assert (A["lengths"][BODIES.index("HalfCheetah-v5")] == 1000).all()


def test_returns_and_deviations_are_those_of_the_episodes() -> None:
    np.testing.assert_allclose(A["return"], A["returns"].mean(axis=-1))
    np.testing.assert_allclose(A["deviation"], A["returns"].std(axis=-1, ddof=1))
    for name in ("return", "deviation"):
        assert (A[f"{name}_low"] < A[name]).all()
        assert (A[name] < A[f"{name}_high"]).all()


def test_batches_of_one_spread_like_episodes_and_larger_ones_less() -> None:
    np.testing.assert_allclose(A["batch_error"][..., 0], A["deviation"])
    ratio = A["batch_error"] * np.sqrt(A["batch_sizes"]) / A["deviation"][..., None]
    assert np.abs(np.log(ratio[..., :4])).mean() < 0.2


def test_pairs_are_summed_up_as_they_are_defined() -> None:
    plus, minus, centre = (A[f"pair_{name}"].astype(float) for name in ("plus", "minus", "centre"))
    bends = (plus + minus) / 2 - centre[:, :, :, None]
    independent = (plus.var(axis=-1, ddof=1) + minus.var(axis=-1, ddof=1)).mean(axis=2)
    common = (plus - minus).var(axis=-1, ddof=1).mean(axis=2)
    np.testing.assert_allclose(A["slope_gain"], independent / common, rtol=1e-4)
    np.testing.assert_allclose(A["slope_deviation"], np.sqrt(common) / 2, rtol=1e-4)
    np.testing.assert_allclose(
        A["bend_deviation"], np.sqrt(bends.var(axis=-1, ddof=1).mean(axis=2)), rtol=1e-4
    )


def test_the_probe_is_summed_up_as_it_is_defined() -> None:
    slopes = (A["probe_plus"].astype(float) - A["probe_minus"]).mean(axis=-1) / (2 * A["alpha"])
    np.testing.assert_allclose(A["probe_slope"], slopes, rtol=1e-3, atol=1e-3)
    assert (A["probe_verdict"] < A["kinds"].size).all()


def test_the_middle_of_the_plane_is_the_trained_policy_and_the_start_lies_in_it() -> None:
    for body, name in enumerate(BODIES):
        begin, end = A[f"{short_name(name)}_thetas"]
        axes = A[f"{short_name(name)}_plane_axes"]
        np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-12)
        reach = np.linalg.norm(end - begin)
        np.testing.assert_allclose(end - reach * axes[0], begin, atol=1e-12)
        assert A["plane_positions"][body, 0] < -reach
        middle = A["plane_positions"].shape[1] // 2
        for k, sigma in enumerate(LAPTOP.plane_sigmas):
            returns = A["returns"][body, TRAINED, LAPTOP.sigmas.index(sigma)]
            error = returns.std() * np.sqrt(1 / returns.size + 1 / LAPTOP.n_plane_episodes)
            assert abs(A["plane_mean"][body, k, middle, middle] - returns.mean()) < 4 * error


D, N, COMMON, OWN = 2000, 6, 3.0, 1.0
SLOPE, BEND = np.array([0.1, 0.5, 2.0, 0.0]), np.array([0.0, 0.3, 1.0, 4.0])


def episodes(rng: np.random.Generator) -> dict[str, np.ndarray]:
    common = COMMON * rng.normal(size=(D, 1, N))
    slope, bend = (rng.normal(size=(D, 4)) * size for size in (SLOPE, BEND))
    plus, minus = (
        common + (bend + sign * slope)[..., None] + OWN * rng.normal(size=(D, 4, N)) for sign in (1, -1)
    )
    return {
        "plus": plus,
        "minus": minus,
        "centre": common[:, 0] + OWN * rng.normal(size=common[:, 0].shape),
    }


@pytest.fixture(scope="module")
def found() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return gather_pairs(LAPTOP, {Pairs(b, p): episodes(rng) for b in BODIES for p in POLICIES})


class TestMadeUpEpisodes:
    """Pairs of which all is known: slopes and bends normal, noise partly common to all points."""

    def test_gains(self, found: dict[str, np.ndarray]) -> None:
        gain = 1 + (COMMON / OWN) ** 2
        for name in ("slope_gain", "bend_gain"):
            np.testing.assert_allclose(found[name], gain, rtol=0.1)
            inside = (found[f"{name}_low"] < gain) & (gain < found[f"{name}_high"])
            assert inside.mean() > 0.7

    def test_deviations(self, found: dict[str, np.ndarray]) -> None:
        np.testing.assert_allclose(found["slope_deviation"], np.sqrt(0.5), rtol=0.05)
        np.testing.assert_allclose(found["bend_deviation"], np.sqrt(1.5), rtol=0.05)

    @pytest.mark.parametrize("name", ["slope", "bend"])
    def test_sizes_are_free_of_the_noise(self, found: dict[str, np.ndarray], name: str) -> None:
        truth = SLOPE if name == "slope" else BEND
        low, high = found[f"{name}_size_low"], found[f"{name}_size_high"]
        assert ((low <= truth) & (truth <= high)).mean() > 0.7
        large = truth >= 1
        np.testing.assert_allclose(
            found[f"{name}_size"][..., large], truth[large] * np.ones((3, 2, 1)), rtol=0.1
        )

    def test_larger_changes_take_fewer_episodes(self, found: dict[str, np.ndarray]) -> None:
        assert (found["slope_episodes"][..., 2] < found["slope_episodes"][..., 1]).all()
        assert (found["slope_episodes_low"] <= found["slope_episodes_high"]).all()
        assert (found["slope_seen_by_all"] > found["slope_seen"]).all()
