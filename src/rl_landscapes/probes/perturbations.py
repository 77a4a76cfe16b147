"""Random perturbations: what the objective looks like in every direction at once."""

from copy import deepcopy
from dataclasses import dataclass
from functools import partial

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, IntArray, as_finite, as_generator, at_least, unit_rows
from rl_landscapes.objectives.base import Objective, as_point, evaluate
from rl_landscapes.probes.blocks import evaluate_blocks, row_blocks
from rl_landscapes.records import Provenance, provenance
from rl_landscapes.records.outline import summary
from rl_landscapes.statistics import standard_error


@dataclass(frozen=True, eq=False)
class Perturbations:
    """Objective at theta +/- alpha d along unit directions d.

    `plus`, `minus` (D, N) and `centre` (1, N) hold N episodes per point, column by column under the same
    randomness, so differences between points are paired. Exact objectives have N = 1.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> saddle, rng = objectives.quadratic(np.diag([1.0, -1.0])), np.random.default_rng(0)
    >>> seen = probes.perturb(saddle, np.zeros(2), alpha=0.1, rng=rng, directions=np.eye(2))
    >>> seen.curvature.round(6), seen.both_lower
    (array([ 1., -1.]), array([False,  True]))
    """

    theta: Array  # (n,)
    alpha: Array  # (D,)
    directions: Array  # (D, n)
    plus: Array  # (D, N)
    minus: Array  # (D, N)
    centre: Array  # (1, N)
    provenance: Provenance

    __repr__ = summary

    @property
    def slope(self) -> Array:
        """Directional derivative d'g, shape (D,): (O+ - O-) / 2 alpha. Ahmed et al. (2019), section 2.1.2."""
        return self.slope_episodes.mean(axis=1) / self.alpha

    @property
    def curvature(self) -> Array:
        """Quadratic form d'Hd, shape (D,): (O+ + O- - 2 O) / alpha^2. Ahmed et al. (2019), section 2.1.2."""
        return 2 * self.bend_episodes.mean(axis=1) / self.alpha**2

    @property
    def slope_stderr(self) -> Array:
        """Standard error of `slope` over paired episodes, shape (D,); zero for exact objectives."""
        return standard_error(self.slope_episodes) / self.alpha

    @property
    def curvature_stderr(self) -> Array:
        """Standard error of `curvature` over paired episodes, shape (D,); zero for exact objectives."""
        return 2 * standard_error(self.bend_episodes) / self.alpha**2

    @property
    def slope_episodes(self) -> Array:
        """What the slope alone changes at distance alpha, alpha d'g, by episode, shape (D, N)."""
        return (self.plus - self.minus) / 2

    @property
    def bend_episodes(self) -> Array:
        """What the curvature alone changes at distance alpha, alpha^2 d'Hd / 2, by episode, shape (D, N)."""
        return ((self.plus - self.centre) + (self.minus - self.centre)) / 2

    @property
    def delta_plus(self) -> Array:
        """O(theta + alpha d) - O(theta), shape (D,)."""
        return (self.plus - self.centre).mean(axis=1)

    @property
    def delta_minus(self) -> Array:
        """O(theta - alpha d) - O(theta), shape (D,)."""
        return (self.minus - self.centre).mean(axis=1)

    @property
    def both_lower(self) -> BoolArray:
        """Both ends below the centre, shape (D,)."""
        return (self.delta_plus < 0) & (self.delta_minus < 0)

    @property
    def both_higher(self) -> BoolArray:
        """Both ends above the centre, shape (D,)."""
        return (self.delta_plus > 0) & (self.delta_minus > 0)


def unit_directions(n_directions: int, n: int, rng: np.random.Generator) -> Array:
    """Draw directions uniformly from the unit sphere in n dimensions, shape (D, n).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import probes
    >>> directions = probes.unit_directions(4, 100, np.random.default_rng(0))
    >>> directions.shape, np.linalg.norm(directions, axis=1).round(6)
    ((4, 100), array([1., 1., 1., 1.]))
    """
    draws = as_generator(rng).normal(size=(at_least("n_directions", n_directions, 1), at_least("n", n, 1)))
    for rows in row_blocks(*draws.shape):
        draws[rows] /= np.linalg.norm(draws[rows], axis=1, keepdims=True)
    return draws


def perturb(
    objective: Objective,
    theta: Array,
    *,
    alpha: float | Array,
    rng: np.random.Generator,
    n_directions: int | None = None,
    directions: Array | None = None,
    n_jobs: int = 1,
) -> Perturbations:
    """Evaluate `objective` at theta +/- alpha d, d random unit directions or the rows of `directions` (D, n).

    `alpha` is one step length for all directions or one for each, (D,); see `alpha_for_kl`.

    Raises
    ------
    ValueError
        If an alpha is not above 0, a direction is zero, not exactly one of `n_directions` and `directions`
        is given, or the objective has noise that does not come from `rng`.
    TypeError
        If `rng` is no generator.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> bowl, rng = objectives.quadratic(-np.eye(3)), np.random.default_rng(0)
    >>> seen = probes.perturb(bowl, np.zeros(3), alpha=0.1, n_directions=5, rng=rng)
    >>> seen.curvature.round(6), seen.both_lower.all().tolist()
    (array([-1., -1., -1., -1., -1.]), True)
    """
    centre = as_point(objective, theta)
    origin = provenance(as_generator(rng), objective)
    units = _directions(centre.size, n_directions, directions, rng)
    lengths = _step_lengths(alpha, len(units))
    before = deepcopy(rng)
    points = partial(_points, centre, lengths, units)
    values = evaluate_blocks(objective, 2 * len(units) + 1, points, rng, n_jobs=n_jobs)
    plus, minus, middle = np.split(values, [len(units), 2 * len(units)])
    _refuse_other_noise(objective, centre, middle, before)
    return Perturbations(centre.copy(), lengths, units, plus, minus, middle, origin)


def _points(centre: Array, lengths: Array, units: Array, rows: IntArray) -> Array:
    """Return some rows of theta + alpha d for every d, theta - alpha d for every d, theta."""
    signed = np.concatenate([lengths, -lengths])
    ends = rows[rows < len(signed)]
    points = units[ends % len(units)]
    points *= signed[ends, None]
    points += centre
    return points if len(ends) == len(rows) else np.concatenate([points, centre[None]])


def _refuse_other_noise(objective: Objective, centre: Array, seen: Array, rng: np.random.Generator) -> None:
    """Refuse an objective that answers otherwise when asked again with the same `rng`, which is only copied.

    For the centre alone it may answer otherwise than among all points, but not the second time.
    """

    def alone() -> Array:
        return evaluate(objective, centre[None], deepcopy(rng))

    first = alone()
    if not np.array_equal(first, seen, equal_nan=True) and not np.array_equal(first, alone(), equal_nan=True):
        raise ValueError(
            "objective must draw all its noise from rng, but it gave other values when asked again with the"
            " same rng: differences between points are then not paired; use the rng that evaluate is given"
        )


def _directions(n: int, n_directions: int | None, given: Array | None, rng: np.random.Generator) -> Array:
    if (n_directions is None) == (given is None):
        raise ValueError(
            "give either n_directions or directions, " + ("got neither" if given is None else "got both")
        )
    if given is None:
        return unit_directions(at_least("n_directions", n_directions or 0, 1), n, rng)
    rows = as_finite("directions", given, (None, n))
    if len(rows) == 0 or not rows.any(axis=1).all():
        raise ValueError("directions must be one or more rows, none of them zero")
    units = np.empty_like(rows)
    for part in row_blocks(*rows.shape):
        units[part] = unit_rows("directions", rows[part])[0]
    return units


def _step_lengths(alpha: float | Array, n_directions: int) -> Array:
    try:
        lengths = np.asarray(alpha, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"alpha must be a number, or one for each direction, got {alpha!r}") from None
    if lengths.shape not in ((), (n_directions,)):
        raise ValueError(
            f"alpha must be one number or one for each of {n_directions} directions, got {lengths.shape}"
        )
    usable = np.isfinite(lengths) & (lengths > 0)
    if not usable.all():
        raise ValueError(f"alpha must be finite and above 0, got {lengths[~usable][0]}")
    return np.broadcast_to(lengths, (n_directions,)).copy()
