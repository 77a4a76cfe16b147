"""How a policy is judged along its training: by other episodes than those it is trained on."""

from dataclasses import dataclass, replace

from rl_landscapes.arrays import at_least, non_negative, within
from rl_landscapes.objectives.rollouts import SampledReturn


@dataclass(frozen=True)
class Evaluation:
    """The mean return over `n_episodes`, as in the paper's curves undiscounted and without noise.

    What a training maximises is often cut and discounted; judged by that, a policy that stands for a thousand
    steps looks hardly better than one that falls after a hundred. `horizon` None is the world's own limit.

    Raises
    ------
    ValueError
        If a number is out of its range; in use, if the horizon is beyond the world's limit.

    Examples
    --------
    >>> from rl_landscapes import ascent, objectives, policies, worlds
    >>> world, policy = worlds.double_integrator(), policies.linear_gaussian(2, 1, sigma=0.5)
    >>> trained = objectives.SampledReturn(world, policy, n_episodes=64, discount=0.9, horizon=50)
    >>> judged = ascent.Evaluation(n_episodes=8).of(trained)
    >>> judged.n_episodes, judged.discount, judged.n_steps, judged.policy.sigma
    (8, 1.0, 200, 0.0)
    """

    n_episodes: int = 16
    discount: float = 1.0
    horizon: int | None = None
    sigma: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what could not be evaluated in any world."""
        at_least("n_episodes of the evaluation", self.n_episodes, 1)
        within("discount of the evaluation", self.discount, 0.0, 1.0)
        non_negative("sigma of the evaluation", self.sigma)
        if self.horizon is not None:
            at_least("horizon of the evaluation", self.horizon, 1)

    def of(self, objective: SampledReturn) -> SampledReturn:
        """Return the objective that judges policies which are trained on `objective`."""
        judged = replace(objective, discount=self.discount, horizon=self.horizon)
        return judged.with_episodes(self.n_episodes).with_sigma(self.sigma)
