"""The direction of most improvement, chosen among random ones, and what lies along it during training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, IntArray, as_finite, as_generator, at_least, positive, within
from rl_landscapes.objectives.base import Objective
from rl_landscapes.parallel import map_independent
from rl_landscapes.probes.perturbations import Perturbations, perturb
from rl_landscapes.records import Provenance, provenance
from rl_landscapes.records.outline import summary

PAPER = 0.9  # the quantile of improvement whose direction the paper looks along
GREATEST = 1.0
SAME_ALPHA = 1e-12  # lengths that differ by less than this part are equal but for rounding


def most_improving(
    perturbations: Perturbations, *, quantile: float = PAPER, split: bool = True
) -> Perturbations:
    """Return the probe along one direction only (D = 1): the one at a `quantile` of improvement.

    Each of the 2D end points has an improvement O(theta +/- alpha d) - O(theta). In ascending order the one
    of rank ceil(quantile * 2D) is chosen, so 1 is the greatest; the direction returned points to it.

    The noise that makes an end point look good is also in what is measured there: it moves slope and
    curvature of the chosen direction upwards. So, with `split`, the first half of the episodes chooses and
    only the others are returned: slope and curvature are then unbiased, for the direction that was chosen. An
    exact objective has nothing to split. Ahmed et al. (2019), section 3.2.3, use the quantile 0.9.

    Raises
    ------
    ValueError
        If `quantile` is not in (0, 1], a value is not finite, alphas differ, or there are 2 or 3 episodes to
        split: each half needs two.
    """
    _refuse_unusable(perturbations)
    choosing, measuring = _halves(perturbations.centre.shape[1], split)
    seen = _of_episodes(perturbations, choosing)
    improvements = np.concatenate([seen.delta_plus, seen.delta_minus])
    rank = max(1, ceil(_share(quantile) * len(improvements) - 1e-9))  # 0.07 * 100 is above 7
    side, chosen = divmod(int(np.argsort(improvements, kind="stable")[rank - 1]), len(seen.alpha))
    return _one_direction(_of_episodes(perturbations, measuring), chosen, turned=side == 1)


def along_direction(
    objective: Objective, theta: Array, direction: Array, *, alpha: float, rng: np.random.Generator
) -> Perturbations:
    """Probe `objective` along one `direction` (n,) only, such as an estimate of the gradient: D = 1.

    The direction must not come from the same episodes, or their noise is in both; `rng` draws new ones.
    """
    row = as_finite("direction", direction, (objective.n_parameters,))
    return perturb(objective, theta, alpha=positive("alpha", alpha), directions=row[None], rng=rng)


@dataclass(frozen=True, eq=False)
class Profile:
    """Slope and curvature along one direction at each of K checkpoints, with standard errors, all (K,)."""

    updates: IntArray
    slope: Array
    slope_stderr: Array
    curvature: Array
    curvature_stderr: Array

    __repr__ = summary


@dataclass(frozen=True, eq=False)
class RunProbes:
    """Probes at K checkpoints of a training run; directions and episodes are new at each."""

    updates: IntArray  # (K,)
    probes: tuple[Perturbations, ...]  # K, in random directions
    gradients: tuple[Perturbations, ...]  # K along the gradient estimates, or none
    provenance: Provenance

    __repr__ = summary

    @property
    def paper(self) -> Profile:
        """Along the direction at the 90th percentile of improvement, the paper's rule; episodes are split."""
        return self.most_improving(PAPER)

    @property
    def greatest(self) -> Profile:
        """Along the direction of the greatest improvement found; episodes are split."""
        return self.most_improving(GREATEST)

    @property
    def gradient(self) -> Profile:
        """Along the estimates of the gradient.

        Raises
        ------
        ValueError
            If the run was probed without them.
        """
        if not self.gradients:
            raise ValueError("this run was probed without gradients: pass gradients (K, n) to probe_run")
        return _profile(self.updates, self.gradients)

    def most_improving(self, quantile: float, *, split: bool = True) -> Profile:
        """Along the direction at a `quantile` of improvement; see the function of the same name."""
        return _profile(
            self.updates, [most_improving(p, quantile=quantile, split=split) for p in self.probes]
        )


def probe_run(
    objective: Objective | Callable[[int], Objective],
    thetas: Array,
    updates: npt.ArrayLike,
    *,
    alpha: float,
    n_directions: int,
    rng: np.random.Generator,
    gradients: Array | None = None,
    n_jobs: int = 1,
) -> RunProbes:
    """Probe a training run at its checkpoints `thetas` (K, n), reached after `updates` (K,).

    `objective` is one objective, or a function of the update where a schedule changes it. With estimates of
    the gradient, `gradients` (K, n), each checkpoint is probed along its own, too.

    Raises
    ------
    ValueError
        If there is no checkpoint, the shapes disagree, a gradient is zero, or a number is out of its range.
    TypeError
        If `rng` is no generator.
    """
    counts = _as_updates(updates)
    at = [objective if isinstance(objective, Objective) else objective(int(u)) for u in counts]
    origin = provenance(as_generator(rng), at[0])
    shape = (len(counts), at[0].n_parameters)
    points = as_finite("thetas", thetas, shape)
    rows = [None] * len(points) if gradients is None else as_finite("gradients", gradients, shape)
    look = _Look(positive("alpha", alpha), at_least("n_directions", n_directions, 1))
    tasks = list(zip(at, points, rows, rng.spawn(len(points)), strict=True))
    found = map_independent(look, tasks, n_jobs=n_jobs, description="checkpoints")
    return RunProbes(counts, tuple(p for p, _ in found), tuple(g for _, g in found if g is not None), origin)


@dataclass(frozen=True)
class _Look:
    """What is done at one checkpoint; a class so that other processes can receive it."""

    alpha: float
    n_directions: int

    def __call__(
        self, checkpoint: tuple[Objective, Array, Array | None, np.random.Generator]
    ) -> tuple[Perturbations, Perturbations | None]:
        objective, theta, gradient, rng = checkpoint
        everywhere = perturb(objective, theta, alpha=self.alpha, n_directions=self.n_directions, rng=rng)
        if gradient is None:
            return everywhere, None
        return everywhere, along_direction(objective, theta, gradient, alpha=self.alpha, rng=rng)


def _profile(updates: IntArray, probes: Sequence[Perturbations]) -> Profile:
    names = ("slope", "slope_stderr", "curvature", "curvature_stderr")
    return Profile(updates, *(np.concatenate([getattr(p, name) for p in probes]) for name in names))


def _halves(n: int, split: bool) -> tuple[slice, slice]:
    if n == 1 or not split:
        return slice(None), slice(None)
    if n < 4:
        raise ValueError(f"split needs at least 4 episodes, two for each half, got {n}; or say split=False")
    return slice(n // 2), slice(n // 2, None)


def _of_episodes(probe: Perturbations, which: slice) -> Perturbations:
    columns = {name: getattr(probe, name)[:, which] for name in ("plus", "minus", "centre")}
    return replace(probe, **columns)


def _one_direction(probe: Perturbations, chosen: int, *, turned: bool) -> Perturbations:
    row = slice(chosen, chosen + 1)
    ends = (probe.minus[row], probe.plus[row]) if turned else (probe.plus[row], probe.minus[row])
    direction = -probe.directions[row] if turned else probe.directions[row]
    return replace(probe, alpha=probe.alpha[row], directions=direction, plus=ends[0], minus=ends[1])


def _refuse_unusable(probe: Perturbations) -> None:
    if np.ptp(probe.alpha) > SAME_ALPHA * np.abs(probe.alpha).max():
        raise ValueError(
            f"alpha must be the same for all directions to compare their improvements, got {probe.alpha}"
        )
    for name in ("plus", "minus", "centre"):
        if not np.isfinite(getattr(probe, name)).all():
            raise ValueError(f"perturbations.{name} holds values that are not finite: none is the best")


def _share(quantile: float) -> float:
    if within("quantile", quantile, 0.0, 1.0) == 0:
        raise ValueError("quantile must lie between 0 and 1 and be above 0, got 0")
    return float(quantile)


def _as_updates(updates: npt.ArrayLike) -> IntArray:
    given = np.asarray(updates)
    if given.ndim != 1 or given.size == 0 or given.dtype.kind not in "iu":
        raise ValueError(f"updates must be one or more integers, one per checkpoint, got {updates!r}")
    return given.astype(np.int64)
