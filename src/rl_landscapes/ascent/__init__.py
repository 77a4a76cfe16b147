"""Ascent: objective -> a path uphill."""

from rl_landscapes.ascent.gradient import Ascent, ascend
from rl_landscapes.ascent.rules import Rule, exact_gradient, natural_gradient, reinforce
from rl_landscapes.ascent.schedules import Schedule, anneal, constant, exponential_decay

__all__ = [
    "Ascent",
    "Rule",
    "Schedule",
    "anneal",
    "ascend",
    "constant",
    "exact_gradient",
    "exponential_decay",
    "natural_gradient",
    "reinforce",
]
