"""Objectives: parameters -> number, for many parameter vectors at once."""

from rl_landscapes.objectives.base import (
    Differentiable,
    HessianProduct,
    Objective,
    TwiceDifferentiable,
    evaluate,
    gradient,
    hessian,
    hessian_at,
    value_and_gradient,
)
from rl_landscapes.objectives.bonus import EntropyBonus, visited_bonus_gradient
from rl_landscapes.objectives.episodes import (
    Episodes,
    leave_one_out,
    no_baseline,
    sample_episodes,
    sampled_gradient,
)
from rl_landscapes.objectives.exact import ExactReturn
from rl_landscapes.objectives.optimum import Optimum, optimal, value_iteration
from rl_landscapes.objectives.toys import (
    Function,
    Noisy,
    from_function,
    goodfellow_saddle,
    monkey_saddle,
    plateau,
    quadratic,
    quadratic_of_spectrum,
    ramp,
    ridge,
)

__all__ = [
    "Differentiable",
    "EntropyBonus",
    "Episodes",
    "ExactReturn",
    "Function",
    "HessianProduct",
    "Noisy",
    "Objective",
    "Optimum",
    "TwiceDifferentiable",
    "evaluate",
    "from_function",
    "goodfellow_saddle",
    "gradient",
    "hessian",
    "hessian_at",
    "leave_one_out",
    "monkey_saddle",
    "no_baseline",
    "optimal",
    "plateau",
    "quadratic",
    "quadratic_of_spectrum",
    "ramp",
    "ridge",
    "sample_episodes",
    "sampled_gradient",
    "value_and_gradient",
    "value_iteration",
    "visited_bonus_gradient",
]
