"""The pieces of the study: the training of a body, and each measurement of one of its policies."""

from dataclasses import dataclass
from functools import partial
from typing import get_args

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.probes import Perturbations, classify, perturb, plane, unit_directions
from rl_landscapes.probes.verdicts import Kind
from rl_landscapes.statistics import standard_error
from rl_landscapes.studies.bodies.limits import ends
from rl_landscapes.studies.bodies.policies import objective, point, train_body
from rl_landscapes.studies.bodies.settings import BODIES, POLICIES, Settings
from rl_landscapes.studies.results import Values

KINDS: tuple[str, ...] = get_args(Kind)
SMALLEST = 0.1  # of the mean return: smaller changes count as none


@dataclass(frozen=True)
class Trained:
    """The training run itself."""

    body: str

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Keep its ends and its learning curve."""
        training = train_body(settings, self.body)
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
        judged = [_judge(each, rng) for each in found]
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
        plane_around = partial(plane, radius=radius, n_points=settings.n_plane_points)
        found = [
            plane_around(seen.with_sigma(sigma), end, *axes, rng=np.random.default_rng(seed))
            for sigma in settings.plane_sigmas
        ]
        return {
            "axes": axes,
            "positions": found[0].first_positions,
            "mean": np.stack([each.mean for each in found]),
            "stderr": np.stack([standard_error(each.values) for each in found]),
        }


Piece = Trained | Returns | Pairs | Probe | Plane


def _axes(way: Array, rng: np.random.Generator) -> Array:
    """Return the unit vector along `way` and a random one orthogonal to it, shape (2, n)."""
    first = way / np.linalg.norm(way)
    other = rng.normal(size=way.size)
    other -= (other @ first) * first
    return np.stack([first, other / np.linalg.norm(other)])


def _judge(found: Perturbations, rng: np.random.Generator) -> Values:
    verdict = classify(found, smallest=SMALLEST * abs(float(found.centre.mean())), rng=rng)
    sizes = {name: getattr(verdict, name) for name in ("bend_up", "bend_down", "margin", "smallest")}
    shares = {f"share_{side}": ends(getattr(verdict, f"share_{side}")) for side in ("up", "down")}
    return {"verdict": KINDS.index(verdict.kind), "steepest": verdict.slope} | sizes | shares


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
