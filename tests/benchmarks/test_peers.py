"""The programs of the [bench] extra compute what ours compute; `make bench` installs them and runs this."""

import numpy as np
import pytest

from benchmarks import batch, control
from benchmarks.peers import vector
from benchmarks.peers.by_quantecon import discrete_dp
from rl_landscapes.objectives import optimal
from rl_landscapes.worlds import paper_gridworld


@pytest.mark.parametrize("gradient", [False, True])
def test_jax_finds_our_value_and_gradient(gradient: bool) -> None:
    made = batch.against_jax(6, gradient=gradient)
    assert made.ratio is not None, made.note


def test_quantecon_finds_our_optimum() -> None:
    world = paper_gridworld(6, sparse=True)
    theirs = discrete_dp(world.mdp).solve(method="policy_iteration").v
    np.testing.assert_allclose(optimal(world).values, theirs, rtol=1e-12)


@pytest.mark.parametrize("name", control.NAMES)
def test_envpool_has_the_same_bodies(name: str) -> None:
    case = control.Case(name, 64, n_steps=25)
    loops = [
        vector.Loop(
            vector.MAKERS[peer](name, case.settings, 64, 2), case.objective.policy, case.thetas(64), 25
        )
        for peer in ("EnvPool", "SyncVectorEnv")
    ]
    assert [loop.run() for loop in loops] == [64 * 25] * 2
    ours, theirs = (loop.rewards for loop in loops)
    error = np.sqrt(ours.var() / 64 + theirs.var() / 64)
    assert abs(ours.mean() - theirs.mean()) < 4 * error
    assert 0.5 < ours.std() / theirs.std() < 2


def test_envpool_is_a_row() -> None:
    made = control.against("EnvPool", control.Case("Hopper-v5", 3, n_steps=2), 1.0, 0.0)
    assert made.ratio is not None
