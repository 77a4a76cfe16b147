"""The loop over slots: every task once, step by step, whatever the number of slots."""

from collections import defaultdict

import numpy as np
import pytest

from rl_landscapes.objectives import slots
from rl_landscapes.objectives.chance import columns
from rl_landscapes.objectives.slots import Moment, play
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.worlds.control import Step
from tests.point_mass import PointMass

WORLD = PointMass(edge=0.6)
POLICY = linear_gaussian(2, 1, sigma=0.8)
THETAS = np.random.default_rng(0).normal(size=(4, 3))
CHANCE = columns(WORLD, range(5), 12, seed=2)


def moments(**settings):
    return list(play(WORLD, POLICY.at(THETAS), CHANCE, **({"clip": True, "n_threads": 1} | settings)))


def by_task(played):
    """Task -> list of (t, observation, action, reward, whether the world ended it)."""
    lives = defaultdict(list)
    for moment in played:
        step = moment.step
        rows = zip(moment.t, moment.observations, moment.actions, step.rewards, step.terminated, strict=True)
        for task, (t, seen, drawn, reward, terminated) in zip(moment.tasks, rows, strict=True):
            lives[int(task)].append((int(t), tuple(seen), tuple(drawn), float(reward), bool(terminated)))
    return lives


@pytest.mark.parametrize("n_slots", [1, 3, 19, 20, 512])
def test_every_task_is_lived_through_once_and_in_order(n_slots, monkeypatch):
    monkeypatch.setattr(slots, "SLOTS", n_slots)
    lives = by_task(moments())
    assert sorted(lives) == list(range(20))
    for life in lives.values():
        assert [t for t, *_ in life] == list(range(len(life)))
        ends = [terminated for *_, terminated in life]
        assert not any(ends[:-1])
        assert ends[-1] or len(life) == 12
    assert len({len(life) for life in lives.values()}) > 2  # so that slots were refilled out of step


@pytest.mark.parametrize("n_slots", [1, 3, 19])
def test_no_bit_depends_on_the_number_of_slots(n_slots, monkeypatch):
    all_at_once = by_task(moments())
    monkeypatch.setattr(slots, "SLOTS", n_slots)
    assert by_task(moments()) == all_at_once


def test_no_more_bodies_than_slots_or_tasks(monkeypatch):
    monkeypatch.setattr(slots, "SLOTS", 7)
    widths = [len(moment.tasks) for moment in moments()]
    assert max(widths) == 7
    assert widths[-1] < 7
    monkeypatch.undo()
    assert len(moments()[0].tasks) == 20


def test_what_was_yielded_is_not_touched_later():
    kept = moments()
    copies = [(m.tasks.copy(), m.t.copy(), m.observations.copy()) for m in moments()]
    for moment, (tasks, t, seen) in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(moment.tasks, tasks)
        np.testing.assert_array_equal(moment.t, t)
        np.testing.assert_array_equal(moment.observations, seen)


def test_actions_are_kept_as_drawn_and_clipped_for_the_world():
    wild = POLICY.at(THETAS * 40)
    for clip in (True, False):
        first = next(play(WORLD, wild, CHANCE, clip=clip, n_threads=1))
        assert np.abs(first.actions).max() > 2
        acted = np.clip(first.actions[:, 0], -2, 2) if clip else first.actions[:, 0]
        np.testing.assert_array_equal(first.step.parts["push"], -(acted**2) / 10)


def test_a_task_is_a_policy_and_an_episode():
    step = Step(np.zeros((2, 1)), np.zeros(2), {}, np.zeros(2, bool), np.zeros(2, bool))
    moment = Moment(np.array([3, 10]), np.zeros(2, int), np.zeros((2, 1)), np.zeros((2, 1)), step)
    policies, episodes = moment.index(4)
    assert (policies.tolist(), episodes.tolist()) == ([0, 2], [3, 2])
