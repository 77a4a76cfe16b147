"""Gymnasium's own models and our worlds agree, both ways."""

import subprocess
import sys

import numpy as np
import pytest

from rl_landscapes import worlds
from rl_landscapes.worlds import from_map, paper_gridworld

gymnasium = pytest.importorskip("gymnasium")
toy_text = pytest.importorskip("gymnasium.envs.toy_text")

MAKERS = {
    "FrozenLake": lambda: toy_text.FrozenLakeEnv(is_slippery=False),
    "slippery FrozenLake": lambda: toy_text.FrozenLakeEnv(is_slippery=True),
    "large FrozenLake": lambda: toy_text.FrozenLakeEnv(map_name="8x8"),
    "CliffWalking": lambda: toy_text.CliffWalkingEnv(),
    "Taxi": lambda: toy_text.TaxiEnv(),
}


@pytest.fixture(params=MAKERS)
def env(request):
    return MAKERS[request.param]()


def random_policy(n_states, n_actions, rng):
    return rng.dirichlet(np.ones(n_actions), size=n_states)


def exact_values(mdp, policy):
    """Values of a stochastic policy (S, A), by solving (I - gamma P_pi) v = r_pi."""
    dense = mdp.to_dense()
    moves = np.einsum("sa,sat->st", policy, dense.transitions)
    return np.linalg.solve(np.eye(mdp.n_states) - mdp.discount * moves, (policy * mdp.rewards).sum(axis=1))


def sampled_returns(env, policy, *, discount, n_episodes, horizon, rng):
    returns = np.zeros(n_episodes)
    cumulative = policy.cumsum(axis=1)
    for episode in range(n_episodes):
        state, _ = env.reset(seed=7) if episode == 0 else env.reset()
        for step in range(horizon):
            action = min(np.searchsorted(cumulative[state], rng.random()), policy.shape[1] - 1)
            state, reward, terminated, _, _ = env.step(int(action))
            returns[episode] += discount**step * reward
            if terminated:
                break
    return returns


def z_score(returns, truth):
    return (returns.mean() - truth) / (returns.std(ddof=1) / np.sqrt(len(returns)))


class Paying(toy_text.FrozenLakeEnv):
    """Pays for every step what its model P does not know of."""

    def step(self, action):
        state, reward, *rest = super().step(action)
        return state, reward + 0.1, *rest


class Drifting(toy_text.CliffWalkingEnv):
    """Now and then goes where P does not lead."""

    def step(self, action):
        state, *rest = super().step(action)
        self.s = 25 if self.np_random.random() < 0.2 else state
        return self.s, *rest


class Elsewhere(toy_text.FrozenLakeEnv):
    """Does not start where it says."""

    def reset(self, **settings):
        super().reset(**settings)
        self.s = 1
        return 1, {}


class TestBeyondTheModel:
    """What an environment does outside of its P cannot be in the world that P describes."""

    def test_a_fickle_passenger(self):
        """The optimal policy earned 1.730 by P and 2.308 +- .076 by stepping."""
        with pytest.raises(
            ValueError, match="with fickle_passenger=True the passenger's destination changes"
        ):
            worlds.from_gymnasium(gymnasium.make("Taxi-v4", fickle_passenger=True), discount=0.95)

    @pytest.mark.parametrize(
        ("env", "message"),
        [
            (Paying(), r"led to state \d+ with reward 0\.1, which P rules out"),
            (Drifting(), r"led to state 25 with reward -1, which P rules out"),
            (Elsewhere(), "env starts in state 1, where initial_state_distrib is 0"),
        ],
    )
    def test_steps_that_the_model_rules_out(self, env, message):
        with pytest.raises(ValueError, match=message):
            worlds.from_gymnasium(env, discount=0.9)

    def test_wrappers_that_may_change_what_p_says(self):
        env = gymnasium.wrappers.TransformReward(gymnasium.make("FrozenLake-v1"), lambda reward: 2 * reward)
        with pytest.raises(ValueError, match=r"env is wrapped in TransformReward.*pass env\.unwrapped"):
            worlds.from_gymnasium(env, discount=0.9)

    @pytest.mark.parametrize(
        ("name", "settings"),
        [
            ("Taxi-v4", {"is_rainy": True}),
            ("CliffWalkingSlippery-v1", {}),
            ("FrozenLake-v1", {"success_rate": 0.7, "reward_schedule": (5, -1, 0)}),
        ],
    )
    def test_options_that_are_in_the_model(self, name, settings):
        env = gymnasium.wrappers.RecordEpisodeStatistics(gymnasium.make(name, **settings))
        assert worlds.from_gymnasium(env, discount=0.9).n_states == len(env.unwrapped.P) + 1

    def test_the_environment_is_left_as_it_was(self, env):
        env.reset(seed=1)
        kept = env.s, env.np_random.bit_generator.state
        worlds.from_gymnasium(env, discount=0.9)
        assert (env.s, env.np_random.bit_generator.state) == kept


class TestFromGymnasium:
    def test_every_transition_is_that_of_the_model(self, env):
        mdp = worlds.from_gymnasium(env, discount=0.9).to_dense()
        end = len(env.P)
        assert (mdp.n_states, mdp.n_actions) == (end + 1, env.action_space.n)
        np.testing.assert_array_equal(np.flatnonzero(mdp.absorbing), [end])
        np.testing.assert_array_equal(mdp.start, [*env.initial_state_distrib, 0])
        for state, actions in env.P.items():
            for action, outcomes in actions.items():
                row, reward = np.zeros(end + 1), 0.0
                for chance, successor, paid, terminated in outcomes:
                    row[end if terminated else successor] += chance
                    reward += chance * paid
                np.testing.assert_allclose(mdp.transitions[state, action], row, atol=1e-15)
                assert mdp.rewards[state, action] == pytest.approx(reward, abs=1e-12)

    def test_values_are_those_of_iterating_on_the_model(self, env):
        rng = np.random.default_rng(0)
        policy = random_policy(len(env.P) + 1, env.action_space.n, rng)
        values = exact_values(worlds.from_gymnasium(env, discount=0.5), policy)
        iterated = np.zeros(len(env.P))
        for _ in range(60):  # 0.5^60 is below rounding
            iterated = np.array(
                [
                    sum(
                        policy[state, action] * chance * (paid + 0.5 * iterated[successor] * (not terminated))
                        for action, outcomes in actions.items()
                        for chance, successor, paid, terminated in outcomes
                    )
                    for state, actions in env.P.items()
                ]
            )
        np.testing.assert_allclose(values[:-1], iterated, rtol=1e-12, atol=1e-13)
        assert values[-1] == 0

    @pytest.mark.no_cover
    @pytest.mark.parametrize("name", ["slippery FrozenLake", "CliffWalking", "Taxi"])
    def test_sampled_returns_agree_with_the_exact_value(self, name):
        """Mean of 600 episodes within 4 standard errors (6e-5 by chance), at a fixed seed."""
        env, rng = MAKERS[name](), np.random.default_rng(1)
        mdp = worlds.from_gymnasium(env, discount=0.8)
        policy = random_policy(mdp.n_states, mdp.n_actions, rng)
        returns = sampled_returns(env, policy, discount=0.8, n_episodes=600, horizon=80, rng=rng)
        assert returns.std() > 0
        assert abs(z_score(returns, mdp.start @ exact_values(mdp, policy))) < 4

    def test_wrappers_are_seen_through(self):
        wrapped = gymnasium.wrappers.TimeLimit(toy_text.FrozenLakeEnv(), 5)
        assert worlds.from_gymnasium(wrapped, discount=0.9).n_states == 17

    @pytest.mark.parametrize(("name", "is_sparse"), [("FrozenLake", False), ("Taxi", True)])
    def test_storage_by_default(self, name, is_sparse):
        assert worlds.from_gymnasium(MAKERS[name](), discount=0.9).is_sparse is is_sparse

    def test_storage_on_request(self):
        assert worlds.from_gymnasium(MAKERS["FrozenLake"](), discount=0.9, sparse=True).is_sparse
        assert not worlds.from_gymnasium(MAKERS["Taxi"](), discount=0.9, sparse=False).is_sparse

    def test_an_environment_without_a_model(self):
        with pytest.raises(TypeError, match="attributes P and initial_state_distrib"):
            worlds.from_gymnasium(worlds.GridworldEnv(paper_gridworld()), discount=0.9)

    def test_discount_one(self):
        with pytest.raises(ValueError, match="without discounting"):
            worlds.from_gymnasium(MAKERS["FrozenLake"](), discount=1.0)


@pytest.fixture
def slippery():
    layout = ["S..G", ".#..", "h..S"]
    return from_map(layout, rewards={"G": 3.0, "h": -1.0}, discount=0.9, slip=0.2, step_reward=-0.1)


class TestGridworldEnv:
    @pytest.fixture
    def registered(self, slippery):
        name = "RLLandscapesTest-v0"
        gymnasium.register(name, entry_point=worlds.GridworldEnv, kwargs={"world": slippery})
        yield name
        gymnasium.registry.pop(name)

    def test_gymnasium_finds_no_fault(self, registered):
        from gymnasium.utils.env_checker import check_env

        check_env(gymnasium.make(registered).unwrapped)
        check_env(gymnasium.make(registered, render_mode="ansi").unwrapped)

    @pytest.mark.slow
    @pytest.mark.no_cover
    @pytest.mark.parametrize("at_goal", ["end", "stay"])
    def test_sampled_returns_agree_with_the_exact_value(self, at_goal):
        """Mean of 1500 episodes within 4 standard errors (6e-5 by chance), at a fixed seed."""
        layout = ["S..G", ".#..", "h..S"]
        world = from_map(
            layout, rewards={"G": 3.0, "h": -1.0}, discount=0.8, slip=0.2, step_reward=-0.1, at_goal=at_goal
        )
        rng = np.random.default_rng(2)
        policy = random_policy(world.mdp.n_states, 4, rng)
        returns = sampled_returns(
            worlds.GridworldEnv(world), policy, discount=0.8, n_episodes=1500, horizon=80, rng=rng
        )
        truth = world.mdp.start @ exact_values(world.mdp, policy)
        assert abs(z_score(returns, truth)) < 4
        assert returns.std(ddof=1) / np.sqrt(len(returns)) < 0.1  # so that the bound means something

    def test_transition_frequencies(self, slippery):
        """Each frequency of 4000 steps of one pair within 4 standard errors."""
        env = worlds.GridworldEnv(slippery)
        env.reset(seed=0)
        counts = np.zeros(slippery.mdp.n_states)
        for _ in range(4000):
            env._state = 1
            counts[env.step(2)[0]] += 1
        chances = slippery.mdp.transitions[1, 2]
        assert (counts[chances == 0] == 0).all()
        spread = np.sqrt(4000 * chances * (1 - chances))[chances > 0]
        assert (np.abs(counts - 4000 * chances)[chances > 0] < 4 * spread).all()

    def test_the_seed_decides_the_start_and_all_that_follows(self, slippery):
        def walk(seed):
            env = worlds.GridworldEnv(slippery)
            first = env.reset(seed=seed)[0]
            return [first, *(env.step(action % 4)[0] for action in range(30))]

        np.random.seed(0)  # noqa: NPY002, the global generator must not matter
        once = [walk(seed) for seed in range(20)]
        np.random.seed(1)  # noqa: NPY002
        assert once == [walk(seed) for seed in range(20)]
        assert {steps[0] for steps in once} == {slippery.state_at(0, 0), slippery.state_at(2, 3)}

    def test_starts_follow_the_start_distribution(self, slippery):
        """Share of 1000 starts within 4 standard errors of one half."""
        env = worlds.GridworldEnv(slippery)
        starts = [env.reset(seed=0)[0]] + [env.reset()[0] for _ in range(999)]
        assert abs(np.mean(np.array(starts) == 0) - 0.5) < 4 * 0.5 / np.sqrt(1000)

    def test_numpy_integers_are_actions(self):
        for kind in (int, np.int64, np.int32, np.uint8, np.intp):
            env = worlds.GridworldEnv(paper_gridworld())
            env.reset(seed=0)
            assert env.step(kind(worlds.RIGHT))[0] == 1

    @pytest.mark.parametrize("action", [4, -1, 1.0, "right", None, np.float64(1)])
    def test_other_actions_are_refused(self, action):
        env = worlds.GridworldEnv(paper_gridworld())
        env.reset(seed=0)
        with pytest.raises(ValueError, match="action must be an integer from 0 to 3, got"):
            env.step(action)

    def test_a_walk_to_the_goal(self):
        env = worlds.GridworldEnv(paper_gridworld())
        env.reset(seed=0)
        steps = [env.step(worlds.RIGHT) for _ in range(5)]
        assert [step[0] for step in steps] == [1, 2, 3, 4, 25]
        assert [step[1] for step in steps] == [0, 0, 0, 0, 5]
        assert [step[2] for step in steps] == [False, False, False, False, True]
        assert not any(step[3] for step in steps)

    def test_sparse_and_dense_worlds_walk_alike(self):
        walks = []
        for sparse in (True, False):
            env = worlds.GridworldEnv(
                from_map("S.G", rewards={"G": 1}, discount=0.9, slip=0.5, sparse=sparse)
            )
            env.reset(seed=3)
            walks.append([env.step(1)[:3] for _ in range(20)])
        assert walks[0] == walks[1]

    def test_a_step_before_reset(self):
        with pytest.raises(RuntimeError, match="call reset before step"):
            worlds.GridworldEnv(paper_gridworld()).step(0)

    def test_the_picture(self):
        env = worlds.GridworldEnv(paper_gridworld(2), render_mode="ansi")
        assert env.render() == "SG\ng."
        env.reset(seed=0)
        assert env.render() == "@G\ng."
        env.step(worlds.RIGHT)
        assert env.render() == "S@\ng."
        env.step(worlds.RIGHT)
        assert env.render() == "SG\ng."

    def test_no_picture_unless_asked(self):
        assert worlds.GridworldEnv(paper_gridworld()).render() is None

    def test_an_unknown_render_mode(self):
        with pytest.raises(ValueError, match="render_mode must be None or 'ansi', got 'human'"):
            worlds.GridworldEnv(paper_gridworld(), render_mode="human")


class TestLaziness:
    def test_gymnasium_is_imported_on_first_use_only(self):
        code = (
            "import sys, rl_landscapes.worlds as worlds; assert 'gymnasium' not in sys.modules; "
            "worlds.GridworldEnv; assert 'gymnasium' in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], check=True)

    def test_an_unknown_name(self):
        with pytest.raises(AttributeError, match=r"worlds' has no attribute 'lunar_lander'"):
            worlds.lunar_lander  # noqa: B018

    def test_every_public_name_is_there(self):
        for name in worlds.__all__:
            assert getattr(worlds, name) is not None
