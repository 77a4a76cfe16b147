"""Batches of bodies that remember what they were asked: linear ones, ones with a fixed life, and Hoppers."""

from functools import cache
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, IntArray
from rl_landscapes.course.expect import Failed

Answer = tuple[Array, Array, BoolArray]  # observations (B, o), rewards (B,), terminated (B,)
MOST = 200  # steps of a batch, so that nobody keeps the grader busy
EPISODES, HORIZON, SIGMA = 6, 20, 0.5  # of what a Hopper is trained on


class Batch:
    """B bodies that are stepped together; like a vector environment they go on when one of them has ended."""

    def __init__(self, first: Array, n_actions: int) -> None:
        self.first, self.n_observations, self.n_actions = first, first.shape[1], n_actions
        self.steps: list[tuple[Array, Array, Array, BoolArray]] = []  # seen, asked, paid, ended
        self.seen = first

    def step(self, actions: Any) -> Answer:
        """Let all bodies act.

        Raises
        ------
        ValueError
            If `actions` is no finite (B, k) array, or there have been too many steps.
        """
        asked = np.asarray(actions, dtype=np.float64)
        shape = (len(self.first), self.n_actions)
        if asked.shape != shape or not np.isfinite(asked).all():
            raise ValueError(f"step takes finite actions of shape {shape}, got shape {asked.shape}")
        if len(self.steps) >= MOST:
            raise ValueError(f"step was called more than {MOST} times")
        seen, (self.seen, paid, ended) = self.seen, self.moved(np.clip(asked, -10, 10))
        self.steps.append((seen, asked, paid, ended))
        return self.seen, paid, ended

    def moved(self, actions: Array) -> Answer:
        """Move the bodies."""
        raise NotImplementedError

    def log(self, n_steps: int) -> tuple[Array, Array, Array, BoolArray]:
        """Return what was seen (B, T, o), asked (B, T, k) and paid (B, T), and which steps (B, T) were made.

        A step is made by the bodies that have not ended before it.

        Raises
        ------
        Failed
            If the bodies were not stepped as long as one of them was in its episode.
        """
        n, alive = len(self.first), np.ones(len(self.first), dtype=bool)
        seen, asked = np.zeros((n, n_steps, self.n_observations)), np.zeros((n, n_steps, self.n_actions))
        paid, made = np.zeros((n, n_steps)), np.zeros((n, n_steps), dtype=bool)
        for t in range(n_steps):
            if t >= len(self.steps):
                if alive.any():
                    raise Failed("step must be called until all have ended or time is up", got=f"{t} calls")
                break
            made[:, t] = alive
            seen[:, t], asked[:, t], paid[:, t], ended = self.steps[t]
            alive = alive & ~ended
        return seen, asked, paid, made


class Toys(Batch):
    """Linear bodies s' = A s + B a, paid c s + d a; one falls when the first entry of its state exceeds 1."""

    def __init__(self, rng: np.random.Generator, o: int, k: int, n: int, *, never: bool = False) -> None:
        super().__init__(rng.normal(size=(n, o)), k)
        self.dynamics = 0.8 * np.linalg.qr(rng.normal(size=(o, o)))[0]
        self.control, self.state_pay = rng.normal(size=(o, k)), rng.normal(size=o)
        self.action_pay, self.limit = rng.normal(size=k), np.inf if never else 1.0

    def moved(self, actions: Array) -> Answer:
        """Move the bodies."""
        paid = self.seen @ self.state_pay + actions @ self.action_pay
        state = self.seen @ self.dynamics.T + actions @ self.control.T
        return state, paid, state[:, 0] > self.limit


class Runners(Batch):
    """Bodies that see nothing, are paid 1 for every step and NaN after the end, their step number `lives`."""

    def __init__(self, lives: IntArray) -> None:
        super().__init__(np.zeros((len(lives), 1)), 1)
        self.lives = lives

    def moved(self, actions: Array) -> Answer:
        """Move the bodies."""
        n = len(self.lives)
        paid = np.where(self.lives > len(self.steps), 1.0, np.nan)
        return np.zeros((n, 1)), paid, self.lives == len(self.steps) + 1


class Hoppers(Batch):
    """Gymnasium's Hoppers, started from `seeds` (B,), which say only once that they have fallen."""

    def __init__(self, seeds: IntArray) -> None:
        hopper, self.ids = hopper_world(), np.arange(len(seeds))
        self.bodies = hopper.bodies(len(seeds))
        starts = np.concatenate([hopper.starts(1, np.random.default_rng(seed)) for seed in seeds])
        self.fallen = np.zeros(len(seeds), dtype=bool)
        super().__init__(self.bodies.place(self.ids, starts), hopper.n_actions)

    def moved(self, actions: Array) -> Answer:
        """Move the bodies."""
        made = self.bodies.step(self.ids, actions)
        ended = made.terminated & ~self.fallen
        self.fallen |= ended
        return made.observations, made.rewards, ended


def hopper_gradient(theta: Array, seed: int) -> Array:
    """Return REINFORCE's estimate (36,) from a few episodes of a Hopper."""
    from rl_landscapes.objectives import baselines, policy_gradient, run_episodes
    from rl_landscapes.policies import linear_gaussian

    policy = linear_gaussian(11, 3, sigma=SIGMA)
    rng = np.random.default_rng(seed)
    lived = run_episodes(
        hopper_world(), policy, theta[None], n_episodes=EPISODES, rng=rng, horizon=HORIZON, n_threads=1
    )
    return policy_gradient(policy, theta, lived, baseline=baselines.per_step).gradient


def hopper_returns(thetas: Array, seed: int) -> Array:
    """Return what Hoppers with parameters `thetas` (D, 36) earn in a few common episodes, shape (D, N)."""
    from rl_landscapes.objectives import SampledReturn
    from rl_landscapes.policies import linear_gaussian

    policy = linear_gaussian(11, 3, sigma=SIGMA)
    sampled = SampledReturn(hopper_world(), policy, n_episodes=EPISODES, horizon=HORIZON, n_threads=1)
    return sampled.evaluate(thetas, np.random.default_rng(seed))


@cache
def hopper_world() -> Any:
    """Return Gymnasium's Hopper.

    A test that calls a Hopper back asks for it first: what fails in a callback counts as the student's.

    Raises
    ------
    ImportError
        If MuJoCo or Gymnasium is missing; the message says what to install.
    """
    from rl_landscapes.worlds.physics import body

    return body("Hopper-v5")
