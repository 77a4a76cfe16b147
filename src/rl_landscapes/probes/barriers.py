"""Barriers: how far down one must go between two solutions, on the line and on the best bent path found."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp, softmax

from rl_landscapes.arrays import Array, as_finite, as_generator, at_least, positive
from rl_landscapes.objectives.base import Objective, evaluate, value_and_gradient
from rl_landscapes.probes.interpolation import along, interpolate
from rl_landscapes.records import Provenance, provenance
from rl_landscapes.records.outline import summary


@dataclass(frozen=True, eq=False)
class Barrier:
    """An exact objective along a path between two solutions, and the height of the barrier on it.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> hills = objectives.two_hills()
    >>> between = probes.line_barrier(hills, np.array([0.0]), np.array([3.0]))
    >>> round(between.height, 2), round(between.falls, 2)
    (0.38, 0.38)
    """

    path: Array  # (K, n)
    values: Array  # (K,)
    provenance: Provenance

    __repr__ = summary

    @property
    def height(self) -> float:
        """Lower end minus lowest point of the path; 0 if the path never falls below its lower end."""
        return float(min(self.values[0], self.values[-1]) - self.values.min())

    @property
    def falls(self) -> float:
        """Sum of all descents from start to end; 0 for a path that never descends."""
        return float(np.maximum(-np.diff(self.values), 0).sum())


def line_barrier(objective: Objective, start: Array, end: Array, *, n_points: int = 201) -> Barrier:
    """Return the barrier on the straight line from `start` to `end` (n,), from `n_points` points of it.

    Raises
    ------
    ValueError
        If the shapes disagree, both ends are equal, or the objective is not exact.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> round(probes.line_barrier(objectives.two_hills(), np.array([0.0]), np.array([3.0])).height, 2)
    0.38
    """
    line = interpolate(_exact(objective), _ends(objective, start, end), n_points=n_points)
    return Barrier(along(line.thetas, line.positions), line.mean, line.provenance)


def bent_barrier(
    objective: Objective,
    start: Array,
    end: Array,
    *,
    rng: np.random.Generator,
    n_bends: int = 5,
    n_points: int = 201,
    sharpness: tuple[float, ...] = (10.0, 100.0, 1000.0),
    max_iterations: int = 300,
) -> Barrier:
    """Return the lowest barrier found on paths with `n_bends` bends: an upper bound of the true one.

    Maximises the soft minimum -(1/b) log mean exp(-b O) over the path, for each sharpness b in turn (in units
    of 1 / range of O on the straight line), by L-BFGS from that line, slightly disturbed. Never worse than
    the line. The idea of optimising a path between solutions is Garipov et al. (2018).

    Raises
    ------
    ValueError
        If the shapes disagree, both ends are equal, the objective is not exact, a count is not a positive
        integer, or a sharpness is not above 0.
    TypeError
        If the objective has no gradient, or `rng` is no generator.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> ends, rng = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.random.default_rng(0)
    >>> ring = objectives.from_function(lambda theta: -((theta @ theta - 1) ** 2), 2)  # the best on a circle
    >>> straight, bent = probes.line_barrier(ring, *ends), probes.bent_barrier(ring, *ends, rng=rng)
    >>> round(straight.height, 2), bool(bent.height < 0.1)
    (1.0, True)
    """
    if not isinstance(sharpness, tuple | list):
        raise TypeError(f"sharpness must be several numbers, tried in turn, got {sharpness!r}")
    sharpest = [positive("sharpness", b) for b in sharpness]
    origin = provenance(as_generator(rng), objective)
    line = line_barrier(objective, start, end, n_points=n_points)
    ends = line.path[[0, -1]]
    bends = at_least("n_bends", n_bends, 1)
    straight = along(ends, np.linspace(0, 1, bends + 2))
    size = 1e-3 * float(np.linalg.norm(ends[1] - ends[0])) / np.sqrt(ends.shape[1])
    inner = straight[1:-1] + size * rng.normal(size=(bends, ends.shape[1]))
    scale = float(np.ptp(line.values)) or 1.0
    for b in sharpest:
        inner = _bend(objective, ends, inner, b / scale, 8 * (bends + 1) + 1, max_iterations)
    nodes = np.concatenate([ends[:1], inner, ends[1:]])
    path = along(nodes, np.linspace(0, bends + 1, at_least("n_points", n_points, 2)))
    bent = Barrier(path, evaluate(objective, path)[:, 0], origin)
    return min(bent, replace(line, provenance=origin), key=lambda barrier: barrier.height)


def _bend(
    objective: Objective, ends: Array, inner: Array, b: float, n_points: int, max_iterations: int
) -> Array:
    from scipy.optimize import minimize  # half of what it takes to import this package

    weights = along(np.eye(len(inner) + 2), np.linspace(0, len(inner) + 1, n_points))

    def lowest(flat: Array) -> tuple[float, Array]:
        nodes = np.concatenate([ends[:1], flat.reshape(inner.shape), ends[1:]])
        values, gradients = value_and_gradient(objective, weights @ nodes)
        pulled = weights.T @ (softmax(-b * values)[:, None] * gradients)
        return float(logsumexp(-b * values)) / b, -pulled[1:-1].ravel()

    options = {"maxiter": at_least("max_iterations", max_iterations, 1)}
    bent: Array = minimize(lowest, inner.ravel(), jac=True, method="L-BFGS-B", options=options).x
    return bent.reshape(inner.shape)


def _ends(objective: Objective, start: Array, end: Array) -> Array:
    shape = (objective.n_parameters,)
    return np.stack([as_finite("start", start, shape), as_finite("end", end, shape)])


def _exact(objective: Objective) -> Objective:
    if objective.n_episodes != 1:
        raise ValueError(
            f"objective must be exact for a barrier, got one with {objective.n_episodes} episodes"
        )
    return objective
