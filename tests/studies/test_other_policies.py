"""The study of other policies and regularisers: smoke, and identities between its cells and other studies."""

from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.objectives import evaluate
from rl_landscapes.studies.common import paper_return, paper_starts
from rl_landscapes.studies.other_policies import POLICIES, REGULARISERS, STUDY, Settings
from rl_landscapes.studies.other_policies.pieces import Annealed, Plain, improving
from rl_landscapes.studies.other_policies.settings import draw_starts, regularised
from tests.studies.committed import smoke_twice


def test_smoke_is_the_same_twice(tmp_path: Path) -> None:
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays["annealed_failed"].shape == (2, 2, 1, 3)
    assert arrays["improves"].shape[1] == len(arrays["improves_policy"])


def test_the_papers_policy_starts_as_everywhere() -> None:
    ours = draw_starts("table, shared bias", 5, seed=2019)
    assert np.array_equal(ours, paper_starts(5, seed=2019))


@pytest.mark.parametrize("policy", POLICIES)
def test_starts_fit_their_policy_and_come_with_the_seed(policy: str) -> None:
    first, again, other = (draw_starts(policy, 2, seed=seed) for seed in (1, 1, 2))
    assert first.shape == (2, POLICIES[policy].n_parameters)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("counted", ["counted", "masked"])
def test_entropy_of_the_papers_policy_is_the_papers_objective(counted: str) -> None:
    theta = paper_starts(3, seed=1)
    ours = regularised("table, shared bias", f"entropy, {counted}")(0.1)
    theirs = paper_return(tau=0.1, count_absorbing=counted == "counted")
    assert np.array_equal(evaluate(ours, theta), evaluate(theirs, theta))


@pytest.mark.parametrize("name", REGULARISERS)
def test_without_weight_every_regulariser_leaves_the_true_return(name: str) -> None:
    theta = paper_starts(3, seed=1)
    ours = regularised("table, shared bias", name)(0.0)
    np.testing.assert_allclose(evaluate(ours, theta), evaluate(paper_return(), theta), rtol=1e-12)


def test_a_prior_that_leans_down_pays_for_going_down() -> None:
    """From the uniform policy a step DOWN comes nearer to the leaning prior, and leaves the uniform one."""
    uniform = np.zeros((1, 104))
    down = np.tile([0.0, 0.0, 0.0, 0.3], 26)[None]
    leaning, level = (
        regularised("table, wide starts", f"{kind} prior, masked") for kind in ("leaning", "uniform")
    )
    for with_tau, sign in ((leaning, 1), (level, -1)):
        heavy = with_tau(100.0)
        gain = (evaluate(heavy, down) - evaluate(heavy, uniform)).item()
        assert np.sign(gain) == sign


def test_annealing_without_weight_is_plain_ascent() -> None:
    settings, rng = Settings(n_starts=4, n_updates=30, longer=2, n_directions=3), np.random.default_rng(0)
    plain = Plain("network on coordinates").compute(settings, rng)
    none = Annealed("network on coordinates", "entropy, counted", 0.0).compute(settings, rng)
    np.testing.assert_allclose(none["returns"], plain["returns"], rtol=1e-10)


def test_directions_are_the_same_for_all_regularisers_and_counted_above_the_smallest_change() -> None:
    """Far from a solution slopes are steep, and a small weight changes hardly any direction's sign."""
    settings = Settings(n_directions=200, small_tau=1e-6)
    stuck = paper_starts(2, seed=3)
    found = improving(settings, "table, shared bias", stuck, np.random.default_rng(0))
    assert found.shape == (1 + len(REGULARISERS), 2)
    assert (found == found[:1]).all()
    assert (found > 0).all()
    assert (found < 200).all()
