"""Ascent: objective -> a path uphill.

Arrays are finite and of the shape stated, counts are positive integers, `rng` is a generator; else a
ValueError or TypeError names argument, value and what is accepted. A Raises section tells what else is
refused.
"""

from rl_landscapes.ascent.gradient import Ascent, ascend
from rl_landscapes.ascent.history import Training
from rl_landscapes.ascent.optimisers import SGD, Adam, Momentum, RMSProp
from rl_landscapes.ascent.rules import Rule, exact_gradient, natural_gradient, reinforce
from rl_landscapes.ascent.schedules import anneal, exponential_decay
from rl_landscapes.ascent.training import train

__all__ = [
    "SGD",
    "Adam",
    "Ascent",
    "Momentum",
    "RMSProp",
    "Rule",
    "Training",
    "anneal",
    "ascend",
    "exact_gradient",
    "exponential_decay",
    "natural_gradient",
    "reinforce",
    "train",
]
