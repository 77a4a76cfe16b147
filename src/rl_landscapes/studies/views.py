"""One point, and one line, looked at through several objectives: what of it the studies keep as numbers."""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.objectives import ExactReturn
from rl_landscapes.policies import mixed
from rl_landscapes.probes import Perturbations, classify, full_spectrum, line_barrier, perturb
from rl_landscapes.probes.verdicts import Kind
from rl_landscapes.studies.common import goals, paper_return
from rl_landscapes.studies.results import Values

KINDS: tuple[str, ...] = get_args(Kind)
SMALLEST = 0.01  # of the gap between the two solutions: smaller changes count as none
ZERO = 1e-8  # of the largest |eigenvalue|: smaller ones count as zero


@dataclass(frozen=True)
class View:
    """The return with entropy, counted or masked in the absorbing state, or of a mixed policy."""

    tau: float = 0.0
    mix: float = 0.0
    counted: bool = True

    @property
    def objective(self) -> ExactReturn:
        """The paper's return, so viewed."""
        plain = paper_return(tau=self.tau, count_absorbing=self.counted)
        return plain.with_policy(mixed(plain.policy, self.mix)) if self.mix else plain


def views(
    taus: tuple[float, ...], masked_taus: tuple[float, ...], mixes: tuple[float, ...]
) -> tuple[View, ...]:
    """List the views: entropy counted, entropy masked, mixed policies."""
    masked = tuple(View(tau=tau, counted=False) for tau in masked_taus)
    return tuple(View(tau=tau) for tau in taus) + masked + tuple(View(mix=mix) for mix in mixes)


def probe(seen_as: tuple[View, ...], theta: Array, alpha: float, directions: Array) -> Values:
    """Count and measure what steps +/- alpha d change, in each view and in the true return beside it."""
    rng = np.random.default_rng(0)  # objectives are exact: nothing is drawn
    true = perturb(paper_return(), theta, alpha=alpha, directions=directions, rng=rng)
    seen = [perturb(view.objective, theta, alpha=alpha, directions=directions, rng=rng) for view in seen_as]
    cells = [_summary(each, true) for each in seen]
    return {key: np.array([cell[key] for cell in cells]) for key in cells[0]}


def _summary(seen: Perturbations, true: Perturbations) -> Values:
    up, up_true = seen.delta_plus > 0, true.delta_plus > 0
    smallest = SMALLEST * goals().gap
    improves, improves_true = seen.delta_plus > smallest, true.delta_plus > smallest
    return {
        "improves": improves.sum(),
        "improves_true": (improves & improves_true).sum(),
        "up": up.sum(),
        "up_true": up_true.sum(),
        "up_both": (up & up_true).sum(),
        "both_lower": seen.both_lower.sum(),
        "both_higher": seen.both_higher.sum(),
        "bends_down": (seen.curvature < 0).sum(),
        "slope": np.sqrt(np.mean(seen.slope**2)),
        "steepest": np.abs(seen.slope).max(),
        "curvature": seen.curvature.mean(),
        "curvature_low": seen.curvature.min(),
        "curvature_high": seen.curvature.max(),
        "verdict": KINDS.index(classify(seen, smallest=smallest).kind),
    }


def spectrum(view: View, theta: Array) -> Values:
    """Return extremes, mean and signs of the true curvatures, and the length of the gradient."""
    values = full_spectrum(view.objective, theta).values
    zero = ZERO * np.abs(values).max()
    return {
        "eigen_low": values[0],
        "eigen_high": values[-1],
        "eigen_mean": values.mean(),
        "eigen_positive": (values > zero).sum(),
        "eigen_negative": (values < -zero).sum(),
        "gradient_norm": np.linalg.norm(view.objective.gradient(theta[None])),
    }


def line(view: View, start: Array, end: Array, n_points: int) -> Array:
    """Return the objective at `n_points` even positions from `start` to `end`, shape (K,)."""
    return line_barrier(view.objective, start, end, n_points=n_points).values


def shape_of(values: Array) -> dict[str, Array]:
    """Return height of the barrier, sum of all falls, and rise from start to end of curves (..., K)."""
    ends = np.minimum(values[..., 0], values[..., -1])
    return {
        "height": ends - values.min(axis=-1),
        "falls": np.maximum(-np.diff(values, axis=-1), 0).sum(axis=-1),
        "rise": values[..., -1] - values[..., 0],
    }
