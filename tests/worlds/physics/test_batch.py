"""The batch itself: nothing depends on who runs beside whom, and what diverges is flagged and alone."""

import logging
import os

import numpy as np
import pytest

pytest.importorskip("mujoco.batch")

from rl_landscapes.worlds.physics import known_bodies
from rl_landscapes.worlds.physics.quiet import quiet
from tests.worlds.physics.stock import made, same, stock

N, T = 5, 30


def lived(world, ids, *, size, n_threads, columns=slice(None), spoil=None):
    """Observations, rewards, ends and flags (T, m, ...) of the episodes `columns` in the bodies `ids`."""
    rng = np.random.default_rng(0)
    starts = world.starts(N, rng)[columns]
    actions = rng.uniform(world.low, world.high, (T, N, world.n_actions))
    if spoil is not None:
        spoil(starts, actions)
    bodies = world.bodies(size, n_threads=n_threads)
    seen = bodies.place(ids, starts)
    steps = [bodies.step(ids, actions[t, columns]) for t in range(T)]
    shown = np.stack([seen, *(step.observations for step in steps)])
    return shown, *(
        np.stack([getattr(s, name) for s in steps]) for name in ("rewards", "terminated", "diverged")
    )


def assert_same(ours, theirs):
    assert all(same(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("name", known_bodies())
class TestIndependence:
    def test_threads_and_size_and_order_change_no_bit(self, name):
        world, once = made(name), np.arange(N)
        reference = lived(world, once, size=N, n_threads=1)
        assert_same(lived(world, once, size=N, n_threads=3), reference)
        assert_same(lived(world, np.array([0, 2, 5, 7, 11]), size=12, n_threads=2), reference)
        order = np.array([3, 1, 4, 0, 2])
        turned = lived(world, once, size=N, n_threads=2, columns=order)
        assert_same(turned, [values[:, order] for values in reference])

    def test_a_body_placed_anew_remembers_nothing(self, name):
        """The solver's warm start, too, is that of a new one."""
        world, only = made(name), np.arange(1)
        start = world.starts(1, np.random.default_rng(0))
        actions = np.random.default_rng(1).uniform(world.low, world.high, (T, 1, world.n_actions))
        bodies, lives = world.bodies(1), []
        for _ in range(2):
            seen = bodies.place(only, start)
            lives.append([seen, *(bodies.step(only, a).observations for a in actions)])
        assert same(*lives)

    def test_steps_of_all_and_of_some_in_turn(self, name):
        """What was before a step is not what was after an older one of all."""
        world, everyone = made(name), np.arange(N)
        rng = np.random.default_rng(3)
        starts = world.starts(N + 1, rng)
        actions = rng.uniform(world.low, world.high, (T, N, world.n_actions))
        mixed, alone = world.bodies(N), [world.bodies(1) for _ in range(N)]
        mixed.place(everyone, starts[:N])
        for body, start in zip(alone, starts[:N], strict=True):
            body.place(np.arange(1), start[None])
        for t, act in enumerate(actions):
            if t % 7 == 3:
                mixed.place(np.array([1]), starts[-1:])
                alone[1].place(np.arange(1), starts[-1:])
            ids = everyone if t % 3 else everyone[t % 2 :: 2]
            ours = mixed.step(ids, act[ids])
            theirs = [alone[i].step(np.arange(1), act[i : i + 1]) for i in ids]
            assert same(ours.rewards, np.concatenate([step.rewards for step in theirs]))
            assert same(ours.observations, np.concatenate([step.observations for step in theirs]))

    def test_controls_lie_where_mujoco_binds_them(self, name):
        bodies = made(name).bodies(N)
        bodies._control[:] = np.random.default_rng(0).normal(size=bodies._control.shape)
        assert same(bodies._batch.bind("ctrl"), bodies._control)
        assert np.shares_memory(bodies._batch.bind("ctrl"), bodies._control)

    def test_parts_add_up_to_the_reward(self, name):
        world = made(name)
        bodies = world.bodies(N)
        bodies.place(np.arange(N), world.starts(N, np.random.default_rng(0)))
        step = bodies.step(np.arange(N), np.ones((N, world.n_actions)))
        np.testing.assert_allclose(sum(step.parts.values()), step.rewards, rtol=1e-15)


def too_fast(starts, actions):
    starts[1, -1 if len(starts[1]) < 8 else -2] = 1e9


def not_a_number(starts, actions):
    actions[4, 1, 0] = np.nan


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", known_bodies())
class TestDivergence:
    @pytest.mark.parametrize(("spoil", "first"), [(too_fast, 0), (not_a_number, 4)])
    def test_one_is_flagged_from_then_on_and_the_others_are_untouched(
        self, name, spoil, first, elsewhere, capfd, caplog
    ):
        world, ids = made(name), np.arange(N)
        well = lived(world, ids, size=N, n_threads=2)
        with caplog.at_level(logging.INFO, "rl_landscapes.mujoco"):
            ill = lived(world, ids, size=N, n_threads=2, spoil=spoil)
        others = ids != 1
        assert_same([v[:, others] for v in ill], [v[:, others] for v in well])
        assert not well[-1].any()
        assert (ill[-1][:, 1] == (np.arange(T) >= first)).all()
        assert capfd.readouterr() == ("", "")
        assert os.listdir(elsewhere) == []
        assert "huge value in" in caplog.text

    def test_it_goes_on_as_gymnasiums_does(self, name):
        world = made(name)
        starts, actions = world.starts(2, np.random.default_rng(0)), np.zeros((6, 2, world.n_actions))
        too_fast(starts, actions)
        bodies, env = world.bodies(2), stock(name)
        bodies.place(np.arange(2), starts)
        env.reset()
        n_positions = env.unwrapped.model.nq
        env.unwrapped.set_state(starts[1, :n_positions], starts[1, n_positions:])
        for both in actions:
            step = bodies.step(np.arange(2), both)
            with quiet():
                seen, reward, *_ = env.step(both[1])
            assert same(step.observations[1], seen)
            assert same(step.rewards[1], reward)

    def test_placed_anew_it_is_well_again(self, name):
        world, only = made(name), np.arange(1)
        bodies, start = world.bodies(1), world.starts(1, np.random.default_rng(0))
        bodies.place(only, start)
        assert bodies.step(only, np.full((1, world.n_actions), np.nan)).diverged.all()
        bodies.place(only, start)
        assert not bodies.step(only, np.zeros((1, world.n_actions))).diverged.any()

    def test_a_second_time_it_is_flagged_again(self, name):
        """MuJoCo's counters start anew whenever it puts a body back: they do not grow from time to time."""
        world, only, starts = made(name), np.arange(1), made(name).starts(2, np.random.default_rng(0))
        too_fast(starts, None)
        bodies = world.bodies(1)
        for _ in range(3):
            bodies.place(only, starts[1:])
            assert bodies.step(only, np.zeros((1, world.n_actions))).diverged.all()
            assert bodies.step(only, np.full((1, world.n_actions), np.nan)).diverged.all()
            bodies.place(only, starts[:1])
            assert not bodies.step(only, np.zeros((1, world.n_actions))).diverged.any()

    def test_a_boundless_action_has_a_boundless_cost_in_silence(self, name):
        world, only = made(name), np.arange(1)
        bodies = world.bodies(1)
        bodies.place(only, world.starts(1, np.random.default_rng(0)))
        reward = bodies.step(only, np.full((1, world.n_actions), 1e200)).rewards[0]
        assert reward == (1 if name == "InvertedPendulum-v5" else -np.inf)


class TestRefusals:
    def test_bodies_out_of_order(self):
        world = made("Hopper-v5")
        bodies, starts = world.bodies(2), world.starts(2, np.random.default_rng(0))
        for ids in ([1, 0], [1, 1]):
            with pytest.raises(ValueError, match="ids must be sorted and unique"):
                bodies.place(np.array(ids), starts)
            with pytest.raises(ValueError, match="ids must be sorted and unique"):
                bodies.step(np.array(ids), np.zeros((2, 3)))

    def test_starts(self):
        world = made("Hopper-v5")
        bodies = world.bodies(2)
        with pytest.raises(ValueError, match=r"starts must have shape \(2, 12\), got \(1, 12\)"):
            bodies.place(np.arange(2), np.zeros((1, 12)))
        with pytest.raises(ValueError, match="starts must be finite"):
            bodies.place(np.arange(1), np.full((1, 12), np.nan))

    def test_actions(self):
        bodies = made("Hopper-v5").bodies(2)
        for bad in [np.zeros(3), np.zeros((1, 3)), np.zeros((2, 4))]:
            with pytest.raises(ValueError, match=r"actions must have shape \(2, 3\), got"):
                bodies.step(np.arange(2), bad)
