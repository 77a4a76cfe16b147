"""Schedules: a number for each update, and objectives that follow one."""

from collections.abc import Callable

from rl_landscapes.arrays import as_finite, within
from rl_landscapes.objectives.base import Objective
from rl_landscapes.objectives.exact import ExactReturn

Schedule = Callable[[int], float]
ObjectiveAt = Callable[[int], Objective]


def constant(value: float) -> Schedule:
    """Return the schedule that is `value` at every update."""
    return lambda update: value


def exponential_decay(initial: float, factor: float) -> Schedule:
    """Return the schedule initial * factor^update, for 0 < factor <= 1.

    Examples
    --------
    >>> from rl_landscapes import ascent
    >>> schedule = ascent.exponential_decay(1.0, 0.5)
    >>> [schedule(update) for update in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """
    first = as_finite("initial", initial, ()).item()
    rate = within("factor", factor, 1e-300, 1.0)
    return lambda update: first * rate**update


def anneal(objective: ExactReturn, tau: Schedule) -> ObjectiveAt:
    """Return `objective` at update u with entropy weight tau(u).

    Examples
    --------
    >>> from rl_landscapes import ascent, objectives, worlds
    >>> exact = objectives.ExactReturn(worlds.paper_gridworld())
    >>> at = ascent.anneal(exact, ascent.exponential_decay(1.0, 0.5))
    >>> [at(update).tau for update in range(3)]
    [1.0, 0.5, 0.25]
    """
    return lambda update: objective.with_tau(tau(update))
