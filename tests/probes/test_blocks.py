"""Points by the block: the bits of one call, without the memory of one."""

import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest

from rl_landscapes.objectives import Noisy, evaluate, quadratic
from rl_landscapes.probes import blocks, perturb, plane, unit_directions
from rl_landscapes.probes.blocks import evaluate_blocks, row_blocks
from rl_landscapes.records import equal

N = 7
BOWL = quadratic(-np.diag(np.arange(1.0, N + 1)))


@dataclass(frozen=True)
class Chunky:
    """An objective whose bits depend on how many points it is given at once, and which of them."""

    n_parameters: int = N
    n_episodes: int = 3
    points_at_once: int = 4

    def evaluate(self, thetas, rng):
        return thetas[:, :1] + thetas.sum() * len(thetas) + rng.normal(size=3)


@dataclass(frozen=True)
class Large:
    """A sum of very many parameters."""

    n_parameters: int = 2000
    n_episodes: int = 1

    def evaluate(self, thetas, rng):
        return thetas.sum(axis=1, keepdims=True)


@pytest.fixture(params=[1, 30, 100])
def small(request, monkeypatch):
    """Let blocks be of one chunk, of one, and of three."""
    return lambda: monkeypatch.setattr(blocks, "BLOCK", request.param)


def of_plane(objective, **settings):
    rng = np.random.default_rng(3)
    theta, first, second = rng.normal(size=(3, N))
    return plane(objective, theta, first, second, n_points=6, rng=rng, **settings), rng.random()


def of_directions(objective, **settings):
    rng = np.random.default_rng(3)
    theta = rng.normal(size=N)
    theta[2] = -0.0
    return perturb(objective, theta, alpha=0.3, rng=rng, **settings), rng.random()


@pytest.mark.parametrize("objective", [BOWL, Noisy(BOWL, noise=1.0, n_episodes=5), Chunky()])
class TestBits:
    def test_a_plane_has_those_of_one_call(self, objective, small):
        whole = of_plane(objective)
        small()
        assert equal(of_plane(objective), whole)

    @pytest.mark.parametrize("settings", [{"n_directions": 20}, {"directions": np.ones((9, N))}])
    def test_directions_have_those_of_one_call(self, objective, settings, small):
        whole = of_directions(objective, **settings)
        small()
        assert equal(of_directions(objective, **settings), whole)

    def test_and_so_it_is_with_processes(self, objective, small):
        whole = of_directions(objective, n_directions=20)
        small()
        assert equal(of_directions(objective, n_directions=20, n_jobs=2), whole)


def test_points_are_those_of_evaluate_with_one_seed_for_all():
    objective, points = Chunky(), np.random.default_rng(0).normal(size=(11, N))
    made = evaluate_blocks(objective, 11, lambda rows: points[rows], np.random.default_rng(5))
    assert equal(made, evaluate(objective, points, np.random.default_rng(5)))


def test_lengths_of_directions_do_not_depend_on_the_block(small):
    whole = unit_directions(40, N, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 1, rtol=1e-15)
    small()
    assert equal(unit_directions(40, N, np.random.default_rng(0)), whole)


@pytest.mark.parametrize(("n_rows", "n", "at_once"), [(10, 3, 1), (10, 3, 4), (10, 10**9, 4), (0, 3, 1)])
def test_rows_come_once_each_in_whole_chunks(n_rows, n, at_once):
    parts = list(row_blocks(n_rows, n, at_once))
    assert np.concatenate([[], *(np.arange(n_rows)[part] for part in parts)]).tolist() == list(range(n_rows))
    assert all(part.start % at_once == 0 for part in parts)


class TestMemory:
    """64 points of a chunk take 1 MB here, and so does a block."""

    CHUNK = 64 * 2000 * 8

    def peak_of(self, work, monkeypatch):
        monkeypatch.setattr(blocks, "BLOCK", 64 * 2000)
        tracemalloc.start()
        try:
            work()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    @pytest.mark.parametrize("given", [False, True])
    def test_of_directions_is_theirs_and_a_few_blocks(self, given, monkeypatch):
        directions = unit_directions(500, 2000, np.random.default_rng(0))
        chosen = {"directions": directions} if given else {"n_directions": 500}
        peak = self.peak_of(
            lambda: perturb(Large(), np.zeros(2000), alpha=0.1, rng=np.random.default_rng(0), **chosen),
            monkeypatch,
        )
        assert peak < directions.nbytes + 5 * self.CHUNK

    def test_of_a_plane_is_a_few_blocks(self, monkeypatch):
        first, second = np.eye(2, 2000)
        peak = self.peak_of(lambda: plane(Large(), np.zeros(2000), first, second, n_points=21), monkeypatch)
        assert peak < 5 * self.CHUNK < 21**2 * 2000 * 8
