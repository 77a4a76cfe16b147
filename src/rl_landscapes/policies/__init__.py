"""Policies: parameters -> behaviour.

Arrays are finite and of the shape stated, counts are positive integers, `rng` is a generator; else a
ValueError or TypeError names argument, value and what is accepted. A Raises section tells what else is
refused.
"""

from rl_landscapes.policies.gaussian import Gaussian, glorot, linear_gaussian, mlp_gaussian
from rl_landscapes.policies.geometry import fisher, gauge, kl_moved, without_gauge
from rl_landscapes.policies.mixed import mixed
from rl_landscapes.policies.named import (
    deterministic_theta,
    paper_policy,
    two_parameter_policy,
    uniform_starts,
)
from rl_landscapes.policies.network import coordinates, network
from rl_landscapes.policies.shortest import shortest_theta
from rl_landscapes.policies.softmax import linear, tabular
from rl_landscapes.policies.tables import tabular_theta

__all__ = [
    "Gaussian",
    "coordinates",
    "deterministic_theta",
    "fisher",
    "gauge",
    "glorot",
    "kl_moved",
    "linear",
    "linear_gaussian",
    "mixed",
    "mlp_gaussian",
    "network",
    "paper_policy",
    "shortest_theta",
    "tabular",
    "tabular_theta",
    "two_parameter_policy",
    "uniform_starts",
    "without_gauge",
]
