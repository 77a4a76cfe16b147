"""The direction of most improvement, chosen among random ones, and among several sets of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import ceil

import numpy as np

from rl_landscapes.arrays import Array, at_least, within
from rl_landscapes.probes.perturbations import Perturbations
from rl_landscapes.records.description import digest
from rl_landscapes.records.outline import summary
from rl_landscapes.statistics import standard_error

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

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> slope, rng = objectives.ramp(np.array([1.0, 0.0])), np.random.default_rng(0)
    >>> directions = np.array([[-3.0, -4.0], [0.0, 1.0]])
    >>> seen = probes.perturb(slope, np.zeros(2), alpha=0.1, directions=directions, rng=rng)
    >>> probes.most_improving(seen, quantile=1.0).directions  # turned to where the ramp rises
    array([[0.6, 0.8]])
    """
    _refuse_unusable(perturbations)
    choosing, measuring = _halves(perturbations.centre.shape[1], split)
    seen = _of_episodes(perturbations, choosing)
    improvements = np.concatenate([seen.delta_plus, seen.delta_minus])
    rank = max(1, ceil(_share(quantile) * len(improvements) - 1e-9))  # 0.07 * 100 is above 7
    side, chosen = divmod(int(np.argsort(improvements, kind="stable")[rank - 1]), len(seen.alpha))
    return _one_direction(_of_episodes(perturbations, measuring), chosen, turned=side == 1)


@dataclass(frozen=True, eq=False)
class ImprovingSets:
    """What lies along the directions that G sets of random directions chose, one each.

    The sets are independent, in directions and in episodes. So the spread between them holds both the draw of
    directions and the noise of episodes, and so do `slope_stderr` and `curvature_stderr`, and
    `statistics.mean_interval(sets.curvature)`, Student's interval with G - 1 degrees of freedom.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> slope, rng = objectives.ramp(np.array([1.0, 0.0, 0.0])), np.random.default_rng(0)
    >>> sets = [probes.perturb(slope, np.zeros(3), alpha=0.1, n_directions=50, rng=rng) for _ in range(4)]
    >>> chosen = probes.most_improving_sets(sets)
    >>> chosen.slope.shape, bool(0.5 < chosen.slope_mean < 1)
    ((4,), True)
    """

    chosen: tuple[Perturbations, ...]  # G, D = 1 each

    __repr__ = summary

    @property
    def slope(self) -> Array:
        """Along each set's direction, shape (G,)."""
        return np.concatenate([each.slope for each in self.chosen])

    @property
    def curvature(self) -> Array:
        """Along each set's direction, shape (G,)."""
        return np.concatenate([each.curvature for each in self.chosen])

    @property
    def slope_mean(self) -> float:
        """Mean over sets."""
        return float(self.slope.mean())

    @property
    def slope_stderr(self) -> float:
        """Standard error of `slope_mean`, from the spread between sets."""
        return float(standard_error(self.slope))

    @property
    def curvature_mean(self) -> float:
        """Mean over sets."""
        return float(self.curvature.mean())

    @property
    def curvature_stderr(self) -> float:
        """Standard error of `curvature_mean`, from the spread between sets."""
        return float(standard_error(self.curvature))


def most_improving_sets(
    probes: Sequence[Perturbations], *, quantile: float = PAPER, split: bool = True
) -> ImprovingSets:
    """Return what `most_improving` chooses in each of G probes of one point, each a set of directions.

    One set says what lies along the direction it happened to draw; another draws another. Each set comes from
    a call of `perturb` of its own. Parts of one probe will not do where there is noise: they share episodes,
    whose noise the spread between them does not show.

    Raises
    ------
    ValueError
        If there are fewer than 2 probes, they are not of the same theta and alpha, two share their episodes
        or their directions, or `most_improving` refuses one.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> bowl, rng = objectives.quadratic(-np.eye(3)), np.random.default_rng(0)
    >>> sets = [probes.perturb(bowl, np.ones(3), alpha=0.1, n_directions=20, rng=rng) for _ in range(4)]
    >>> round(probes.most_improving_sets(sets).curvature_mean, 6)
    -1.0
    """
    sets = tuple(probes)
    at_least("number of probes", len(sets), 2)
    _refuse_unequal(sets)
    return ImprovingSets(tuple(most_improving(each, quantile=quantile, split=split) for each in sets))


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


def _refuse_unequal(probes: Sequence[Perturbations]) -> None:
    for each in probes[1:]:
        if not np.array_equal(each.theta, probes[0].theta):
            raise ValueError("probes must all be of the same theta, but they differ")
    _refuse_differing(np.concatenate([each.alpha for each in probes]))
    for i, j in combinations(range(len(probes)), 2):
        one, other = probes[i], probes[j]
        noisy = min(one.centre.size, other.centre.size) > 1
        if np.array_equal(one.directions, other.directions) or (noisy and _same_state(one, other)):
            raise ValueError(
                f"probes {i} and {j} share their directions or their episodes: make each by a call of perturb"
                " with the same rng, one after the other"
            )


def _same_state(one: Perturbations, other: Perturbations) -> bool:
    """Whether both began with the generator in the same state, and so met the same episodes."""
    return digest(one.provenance.rng_state) == digest(other.provenance.rng_state)


def _refuse_differing(alpha: Array) -> None:
    if np.ptp(alpha) > SAME_ALPHA * np.abs(alpha).max():
        raise ValueError(
            f"alpha must be the same for all directions to compare their improvements, got {alpha}"
        )


def _refuse_unusable(probe: Perturbations) -> None:
    _refuse_differing(probe.alpha)
    for name in ("plus", "minus", "centre"):
        if not np.isfinite(getattr(probe, name)).all():
            raise ValueError(f"perturbations.{name} holds values that are not finite: none is the best")


def _share(quantile: float) -> float:
    if within("quantile", quantile, 0.0, 1.0) == 0:
        raise ValueError("quantile must lie between 0 and 1 and be above 0, got 0")
    return float(quantile)
