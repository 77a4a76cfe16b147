"""The programs of the [bench] extra compute what ours compute; `make bench` installs them and runs this."""

import numpy as np
import pytest

from benchmarks import batch
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
