"""REINFORCE in continuous control: logged, stopped where a number is not finite, resumed from a file."""

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, as_generator, at_least, positive
from rl_landscapes.ascent.checkpoints import Checkpoint, resume
from rl_landscapes.ascent.evaluation import Evaluation
from rl_landscapes.ascent.history import Training, append_row, no_updates
from rl_landscapes.ascent.optimisers import SGD, Optimiser
from rl_landscapes.ascent.schedules import Schedule, constant
from rl_landscapes.objectives import baselines
from rl_landscapes.objectives.baselines import Baseline
from rl_landscapes.objectives.policy_gradient import (
    PolicyGradient,
    Weighting,
    policy_gradient,
    reward_to_go,
    reward_to_go_from_here,
)
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.objectives.trajectories import Trajectories
from rl_landscapes.parallel import progress
from rl_landscapes.records import provenance, save
from rl_landscapes.records.description import describe
from rl_landscapes.statistics import standard_error

LARGEST_THETA = 1e8
ROUNDING = 1e-13  # of an action: noise smaller than that cannot be told from it
PLAIN = SGD()
PAPER_CURVES = Evaluation()


class Authors(TypedDict):
    """The type of `AUTHORS`."""

    optimiser: Optimiser
    weighting: Weighting
    baseline: Baseline


AUTHORS: Authors = {
    "optimiser": PLAIN,
    "weighting": reward_to_go_from_here,
    "baseline": baselines.standardised,
}
"""How the authors' code trains: `train(objective, theta, ..., **AUTHORS)`; their padding is left out."""


def train(
    objective: SampledReturn,
    theta: npt.ArrayLike,
    *,
    n_updates: int,
    step: float | Schedule,
    rng: np.random.Generator,
    optimiser: Optimiser = PLAIN,
    weighting: Weighting = reward_to_go,
    baseline: Baseline = baselines.standardised,
    sigma: float | Schedule | None = None,
    tau: float | Schedule = 0.0,
    evaluation: Evaluation = PAPER_CURVES,
    evaluate_every: int = 10,
    keep_every: int | None = None,
    checkpoint: Path | None = None,
    checkpoint_every: int = 10,
) -> Training:
    """Move `theta` (n,) uphill on the sampled return by REINFORCE: theta <- theta + step(u) direction_u.

    Every update runs the episodes of `objective` anew and hands their `policy_gradient` to the `optimiser`.
    The defaults are not the paper's settings, which are `**AUTHORS`: they weigh late steps as the discounted
    return does. With `Adam` and `baselines.per_step` one step size does for many worlds. Where sigma is
    learned, a baseline that divides by the spread of the credit does not divide the entropy's own gradient,
    so `tau` weighs as it says only with the others.
    `sigma` replaces the noise of the policy, `tau` weighs its entropy; both may be schedules. Every
    `evaluate_every` updates, and at the end, the policy is judged by `evaluation`: the same episodes every
    time, by default without noise or discount over the world's own limit. Parameters are kept every
    `keep_every` updates (None: the first and the last only).

    All chance in update u is made from `rng` and u. With a `checkpoint` the run is stored before the first
    update, after every `checkpoint_every` and at the end, whole or not at all; the same call goes on from
    there, to the same bits as a run that was never interrupted. More `n_updates` than before lengthen a
    finished run.

    Raises
    ------
    ValueError
        If a number is out of its range, a schedule gives one that is, sigma is 0, or the checkpoint is
        damaged or of a run with other settings; the message says which.
    TypeError
        If `rng` is no generator.
    OSError
        If the checkpoint cannot be written; a file that was there keeps its content.

    Warns
    -----
    RuntimeWarning
        If episodes diverged, or if the run stopped because the gradient was not finite, a parameter grew
        beyond all bounds, or sigma was lost in the rounding of the actions.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent, objectives, policies, worlds
    >>> world, policy = worlds.double_integrator(time_limit=20), policies.linear_gaussian(2, 1, sigma=0.5)
    >>> sampled, rng = objectives.SampledReturn(world, policy, n_episodes=16), np.random.default_rng(0)
    >>> history = ascent.train(sampled, np.zeros(3), n_updates=30, step=0.05, rng=rng)
    >>> bool(history.evaluations[-1] > history.evaluations[0])
    True
    """
    origin = provenance(as_generator(rng))
    run = _Run(
        replace(objective, n_threads=None),
        objective.n_threads,
        optimiser,
        weighting,
        baseline,
        _as_schedule(step),
        None if sigma is None else _as_schedule(sigma),
        _as_schedule(tau),
        _as_evaluation(evaluation, objective),
        at_least("evaluate_every", evaluate_every, 1),
        0 if keep_every is None else at_least("keep_every", keep_every, 1),
        seed=int(rng.integers(2**63)),
    )
    last, every = at_least("n_updates", n_updates, 1), at_least("checkpoint_every", checkpoint_every, 1)
    start = objective.policy.as_theta(theta)
    settings = run.settings | describe("theta", start)
    at = Checkpoint(
        no_updates(start, objective.policy.n_actions, settings, origin),
        optimiser.start(objective.n_parameters),
    )
    if checkpoint is not None:
        at = resume(Path(checkpoint), at)
        run.check_past(at.training, last, Path(checkpoint))
        if not Path(checkpoint).exists():  # what cannot be written, or is used by another run, is told now
            save(at, checkpoint)
    for update in progress(range(at.training.n_updates, last), description="train"):
        if at.training.stopped:
            break
        at = run.update(at, update)
        if checkpoint is not None and (
            at.training.stopped or (update + 1) % every == 0 or update + 1 == last
        ):
            save(at, checkpoint)
    training = run.finish(at.training)
    _warn(training)
    return training


@dataclass(frozen=True, eq=False)
class _Run:
    """Everything that decides an update but the point it starts from."""

    objective: SampledReturn
    n_threads: int | None
    optimiser: Optimiser
    weighting: Weighting
    baseline: Baseline
    step_at: Schedule
    sigma_at: Schedule | None
    tau_at: Schedule
    evaluation: Evaluation
    evaluate_every: int
    keep_every: int
    seed: int

    @property
    def settings(self) -> dict[str, str]:
        """Describe all but the schedules, whose values are in the history."""
        names = ["objective", "optimiser", "weighting", "baseline"]
        names += ["evaluation", "evaluate_every", "keep_every", "seed"]
        parts = [describe(name, getattr(self, name)) for name in names]
        sigma = {"sigma": "the policy's own" if self.sigma_at is None else "a schedule"}
        return {key: text for part in [*parts, sigma] for key, text in part.items()}

    def check_past(self, training: Training, n_updates: int, path: Path) -> None:
        """Refuse a history that this run would not have made."""
        if training.n_moves > n_updates:
            raise ValueError(
                f"n_updates must be at least the {training.n_moves} that {path} has made, got {n_updates}"
            )
        past = {"step": (self.step_at, training.steps), "tau": (self.tau_at, training.taus)}
        if self.sigma_at is not None:
            past["sigma"] = (self.sigma_at, training.sigmas[:, 0])
        for name, (schedule, values) in past.items():
            for update, value in enumerate(values):
                if schedule(update) != value:
                    raise ValueError(
                        f"checkpoint {path} is of a run with other settings: {name} at update {update} was "
                        f"{value}, is now {schedule(update)}; name another file"
                    )

    def update(self, at: Checkpoint, update: int) -> Checkpoint:
        """Look around, then move, unless that would leave the finite range."""
        training = self.look_around(at.training)
        theta, objective = training.end, self.objective_at(update)
        step, tau = _finite("step", self.step_at(update), update), _finite("tau", self.tau_at(update), update)
        episodes = objective.trajectories(theta[None], self.generator(0, update))
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told below
            estimate = policy_gradient(
                objective.policy, theta, episodes, weighting=self.weighting, baseline=self.baseline, tau=tau
            )
            direction, memory = self.optimiser.direction(estimate.gradient, at.memory)
            moved, seen = theta + step * direction, _row(estimate)
        sigmas = objective.policy.at(theta[None]).sigmas[0]
        why = _lost_in_rounding(sigmas, episodes) or _not_finite(estimate.gradient, moved)
        why = f"update {update}: {why}" if why else ""
        training = append_row(training, **seen, steps=step, taus=tau, sigmas=sigmas)
        return Checkpoint(
            replace(training, end=theta if why else moved, stopped=why), at.memory if why else memory
        )

    def objective_at(self, update: int) -> SampledReturn:
        """Return the objective with the threads and the noise of this update."""
        objective = replace(self.objective, n_threads=self.n_threads)
        if self.sigma_at is None:
            return objective
        return objective.with_sigma(positive(f"sigma at update {update}", self.sigma_at(update)))

    def generator(self, *key: int) -> np.random.Generator:
        """Return a new generator: (0, u) draws the episodes of update u, (1,) those of all evaluations."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def look_around(self, training: Training, *, always: bool = False) -> Training:
        """Evaluate and keep the point where the run is, if it is time for that and not yet done."""
        made, theta = training.n_moves, training.end
        if (always or made % self.evaluate_every == 0) and made not in training.evaluated:
            judge = self.evaluation.of(replace(self.objective, n_threads=self.n_threads))
            values = judge.evaluate(theta[None], self.generator(1))[0]
            error = standard_error(values)
            training = append_row(
                training, evaluated=made, evaluations=values.mean(), evaluations_stderr=error
            )
        on_grid = made == 0 or (self.keep_every > 0 and made % self.keep_every == 0)
        if (always or on_grid) and made not in training.kept:
            training = append_row(training, kept=made, thetas=theta)
        return training

    def finish(self, training: Training) -> Training:
        """Return the history with the end evaluated and kept."""
        return self.look_around(training, always=True)


def _row(estimate: PolicyGradient) -> dict[str, npt.ArrayLike]:
    some = len(estimate.returns) > 0
    return {
        "returns": estimate.returns.mean() if some else np.nan,
        "returns_stderr": standard_error(estimate.returns) if some else np.nan,
        "lengths": estimate.lengths.mean() if some else np.nan,
        "gradient_norms": np.linalg.norm(estimate.gradient),
        "noise": estimate.noise,
        "diverged": estimate.n_diverged,
    }


def _lost_in_rounding(sigmas: Array, episodes: Trajectories) -> str:
    """Say if the score would be made of rounding errors: it divides action - mean by sigma^2."""
    largest = np.abs(episodes.actions[~episodes.diverged]).max(initial=0.0)
    if sigmas.min() >= ROUNDING * largest:
        return ""
    return f"sigma {sigmas.min():g} is lost in the rounding of actions of up to {largest:.3g}"


def _not_finite(gradient: Array, moved: Array) -> str:
    if not np.isfinite(gradient).all():
        return "the gradient is not finite"
    if not (np.abs(moved) < LARGEST_THETA).all():
        return f"a parameter would leave +-{LARGEST_THETA:g}"
    return ""


def _as_evaluation(given: Evaluation, objective: SampledReturn) -> Evaluation:
    if not isinstance(given, Evaluation):
        raise TypeError(f"evaluation must be an Evaluation, such as Evaluation(n_episodes=32), got {given!r}")
    given.of(objective)  # refuses a horizon beyond the limit now, not after the first updates
    return given


def _as_schedule(value: float | Schedule) -> Schedule:
    return value if callable(value) else constant(value)


def _finite(name: str, value: float, update: int) -> float:
    if isinstance(value, str) or not np.isfinite(value):
        raise ValueError(f"{name} must be finite at every update, got {value} at update {update}")
    return float(value)


def _warn(training: Training) -> None:
    lost = int(training.diverged.sum())
    if lost:
        warnings.warn(f"{lost} episodes diverged and were left out", RuntimeWarning, stacklevel=3)
    if training.stopped:
        warnings.warn(f"training stopped at {training.stopped}", RuntimeWarning, stacklevel=3)
