"""The study of sampled gradients: smoke, identities, statistics, and the exact part again."""

from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.ascent import ascend
from rl_landscapes.objectives import ExactReturn, sample_episodes
from rl_landscapes.studies.common import STEP, goals, paper_return, paper_starts, true_returns
from rl_landscapes.studies.sampled_gradients import ESTIMATORS, STUDY, cut_error
from tests.studies.committed import committed, smoke_twice

RESULT = committed("sampled_gradients")
A = RESULT.arrays


@pytest.mark.no_cover
def test_smoke_is_the_same_twice_and_has_all_arrays(tmp_path: Path) -> None:
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays.keys() == A.keys()
    assert arrays["returns"].shape == (len(ESTIMATORS), 8)


def test_exact_ascents_are_those_of_the_other_study() -> None:
    failures = committed("ascent_failures").arrays["failed"][1]
    assert RESULT.seed == committed("ascent_failures").seed
    assert np.array_equal(goals().failed(A["exact_returns"]), failures[: A["exact_returns"].size])


def test_exact_ascents_again_are_decided_alike() -> None:
    end = ascend(paper_return(), paper_starts(30, RESULT.seed), n_updates=60, step=STEP, record_every=60).end
    assert np.array_equal(
        goals().failed(true_returns(paper_return(), end)), goals().failed(A["exact_returns"][:30])
    )


def test_noise_shrinks_with_the_root_of_the_episodes() -> None:
    noise = {e.name: A["noise"][i].mean() for i, e in enumerate(ESTIMATORS)}
    assert noise["16-plain"] == pytest.approx(noise["1-plain"] / 4, rel=0.15)
    assert noise["64-baseline"] == pytest.approx(noise["16-baseline"] / 2, rel=0.15)
    assert noise["16-baseline"] < noise["16-plain"]


def test_no_return_is_beyond_the_best() -> None:
    assert A["returns"].max() <= goals().best + 1e-9


def test_cut_error_is_what_longer_episodes_would_add() -> None:
    objective, thetas, horizon = paper_return(), paper_starts(2, 0), 12
    kept = objective.evaluate(thetas)[:, 0] - cut_error(objective, thetas, horizon)
    episodes = sample_episodes(
        objective.mdp,
        objective.policy.at(thetas).probs,
        n_episodes=20_000,
        horizon=horizon,
        rng=np.random.default_rng(3),
    )
    error = episodes.returns.std(axis=1) / np.sqrt(20_000)
    assert (np.abs(episodes.returns.mean(axis=1) - kept) < 4 * error).all()
    assert cut_error(objective, thetas, 0) == pytest.approx(objective.evaluate(thetas)[:, 0])


def test_committed_cut_error_again() -> None:
    objective: ExactReturn = paper_return()
    again = cut_error(objective, paper_starts(5, RESULT.seed), int(A["horizon"]))
    assert A["cut_error"][:5] == pytest.approx(again, rel=1e-8)
