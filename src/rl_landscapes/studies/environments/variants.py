"""Bodies whose episodes end when they fall, and the same bodies whose episodes go on."""

from dataclasses import replace
from typing import Any

from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.studies.runs import CHEETAH, sampled

UPRIGHT: dict[str, Any] = {
    "healthy_z_range": (0.7 * (0.8 / 1.25 - 1), 0.7 * (2.0 / 1.25 - 1)),
    "healthy_angle_range": (-1.0, 1.0),
    "healthy_reward": 1.0,
}
"""What HalfCheetah is paid for: Walker2d's rule, in parts of the height at which the trunk stands.

Walker2d's stands at 1.25, may be at .8 to 2 and lean by 1 radian, and earns 1 a step; HalfCheetah's stands at
.7. Its gaits keep inside until they tumble, untrained policies leave after some tens of steps. It is paid
whether or not its episodes end, as the other two are: so termination alone is varied.
"""


def variant(
    body_name: str, *, termination: bool, sigma: float, n_episodes: int, discount: float, horizon: int
) -> SampledReturn:
    """Return the sampled return of a linear policy in a body with or without termination."""
    from rl_landscapes.worlds.physics import body  # needs MuJoCo, which listing the studies does not

    world = body(body_name, termination=termination, **(UPRIGHT if body_name == CHEETAH else {}))
    return replace(sampled(body_name, sigma, n_episodes, discount, horizon), world=world)
