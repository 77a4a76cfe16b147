"""MuJoCo bodies with a linear Gaussian policy in the loop: against the physics alone, and other programs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.comparison import Plan, alone
from benchmarks.peers import vector
from benchmarks.peers.open_loop import Replay
from benchmarks.recording import Recorder, Told
from benchmarks.row import Row
from benchmarks.timing import Race, race
from rl_landscapes.arrays import Array
from rl_landscapes.objectives import SampledReturn
from rl_landscapes.parallel.bags import threads_here
from rl_landscapes.policies.gaussian import glorot, linear_gaussian
from rl_landscapes.worlds import Body, BodyVectorEnv, body

Work = Callable[[], int]  # returns how many steps its bodies made
NAMES = ("Hopper-v5", "Walker2d-v5", "HalfCheetah-v5")
OPEN_LOOP = "mujoco.rollout of the same steps, all controls known in advance"
TARGETS = {"EnvPool": 1.0, "SyncVectorEnv": 2.5, "AsyncVectorEnv": 5.0}
AT_MOST = {"SyncVectorEnv": 64, "AsyncVectorEnv": 8}  # more of them are no quicker per step
NOTES = {
    "EnvPool": "its pass for contact forces, which no observation shows, is off",
    "SyncVectorEnv": "its time per step does not depend on their number",
    "AsyncVectorEnv": "on two cores more processes are slower per step",
}


@dataclass(frozen=True, eq=False)
class Case:
    """Policies in episodes of one body; without `ends`, an unhealthy body goes on."""

    name: str
    n_policies: int
    n_steps: int = 100
    n_episodes: int = 1
    ends: bool = False
    n_threads: int = field(default_factory=threads_here)

    @property
    def settings(self) -> dict[str, Any]:
        """What `gymnasium.make` and EnvPool are told."""
        return {} if self.ends or self.name == "HalfCheetah-v5" else {"terminate_when_unhealthy": False}

    @cached_property
    def objective(self) -> SampledReturn:
        """The sampled return."""
        world = body(self.name, **self.settings)
        policy = linear_gaussian(world.n_observations, world.n_actions, sigma=0.3)
        return SampledReturn(world, policy, self.n_episodes, horizon=self.n_steps, n_threads=self.n_threads)

    def thetas(self, n: int) -> Array:
        """Return parameters of `n` policies around a start of the paper's kind."""
        policy, rng = self.objective.policy, np.random.default_rng(0)
        return glorot(policy, rng) + 0.1 * rng.normal(size=(n, policy.n_parameters))

    def evaluate(self, objective: SampledReturn | None = None) -> Array:
        """Return the returns of all policies: what a user calls."""
        rng = np.random.default_rng(1)
        return (objective or self.objective).evaluate(self.thetas(self.n_policies), rng)

    @cached_property
    def told(self) -> list[Told]:
        """What the bodies of an evaluation were told.

        Raises
        ------
        ArithmeticError
            If a second evaluation returns something else.
        """
        recorder = Recorder(self.objective.world)
        if not np.array_equal(self.evaluate(replace(self.objective, world=recorder)), self.evaluate()):
            raise ArithmeticError(f"{self.name}: evaluated again, the policies have other returns")
        return recorder.episodes

    def evaluation(self) -> Work:
        """Return `evaluate` as work of so many steps."""
        made = sum(len(told.controls) for told in self.told)

        def work() -> int:
            self.evaluate()
            return made

        return work

    def title(self, what: str) -> str:
        """Return the head of a row."""
        return f"{self.name}, {self.n_policies:,} policies{', never ended' if self.settings else ''}: {what}"


def rows(n_policies: int = 512, n_steps: int = 50, seconds: float = 5.0) -> Iterator[Row]:
    """Measure the evaluation of many policies, our vector environment, and other numbers of policies."""
    for name in NAMES:
        lasting = Case(name, n_policies, n_steps)
        case = replace(lasting, n_episodes=4, ends=True) if lasting.settings else lasting
        yield against_open_loop(case, 0.85, seconds)
        if case is not lasting:
            yield against_open_loop(lasting, 0.85, seconds)
        for peer, target in TARGETS.items():
            yield against(peer, case, target, seconds)
        for peer in ("EnvPool", "SyncVectorEnv"):
            yield vector_env(peer, case, seconds)
    for n, longer in ((16, 8), (64, 4)):
        for name in NAMES:
            yield against_open_loop(Case(name, n, longer * n_steps), 0.85, seconds)
    yield against_open_loop(Case("HalfCheetah-v5", 4 * n_policies, n_steps), None, seconds)


def against_open_loop(case: Case, target: float | None, seconds: float) -> Row:
    """All that an evaluation does, against the physics of the same steps.

    Raises
    ------
    ArithmeticError
        If the replayed bodies do not end in the same states, bit for bit.
    """
    replay = replay_of(case)
    row = by_step(
        Plan(case.title("returns"), OPEN_LOOP, target, seconds=seconds),
        case.evaluation(),
        replay.run,
    )
    length = replay.n_steps / len(replay.episodes)
    more = f"{case.n_threads} threads; {length:.0f} steps an episode; the same end states, bit for bit"
    assert row.ratio is not None
    return replace(row, note=f"{row.note}; {more}; we add {max(0.0, 1 / row.ratio - 1):.0%} to the physics")


def replay_of(case: Case) -> Replay:
    """Replay an evaluation once, to see that it is the same.

    Raises
    ------
    ArithmeticError
        If it is not.
    """
    world = case.objective.world
    assert isinstance(world, Body)
    replay = Replay(world.env, case.told, case.n_threads)
    replay.run()
    if not np.array_equal(replay.ends(), np.array([told.end for told in replay.episodes])):
        raise ArithmeticError(f"{case.name}: the replay is not of the same steps, nothing to compare")
    return replay


def against(peer: str, case: Case, target: float, seconds: float) -> Row:
    """Measure an evaluation against another vector environment with the policy in the loop."""
    return _race(peer, case, Plan(case.title("returns"), peer, target, seconds=seconds), case.evaluation())


def vector_env(peer: str, case: Case, seconds: float) -> Row:
    """Measure our vector environment against another one, the same loop around both."""
    envs = BodyVectorEnv(case.name, case.n_policies, n_threads=case.n_threads, **case.settings)
    ours = vector.Loop(envs, case.objective.policy, case.thetas(case.n_policies), case.n_steps)
    return _race(peer, case, Plan(case.title("BodyVectorEnv"), peer, seconds=seconds), ours.run)


def _race(peer: str, case: Case, plan: Plan, ours: Work) -> Row:
    if peer == "EnvPool" and find_spec("envpool") is None:
        each = replace(plan, unit="us", times=case.n_policies * case.n_steps, each="step")
        return alone(each, ours, "envpool is not installed")
    n = min(AT_MOST.get(peer, case.n_policies), case.n_policies)
    envs = vector.MAKERS[peer](case.name, case.settings, n, case.n_threads)
    n_steps = case.n_steps if n == case.n_policies else 2 * case.n_steps
    theirs = vector.Loop(envs, case.objective.policy, case.thetas(n), n_steps)
    row = by_step(replace(plan, reference=f"{peer} of {n}"), ours, theirs.run)
    envs.close()
    return replace(row, note=f"{row.note}; {case.n_threads} threads; {NOTES[peer]}")


def by_step(plan: Plan, ours: Work, theirs: Work) -> Row:
    """Time both in turns, and divide by the steps that each made."""
    made: tuple[list[int], list[int]] = ([], [])
    seen = race(
        lambda: made[0].append(ours()), lambda: made[1].append(theirs()), seconds=plan.seconds, warm_up=1
    )
    last = slice(-len(seen.ours), None)
    each = Race(1e6 * seen.ours / made[0][last], 1e6 * seen.theirs / made[1][last])
    times = float(each.ours.min()), float(each.theirs.min())
    note = f"{each.note}; {1e3 / times[0]:.3g} against {1e3 / times[1]:.3g} thousand steps a second"
    return Row(plan.name, "us per step", *times, plan.reference, plan.target, note)
