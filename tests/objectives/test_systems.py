"""The three solvers of (I - gamma P_pi) x = b against NumPy's, and which one is taken when."""

import numpy as np
import pytest
from scipy.sparse.linalg import splu

from rl_landscapes.objectives.systems import ChainSystems
from rl_landscapes.objectives.systems.elimination import (
    EliminationFactors,
    factor_by_elimination,
    plan_elimination,
)
from rl_landscapes.objectives.systems.lapack import DenseFactors, DenseStack, factor_dense
from rl_landscapes.objectives.systems.pattern import MINIMUM_DEGREE, chain_pattern
from rl_landscapes.objectives.systems.superlu import SparseFactors, factor_sparse
from rl_landscapes.worlds import paper_gridworld, random_mdp
from tests.objectives.oracles import WORLDS

SOLVERS = {
    "lapack": lambda pattern, probs: factor_dense(pattern, probs),
    "elimination": lambda pattern, probs: factor_by_elimination(plan_elimination(pattern), probs),
    "superlu": lambda pattern, probs: factor_sparse(pattern, probs),
}


def draw(mdp, n_policies, seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(mdp.n_actions), size=(n_policies, mdp.n_states))


def matrices(mdp, probs):
    """I - gamma P_pi, written out."""
    chains = np.einsum("dsa,sat->dst", probs, mdp.to_dense().transitions)
    return np.eye(mdp.n_states) - mdp.discount * chains


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("n_policies", [1, 2, 30])
@pytest.mark.parametrize("n_columns", [1, 3])
class TestOracles:
    def test_both_systems_are_solved(self, world, solver, n_policies, n_columns):
        mdp, probs = WORLDS[world], draw(WORLDS[world], n_policies)
        factors = SOLVERS[solver](chain_pattern(mdp), probs)
        right = np.random.default_rng(1).normal(size=(n_policies, mdp.n_states, n_columns))
        kept, wanted = right.copy(), matrices(mdp, probs)
        tolerance = {"rtol": 1e-12 / (1 - mdp.discount), "atol": 1e-13 / (1 - mdp.discount) ** 2}
        np.testing.assert_allclose(factors.solve(right), np.linalg.solve(wanted, right), **tolerance)
        np.testing.assert_allclose(
            factors.solve_transposed(right), np.linalg.solve(wanted.transpose(0, 2, 1), right), **tolerance
        )
        np.testing.assert_array_equal(right, kept)


class TestIdentities:
    @pytest.mark.parametrize("discount", [0.0, 0.3, 0.9, 0.99, 0.9999])
    @pytest.mark.parametrize("solver", SOLVERS)
    def test_a_reward_of_one_is_worth_1_over_1_minus_gamma_from_everywhere(self, solver, discount):
        mdp = WORLDS["paper"].with_discount(discount)
        factors = SOLVERS[solver](chain_pattern(mdp), draw(mdp, 30))
        values = factors.solve(np.ones((30, mdp.n_states, 1)))
        np.testing.assert_allclose(values, 1 / (1 - discount), rtol=1e-11)

    @pytest.mark.parametrize("solver", SOLVERS)
    def test_deterministic_policies_with_probabilities_of_exactly_zero(self, solver):
        mdp = WORLDS["paper"]
        actions = np.random.default_rng(0).integers(4, size=(30, mdp.n_states))
        probs = np.eye(4)[actions]
        right = np.ones((30, mdp.n_states, 2))
        solved = SOLVERS[solver](chain_pattern(mdp), probs).solve(right)
        np.testing.assert_allclose(matrices(mdp, probs) @ solved, right, rtol=1e-12)

    def test_the_elimination_of_a_policy_does_not_depend_on_the_others(self):
        mdp, probs = WORLDS["paper"], draw(WORLDS["paper"], 100)
        plan = plan_elimination(chain_pattern(mdp))
        right = np.random.default_rng(1).normal(size=(100, mdp.n_states, 1))
        together = factor_by_elimination(plan, probs).solve(right)
        some = factor_by_elimination(plan, probs[40:70]).solve(right[40:70])
        np.testing.assert_array_equal(together[40:70], some)

    def test_the_pattern_holds_every_policy(self):
        mdp = WORLDS["several starts and slip"]
        pattern = chain_pattern(mdp)
        for probs in draw(mdp, 3):
            np.testing.assert_allclose(
                pattern.matrix(probs).toarray(), matrices(mdp, probs[None])[0], atol=1e-15
            )


class TestChoice:
    def test_a_few_policies_of_a_small_world_go_to_lapack(self):
        systems = ChainSystems(WORLDS["paper"])
        assert isinstance(systems.factor(draw(WORLDS["paper"], 1)), DenseFactors)
        assert isinstance(systems.factor(draw(WORLDS["paper"], 2)), DenseStack)

    @pytest.mark.parametrize("size", [5, 12])
    def test_many_policies_of_a_gridworld_are_eliminated_together(self, size):
        mdp = paper_gridworld(size).mdp
        systems = ChainSystems(mdp)
        enough = systems.smallest_batch
        assert isinstance(systems.factor(draw(mdp, enough)), EliminationFactors)
        assert not isinstance(systems.factor(draw(mdp, enough - 1)), EliminationFactors)

    def test_where_everything_leads_everywhere_elimination_is_not_worth_it(self):
        mdp = random_mdp(40, 2, discount=0.9, rng=np.random.default_rng(0))
        assert isinstance(ChainSystems(mdp).factor(draw(mdp, 50)), DenseStack)

    def test_factors_of_a_large_room_hold_less_than_a_hundredth_of_a_full_matrix(self):
        pattern = chain_pattern(paper_gridworld(100).mdp)
        matrix = pattern.matrix(np.full((pattern.n_states, 4), 0.25))
        factors = splu(matrix, **MINIMUM_DEGREE)
        assert factors.L.nnz + factors.U.nnz < pattern.n_states**2 / 100

    def test_a_large_world_goes_to_superlu(self):
        mdp = paper_gridworld(40).mdp
        assert isinstance(ChainSystems(mdp).factor(draw(mdp, 1)), SparseFactors)
        assert isinstance(ChainSystems(mdp).factor(draw(mdp, 30)), SparseFactors)

    @pytest.mark.parametrize("size", [3, 5, 12, 18, 25, 40])
    def test_a_chunk_is_some_policies_and_little_memory(self, size):
        mdp = paper_gridworld(size).mdp
        chunk = ChainSystems(mdp).chunk
        assert chunk >= 1
        assert chunk * mdp.n_states <= 2**21
