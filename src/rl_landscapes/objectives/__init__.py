"""Objectives: parameters -> number, for many parameter vectors at once.

Arrays are finite and of the shape stated, counts are positive integers, `rng` is a generator; else a
ValueError or TypeError names argument, value and what is accepted. A Raises section tells what else is
refused.
"""

from rl_landscapes.objectives import baselines
from rl_landscapes.objectives.bandit import two_hills
from rl_landscapes.objectives.base import (
    Objective,
    evaluate,
    gradient,
    hessian,
    hessian_at,
)
from rl_landscapes.objectives.bonus import EntropyBonus, visited_bonus_gradient
from rl_landscapes.objectives.closed_form import LQRReturn
from rl_landscapes.objectives.differences import central_differences
from rl_landscapes.objectives.episodes import (
    Episodes,
    leave_one_out,
    no_baseline,
    sample_episodes,
    sampled_gradient,
)
from rl_landscapes.objectives.exact import ExactReturn
from rl_landscapes.objectives.gradient_signal import gradient_signal
from rl_landscapes.objectives.motions import record_motions
from rl_landscapes.objectives.optimum import optimal
from rl_landscapes.objectives.points import gradient_at, value_at
from rl_landscapes.objectives.policy_gradient import (
    policy_gradient,
    reward_to_go,
    reward_to_go_from_here,
    whole_return,
)
from rl_landscapes.objectives.regularised import RegularisedReturn, Tsallis, close_to
from rl_landscapes.objectives.rollouts import SampledReturn, run_episodes
from rl_landscapes.objectives.toys import (
    Noisy,
    from_function,
    goodfellow_saddle,
    monkey_saddle,
    plateau,
    quadratic,
    quadratic_of_spectrum,
    ramp,
)
from rl_landscapes.objectives.trajectories import Trajectories

__all__ = [
    "EntropyBonus",
    "Episodes",
    "ExactReturn",
    "LQRReturn",
    "Noisy",
    "Objective",
    "RegularisedReturn",
    "SampledReturn",
    "Trajectories",
    "Tsallis",
    "baselines",
    "central_differences",
    "close_to",
    "evaluate",
    "from_function",
    "goodfellow_saddle",
    "gradient",
    "gradient_at",
    "gradient_signal",
    "hessian",
    "hessian_at",
    "leave_one_out",
    "monkey_saddle",
    "no_baseline",
    "optimal",
    "plateau",
    "policy_gradient",
    "quadratic",
    "quadratic_of_spectrum",
    "ramp",
    "record_motions",
    "reward_to_go",
    "reward_to_go_from_here",
    "run_episodes",
    "sample_episodes",
    "sampled_gradient",
    "two_hills",
    "value_at",
    "visited_bonus_gradient",
    "whole_return",
]
