"""Along a training run: probes at its checkpoints, and what lies along chosen directions at each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, IntArray, as_finite, as_generator, at_least, positive
from rl_landscapes.objectives.base import Objective
from rl_landscapes.parallel import map_independent
from rl_landscapes.probes.gradients import along_direction
from rl_landscapes.probes.improvement import (
    GREATEST,
    PAPER,
    ImprovingSets,
    most_improving,
    most_improving_sets,
)
from rl_landscapes.probes.perturbations import Perturbations, perturb
from rl_landscapes.probes.trace import Trace, mean_trace, trace_from_probe
from rl_landscapes.records import Provenance, provenance
from rl_landscapes.records.outline import summary

GradientRule = Callable[[Objective, Array, np.random.Generator], Array]


@dataclass(frozen=True, eq=False)
class Profile:
    """Slope and curvature along one direction at each of K checkpoints, with standard errors, all (K,).

    Of a run with G > 1 sets of directions they are means over the sets, with the standard error between sets.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> bowl, thetas = objectives.quadratic(-np.eye(2)), np.array([[2.0, 0.0], [1.0, 0.0]])
    >>> rng = np.random.default_rng(0)
    >>> run = probes.probe_run(bowl, thetas, updates=[0, 10], alpha=0.1, n_directions=8, rng=rng)
    >>> run.greatest.curvature.round(6)
    array([-1., -1.])
    """

    updates: IntArray
    slope: Array
    slope_stderr: Array
    curvature: Array
    curvature_stderr: Array

    __repr__ = summary


@dataclass(frozen=True, eq=False)
class RunProbes:
    """Probes at K checkpoints of a training run; directions and episodes are new at each.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> bowl, thetas = objectives.quadratic(-np.eye(2)), np.array([[2.0, 0.0], [1.0, 0.0]])
    >>> rng = np.random.default_rng(0)
    >>> run = probes.probe_run(bowl, thetas, updates=[0, 10], alpha=0.1, n_directions=8, rng=rng, n_sets=3)
    >>> run.n_sets, [round(trace.value, 6) for trace in run.traces]
    (3, [-2.0, -2.0])
    """

    updates: IntArray  # (K,)
    probes: tuple[Perturbations, ...]  # K G, in random directions; the G sets of a checkpoint in a row
    gradients: tuple[Perturbations, ...]  # K along the gradient estimates, or none
    provenance: Provenance

    __repr__ = summary

    @property
    def n_sets(self) -> int:
        """Number of sets of directions G at each checkpoint."""
        return len(self.probes) // len(self.updates)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """The trace of the Hessian at each of the K checkpoints, from all directions; see `probes.trace`."""
        return tuple(mean_trace([trace_from_probe(p) for p in probes]) for probes in self._by_checkpoint())

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
        if self.n_sets == 1:
            return _profile(
                self.updates, [most_improving(p, quantile=quantile, split=split) for p in self.probes]
            )
        sets = self.sets(quantile, split=split)
        names = ("slope_mean", "slope_stderr", "curvature_mean", "curvature_stderr")
        return Profile(self.updates, *(np.array([getattr(each, name) for each in sets]) for name in names))

    def sets(self, quantile: float = PAPER, *, split: bool = True) -> tuple[ImprovingSets, ...]:
        """Return `most_improving_sets` of each of the K checkpoints.

        Raises
        ------
        ValueError
            If the run was probed with one set.
        """
        if self.n_sets == 1:
            raise ValueError("this run was probed with one set of directions: pass n_sets to probe_run")
        return tuple(
            most_improving_sets(probes, quantile=quantile, split=split) for probes in self._by_checkpoint()
        )

    def _by_checkpoint(self) -> list[tuple[Perturbations, ...]]:
        return [self.probes[k : k + self.n_sets] for k in range(0, len(self.probes), self.n_sets)]


def probe_run(
    objective: Objective | Callable[[int], Objective],
    thetas: Array,
    updates: npt.ArrayLike,
    *,
    alpha: float,
    n_directions: int,
    rng: np.random.Generator,
    n_sets: int = 1,
    gradients: Array | GradientRule | None = None,
    n_jobs: int = 1,
) -> RunProbes:
    """Probe a training run at its checkpoints `thetas` (K, n), reached after `updates` (K,).

    `objective` is one objective, or a function of the update where a schedule changes it. At each checkpoint
    `n_sets` sets of `n_directions` are drawn, each with episodes of its own. With estimates of the gradient,
    `gradients` (K, n), each checkpoint is probed along its own, too, in new episodes; a function of
    objective, theta and generator, such as `gradient_estimate`, makes them.

    Raises
    ------
    ValueError
        If there is no checkpoint, the shapes disagree, a gradient is zero, or a number is out of its range.
    TypeError
        If `rng` is no generator.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent, objectives, probes
    >>> bowl, seen, rng = objectives.quadratic(-np.eye(2)), {}, np.random.default_rng(0)
    >>> keep = lambda update, thetas: seen.update({update: thetas[0].copy()})
    >>> climb = ascent.ascend(bowl, np.ones((1, 2)), n_updates=20, step=0.1, record_every=10, callback=keep)
    >>> run = probes.probe_run(bowl, list(seen.values()), list(seen), alpha=0.1, n_directions=9, rng=rng)
    >>> run.greatest.updates, run.greatest.curvature.round(6)
    (array([ 0, 10, 20]), array([-1., -1., -1.]))
    """
    counts = _as_updates(updates)
    at = [objective if isinstance(objective, Objective) else objective(int(u)) for u in counts]
    origin = provenance(as_generator(rng), at[0])
    shape = (len(counts), at[0].n_parameters)
    points = as_finite("thetas", thetas, shape)
    rows = _rows(gradients, shape)
    look = _Look(positive("alpha", alpha), at_least("n_directions", n_directions, 1))
    n = at_least("n_sets", n_sets, 1)
    children = iter(rng.spawn(n * len(points)))
    tasks = [
        (each, point, row if first else None, next(children))
        for each, point, row in zip(at, points, rows, strict=True)
        for first in (True, *(n - 1) * [False])
    ]
    found = map_independent(look, tasks, n_jobs=n_jobs, description="checkpoints")
    return RunProbes(counts, tuple(p for p, _ in found), tuple(g for _, g in found if g is not None), origin)


@dataclass(frozen=True)
class _Look:
    """What is done at one checkpoint for one set; a class so that other processes can receive it."""

    alpha: float
    n_directions: int

    def __call__(
        self, task: tuple[Objective, Array, Array | GradientRule | None, np.random.Generator]
    ) -> tuple[Perturbations, Perturbations | None]:
        objective, theta, gradient, rng = task
        everywhere = perturb(objective, theta, alpha=self.alpha, n_directions=self.n_directions, rng=rng)
        if gradient is None:
            return everywhere, None
        row = gradient(objective, theta, rng) if callable(gradient) else gradient
        return everywhere, along_direction(objective, theta, row, alpha=self.alpha, rng=rng)


def _profile(updates: IntArray, probes: Sequence[Perturbations]) -> Profile:
    names = ("slope", "slope_stderr", "curvature", "curvature_stderr")
    return Profile(updates, *(np.concatenate([getattr(p, name) for p in probes]) for name in names))


def _rows(gradients: Array | GradientRule | None, shape: tuple[int, int]) -> Sequence[Any]:
    if gradients is None or callable(gradients):
        return shape[0] * [gradients]
    return list(as_finite("gradients", gradients, shape))


def _as_updates(updates: npt.ArrayLike) -> IntArray:
    given = np.asarray(updates)
    if given.ndim != 1 or given.size == 0 or given.dtype.kind not in "iu":
        raise ValueError(f"updates must be one or more integers, one per checkpoint, got {updates!r}")
    return given.astype(np.int64)
