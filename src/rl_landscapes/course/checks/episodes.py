"""What is asked of episodes of bodies: who acted how, on what, and whose luck was whose."""

from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.course import expect
from rl_landscapes.course.checks.bodies import Hoppers, Runners, Toys
from rl_landscapes.course.checks.chance import follows, standard_normal, unrelated
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator


def _compare(student: Student, rng: Generator, bodies: Any, n_steps: int, sigma: float = 0.7) -> None:
    """Let bodies live, and compare what comes back with what they were asked to do and what they answered."""
    o, k, n = bodies.n_observations, bodies.n_actions, len(bodies.first)
    thetas = rng.normal(size=(n, k * o + k)) / sqrt(o)
    noise = rng.normal(size=(n, n_steps, k))
    got = student.rollouts(bodies.step, bodies.first, thetas, sigma, noise)
    observations, actions, rewards, alive = _lived(got, (n, n_steps), o, k)
    seen, asked, paid, made = bodies.log(n_steps)
    expect.true(bool((alive == made).all()), "alive must be True for the steps that were made", got=alive * 1)
    expect.close(rewards, np.where(made, paid, 0.0), "the rewards, 0 where no step was made")
    expect.close(observations[made], seen[made], "what was observed in the steps that were made")
    W, b = thetas[:, : k * o].reshape(n, k, o), thetas[:, k * o :]
    drawn = (np.einsum("bko,bto->btk", W, seen) + b[:, None] + sigma * noise)[made]
    expect.close(actions[made], drawn, "the actions as drawn, W s + b + sigma epsilon")
    expect.close(
        asked[made], np.clip(drawn, -1, 1), "the actions that were handed to step, clipped to [-1, 1]"
    )


def _lived(got: Any, shape: tuple[int, int], o: int, k: int) -> tuple[Array, Array, Array, BoolArray]:
    """Return observations (B, T, o), actions (B, T, k), rewards and alive (B, T) of what came back."""
    what, shapes = (
        "what rollouts returns",
        {"observations": (*shape, o), "actions": (*shape, k), "rewards": shape},
    )
    alive = expect.truths(expect.fields(got, [*shapes, "alive"], what)["alive"], shape, "alive")
    observations, actions, rewards = expect.arrays(got, shapes, what).values()
    return observations, actions, rewards, alive


class _Play:
    """Stands for `play`: gives every body a return that only it has, and remembers who it was.

    A return is `value`(thetas, luck) with a luck of its own for each pair of a seed and noise.
    """

    def __init__(self, rng: Generator, n: int, horizon: int, k: int) -> None:
        self.rng, self.wanted = rng, ((n,), (), (horizon, k))
        self.met: dict[float, tuple[Array, int, Array]] = {}
        self.luck: dict[bytes, float] = {}
        self.weights = rng.normal(size=n)

    def __call__(self, thetas: Any, seeds: Any, noise: Any) -> Array:
        """Return the returns (B,) of bodies with parameters (B, n), seeds (B,) and noise (B, T, k)."""
        rows = np.asarray(thetas, dtype=float), np.asarray(seeds), np.asarray(noise, dtype=float)
        for name, value, shape in zip(("thetas", "seeds", "noise"), rows, self.wanted, strict=True):
            if value.shape != (len(rows[0]), *shape):
                raise ValueError(f"{name} must have shape {(len(rows[0]), *shape)}, got {value.shape}")
        if rows[1].dtype.kind not in "iu" or len(self.met) > 1000:
            raise ValueError(f"seeds must be whole numbers, of 1000 bodies at most; got {rows[1].dtype}")
        return np.array([self._one(*one) for one in zip(*rows, strict=True)])

    def _one(self, theta: Array, seed: Any, noise: Array) -> float:
        luck = self.luck.setdefault(f"{seed}".encode() + noise.tobytes(), 50 * self.rng.normal())
        value = float(self.weights @ theta) + luck
        self.met[value] = (theta, int(seed), noise)
        return value

    def table(self, got: Any, shape: tuple[int, int]) -> tuple[Array, npt.NDArray[Any], Array]:
        """Return parameters (D, N, n), seeds (D, N), noise (D, N, T, k) of the bodies with these returns."""
        values = expect.array(got, shape, "what evaluate returns")
        what = "every value must be one that play has returned, unchanged"
        expect.true(all(value in self.met for value in values.flat), what, got=values)
        thetas, seeds, noise = zip(*(self.met[value] for value in values.flat), strict=True)
        parts = np.stack(thetas), np.stack(seeds), np.stack(noise)
        theta, seed, drawn = (part.reshape(*shape, *part.shape[1:]) for part in parts)
        return theta, seed, drawn


def _evaluated(
    student: Student, rng: Generator, d: int, n: int, horizon: int = 3
) -> tuple[Array, Array, npt.NDArray[Any], Array]:
    """Return the policies (D, 4) handed over, and parameters, seeds and noise of what came back."""
    thetas, play = rng.normal(size=(d, 4)), _Play(rng, 4, horizon, 2)
    got = student.evaluate(play, thetas, n, horizon, 2, np.random.default_rng(rng.integers(2**63)))
    return thetas, *play.table(got, (d, n))


def never_fall(student: Student, rng: Generator) -> None:
    """Clip what the motors get, and report what was drawn."""
    bodies = Toys(rng, 3, 2, 4, never=True)
    _compare(student, rng, bodies, n_steps=12)


def last_steps(student: Student, rng: Generator) -> None:
    """Let bodies fall in step 1, 3, 8 and never."""
    lives = np.array([1, 3, 8, 20])
    bodies = Runners(rng.permutation(lives))
    wanted = np.minimum(bodies.lives, 8)
    got = student.rollouts(bodies.step, np.zeros((4, 1)), np.zeros((4, 2)), 0.5, rng.normal(size=(4, 8, 1)))
    lived = _lived(got, (4, 8), 1, 1)
    made = np.arange(8) < wanted[:, None]
    expect.true(
        bool((lived[3] == made).all()), "alive must be True for the steps that were made", got=lived[3] * 1
    )
    what = "the returns of bodies that fall in their step 1, 3, 8 and never, and are paid 1 in every step"
    expect.close(lived[2].sum(axis=1), wanted, what)


def own_parameters(student: Student, rng: Generator) -> None:
    """Let five bodies act twice, without noise."""
    bodies = Toys(rng, 4, 3, 5, never=True)
    _compare(student, rng, bodies, n_steps=2, sigma=0.0)


def four_hoppers(student: Student, rng: Generator) -> None:
    """Let Hoppers live until they have fallen."""
    bodies = Hoppers(rng.integers(2**31, size=4))
    _compare(student, rng, bodies, n_steps=60, sigma=0.5)


def some_fall(student: Student, rng: Generator) -> None:
    """Let bodies of other shapes live."""
    for o, k, n in ((5, 3, 7), (1, 1, 1), (2, 4, 9)):
        _compare(student, rng, Toys(rng, o, k, n), n_steps=15)


def rows_and_columns(student: Student, rng: Generator) -> None:
    """Ask who stands where."""
    thetas, met, _, _ = _evaluated(student, rng, 3, 5)
    wanted = np.repeat(thetas[:, None], 5, axis=1)
    expect.close(met, wanted, "the parameters of the body whose return stands in row i, column j")


def common_luck(student: Student, rng: Generator) -> None:
    """Eight seeds drawn from 2^31 numbers: two are equal with probability below 28 / 2^31 < 1.4e-8."""
    _, _, seeds, noise = _evaluated(student, rng, 4, 8)
    expect.true(bool((seeds == seeds[0]).all()), "all policies must meet the same seeds", got=seeds)
    expect.close(
        noise, np.repeat(noise[:1], 4, axis=0), "the noise of all policies against that of the first"
    )
    expect.true(len(set(seeds[0].tolist())) == 8, "every episode must have a seed of its own", got=seeds[0])
    sizes = np.abs(noise[0])  # so that noise with its sign turned is no noise of its own either
    apart = all((sizes[i] != sizes[j]).all() for i in range(8) for j in range(i))
    expect.true(apart, "every episode must have noise of its own")


def noise(student: Student, rng: Generator) -> None:
    """Six questions about 32,000 numbers, each missed by chance with probability below 2e-9 (see `chance`).

    The first of 40 seeds is that of another generator with probability 2^-31 < 5e-10; that all are below
    2^28, or equally far apart, is less likely by far. A right answer fails with probability below 2e-8.
    """
    _, _, seeds, noise = _evaluated(student, rng, 1, 40, horizon=400)
    standard_normal(noise, "the noise")
    follows(ndtr(noise), "the noise from the standard normal law")
    unrelated(noise[:, :, 0::2], noise[:, :, 1::2], "the noise of one step and of the next")
    unrelated(noise[0, 0::2], noise[0, 1::2], "the noise of one episode and of the next")
    unrelated(noise[..., 0], noise[..., 1], "the noise of the first and the second action")
    drawn = seeds.max() >= 2**28 and len(np.unique(np.diff(seeds[0]))) > 1
    expect.true(bool(drawn), "every seed must be drawn, rng.integers(2**31)", got=seeds[0])
    _, _, others, _ = _evaluated(student, rng, 1, 40, horizon=20)
    expect.true(bool(seeds[0, 0] != others[0, 0]), "another generator must give other seeds", got=seeds[0])


def differences(student: Student, rng: Generator) -> None:
    """Let luck only add to the return."""
    thetas, play = rng.normal(size=(6, 4)), _Play(rng, 4, 5, 3)
    got = student.evaluate(play, thetas, 7, 5, 3, np.random.default_rng(rng.integers(2**63)))
    values = expect.array(got, (6, 7), "what evaluate returns")
    play.table(values, (6, 7))
    wanted = np.repeat(((thetas - thetas[0]) @ play.weights)[:, None], 7, axis=1)
    expect.close(
        values - values[0], wanted, "the rows less the first row, where luck only adds to the return"
    )
