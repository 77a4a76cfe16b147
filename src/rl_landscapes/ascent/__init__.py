"""Ascent: objective -> a path uphill.

Arrays are finite and of the shape stated, counts are positive integers, `rng` is a generator; else a
ValueError or TypeError names argument, value and what is accepted. A Raises section tells what else is
refused.
"""

from rl_landscapes.ascent.differences import PathAscent, ascend_by_differences
from rl_landscapes.ascent.evaluation import Evaluation
from rl_landscapes.ascent.gradient import Ascent, ascend
from rl_landscapes.ascent.history import Training
from rl_landscapes.ascent.optimisers import SGD, Adam, Momentum, RMSProp
from rl_landscapes.ascent.rules import Rule, exact_gradient, natural_gradient, reinforce, scaled_gradient
from rl_landscapes.ascent.schedules import anneal, exponential_decay
from rl_landscapes.ascent.training import AUTHORS, train

__all__ = [
    "AUTHORS",
    "SGD",
    "Adam",
    "Ascent",
    "Evaluation",
    "Momentum",
    "PathAscent",
    "RMSProp",
    "Rule",
    "Training",
    "anneal",
    "ascend",
    "ascend_by_differences",
    "exact_gradient",
    "exponential_decay",
    "natural_gradient",
    "reinforce",
    "scaled_gradient",
    "train",
]
