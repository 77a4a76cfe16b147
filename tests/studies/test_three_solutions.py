"""The study of three solutions: where its policies come from, and that its map is Gymnasium's Hopper."""

import re
from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.objectives import evaluate
from rl_landscapes.studies.three_solutions import STUDY, Settings
from rl_landscapes.studies.three_solutions.pieces import objective, points
from rl_landscapes.studies.three_solutions.settings import SMOKE, corners
from tests.studies.committed import committed, smoke_twice

RESULT = committed("three_solutions")


def test_smoke_is_the_same_twice(tmp_path: Path) -> None:
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays["returns"].shape == (2, 3, 2, 2)
    assert not np.array_equal(*arrays["returns"])


def test_the_corners_lie_on_the_plane() -> None:
    first, second = Settings().positions()
    found = points(corners(), first, second).reshape(first.size, second.size, -1)
    places = [
        (np.flatnonzero(first == a).item(), np.flatnonzero(second == b).item())
        for a, b in ((0, 0), (1, 0), (1, 1))
    ]
    for place, corner in zip(places, corners(), strict=True):
        np.testing.assert_allclose(found[place], corner, rtol=0, atol=1e-12)


def test_the_committed_corners_are_those_of_the_other_studies() -> None:
    assert np.array_equal(RESULT.arrays["corners"], corners())


def test_each_corner_does_what_it_is_called_for() -> None:
    first, second = Settings().positions()
    calm = RESULT.arrays["returns"][0]
    stands, hops, falls = (
        calm[np.flatnonzero(first == a).item(), np.flatnonzero(second == b).item()]
        for a, b in ((0, 0), (1, 0), (1, 1))
    )
    assert (abs(stands - 1020) < 20).all(), "1000 for health, and hardly any way"
    assert hops.min() > 1300
    assert falls.max() < 50


def test_the_start_is_that_of_the_first_episode() -> None:
    """Without noise the start decides all: from it, the policy that falls earns what was kept."""
    world = objective(SMOKE).world
    bodies, ids = world.bodies(1), np.arange(1)
    seen, total = bodies.place(ids, RESULT.arrays["start"][None]), 0.0
    falls = corners()[2]
    for _ in range(1000):
        step = bodies.step(ids, np.clip(seen @ falls[:33].reshape(3, 11).T + falls[33:], -1, 1))
        seen, total = step.observations, total + float(step.rewards[0])
        if step.terminated[0]:
            break
    first, second = Settings().positions()
    kept = RESULT.arrays["returns"][
        0, np.flatnonzero(first == 1).item(), np.flatnonzero(second == 1).item(), 0
    ]
    assert total == pytest.approx(kept, rel=1e-9)


def test_all_noises_meet_the_same_episodes() -> None:
    calm = objective(SMOKE)
    thetas = points(corners(), np.zeros(1), np.zeros(1))
    twice = [evaluate(calm.with_sigma(s), thetas, np.random.default_rng(1)) for s in (0.0, 1e-9)]
    np.testing.assert_allclose(*twice, rtol=1e-6)


def test_outside_of_the_book_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=re.escape(f"no book/data/bodies.npz in {tmp_path}")):
        corners()
