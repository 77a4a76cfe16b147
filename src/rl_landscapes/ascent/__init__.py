"""Ascent: objective -> a path uphill."""

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
