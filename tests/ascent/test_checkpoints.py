"""A run that is killed goes on to the same bits, and a file it cannot go on from is refused by name."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import cached_property, partial
from threading import Lock

import numpy as np
import pytest

from rl_landscapes.ascent import SGD, Adam, Evaluation, Momentum, Training, exponential_decay, train
from rl_landscapes.ascent.checkpoints import Checkpoint
from rl_landscapes.objectives import ExactReturn, SampledReturn, baselines, whole_return
from rl_landscapes.objectives.baselines import Linear
from rl_landscapes.policies import linear_gaussian, paper_policy
from rl_landscapes.records import equal, load, save
from rl_landscapes.records.description import UNKNOWN, describe, differences
from rl_landscapes.worlds import paper_gridworld
from rl_landscapes.worlds.lqr import double_integrator
from rl_landscapes.worlds.physics import body
from tests.ascent.killed import run
from tests.point_mass import PointMass

OBJECTIVE = SampledReturn(PointMass(), linear_gaussian(2, 1, sigma=0.5), n_episodes=4, discount=0.95)
SETTINGS = {"n_updates": 12, "step": 0.1, "keep_every": 5, "evaluate_every": 3, "checkpoint_every": 4}


class Pendulum:
    """A world as a user writes one: no dataclass, no `__repr__`."""

    name, n_observations, n_actions, time_limit = "pendulum", 2, 1, 30
    length = 1.0
    low, high = np.array([-2.0]), np.array([2.0])

    def __init__(self, g=9.8, masses=(1.0, 2.0), limits=(), push=None):
        self.g, self.masses, self.limits, self.push = g, np.asarray(masses), limits, push

    def starts(self, n, rng):
        return PointMass().starts(n, rng)

    def bodies(self, n, *, n_threads=1):
        return PointMass().bodies(n)


def go(path, **changes):
    settings = (
        {"theta": np.zeros(3), "objective": OBJECTIVE, "seed": 3, "checkpoint": path} | SETTINGS | changes
    )
    objective, theta, seed = (settings.pop(name) for name in ("objective", "theta", "seed"))
    return train(objective, theta, rng=np.random.default_rng(seed), **settings)


class TestKilled:
    @pytest.mark.no_cover
    @pytest.mark.slow
    def test_by_sigkill_at_random_moments_it_ends_at_the_same_bits(self, tmp_path):
        """Every update writes a checkpoint, so some of the kills hit the writing."""
        path, result, rng = tmp_path / "run.npz", tmp_path / "result.npz", np.random.default_rng()
        command = [sys.executable, "-m", "tests.ascent.killed", str(path), str(result)]
        seen = []
        for _ in range(6):
            process = subprocess.Popen(command)
            changed = path.stat().st_mtime_ns if path.exists() else 0
            while process.poll() is None and (not path.exists() or path.stat().st_mtime_ns == changed):
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.2))
            process.send_signal(signal.SIGKILL)
            process.wait()
            seen.append(load(Checkpoint, path).training.n_updates)
        assert seen[0] < seen[-1]
        assert seen == sorted(seen)
        assert seen[0] < 250
        subprocess.run(command, check=True)
        whole, resumed = run(None), load(Training, result)
        assert equal(replace(resumed, provenance=whole.provenance), whole)  # other tests load simulators

    @pytest.mark.parametrize("after", [1, 4, 7, 11])
    def test_by_an_error_it_ends_at_the_same_bits(self, after, tmp_path, monkeypatch):
        whole, path = go(None), tmp_path / "run.npz"
        calls = []
        sample = SampledReturn.trajectories

        def interrupted(self, thetas, rng):
            calls.append(None)
            if len(calls) > after:
                raise KeyboardInterrupt
            return sample(self, thetas, rng)

        with monkeypatch.context() as patch:
            patch.setattr(SampledReturn, "trajectories", interrupted)
            with pytest.raises(KeyboardInterrupt):
                go(path)
        assert load(Checkpoint, path).training.n_updates == after // 4 * 4
        assert equal(go(path), whole)

    @pytest.mark.parametrize("optimiser", [SGD(), Momentum(), Adam()])
    def test_what_the_optimiser_remembers_goes_on(self, optimiser, tmp_path):
        settings = {"optimiser": optimiser, "baseline": Linear(2), "weighting": whole_return}
        go(tmp_path / "run.npz", n_updates=5, **settings)
        resumed = go(tmp_path / "run.npz", **settings)
        assert equal(resumed, go(None, **settings))

    def test_a_finished_run_is_read_and_not_run(self, tmp_path, monkeypatch):
        path = tmp_path / "run.npz"
        first, written = go(path), path.read_bytes()
        monkeypatch.setattr(SampledReturn, "trajectories", lambda *_: pytest.fail("it runs"))
        assert equal(go(path), first)
        assert path.read_bytes() == written

    def test_how_often_it_is_stored_and_how_many_threads_run_change_nothing(self, tmp_path):
        one = go(tmp_path / "a.npz", n_updates=7)
        other = go(
            tmp_path / "b.npz", n_updates=7, checkpoint_every=1, objective=replace(OBJECTIVE, n_threads=1)
        )
        assert equal(one, other)

    def test_the_checkpoint_holds_the_history_so_far(self, tmp_path):
        go(tmp_path / "run.npz", n_updates=8)
        so_far = load(Checkpoint, tmp_path / "run.npz").training
        whole = go(None)
        assert so_far.n_updates == 8
        np.testing.assert_array_equal(so_far.returns, whole.returns[:8])


class TestRefused:
    @pytest.fixture
    def path(self, tmp_path):
        go(tmp_path / "run.npz", n_updates=5)
        return tmp_path / "run.npz"

    @pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
    def test_a_file_that_was_cut(self, path, share):
        whole = path.read_bytes()
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ValueError, match=r"run\.npz is not a complete record file, or it is damaged"):
            go(path)

    def test_a_file_of_something_else(self, path):
        save(go(None), path)
        with pytest.raises(ValueError, match=r"run\.npz does not hold a Checkpoint: it holds a Training"):
            go(path)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"seed": 4}, r"settings: seed was \d+, is now \d+$"),
            (
                {"theta": np.ones(3)},
                r"settings: theta was array \(3,\) \w+, is now array \(3,\) \w+$",
            ),
            ({"evaluate_every": 4}, "settings: evaluate_every was 3, is now 4$"),
            ({"keep_every": 4}, "settings: keep_every was 5, is now 4$"),
            ({"evaluation": Evaluation(n_episodes=4)}, r"settings: evaluation\.n_episodes was 16, is now 4$"),
            (
                {"baseline": baselines.per_step},
                "settings: baseline was standardised, is now per_step$",
            ),
            (
                {"weighting": whole_return},
                "settings: weighting was reward_to_go, is now whole_return$",
            ),
            (
                {"optimiser": Momentum(0.5)},
                "optimiser was SGD, is now Momentum; optimiser.factor was not set, is now 0.5",
            ),
            (
                {"objective": OBJECTIVE.with_sigma(0.6)},
                r"settings: objective.policy.sigma was 0.5, is now 0.6$",
            ),
            (
                {"objective": OBJECTIVE.with_episodes(5)},
                "settings: objective.n_episodes was 4, is now 5$",
            ),
            (
                {"objective": replace(OBJECTIVE, discount=0.9)},
                "objective.discount was 0.95, is now 0.9$",
            ),
            (
                {"objective": replace(OBJECTIVE, world=PointMass(edge=2.0))},
                "settings: objective.world.edge was 1.0, is now 2.0$",
            ),
            ({"step": 0.2}, "settings: step at update 0 was 0.1, is now 0.2$"),
            ({"step": exponential_decay(0.1, 0.9)}, r"step at update 1 was 0.1, is now 0.09"),
            (
                {"tau": lambda update: 0.0 if update < 3 else 0.1},
                "tau at update 3 was 0.0, is now 0.1$",
            ),
            ({"sigma": 0.5}, "settings: sigma was the policy's own, is now a schedule$"),
            ({"n_updates": 4}, r"n_updates must be at least the 5 that .*run\.npz has made, got 4$"),
        ],
    )
    def test_a_run_with_other_settings(self, path, change, message):
        with pytest.raises(ValueError, match=message.replace("$", "(; name another file)?$")):
            go(path, **change)

    def test_a_schedule_of_sigma_with_another_past(self, tmp_path):
        go(tmp_path / "run.npz", n_updates=5, sigma=exponential_decay(0.5, 0.9))
        with pytest.raises(ValueError, match=r"sigma at update 1 was 0.45, is now 0.4; name another file$"):
            go(tmp_path / "run.npz", sigma=exponential_decay(0.5, 0.8))

    def test_other_versions_are_told(self, path):
        found = load(Checkpoint, path)
        origin = found.training.provenance
        old = replace(origin, versions={**origin.versions, "numpy": "1.0"})
        save(replace(found, training=replace(found.training, provenance=old)), path)
        with pytest.warns(
            RuntimeWarning, match=r"other versions, so bits may differ: numpy was 1.0, is now \d"
        ):
            go(path)

    def test_a_file_that_another_run_has_only_begun_to_use(self, tmp_path):
        """It is stored before the first update, not only after `checkpoint_every` of them."""

        def refused_elsewhere(update):
            with pytest.raises(ValueError, match="settings: seed was"):
                go(tmp_path / "run.npz", seed=4)
            return 0.0

        go(tmp_path / "run.npz", n_updates=1, tau=refused_elsewhere)

    @pytest.mark.parametrize(
        ("name", "value"), [("g", 1.0), ("masses", np.ones(2)), ("limits", [{"low": 3}])]
    )
    def test_a_world_of_one_s_own_with_another_setting(self, name, value, tmp_path):
        """A plain class, its settings where its author put them."""
        go(tmp_path / "run.npz", n_updates=5, objective=replace(OBJECTIVE, world=Pendulum()))
        whole = go(None, objective=replace(OBJECTIVE, world=Pendulum()))
        assert equal(go(tmp_path / "run.npz", objective=replace(OBJECTIVE, world=Pendulum())), whole)
        other = replace(OBJECTIVE, world=Pendulum(**{name: value}))
        with pytest.raises(ValueError, match=rf"settings: objective\.world\.{name}\S* was .*, is now "):
            go(tmp_path / "run.npz", objective=other)

    def test_the_constant_of_a_class_is_a_setting(self, tmp_path, monkeypatch):
        go(tmp_path / "run.npz", n_updates=5, objective=replace(OBJECTIVE, world=Pendulum()))
        monkeypatch.setattr(Pendulum, "length", 2.0)
        with pytest.raises(
            ValueError, match=r"objective.world.length was 1.0, is now 2.0; name another file"
        ):
            go(tmp_path / "run.npz", objective=replace(OBJECTIVE, world=Pendulum()))

    @pytest.mark.parametrize("push", [lambda a: a, Lock(), np.random.default_rng(0)])
    def test_what_cannot_be_compared(self, push, tmp_path):
        objective = replace(OBJECTIVE, world=Pendulum(push=push))
        message = r"objective\.world\.push \(.*\) cannot be compared .*; use functions of a module"
        with pytest.raises(ValueError, match=message):
            go(tmp_path / "run.npz", objective=objective)
        assert not (tmp_path / "run.npz").exists()
        assert go(None, objective=objective).n_moves == 12

    def test_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="there is no such folder"):
            go(tmp_path / "nowhere" / "run.npz")


class TestDescribed:
    def test_a_world_of_arrays(self):
        one = describe("world", double_integrator())
        other = describe("world", double_integrator(action_cost=0.2))
        assert list(dict(one.items() ^ other.items())) == ["world.action_cost"]
        assert differences(one, one) == ""

    def test_functions_and_what_has_no_description(self):
        assert describe("f", whole_return) == {"f": "whole_return"}
        assert describe("f", partial(whole_return, discount=0.5)) == {
            "f": "partial(whole_return, (), {'discount': 0.5})"
        }

        class Plain:
            name = "plain one"

        assert describe("world", Plain()) == {"world": "Plain", "world.name": "'plain one'"}

    def test_an_object_is_all_that_it_holds(self):
        class Holder:
            unit = "m"
            __slots__ = ("__dict__", "own")

            def __init__(self):
                self.own, self.table = 2.0, {"a": np.float64(1.5), "b": (np.zeros(2), 1)}
                self.me, self._hidden = self, 3

            @cached_property
            def slow(self):
                return 1

        one = Holder()
        assert one.slow == 1
        found = describe("h", one)
        assert found.pop("h.table.b.0").startswith("array (2,) ")
        assert found == {
            "h": "Holder",
            "h.unit": "'m'",
            "h.own": "2.0",
            "h.table": "dict",
            "h.table.a": "1.5",
            "h.table.b": "tuple",
            "h.table.b.1": "1",
            "h.me": "Holder",
            "h._hidden": "3",
        }

    def test_what_is_long_deep_or_odd(self):
        assert describe("v", np) == {"v": "numpy"}
        assert describe("v", Linear(2).__call__) == {"v": "Linear.__call__"} | describe("v.self", Linear(2))
        long, longer = (describe("v", (0,) * n)["v"] for n in (100, 101))
        assert long.startswith("tuple 300 ")
        assert long != longer
        assert describe("v", np.ma.masked_array([1.0], [True]))["v"] == f"{UNKNOWN}MaskedArray of float64"
        assert describe("v", np.array([None]))["v"] == f"{UNKNOWN}ndarray of object"
        deep = np.zeros(1)
        for _ in range(50):
            deep = [deep]
        assert list(describe("v", deep).values())[-1] == f"{UNKNOWN}list"

    def test_worlds_of_the_library_tell_nothing_unknown(self):
        assert describe("w", body("Hopper-v5")) == {"w": "body('Hopper-v5')"}
        exact = describe("o", ExactReturn(paper_gridworld(), paper_policy(), tau=0.1))
        other = describe("o", ExactReturn(paper_gridworld(), paper_policy(), tau=0.2))
        assert differences(exact, other) == "o.tau was 0.1, is now 0.2"
        assert not any(UNKNOWN in text for text in exact.values())
        assert "n_threads" not in str(describe("o", replace(OBJECTIVE, n_threads=2)))
