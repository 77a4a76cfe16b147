"""The pieces of the study: exact ascents, and each estimator from one block of starts."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent import ascend, reinforce
from rl_landscapes.objectives import ExactReturn, leave_one_out, no_baseline, sampled_gradient
from rl_landscapes.objectives.episodes import Baseline
from rl_landscapes.studies.common import STEP, UPDATES, paper_return, paper_starts, true_returns
from rl_landscapes.studies.results import Values


@dataclass(frozen=True)
class Estimator:
    """REINFORCE with a number of episodes per update, with the leave-one-out baseline or none."""

    n_episodes: int
    with_baseline: bool

    @property
    def baseline(self) -> Baseline:
        """The baseline itself."""
        return leave_one_out if self.with_baseline else no_baseline

    @property
    def name(self) -> str:
        """What files and pages call it."""
        return f"{self.n_episodes}-{'baseline' if self.with_baseline else 'plain'}"


ESTIMATORS = (
    Estimator(1, False),
    Estimator(4, True),
    Estimator(16, False),
    Estimator(16, True),
    Estimator(64, True),
)


@dataclass(frozen=True)
class Settings:
    """The same starts for every estimator, in blocks; step and updates are those of the exact ascent."""

    seed: int = 2019
    n_starts: int = 200
    block: int = 100
    n_updates: int = UPDATES
    horizon: int = 200
    n_noise: int = 10
    n_repeats: int = 50


@dataclass(frozen=True)
class Exact:
    """The reference, and what cutting episodes at the horizon can lose."""

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Climb with the exact gradient."""
        objective, starts = paper_return(), paper_starts(settings.n_starts, settings.seed)
        n = settings.n_updates
        end = ascend(objective, starts, n_updates=n, step=STEP, record_every=n).end
        return {
            "returns": true_returns(objective, end),
            "cut": cut_error(objective, starts, settings.horizon),
        }


@dataclass(frozen=True)
class Sampled:
    """One estimator from one block of starts."""

    estimator: Estimator
    first: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Climb with sampled gradients; measure their error at the first starts."""
        objective = paper_return()
        starts = paper_starts(settings.n_starts, settings.seed)[self.first : self.first + settings.block]
        rule = reinforce(
            n_episodes=self.estimator.n_episodes, horizon=settings.horizon, baseline=self.estimator.baseline
        )
        n = settings.n_updates
        climb = ascend(
            objective, starts, n_updates=n, step=STEP, record_every=max(n // 20, 1), rule=rule, rng=rng
        )
        return {
            "returns": true_returns(objective, climb.end),
            "updates": climb.updates,
            "curves": climb.values,
            "noise": noise_ratio(objective, starts[: settings.n_noise], self.estimator, settings, rng),
        }


Piece = Exact | Sampled


def cut_error(objective: ExactReturn, thetas: Array, horizon: int) -> Array:
    """Return what the return loses when every episode is cut at `horizon`: gamma^T rho' P^T V, shape (B,)."""
    probs = objective.policy.at(thetas).probs
    moves = np.einsum("bsa,sat->bst", probs, objective.mdp.to_dense().transitions)
    reached = np.linalg.matrix_power(moves, horizon)
    lost = np.einsum("s,bst,bt->b", objective.mdp.start, reached, objective.state_values(thetas))
    return objective.mdp.discount**horizon * lost


def noise_ratio(
    objective: ExactReturn, thetas: Array, estimator: Estimator, settings: Settings, rng: np.random.Generator
) -> Array:
    """Return the root mean square error over the exact gradient's length at `thetas` (B, n), shape (B,)."""
    repeated = np.repeat(thetas, settings.n_repeats, axis=0)
    estimates = sampled_gradient(
        objective,
        repeated,
        n_episodes=estimator.n_episodes,
        horizon=settings.horizon,
        rng=rng,
        baseline=estimator.baseline,
    )
    exact = objective.gradient(thetas)
    errors = estimates.reshape(len(thetas), settings.n_repeats, -1) - exact[:, None]
    return np.sqrt((errors**2).sum(axis=2).mean(axis=1)) / np.linalg.norm(exact, axis=1)


def pieces(settings: Settings) -> dict[str, Piece]:
    """List the exact ascent, and each estimator block by block."""
    blocks = range(0, settings.n_starts, settings.block)
    sampled = {f"{e.name}-{first}": Sampled(e, first) for e in ESTIMATORS for first in blocks}
    return {"exact": Exact()} | sampled
