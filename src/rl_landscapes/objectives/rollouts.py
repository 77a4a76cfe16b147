"""The sampled return of Gaussian policies: the objective of continuous control, through N common episodes."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from rl_landscapes.arrays import Array, as_generator, at_least, within
from rl_landscapes.objectives.chance import Columns, columns
from rl_landscapes.objectives.slots import Moment, play
from rl_landscapes.objectives.trajectories import Trajectories, blank, trimmed, write
from rl_landscapes.parallel.bags import threads_here
from rl_landscapes.policies.gaussian import Gaussian, GaussianPoint
from rl_landscapes.worlds.control import ControlWorld

EPISODES_AT_ONCE = 1024
LARGEST_NOISE = 2**26  # bytes of action noise held at the same time


@dataclass(frozen=True, eq=False)
class SampledReturn:
    r"""Return sum_t gamma^t r_t of the policy with parameters theta, over `n_episodes` episodes.

    Episode j has the same start and the same action noise at every theta (common random numbers), so
    differences between points are paired: action = mean(s) + sigma noise_t. An episode is cut after `horizon`
    steps (None: the world's time limit) and what would follow counts as nothing. Actions are clipped to the
    box of the world unless `clip` is False. `discount` 1 gives the plain sum of rewards. An episode that
    diverged is NaN, and warned of. No bit depends on the number of threads (None: all cores, or one in a
    process that is itself one of many), nor on which other points and episodes run along.

    Raises
    ------
    ValueError
        If the policy does not fit the world, or a number is out of its range.
    TypeError
        If `world` is no `ControlWorld`, or `policy` not Gaussian.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, policies, worlds
    >>> world, policy = worlds.double_integrator(), policies.linear_gaussian(2, 1, sigma=0.5)
    >>> sampled = objectives.SampledReturn(world, policy, n_episodes=16, discount=0.9)
    >>> objectives.evaluate(sampled, np.zeros((2, 3)), np.random.default_rng(0)).shape
    (2, 16)
    """

    world: ControlWorld
    policy: Gaussian
    n_episodes: int
    discount: float = 1.0
    horizon: int | None = None
    clip: bool = True
    n_threads: int | None = field(default=None, compare=False)  # it decides no bit

    def __post_init__(self) -> None:
        """Refuse what could not be evaluated."""
        _fits(self.world, self.policy)
        at_least("n_episodes", self.n_episodes, 1)
        within("discount", self.discount, 0.0, 1.0)
        _within_limit(self.world, self.horizon)
        if self.n_threads is not None:
            at_least("n_threads", self.n_threads, 1)

    @property
    def n_parameters(self) -> int:
        """Number of parameters n of the policy."""
        return self.policy.n_parameters

    @property
    def made_of(self) -> str:
        """What the parameters are."""
        return self.policy.made_of

    @property
    def n_steps(self) -> int:
        """Number of steps after which an episode is cut."""
        return self.world.time_limit if self.horizon is None else self.horizon

    @property
    def points_at_once(self) -> int:
        """As many points as make about a thousand episodes."""
        return max(1, EPISODES_AT_ONCE // self.n_episodes)

    def with_sigma(self, sigma: float) -> "SampledReturn":
        """Return the same objective under action noise of standard deviation `sigma`."""
        return replace(self, policy=self.policy.with_sigma(sigma))

    def with_episodes(self, n_episodes: int) -> "SampledReturn":
        """Return the same objective through `n_episodes` episodes; the first ones are the same."""
        return replace(self, n_episodes=n_episodes)

    def evaluate(self, thetas: Array, rng: np.random.Generator) -> Array:
        """Return the returns (D, N) at points `thetas` (D, n); NaN where an episode diverged.

        Nothing but the returns is kept, so memory does not grow with the length of the episodes.
        """
        point = self._at(thetas)
        parts = [self._returns(point, chance) for _, chance in self._columns(rng)]
        returns = np.concatenate(parts, axis=1)
        lost = int(np.isnan(returns).sum())
        if lost:
            text = f"{lost} of {returns.size} episodes of {self.world.name} diverged: their returns are NaN"
            warnings.warn(text, RuntimeWarning, stacklevel=2)
        return returns

    def trajectories(self, thetas: Array, rng: np.random.Generator) -> Trajectories:
        """Return the episodes behind `evaluate(thetas, rng)`, every step of them; `thetas` is (P, n)."""
        point = self._at(thetas)
        kept = blank(
            (len(point.sigmas), self.n_episodes, self.n_steps),
            n_observations=self.world.n_observations,
            n_actions=self.world.n_actions,
            discount=self.discount,
        )
        for first, chance in self._columns(rng):
            for moment in self._play(point, chance):
                write(kept, moment, first, len(chance))
        return trimmed(kept)

    def _at(self, thetas: Array) -> GaussianPoint:
        point = self.policy.at(thetas)
        if not len(point.sigmas):
            raise ValueError("thetas must hold at least one point, got none")
        return point

    def _columns(self, rng: np.random.Generator) -> Iterator[tuple[int, Columns]]:
        """Draw the episodes, in blocks whose noise has room in memory, with the number of the first."""
        seed = int(as_generator(rng).integers(2**63))
        size = max(1, LARGEST_NOISE // (8 * self.n_steps * self.world.n_actions))
        for first in range(0, self.n_episodes, size):
            numbers = range(first, min(first + size, self.n_episodes))
            yield first, columns(self.world, numbers, self.n_steps, seed)

    def _play(self, point: GaussianPoint, chance: Columns) -> Iterator[Moment]:
        n_threads = threads_here() if self.n_threads is None else self.n_threads
        return play(self.world, point, chance, clip=self.clip, n_threads=n_threads)

    def _returns(self, point: GaussianPoint, chance: Columns) -> Array:
        weights = self.discount ** np.arange(self.n_steps, dtype=np.float64)
        sums = np.zeros(len(point.sigmas) * len(chance))
        for moment in self._play(point, chance):
            everyone = len(moment.tasks) == len(sums)
            sums[... if everyone else moment.tasks] += weights.take(moment.t) * moment.step.rewards
            if np.count_nonzero(moment.step.diverged):
                sums[moment.tasks[moment.step.diverged]] = np.nan
        return sums.reshape(len(point.sigmas), len(chance))


def run_episodes(
    world: ControlWorld,
    policy: Gaussian,
    thetas: Array,
    *,
    n_episodes: int,
    rng: np.random.Generator,
    horizon: int | None = None,
    discount: float = 1.0,
    clip: bool = True,
    n_threads: int | None = None,
) -> Trajectories:
    """Let policies `thetas` (P, n) live through the same `n_episodes` episodes each, and keep every step.

    The arguments are those of `SampledReturn`.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, policies, worlds
    >>> world, policy = worlds.double_integrator(time_limit=20), policies.linear_gaussian(2, 1, sigma=0.5)
    >>> rng = np.random.default_rng(0)
    >>> lived = objectives.run_episodes(world, policy, np.zeros((3, 3)), n_episodes=4, rng=rng)
    >>> lived.observations.shape, lived.returns.shape
    ((3, 4, 20, 2), (3, 4))
    """
    objective = SampledReturn(world, policy, n_episodes, discount, horizon, clip, n_threads)
    return objective.trajectories(thetas, rng)


def _within_limit(world: ControlWorld, horizon: int | None) -> None:
    if horizon is not None and at_least("horizon", horizon, 1) > world.time_limit:
        raise ValueError(
            f"horizon must be at most the time limit of {world.name}, {world.time_limit}, got {horizon}; "
            "for longer episodes make the world with a larger limit"
        )


def _fits(world: ControlWorld, policy: Gaussian) -> None:
    if not isinstance(world, ControlWorld):
        raise TypeError(
            f"world must be a ControlWorld, got {world!r}; worlds.physics.body('Hopper-v5') is Gymnasium's, "
            "and worlds.control.ControlWorld says what a world of your own must have"
        )
    if not isinstance(policy, Gaussian):
        raise TypeError(
            f"policy must be Gaussian, got {policy!r}; policies.linear_gaussian and mlp_gaussian make one"
        )
    wanted = (world.n_observations, world.n_actions)
    given = (policy.n_observations, policy.n_actions)
    if wanted != given:
        raise ValueError(
            f"policy must map the {wanted[0]} observations of {world.name} to its {wanted[1]} actions, "
            f"got one from {given[0]} to {given[1]}"
        )
