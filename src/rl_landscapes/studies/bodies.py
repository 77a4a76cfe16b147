"""Hopper, Walker2d and HalfCheetah: the noise of returns, common random numbers, and what a probe can see.

An untrained and a trained linear policy of each body. Ahmed et al. (2019), section 3.2 and appendix S.2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import get_args

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent.history import Training
from rl_landscapes.ascent.optimisers import Adam
from rl_landscapes.ascent.training import train
from rl_landscapes.objectives.baselines import per_step
from rl_landscapes.objectives.policy_gradient import reward_to_go_from_here
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.policies import glorot, linear_gaussian
from rl_landscapes.probes import Perturbations, classify, perturb, plane, unit_directions
from rl_landscapes.probes.verdicts import Kind
from rl_landscapes.sample_size import episodes_needed, smallest_change
from rl_landscapes.statistics import (
    Interval,
    deviation_interval,
    mean_interval,
    ratio_interval,
    standard_error,
)
from rl_landscapes.studies.engine import Study, piece_generator
from rl_landscapes.studies.results import Arrays, Values

BODIES = ("Hopper-v5", "Walker2d-v5", "HalfCheetah-v5")
POLICIES = ("untrained", "trained")
KINDS: tuple[str, ...] = get_args(Kind)
SMALLEST = 0.1  # of the mean return: smaller changes count as none
PAPER_EPISODES, PAPER_DIRECTIONS = 128, 500  # of one of the paper's probes


@dataclass(frozen=True)
class Settings:
    """How each body is trained, and how many episodes each look at it takes. Returns are not discounted."""

    seed: int = 2019
    horizon: int | None = None
    sigma: float = 0.5  # in training, and where nothing else is said
    discounts: tuple[float, ...] = (0.995, 0.995, 0.98)  # in training only, by body
    training_episodes: tuple[int, ...] = (32, 32, 8)  # for each update
    n_updates: tuple[int, ...] = (80, 80, 160)
    steps: tuple[float, ...] = (0.02, 0.02, 0.03)
    starts: tuple[int, ...] = (1, 2, 0)  # which of its Glorot starts: from others a body may get nowhere
    sigmas: tuple[float, ...] = (0.0, 0.1, 0.5, 1.0)
    n_returns: int = 128
    alphas: tuple[float, ...] = (0.01, 0.05, 0.2, 0.5)
    n_pair_directions: int = 20
    n_pair_episodes: int = 6
    alpha: float = 0.5  # of the probe
    n_probe_directions: int = 16
    n_probe_episodes: int = 24
    plane_sigmas: tuple[float, ...] = (0.0, 0.5)
    n_plane_points: int = 13
    n_plane_episodes: int = 6
    plane_reach: float = 1.25  # of the distance from start to end of training


@dataclass(frozen=True)
class Trained:
    """The training run itself."""

    body: str

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Keep its ends and its learning curve."""
        training = trained(settings, self.body)
        names = ("returns", "returns_stderr", "lengths", "gradient_norms", "noise", "evaluated")
        curves = {name: getattr(training, name) for name in (*names, "evaluations", "evaluations_stderr")}
        return {"thetas": np.stack([training.start, training.end])} | curves


@dataclass(frozen=True)
class Returns:
    """Many episodes of one policy under one action noise."""

    body: str
    policy: str
    sigma: float

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Run them."""
        seen = objective(settings, self.body, settings.n_returns).with_sigma(self.sigma)
        episodes = seen.trajectories(point(settings, self.body, self.policy)[None], rng)
        return {"returns": episodes.returns[0], "lengths": episodes.lengths[0]}


@dataclass(frozen=True)
class Pairs:
    """Both sides of a policy along random directions, each with episodes of its own, at several alphas."""

    body: str
    policy: str

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Probe one direction after the other: (D, A, N) at both ends, (D, N) at the centre."""
        seen = objective(settings, self.body, settings.n_pair_episodes)
        theta, alphas = point(settings, self.body, self.policy), np.array(settings.alphas)
        rows = unit_directions(settings.n_pair_directions, theta.size, rng)
        found = [
            perturb(seen, theta, alpha=alphas, directions=np.tile(row, (len(alphas), 1)), rng=rng)
            for row in rows
        ]
        return {
            "plus": np.stack([each.plus for each in found]),
            "minus": np.stack([each.minus for each in found]),
            "centre": np.concatenate([each.centre for each in found]),
        }


@dataclass(frozen=True)
class Probe:
    """The trained policy in random directions, the same ones and the same episodes under every noise."""

    body: str

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Probe and judge at every sigma."""
        seen = objective(settings, self.body, settings.n_probe_episodes)
        theta, seed = point(settings, self.body, "trained"), int(rng.integers(2**63))
        found = [
            perturb(
                seen.with_sigma(sigma),
                theta,
                alpha=settings.alpha,
                n_directions=settings.n_probe_directions,
                rng=np.random.default_rng(seed),
            )
            for sigma in settings.sigmas
        ]
        judged = [_judged(each, rng) for each in found]
        names = ("plus", "minus", "centre", "slope", "slope_stderr", "curvature", "curvature_stderr")
        kept = {name: np.stack([getattr(each, name) for each in found]) for name in names}
        kept |= {name: np.stack([each[name] for each in judged]) for name in judged[0]}
        return kept | {"directions": found[0].directions}


@dataclass(frozen=True)
class Plane:
    """The plane through start and end of training and one random direction, under several noises."""

    body: str

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Evaluate the same points in the same episodes under every noise."""
        begin, end = (point(settings, self.body, policy) for policy in POLICIES)
        axes = _axes(end - begin, rng)
        seed, radius = int(rng.integers(2**63)), settings.plane_reach * float(np.linalg.norm(end - begin))
        seen = objective(settings, self.body, settings.n_plane_episodes)
        look = partial(plane, radius=radius, n_points=settings.n_plane_points)
        found = [
            look(seen.with_sigma(sigma), end, *axes, rng=np.random.default_rng(seed))
            for sigma in settings.plane_sigmas
        ]
        return {
            "axes": axes,
            "positions": found[0].first_positions,
            "mean": np.stack([each.mean for each in found]),
            "stderr": np.stack([standard_error(each.values) for each in found]),
        }


Piece = Trained | Returns | Pairs | Probe | Plane


def objective(settings: Settings, name: str, n_episodes: int) -> SampledReturn:
    """Return the plain sum of rewards of the linear policy in a body, at the sigma of training."""
    from rl_landscapes.worlds.physics import body  # needs MuJoCo, which listing the studies does not

    world = body(name)
    policy = linear_gaussian(world.n_observations, world.n_actions, sigma=settings.sigma)
    return SampledReturn(world, policy, n_episodes=n_episodes, horizon=settings.horizon)


@cache
def trained(settings: Settings, name: str) -> Training:
    """Train a body from its start by REINFORCE; once per process, and the same in every one."""
    which = BODIES.index(name)
    begin, rng = start(settings, name)
    plain = objective(settings, name, settings.training_episodes[which])
    return train(
        replace(plain, discount=settings.discounts[which]),
        begin,
        n_updates=settings.n_updates[which],
        step=settings.steps[which],
        rng=rng,
        optimiser=Adam(),
        weighting=reward_to_go_from_here,
        baseline=per_step,
    )


def start(settings: Settings, name: str) -> tuple[Array, np.random.Generator]:
    """Return the untrained policy (n,) of a body, and the generator with which its training goes on."""
    rng = piece_generator(settings.seed, f"training-{name}-{settings.starts[BODIES.index(name)]}")
    return glorot(objective(settings, name, 1).policy, rng), rng


def point(settings: Settings, name: str, policy: str) -> Array:
    """Return the parameters (n,) of the trained or untrained policy of a body."""
    return trained(settings, name).end if policy == "trained" else start(settings, name)[0]


def _axes(way: Array, rng: np.random.Generator) -> Array:
    """Return the unit vector along `way` and a random one orthogonal to it, shape (2, n)."""
    first = way / np.linalg.norm(way)
    other = rng.normal(size=way.size)
    other -= (other @ first) * first
    return np.stack([first, other / np.linalg.norm(other)])


def _judged(found: Perturbations, rng: np.random.Generator) -> Values:
    verdict = classify(found, smallest=SMALLEST * abs(float(found.centre.mean())), rng=rng)
    sizes = {name: getattr(verdict, name) for name in ("bend_up", "bend_down", "margin", "smallest")}
    shares = {f"share_{side}": _ends(getattr(verdict, f"share_{side}")) for side in ("up", "down")}
    return {"verdict": KINDS.index(verdict.kind), "steepest": verdict.slope} | sizes | shares


def _ends(interval: Interval) -> Array:
    return np.array([interval.estimate, interval.low, interval.high])


def pieces(settings: Settings) -> dict[str, Piece]:
    """List for each body its training, its returns policy by policy and noise by noise, and the probes."""
    found: dict[str, Piece] = {}
    for body in BODIES:
        found[f"{body}-training"] = Trained(body)
        for policy in POLICIES:
            for sigma in settings.sigmas:
                found[f"{body}-{policy}-returns-{sigma}"] = Returns(body, policy, sigma)
            found[f"{body}-{policy}-pairs"] = Pairs(body, policy)
        found[f"{body}-probe"] = Probe(body)
        found[f"{body}-plane"] = Plane(body)
    return found


def compute(settings: Settings, piece: Piece, rng: np.random.Generator) -> Values:
    """Do one piece."""
    return piece.compute(settings, rng)


def gather(settings: Settings, done: Mapping[str, Arrays]) -> Values:
    """Stack the bodies (B = 3), policies (2), sigmas (S) and alphas (A), and work out the intervals."""
    return (
        _training(done)
        | _returns(settings, done)
        | _pairs(settings, done)
        | _probes(settings, done)
        | {"kinds": np.array(KINDS), "bodies": np.array(BODIES), "policies": np.array(POLICIES)}
    )


def _training(done: Mapping[str, Arrays]) -> Values:
    found: Values = {}
    for body in BODIES:
        training, short = done[f"{body}-training"], short_name(body)
        found |= {f"{short}_{name}": values for name, values in training.items()}
        found[f"{short}_probe_directions"] = done[f"{body}-probe"]["directions"]
        found[f"{short}_plane_axes"] = done[f"{body}-plane"]["axes"]
    return found


def _returns(settings: Settings, done: Mapping[str, Arrays]) -> Values:
    def stacked(name: str) -> Array:
        return np.array(
            [
                [[done[f"{b}-{p}-returns-{s}"][name] for s in settings.sigmas] for p in POLICIES]
                for b in BODIES
            ]
        )

    returns = stacked("returns")
    sizes = np.array([2**i for i in range(8) if 8 * 2**i <= settings.n_returns])
    return {
        "sigmas": np.array(settings.sigmas),
        "returns": returns,
        "lengths": stacked("lengths").astype(np.int16),
        "batch_sizes": sizes,
        "batch_error": np.stack([batch_error(returns, n) for n in sizes], axis=-1),
        **_with_limits("return", returns, mean_interval),
        **_with_limits("deviation", returns, _deviation),
    }


def batch_error(returns: Array, n: int) -> Array:
    """Return the deviation of the means of batches of `n` episodes, (..., N) -> (...): about s / sqrt(n)."""
    whole = returns.shape[-1] // n * n
    means = returns[..., :whole].reshape(*returns.shape[:-1], -1, n).mean(axis=-1)
    return np.asarray(means.std(axis=-1, ddof=1))


def _pairs(settings: Settings, done: Mapping[str, Arrays]) -> Values:
    cells = [[done[f"{body}-{policy}-pairs"] for policy in POLICIES] for body in BODIES]
    plus, minus, centre = (
        np.array([[cell[name] for cell in row] for row in cells]) for name in ("plus", "minus", "centre")
    )
    sides = plus.var(axis=-1, ddof=1) + minus.var(axis=-1, ddof=1)  # (B, 2, D, A)
    middle = centre.var(axis=-1, ddof=1)[..., None]
    slope, bend = (plus - minus) / 2, (plus + minus) / 2 - centre[:, :, :, None]
    found: Values = {"alphas": np.array(settings.alphas)}
    found |= {"pair_plus": plus, "pair_minus": minus, "pair_centre": centre}
    for name, paired, independent in (("slope", slope, sides / 4), ("bend", bend, sides / 4 + middle)):
        spread = paired.var(axis=-1, ddof=1)
        squares = paired.mean(axis=-1) ** 2 - spread / paired.shape[-1]  # unbiased for the square
        found |= _with_limits(f"{name}_gain", _last(independent), ratio_interval, _last(spread))
        found |= _rooted(f"{name}_deviation", _with_limits("", _last(spread), mean_interval))
        found |= _rooted(f"{name}_size", _with_limits("", _last(squares), mean_interval))
        found |= _budget(name, found)
    return {
        key: value.astype(np.float32) if key.startswith("pair_") else value for key, value in found.items()
    }


def _budget(name: str, found: Values) -> Values:
    """Return how many episodes show a change as large as is usual here, and what the paper's number shows."""
    deviation = found[f"{name}_deviation"]
    see = partial(smallest_change, PAPER_EPISODES, deviation)
    return {f"{name}_seen": see(), f"{name}_seen_by_all": see(n_tests=PAPER_DIRECTIONS)} | {
        f"{name}_episodes{end}": _episodes(found[f"{name}_size{size}"], deviation)
        for end, size in (("", ""), ("_low", "_high"), ("_high", "_low"))
    }


def _episodes(change: Array, deviation: Array) -> Array:
    """Return the episodes needed for each change, infinite where it is 0."""
    pairs = zip(change.ravel(), deviation.ravel(), strict=True)
    counts = [episodes_needed(c, d) if c > 0 else np.inf for c, d in pairs]
    return np.array(counts, dtype=np.float64).reshape(change.shape)


def _probes(settings: Settings, done: Mapping[str, Arrays]) -> Values:
    probes = [{k: v for k, v in done[f"{b}-probe"].items() if k != "directions"} for b in BODIES]
    planes = [{k: v for k, v in done[f"{b}-plane"].items() if k != "axes"} for b in BODIES]
    found = {f"probe_{key}": np.stack([each[key] for each in probes]) for key in probes[0]}
    found |= {f"plane_{key}": np.stack([each[key] for each in planes]) for key in planes[0]}
    for key in ("probe_plus", "probe_minus", "probe_centre"):
        found[key] = found[key].astype(np.float32)
    return found | {"alpha": np.array(settings.alpha), "plane_sigmas": np.array(settings.plane_sigmas)}


def _with_limits(name: str, samples: Array, interval: Callable[..., Interval], *more: Array) -> Values:
    """Return estimate, low and high of an interval from the last axis of samples (..., N)."""
    flat = [each.reshape(-1, each.shape[-1]) for each in (samples, *more)]
    bounds = np.array([_ends(interval(*rows)) for rows in zip(*flat, strict=True)])
    shaped = bounds.reshape(*samples.shape[:-1], 3)
    return {f"{name}{end}": shaped[..., i] for i, end in enumerate(("", "_low", "_high"))}


def _rooted(name: str, squares: Values) -> Values:
    """Take roots of a square and its limits; an estimate below 0 counts as 0, its margin is kept."""
    estimate = np.maximum(squares[""], 0)
    bounds = {"": estimate, "_low": squares["_low"], "_high": estimate + squares["_high"] - squares[""]}
    return {f"{name}{end}": np.sqrt(np.maximum(bound, 0)) for end, bound in bounds.items()}


def _last(values: Array) -> Array:
    """Move the directions (B, 2, D, A) to the end."""
    return np.moveaxis(values, 2, -1)


def _deviation(samples: Array) -> Interval:
    """Return the interval of the deviation; all returns may be equal where an episode is a few steps long."""
    return deviation_interval(samples) if np.ptp(samples) > 0 else Interval(0, 0, 0, 0.95, len(samples))


def short_name(body: str) -> str:
    """Return what the arrays of one body are called: `hopper` for `Hopper-v5`."""
    return body.split("-")[0].lower()


STUDY: Study[Settings, Piece] = Study(
    "bodies",
    {
        "smoke": Settings(
            horizon=30,
            training_episodes=(4, 4, 4),
            n_updates=(2, 2, 2),
            n_returns=16,
            n_pair_directions=3,
            n_pair_episodes=4,
            n_probe_directions=3,
            n_probe_episodes=4,
            n_plane_points=3,
            n_plane_episodes=4,
        ),
        "laptop": Settings(),
        "paper": Settings(
            training_episodes=(128, 128, 128),
            n_updates=(500, 500, 500),
            n_returns=4096,
            n_pair_directions=200,
            n_pair_episodes=32,
            n_probe_directions=500,
            n_probe_episodes=128,
            n_plane_points=41,
            n_plane_episodes=128,
        ),
    },
    pieces,
    compute,
    gather,
    "three MuJoCo bodies: noise, common random numbers, what a probe resolves",
    packages=("mujoco", "gymnasium"),
)
