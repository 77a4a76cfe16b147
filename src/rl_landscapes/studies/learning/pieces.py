"""The pieces of the study: a training run, an ascent without noise, a measure of signal and noise."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.ascent.differences import ascend_by_differences
from rl_landscapes.ascent.evaluation import Evaluation
from rl_landscapes.objectives.gradient_signal import gradient_signal
from rl_landscapes.objectives.policy_gradient import reward_to_go_from_here
from rl_landscapes.studies.chance import generator_named
from rl_landscapes.studies.learning.settings import Paths, Settings
from rl_landscapes.studies.results import Values
from rl_landscapes.studies.runs import ARMS, Run, sampled, start_of, train_run, travelled


@dataclass(frozen=True)
class Trained:
    """One training run."""

    run: Run

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Keep its learning curve, its end, and what the estimates were like on the way."""
        training = train_run(
            self.run,
            settings.seed,
            evaluation(settings),
            evaluate_every=max(1, self.run.n_updates // settings.n_evaluations),
            keep_every=self.run.n_updates,
        )
        values = training.evaluations[: settings.n_evaluations + 1]
        padded = np.pad(values, (0, settings.n_evaluations + 1 - len(values)), mode="edge")
        tenth = max(1, self.run.n_updates // 10)
        return {
            "evaluations": padded,
            "end": training.end,
            "stopped": bool(training.stopped),
            "travelled": travelled(training),
            "update_length": float(np.mean(training.steps[:tenth] * training.gradient_norms[:tenth])),
            "norm": float(np.mean(training.gradient_norms[:tenth])),
            "over_noise": float(np.mean(training.gradient_norms / training.noise)),
            "length": float(np.mean(training.lengths)),
        }


@dataclass(frozen=True)
class Path:
    """One ascent by central differences on a path of given length."""

    paths: Paths
    sigma: float
    start: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Climb, then judge the points of the path as training runs are judged."""
        paths, n = self.paths, self.paths.n_episodes[self.paths.sigmas.index(self.sigma)]
        seen = sampled(paths.body, self.sigma, n, paths.discount, paths.horizon)
        way = ascend_by_differences(
            seen,
            start_of(paths.body, self.start, settings.seed)[None],
            n_updates=paths.n_updates,
            length=paths.length,
            alpha=paths.alpha,
            rng=generator_named(settings.seed, f"run-{paths.body}-{self.start}"),
        )
        judge = evaluation(settings).of(seen)
        chance = generator_named(settings.seed, f"judge-{paths.body}-{self.start}")
        return {
            "evaluations": judge.evaluate(way.thetas[:, 0], chance).mean(axis=1),
            "end": way.thetas[-1, 0],
            "over_noise": float(np.mean(way.gradient_norms / way.noise)),
            "travelled": float(np.linalg.norm(way.thetas[-1, 0] - way.thetas[0, 0])),
        }


@dataclass(frozen=True)
class Signal:
    """Signal and noise of the estimate from batches of 128 episodes at a start."""

    body: str
    sigma: float
    start: int
    discount: float
    horizon: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Compare the gradient with its noise, with both baselines."""
        seen = sampled(self.body, self.sigma, ARMS["large"].n_episodes, self.discount, self.horizon)
        theta, found = start_of(self.body, self.start, settings.seed), {}
        for arm in ("large", "per-step"):
            squared = gradient_signal(
                seen,
                theta,
                n_batches=settings.n_batches,
                rng=generator_named(settings.seed, f"signal-{self.body}-{self.start}"),
                weighting=reward_to_go_from_here,
                baseline=ARMS[arm].baseline,
            ).squared
            found[arm] = np.array([squared.estimate, squared.low, squared.high]) / seen.n_episodes
        return {"standardised": found["large"], "per_step": found["per-step"]}


Piece = Trained | Path | Signal


def evaluation(settings: Settings) -> Evaluation:
    """Return how policies are judged."""
    return Evaluation(settings.n_evaluation, horizon=settings.evaluation_horizon)


def pieces(settings: Settings) -> dict[str, Piece]:
    """List the runs of all grids, the ascents without noise, and the signals at the starts."""
    found: dict[str, Piece] = {}
    for grid in settings.grids:
        for start in range(grid.n_starts):
            for sigma in grid.sigmas:
                for step in grid.steps:
                    run = Run(
                        grid.body, grid.arm, sigma, step, start, grid.n_updates, grid.discount, grid.horizon
                    )
                    found[f"{grid.body}-{grid.arm}-{sigma}-{step}-{start}"] = Trained(run)
                if grid.arm == "plain":
                    signal = Signal(grid.body, sigma, start, grid.discount, grid.horizon)
                    found[f"{grid.body}-signal-{sigma}-{start}"] = signal
    for paths in settings.paths:
        for start in range(paths.n_starts):
            for sigma in paths.sigmas:
                found[f"{paths.body}-path-{sigma}-{start}"] = Path(paths, sigma, start)
    return found
