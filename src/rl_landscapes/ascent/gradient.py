"""Gradient ascent from many starts at once, that says when it diverged and when its step was too long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import signature

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, IntArray, at_least
from rl_landscapes.ascent.rules import Rule, exact_gradient
from rl_landscapes.ascent.schedules import ObjectiveAt, Schedule, constant
from rl_landscapes.objectives.base import Objective, as_points, evaluate
from rl_landscapes.records import Provenance, provenance
from rl_landscapes.records.outline import summary

LARGEST_THETA = 1e8
ROUNDING = 1e-12  # of |value|: smaller falls are rounding
Callback = Callable[[int, Array], None]


@dataclass(frozen=True, eq=False)
class Ascent:
    """The history of B ascents; `values` are those of the objective being ascended at each recorded update.

    An update *fell* if it lowered the very objective whose gradient it followed: for an exact gradient that
    means the step was beyond 2 / |curvature| somewhere on the way.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent, objectives
    >>> bowl = objectives.quadratic(np.array([[-1.0]]))
    >>> climb = ascent.ascend(bowl, np.array([[1.0], [2.0]]), n_updates=3, step=2.5)  # beyond 2 / curvature
    >>> climb.falls, climb.end[:, 0]
    (array([3, 3]), array([-3.375, -6.75 ]))
    """

    start: Array  # (B, n)
    end: Array  # (B, n)
    updates: IntArray  # (K,)
    values: Array  # (K, B)
    gradient_norms: Array  # (K, B)
    falls: IntArray  # (B,) how many updates fell
    first_fall: IntArray  # (B,) the first of them, -1 if none
    diverged: BoolArray  # (B,) parameters or values left the finite range; `end` is the last point before
    provenance: Provenance
    kept: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # (M,) after how many updates
    thetas: Array = field(default_factory=lambda: np.zeros((0, 0, 0)))  # (M, B, n)

    __repr__ = summary


def ascend(
    objective: Objective | ObjectiveAt,
    thetas: Array,
    *,
    n_updates: int,
    step: float | Schedule,
    rule: Rule = exact_gradient,
    record_every: int = 1,
    keep: Sequence[int] | IntArray = (),
    callback: Callback | None = None,
    rng: np.random.Generator | None = None,
) -> Ascent:
    """Move every row of `thetas` (B, n) uphill: theta <- theta + step(u) * rule(objective(u), theta).

    `objective` is one objective or a function of the update, so a schedule of tau changes nothing in place;
    see `anneal`. Update 0 and every `record_every`-th one are recorded before they move, and the end after
    the last. The parameters after each number of updates in `keep` are in the result as `thetas`;
    `callback(update, thetas)` is called with them at every recorded update. A start that diverges stops
    and is flagged; the others go on.

    Raises
    ------
    ValueError
        If `thetas` is not a finite (B, n) array, a count is not a positive integer, a step is not finite, or
        `keep` does not rise from 0 at the least to `n_updates` at the most.
    TypeError
        If `objective` is neither an objective nor a function, `rule` no rule, or `rng` no generator.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent, objectives
    >>> bowl = objectives.quadratic(np.array([[-1.0]]))
    >>> climb = ascent.ascend(bowl, np.array([[1.0], [2.0]]), n_updates=2, step=0.5)
    >>> climb.end, climb.values
    (array([[0.25],
           [0.5 ]]), array([[-0.5    , -2.     ],
           [-0.125  , -0.5    ],
           [-0.03125, -0.125  ]]))
    >>> ascent.ascend(bowl, np.array([[1.0]]), n_updates=2, step=0.5, keep=[0, 1]).thetas[:, 0]
    array([[1. ],
           [0.5]])
    """
    objective_at, rule = _at_every_update(objective), _as_rule(rule)
    step_at = step if callable(step) else constant(step)
    first = objective_at(0)
    start = as_points(first, thetas)
    every, last = at_least("record_every", record_every, 1), at_least("n_updates", n_updates, 1)
    kept = _rising("keep", keep, last)
    climb = _Climb(start, provenance(rng, first))
    for update in range(last):
        climb.keep(update, kept)
        values, directions = climb.look(rule, objective_at(update), rng)
        if update % every == 0:
            climb.record(update, values, directions, callback)
        climb.move(objective_at(update), values, _finite(step_at(update), update) * directions)
        if not climb.moving.any():
            break
    climb.record(last, *climb.look(rule, objective_at(last), rng), callback)
    climb.keep(last, kept)
    return climb.history(kept)


class _Climb:
    """The state of an ascent: where each start is, which still move, and what was seen so far."""

    def __init__(self, start: Array, origin: Provenance) -> None:
        self.start, self.thetas, self.origin = start.copy(), start.copy(), origin
        self.moving = np.ones(len(start), dtype=bool)
        self.falls = np.zeros(len(start), dtype=np.int64)
        self.first_fall = np.full(len(start), -1, dtype=np.int64)
        self.updates_done = 0
        self.records: list[tuple[int, Array, Array]] = []
        self.thetas_kept: list[Array] = []

    def look(self, rule: Rule, objective: Objective, rng: np.random.Generator | None) -> tuple[Array, Array]:
        """Values and directions at every start, NaN where it diverged."""
        values, directions = np.full(len(self.thetas), np.nan), np.full(self.thetas.shape, np.nan)
        if self.moving.any():
            values[self.moving], directions[self.moving] = rule(objective, self.thetas[self.moving], rng)
        return values, directions

    def keep(self, update: int, wanted: IntArray) -> None:
        """Keep the parameters for each of `wanted` up to `update` that has not been kept yet."""
        due = int((wanted <= update).sum()) - len(self.thetas_kept)
        self.thetas_kept += [self.thetas.copy() for _ in range(due)]

    def record(self, update: int, values: Array, directions: Array, callback: Callback | None) -> None:
        self.records.append((update, values, np.linalg.norm(directions, axis=1)))
        if callback is not None:
            callback(update, self.thetas.copy())

    def move(self, objective: Objective, values: Array, steps: Array) -> None:
        """Take the steps that stay finite, and note which lowered the objective."""
        moved = self.thetas + steps
        finite = np.isfinite(values) & (np.abs(np.nan_to_num(moved, nan=np.inf)).max(axis=1) < LARGEST_THETA)
        after = np.full(len(moved), np.nan)
        if finite.any():
            after[finite] = evaluate(objective, moved[finite]).mean(axis=1)
        self.moving = self.moving & np.isfinite(after)
        fell = self.moving & (after < values - ROUNDING * (1 + np.abs(values)))
        self.falls += fell
        self.first_fall[fell & (self.first_fall < 0)] = self.updates_done
        self.thetas[self.moving] = moved[self.moving]
        self.updates_done += 1

    def history(self, kept: IntArray) -> Ascent:
        updates, values, norms = zip(*self.records, strict=True)
        return Ascent(
            start=self.start,
            end=self.thetas,
            updates=np.array(updates, dtype=np.int64),
            values=np.stack(values),
            gradient_norms=np.stack(norms),
            falls=self.falls,
            first_fall=self.first_fall,
            diverged=~self.moving,
            provenance=self.origin,
            kept=kept,
            thetas=np.array(self.thetas_kept).reshape(len(kept), *self.thetas.shape),
        )


def _at_every_update(objective: Objective | ObjectiveAt) -> ObjectiveAt:
    if isinstance(objective, Objective):
        return lambda update: objective
    if not callable(objective):
        raise TypeError(f"objective must be an objective, or a function of the update, got {objective!r}")
    return objective


def _as_rule(rule: Rule) -> Rule:
    try:
        signature(rule).bind("objective", "thetas", "rng")
    except TypeError:
        raise TypeError(
            f"rule must be a function of (objective, thetas, rng), got {rule!r}; one with settings is called "
            "with them first, such as reinforce(n_episodes=16, horizon=100)"
        ) from None
    return rule


def _rising(name: str, updates: Sequence[int] | IntArray, last: int) -> IntArray:
    given = np.asarray(updates)
    if given.size == 0:
        return np.zeros(0, dtype=np.int64)
    whole = given.ndim == 1 and np.issubdtype(given.dtype, np.integer)
    if not (whole and given[0] >= 0 and given[-1] <= last and (np.diff(given) > 0).all()):
        raise ValueError(f"{name} must be whole numbers that rise, from 0 to n_updates {last}, got {updates}")
    return given.astype(np.int64)


def _finite(step: float, update: int) -> float:
    if isinstance(step, str) or not np.isfinite(step):
        raise ValueError(f"step must be finite at every update, got {step} at update {update}")
    return float(step)
