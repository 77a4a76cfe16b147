"""Schedules: a number for each update, and objectives that follow one."""

from collections.abc import Callable

from rl_landscapes.arrays import as_finite, at_least, positive, within
from rl_landscapes.objectives.base import Objective
from rl_landscapes.objectives.exact import ExactReturn

Schedule = Callable[[int], float]
ObjectiveAt = Callable[[int], Objective]


def constant(value: float) -> Schedule:
    """Return the schedule that is `value` at every update."""
    return lambda update: value


def exponential_decay(initial: float, factor: float) -> Schedule:
    """Return the schedule initial * factor^update, for 0 < factor <= 1.

    Raises
    ------
    ValueError
        If `initial` is not finite, or `factor` outside (0, 1].
    """
    first = as_finite("initial", initial, ()).item()
    rate = within("factor", factor, 1e-300, 1.0)
    return lambda update: first * rate**update


def polynomial_decay(initial: float, final: float, n_updates: int, *, power: float = 1.0) -> Schedule:
    """Return the schedule (initial - final) (1 - update / n_updates)^power + final, then `final` for good.

    The authors' option for the step size.

    Raises
    ------
    ValueError
        If an end is not finite, `n_updates` not a positive integer, or `power` not above 0.
    """
    first, last = as_finite("initial", initial, ()).item(), as_finite("final", final, ()).item()
    n, exponent = at_least("n_updates", n_updates, 1), positive("power", power)
    return lambda update: (first - last) * (1 - min(update, n) / n) ** exponent + last


def anneal(objective: ExactReturn, tau: Schedule) -> ObjectiveAt:
    """Return `objective` at update u with entropy weight tau(u)."""
    return lambda update: objective.with_tau(tau(update))
