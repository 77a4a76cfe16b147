"""The pieces of the study: a training run, and what its checkpoints look like under every sigma."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent.evaluation import Evaluation
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.probes.gradients import along_direction
from rl_landscapes.probes.improvement import most_improving
from rl_landscapes.probes.perturbations import perturb
from rl_landscapes.probes.trace import mean_trace, trace_from_probe
from rl_landscapes.studies.chance import generator_named
from rl_landscapes.studies.curvature.settings import Runs, Settings
from rl_landscapes.studies.results import Values
from rl_landscapes.studies.runs import Run, sampled, train_run


@dataclass(frozen=True)
class Watched:
    """One training run with its checkpoints (K), seen under every sigma (S) in several sets (G)."""

    runs: Runs
    sigma: float
    start: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Train, then look at each checkpoint."""
        runs, n = self.runs, settings.n_checkpoints
        run = Run(
            runs.body,
            runs.arm,
            self.sigma,
            runs.step,
            self.start,
            runs.n_updates,
            runs.discount,
            runs.horizon,
        )
        every = runs.n_updates // (n - 1)
        judge = Evaluation(settings.n_evaluation, horizon=settings.evaluation_horizon)
        training = train_run(run, settings.seed, judge, evaluate_every=every, keep_every=every)
        missing = n - min(n, len(training.thetas))  # of a run that stopped: its last point stays
        thetas = np.pad(training.thetas[:n], ((0, missing), (0, 0)), mode="edge")
        plain = sampled(runs.body, self.sigma, 1, 1.0, runs.horizon)
        rows = [
            [look(settings, self, plain.with_sigma(s), k, thetas[k]) for s in settings.sigmas]
            for k in range(n)
        ]
        seen = {name: np.array([[cell[name] for cell in row] for row in rows]) for name in rows[0][0]}
        evaluations = np.pad(training.evaluations[:n], (0, missing), mode="edge")
        return seen | {"thetas": thetas, "evaluations": evaluations, "stopped": bool(training.stopped)}


Piece = Watched


def look(settings: Settings, run: Watched, seen: SampledReturn, checkpoint: int, theta: Array) -> Values:
    """Look at one checkpoint of a run through what is `seen` under one sigma.

    Every sigma, of training and of evaluation, is offered the same directions at checkpoints of one number
    from one start.
    """
    runs, which = run.runs, settings.sigmas.index(seen.policy.sigma)
    name = f"look-{runs.body}-{run.start}-{checkpoint}"
    return probed(
        seen.with_episodes(runs.choosing[which]),
        theta,
        alpha=settings.alpha,
        n_directions=runs.n_directions,
        n_measuring=runs.measuring[which],
        chances=[generator_named(settings.seed, f"{name}-{i}") for i in range(settings.n_sets + 1)],
    )


def probed(
    objective: SampledReturn,
    theta: Array,
    *,
    alpha: float,
    n_directions: int,
    n_measuring: int,
    chances: Sequence[np.random.Generator],
) -> Values:
    """Let each set choose its direction and measure along it in `n_measuring` new episodes.

    There is a set for each of the `chances` but the last.

    Beside that stand two numbers that hardly depend on the draw: the trace of the Hessian, and slope and
    curvature along the sum of all slopes times their directions, an estimate of the gradient's direction that
    exists without noise as well.
    """
    measuring, probes, chosen = objective.with_episodes(n_measuring), [], []
    for rng in chances[:-1]:
        probe = perturb(objective, theta, alpha=alpha, n_directions=n_directions, rng=rng)
        row = most_improving(probe, split=False).directions[0]
        chosen.append(along_direction(measuring, theta, row, alpha=alpha, rng=rng))
        probes.append(probe)
    uphill = np.sum([probe.slope @ probe.directions for probe in probes], axis=0)
    along = along_direction(measuring, theta, uphill, alpha=alpha, rng=chances[-1])
    trace = mean_trace([trace_from_probe(probe) for probe in probes])
    names = ("slope", "slope_stderr", "curvature", "curvature_stderr")
    return {
        **{name: np.concatenate([getattr(each, name) for each in chosen]) for name in names},
        **{f"uphill_{name}": getattr(along, name)[0] for name in names},
        "return": np.mean([probe.centre for probe in probes]),
        "trace": trace.value,
        "trace_stderr": trace.stderr,
    }


def pieces(settings: Settings) -> dict[str, Piece]:
    """List the training runs."""
    return {
        f"{runs.body}-{sigma}-{start}": Watched(runs, sigma, start)
        for runs in settings.runs
        for start in range(runs.n_starts)
        for sigma in runs.sigmas
    }
