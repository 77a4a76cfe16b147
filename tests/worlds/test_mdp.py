"""The finite MDP: what it refuses, and that dense and sparse forms are one process."""

import numpy as np
import pytest
from scipy import sparse

from rl_landscapes.worlds import MDP, random_mdp

STAY = np.array([[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.0, 1.0]]])
REWARDS = np.array([[1.0, 2.0], [0.0, 0.0]])
START = np.array([0.25, 0.75])
ENDS = np.array([False, True])


def two_states(**changes):
    parts = {"transitions": STAY, "rewards": REWARDS, "discount": 0.9, "start": START, "absorbing": ENDS}
    return MDP(**(parts | changes))


def altered(array, place, value):
    copy = np.array(array)
    copy[place] = value
    return copy


def as_sparse(dense):
    return sparse.csr_array(np.asarray(dense).reshape(-1, np.shape(dense)[-1]))


class TestWhatIsRefused:
    @pytest.mark.parametrize("form", [np.asarray, as_sparse])
    def test_a_row_that_does_not_sum_to_one_is_named(self, form):
        with pytest.raises(ValueError, match=r"transitions.*\(state 0, action 1\) sum to 0\.9"):
            two_states(transitions=form(altered(STAY, (0, 1, 0), 0.4)))

    @pytest.mark.parametrize("form", [np.asarray, as_sparse])
    def test_a_negative_probability_is_named(self, form):
        bad = altered(altered(STAY, (0, 1, 0), -0.5), (0, 1, 1), 1.5)
        with pytest.raises(ValueError, match=r"transitions\[0, 1, 0\] is -0\.5"):
            two_states(transitions=form(bad))

    @pytest.mark.parametrize("form", [np.asarray, as_sparse])
    def test_nan_in_the_transitions_is_named(self, form):
        with pytest.raises(ValueError, match=r"transitions\[1, 0, 1\] is nan"):
            two_states(transitions=form(altered(STAY, (1, 0, 1), np.nan)))

    @pytest.mark.parametrize("form", [np.asarray, as_sparse])
    def test_infinite_transitions(self, form):
        with pytest.raises(ValueError, match=r"\(state 0, action 0\) sum to inf"):
            two_states(transitions=form(altered(STAY, (0, 0, 0), np.inf)))

    def test_dense_shape(self):
        with pytest.raises(ValueError, match=r"transitions must have shape \(2, 2, 2\), got \(4, 2\)"):
            two_states(transitions=STAY.reshape(4, 2))

    def test_sparse_shape(self):
        with pytest.raises(ValueError, match=r"\(S A, S\) = \(4, 2\).*got \(2, 2\)"):
            two_states(transitions=as_sparse(STAY[0]))

    def test_discount_one_says_why(self):
        with pytest.raises(ValueError, match=r"got 1: without discounting"):
            two_states(discount=1)

    @pytest.mark.parametrize("discount", [-0.1, 1.5, np.nan, np.inf])
    def test_discount_out_of_range(self, discount):
        with pytest.raises(ValueError, match=r"discount must lie in \[0, 1\), got"):
            two_states(discount=discount)

    @pytest.mark.parametrize("discount", ["0.9", None, True, np.array([0.9])])
    def test_discount_that_is_no_number(self, discount):
        with pytest.raises(TypeError, match="discount must be a number"):
            two_states(discount=discount)

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_rewards_that_are_not_finite(self, value):
        with pytest.raises(ValueError, match=r"rewards must be finite, but rewards\[0, 1\] is"):
            two_states(rewards=altered(REWARDS, (0, 1), value))

    def test_rewards_without_actions(self):
        with pytest.raises(ValueError, match=r"at least one state and one action, got shape \(2, 0\)"):
            two_states(rewards=np.zeros((2, 0)))

    def test_start_of_another_length(self):
        with pytest.raises(ValueError, match=r"start must have shape \(2,\), got \(3,\)"):
            two_states(start=np.ones(3) / 3)

    def test_start_that_does_not_sum_to_one(self):
        with pytest.raises(ValueError, match=r"start must sum to 1, but it sums to 0\.75"):
            two_states(start=np.array([0.25, 0.5]))

    def test_negative_start(self):
        with pytest.raises(ValueError, match=r"start\[0\] is -0\.5"):
            two_states(start=np.array([-0.5, 1.5]))

    def test_an_absorbing_state_that_can_be_left(self):
        with pytest.raises(ValueError, match=r"absorbing state 0 .* action 1 stays with probability 0\.5"):
            two_states(absorbing=np.array([True, True]), rewards=np.zeros((2, 2)))

    def test_an_absorbing_state_that_is_paid(self):
        with pytest.raises(ValueError, match=r"absorbing state 1 .* action 1 .* is paid 3"):
            two_states(rewards=altered(REWARDS, (1, 1), 3.0))

    @pytest.mark.parametrize("mask", [np.array([0, 1]), np.array([True])])
    def test_a_mask_of_the_wrong_kind(self, mask):
        with pytest.raises(ValueError, match=r"absorbing must be a bool array of shape \(2,\)"):
            two_states(absorbing=mask)

    @pytest.mark.parametrize("values", [1.0, np.zeros(3), np.zeros((2, 1))])
    def test_expectation_of_the_wrong_length(self, values):
        with pytest.raises(ValueError, match=r"values must have shape \(\.\.\., 2\)"):
            two_states().expect(values)


class TestWhatIsKept:
    def test_sizes(self):
        mdp = random_mdp(5, 3, discount=0.5, rng=np.random.default_rng(0))
        assert (mdp.n_states, mdp.n_actions, mdp.is_sparse) == (5, 3, False)

    def test_no_absorbing_state_by_default(self):
        mdp = MDP(STAY, REWARDS, 0.9, START)
        np.testing.assert_array_equal(mdp.absorbing, [False, False])

    def test_integers_become_floats(self):
        mdp = MDP(np.ones((1, 1, 1), dtype=int), [[2]], np.float32(0.5), [1])
        assert mdp.transitions.dtype == mdp.rewards.dtype == mdp.start.dtype == np.float64
        assert type(mdp.discount) is float

    @pytest.mark.parametrize("form", [np.array, as_sparse])
    def test_later_changes_of_the_input_do_not_reach_it(self, form):
        transitions, rewards, start, ends = form(STAY), REWARDS.copy(), START.copy(), ENDS.copy()
        mdp = MDP(transitions, rewards, 0.9, start, ends)
        (transitions if form is np.array else transitions.data)[:] = 7
        rewards[:], start[:], ends[:] = 7, 7, False
        np.testing.assert_array_equal(mdp.to_dense().transitions, STAY)
        np.testing.assert_array_equal(mdp.rewards, REWARDS)
        np.testing.assert_array_equal(mdp.start, START)
        np.testing.assert_array_equal(mdp.absorbing, ENDS)

    def test_its_arrays_are_read_only(self):
        mdp = two_states()
        for array in (mdp.transitions, mdp.rewards, mdp.start, mdp.absorbing, mdp.successors.data):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0

    def test_the_input_stays_writable_and_unsorted(self):
        unsorted = sparse.csr_array((np.array([0.5, 0.5]), np.array([1, 0]), np.array([0, 2])), shape=(1, 2))
        rows = sparse.vstack([unsorted, unsorted], format="csr")
        before = rows.indices.copy()
        MDP(rows, np.zeros((2, 1)), 0.9, START)
        np.testing.assert_array_equal(rows.indices, before)


class TestFormsAgree:
    @pytest.fixture(params=[None, 2])
    def mdp(self, request):
        return random_mdp(6, 3, discount=0.8, rng=np.random.default_rng(1), branching=request.param)

    def test_row_of_a_pair(self, mdp):
        rows = mdp.successors.toarray()
        for state in range(6):
            for action in range(3):
                np.testing.assert_array_equal(rows[state * 3 + action], mdp.transitions[state, action])

    def test_there_and_back(self, mdp):
        thin = mdp.to_sparse()
        assert thin.is_sparse
        assert thin.to_sparse() is thin
        assert mdp.to_dense() is mdp
        np.testing.assert_array_equal(thin.to_dense().transitions, mdp.transitions)

    @pytest.mark.parametrize("batch", [(), (4,), (2, 3)])
    def test_expectation(self, mdp, batch):
        values = np.random.default_rng(2).standard_normal((*batch, 6))
        by_hand = np.einsum("sat,...t->...sa", mdp.transitions, values)
        for form in (mdp, mdp.to_sparse()):
            expected = form.expect(values)
            assert expected.shape == (*batch, 6, 3)
            np.testing.assert_allclose(expected, by_hand, rtol=0, atol=1e-14)

    def test_another_discount_changes_nothing_else(self, mdp):
        other = mdp.with_discount(0.1)
        assert (other.discount, mdp.discount) == (0.1, 0.8)
        np.testing.assert_array_equal(other.transitions, mdp.transitions)
        np.testing.assert_array_equal(other.rewards, mdp.rewards)

    def test_successors_are_computed_once(self, mdp):
        assert mdp.successors is mdp.successors

    def test_wide_indices_become_narrow(self):
        wide = as_sparse(STAY)
        wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
        narrow = two_states(transitions=wide).successors
        assert (narrow.indices.dtype, narrow.indptr.dtype) == (np.int32, np.int32)

    def test_other_sparse_formats_and_duplicates_are_accepted(self):
        twice = sparse.coo_array(
            (np.array([0.5, 0.5, 1.0]), (np.array([0, 0, 1]), np.array([1, 1, 0]))), shape=(2, 2)
        )
        mdp = MDP(twice, np.zeros((2, 1)), 0.9, START)
        np.testing.assert_array_equal(mdp.successors.toarray(), [[0, 1], [1, 0]])
        assert mdp.successors.nnz == 2


class TestRandomProcesses:
    def test_same_seed_same_bits(self):
        first, second = (random_mdp(7, 2, discount=0.9, rng=np.random.default_rng(3)) for _ in range(2))
        assert first.transitions.tobytes() == second.transitions.tobytes()
        assert first.rewards.tobytes() == second.rewards.tobytes()
        assert first.start.tobytes() == second.start.tobytes()

    def test_sparse_and_dense_are_the_same_draw(self):
        thin, full = (
            random_mdp(9, 2, discount=0.9, rng=np.random.default_rng(4), branching=3, sparse=kind)
            for kind in (True, False)
        )
        assert thin.is_sparse
        assert not full.is_sparse
        np.testing.assert_array_equal(thin.to_dense().transitions, full.transitions)

    @pytest.mark.parametrize("branching", [1, 3, 9, 10])
    def test_every_pair_reaches_exactly_so_many_states(self, branching):
        mdp = random_mdp(10, 4, discount=0.9, rng=np.random.default_rng(5), branching=branching, sparse=True)
        np.testing.assert_array_equal(np.diff(mdp.successors.indptr), branching)

    def test_all_states_are_reached_equally_often(self):
        mdp = random_mdp(10, 2000, discount=0.9, rng=np.random.default_rng(6), branching=3, sparse=True)
        counts = np.bincount(mdp.successors.indices, minlength=10)
        chance = 3 / 10
        z = (counts - 20000 * chance) / np.sqrt(20000 * chance * (1 - chance))
        assert np.abs(z).max() < 4

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"n_states": 0}, "n_states must be an integer of at least 1"),
            ({"n_actions": 1.5}, "n_actions must be an integer"),
            ({"branching": 0}, "branching must be an integer of at least 1"),
            ({"branching": 4}, "branching must be at most n_states = 3, got 4"),
        ],
    )
    def test_bad_sizes(self, changes, message):
        sizes = {"n_states": 3, "n_actions": 2} | changes
        with pytest.raises(ValueError, match=message):
            random_mdp(**sizes, discount=0.9, rng=np.random.default_rng(0))
