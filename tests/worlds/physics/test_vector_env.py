"""The batch as a vector environment: what `gymnasium.make_vec(..., "sync")` gives, bit by bit."""

import gymnasium
import numpy as np
import pytest

pytest.importorskip("mujoco.batch")

from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.utils.passive_env_checker import check_obs, check_space
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import DictInfoToList, NormalizeObservation, RecordEpisodeStatistics

from rl_landscapes import worlds
from rl_landscapes.worlds.physics import BodyVectorEnv, known_bodies
from rl_landscapes.worlds.physics.quiet import quiet
from tests.worlds.physics.stock import made

B = 4
DISABLED, NEXT, SAME = AutoresetMode.DISABLED, AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP


def pair(name, *, mode=NEXT, **settings):
    """Ours, and Gymnasium's."""
    with quiet():
        options = {"vectorization_mode": "sync", "vector_kwargs": {"autoreset_mode": mode}}
        theirs = gymnasium.make_vec(name, B, **options, **settings)
    return BodyVectorEnv(name, B, autoreset_mode=mode, n_threads=2, **settings), theirs


def without_flags(infos):
    """Ours without what Gymnasium does not tell: it must tell that nothing diverged."""
    rest = {key: value for key, value in infos.items() if key not in ("diverged", "_diverged")}
    assert not infos["diverged"].any()
    if "final_info" in rest:
        assert (infos["final_info"]["_diverged"] == infos["_final_info"]).all()
        rest["final_info"] = without_flags(infos["final_info"])
    else:
        assert infos["_diverged"].any()
    return rest


def assert_same(ours, theirs):
    *arrays, infos = ours
    *their_arrays, their_infos = theirs
    for array, other in zip([*arrays, without_flags(infos)], [*their_arrays, their_infos], strict=True):
        assert data_equivalence(array, other, exact=True), (array, other)


def drive(ours, theirs, n_steps, *, kind=np.float64, every=97):
    """The same actions for both; return how many episodes ended. Now and then all are seeded anew."""
    rng, ends = np.random.default_rng(0), 0
    assert_same(ours.reset(seed=5), theirs.reset(seed=5))
    for t in range(1, n_steps + 1):
        actions = rng.uniform(-1.2, 1.2, ours.action_space.shape).astype(kind)
        answers = ours.step(actions), theirs.step(actions)
        assert_same(*answers)
        ended = answers[0][2] | answers[0][3]
        ends += ended.sum()
        if ours.autoreset_mode is DISABLED and ended.any():
            masks = ({"reset_mask": ended.copy()} for _ in range(2))
            assert_same(ours.reset(options=next(masks)), theirs.reset(options=next(masks)))
        if t % every == 0:
            seeds = [t, None, 2 * t, None]
            assert_same(ours.reset(seed=seeds), theirs.reset(seed=seeds))
            assert ours.np_random_seed == tuple(theirs.np_random_seed)
    return ends


@pytest.mark.parametrize("name", known_bodies())
class TestAgainstSync:
    @pytest.mark.parametrize("kind", [np.float32, np.float64])
    @pytest.mark.parametrize("mode", AutoresetMode)
    def test_every_answer(self, name, mode, kind):
        """Episodes end by falling and by the limit, some of them together."""
        assert drive(*pair(name, mode=mode, max_episode_steps=23), 120, kind=kind) >= 4 * B

    @pytest.mark.no_cover
    @pytest.mark.slow
    def test_thousands_of_steps_with_the_time_limit_of_the_body(self, name):
        assert drive(*pair(name), 2100, every=2200) >= 2 * B

    def test_spaces_and_seeds(self, name):
        ours, theirs = pair(name)
        for space in (
            "observation_space",
            "action_space",
            "single_observation_space",
            "single_action_space",
        ):
            assert getattr(ours, space) == getattr(theirs, space)
            check_space(getattr(ours, space), space.split("_")[-2], lambda box: None)
        ours.action_space.seed(3), theirs.action_space.seed(3)
        np.testing.assert_array_equal(ours.action_space.sample(), theirs.action_space.sample())
        assert ours.metadata["autoreset_mode"] is theirs.metadata["autoreset_mode"]
        assert ours.metadata["render_fps"] == theirs.metadata["render_fps"]
        assert ours.spec.id == theirs.spec.id == name

    def test_observations_lie_in_their_space(self, name):
        env = BodyVectorEnv(name, B)
        check_obs(env.reset(seed=0)[0], env.observation_space, "reset")
        check_obs(env.step(env.action_space.sample())[0], env.observation_space, "step")


class TestReset:
    def test_no_number_of_threads_changes_a_bit(self):
        answers = []
        for n_threads in (1, 3):
            env = BodyVectorEnv("Hopper-v5", B, n_threads=n_threads)
            env.reset(seed=0)
            answers.append([env.step(np.full((B, 3), 0.1 * t))[0] for t in range(20)])
        np.testing.assert_array_equal(*answers)

    def test_a_seed_can_be_a_numpy_integer(self):
        env = BodyVectorEnv("Hopper-v5", B)
        np.testing.assert_array_equal(env.reset(seed=np.int64(3))[0], env.reset(seed=[3, 4, 5, 6])[0])

    def test_without_a_seed_no_two_bodies_are_alike(self):
        starts = BodyVectorEnv("Hopper-v5", B).reset()[0]
        assert len(np.unique(starts[:, 0])) == B

    def test_a_mask_leaves_the_others_where_they_are(self):
        ours, theirs = pair("Hopper-v5")
        mask = np.array([False, True, False, False])
        for env in (ours, theirs):
            env.reset(seed=0)
            env.step(np.zeros((B, 3)))
        assert_same(
            ours.reset(seed=9, options={"reset_mask": mask}),
            theirs.reset(seed=9, options={"reset_mask": mask.copy()}),
        )
        assert_same(ours.step(np.ones((B, 3))), theirs.step(np.ones((B, 3))))

    def test_the_options_are_left_as_they_were(self):
        options = {"reset_mask": np.ones(B, dtype=bool), "other": 1}
        BodyVectorEnv("Hopper-v5", B).reset(options=options)
        assert set(options) == {"reset_mask", "other"}

    @pytest.mark.parametrize("mask", [[True] * B, np.ones(B), np.ones(B + 1, bool), np.zeros(B, bool)])
    def test_masks_that_are_none(self, mask):
        with pytest.raises(ValueError, match="reset_mask must be"):
            BodyVectorEnv("Hopper-v5", B).reset(options={"reset_mask": mask})

    def test_the_wrong_number_of_seeds(self):
        with pytest.raises(ValueError, match="seed must be one number, or 4 of them, got 3"):
            BodyVectorEnv("Hopper-v5", B).reset(seed=[1, 2, 3])


class TestUnderWrappers:
    def test_record_episode_statistics(self):
        """Returns and lengths as it finds them on Gymnasium's own."""
        found = []
        for env in pair("Hopper-v5"):
            wrapped, rng, recorded = RecordEpisodeStatistics(env), np.random.default_rng(0), []
            wrapped.reset(seed=1)
            for _ in range(120):
                infos = wrapped.step(rng.uniform(-1, 1, (B, 3)))[-1]
                recorded.append(infos.get("episode", {"r": 0, "l": 0}))
            found.append([np.array([e[key] * np.ones(B) for e in recorded]) for key in "rl"])
            assert len(wrapped.return_queue) > B
        np.testing.assert_array_equal(*found)

    def test_others(self):
        for wrap in (NormalizeObservation, DictInfoToList):
            answers = []
            for env in pair("Walker2d-v5"):
                wrapped = wrap(env)
                wrapped.reset(seed=1)
                answers.append([wrapped.step(np.full((B, 6), 0.3))[0] for _ in range(40)])
            np.testing.assert_array_equal(*answers)


class TestDivergence:
    def test_a_body_is_flagged_until_its_next_episode(self):
        env = BodyVectorEnv("HalfCheetah-v5", B, horizon=5)
        _, infos = env.reset(seed=0)
        flags = [infos["diverged"]]
        for t in range(7):
            actions = np.zeros((B, 6))
            if t == 2:
                actions[1] = np.nan
            infos = env.step(actions)[-1]
            assert infos["_diverged"].all()
            flags.append(infos["diverged"])
        assert [flag[1] for flag in flags] == [False, False, False, True, True, True, False, False]
        assert not np.array(flags)[:, [0, 2, 3]].any()

    def test_the_flag_of_an_episode_that_ended_in_the_same_step(self):
        env = BodyVectorEnv("HalfCheetah-v5", B, horizon=3, autoreset_mode="SameStep")
        env.reset(seed=0)
        actions = np.zeros((B, 6))
        actions[2, 0] = np.nan
        for _ in range(3):
            infos = env.step(actions)[-1]
        assert infos["final_info"]["diverged"].tolist() == [False, False, True, False]
        assert not infos["diverged"].any()


class TestUse:
    def test_a_body_or_its_name(self):
        by_body, by_name = BodyVectorEnv(made("Hopper-v5"), 2), BodyVectorEnv("Hopper-v5", 2)
        np.testing.assert_array_equal(by_body.reset(seed=0)[0], by_name.reset(seed=0)[0])
        assert repr(by_body) == "BodyVectorEnv(body('Hopper-v5'), 2)"
        assert worlds.BodyVectorEnv is BodyVectorEnv

    def test_answers_are_not_touched_later(self):
        env = BodyVectorEnv("Hopper-v5", 2)
        first, infos = env.reset(seed=0)
        kept = first.copy(), infos["x_position"].copy()
        second = env.step(np.ones((2, 3)))
        again = second[0].copy(), second[-1]["x_position"].copy()
        env.step(np.ones((2, 3)))
        np.testing.assert_array_equal(first, kept[0])
        np.testing.assert_array_equal(infos["x_position"], kept[1])
        np.testing.assert_array_equal(second[0], again[0])
        np.testing.assert_array_equal(second[-1]["x_position"], again[1])

    def test_two_of_one_body_share_nothing(self):
        one, other = (BodyVectorEnv(made("Hopper-v5"), 2) for _ in range(2))
        one.reset(seed=0)
        expected = one.step(np.ones((2, 3)))[0]
        one.reset(seed=0)
        other.reset(seed=8)
        other.step(np.zeros((2, 3)))
        np.testing.assert_array_equal(one.step(np.ones((2, 3)))[0], expected)
        assert one.action_space is not other.action_space


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"num_envs": 0}, "num_envs must be an integer of at least 1, got 0"),
            ({"n_threads": 0}, "n_threads must be an integer of at least 1, got 0"),
            ({"body": "Hopper-v4"}, "only v5 is done here"),
            ({"gravity": 1}, "do not fit Hopper-v5"),
            ({"autoreset_mode": "Later"}, "must be one of 'NextStep', 'SameStep', 'Disabled', got 'Later'"),
        ],
    )
    def test_arguments(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            BodyVectorEnv(**({"body": "Hopper-v5", "num_envs": 2} | arguments))

    def test_settings_for_a_body_that_has_its_own(self):
        with pytest.raises(ValueError, match="has its own"):
            BodyVectorEnv(made("Hopper-v5"), 2, frame_skip=2)

    @pytest.mark.parametrize("actions", [np.zeros(3), np.zeros((3, 3)), [["a"] * 3] * 2, [[True] * 3] * 2])
    def test_actions(self, actions):
        env = BodyVectorEnv("Hopper-v5", 2)
        env.reset()
        with pytest.raises(ValueError, match=r"actions must be numbers of shape \(2, 3\), got"):
            env.step(actions)

    def test_a_step_before_any_reset(self):
        env = BodyVectorEnv("Hopper-v5", 2)
        with pytest.raises(ResetNeeded, match="call reset before step"):
            env.step(np.zeros((2, 3)))
        env.reset(options={"reset_mask": np.array([True, False])})
        with pytest.raises(ResetNeeded, match="call reset before step"):
            env.step(np.zeros((2, 3)))

    def test_a_step_after_an_end_that_nobody_cleared(self):
        env = BodyVectorEnv("Reacher-v5", 2, max_episode_steps=1, autoreset_mode="Disabled")
        env.reset()
        env.step(np.zeros((2, 2)))
        env.reset(options={"reset_mask": np.array([True, False])})
        with pytest.raises(ResetNeeded, match=r"the episodes of bodies \[1\] are over"):
            env.step(np.zeros((2, 2)))

    def test_after_closing(self):
        env = BodyVectorEnv("Hopper-v5", 2)
        env.reset()
        env.close()
        env.close()
        for use in (env.reset, lambda: env.step(np.zeros((2, 3)))):
            with pytest.raises(ClosedEnvironmentError, match="has been closed"):
                use()

    def test_pictures(self):
        with pytest.raises(NotImplementedError, match="record an episode"):
            BodyVectorEnv("Hopper-v5", 2).render()
