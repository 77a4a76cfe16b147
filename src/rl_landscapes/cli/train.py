"""`rl-landscapes train`: REINFORCE in continuous control, stored as it goes, resumed by the same command."""

import argparse
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_landscapes.cli.control import LINEAR_WORLDS, PARAMETERS, add_world, store
from rl_landscapes.cli.options import (
    PROGRAM,
    Commands,
    Failure,
    add_out,
    add_seed,
    apart,
    command,
    count,
    discount,
    factor,
    non_negative,
    pair,
    positive,
    writable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rl_landscapes.ascent import Training

ADAM_STEP = 0.05
OPTIMISERS = {"sgd": "SGD", "momentum": "Momentum", "rmsprop": "RMSProp", "adam": "Adam"}  # names in `ascent`
BASELINES = ("none", "standardised", "standardised-with-padding", "per-step", "linear")  # in `baselines`
WEIGHTINGS = ("reward-to-go", "whole-return", "reward-to-go-from-here")  # in `objectives`


def add(commands: Commands) -> None:
    """Add the command."""
    example = (
        f"{PROGRAM} train Hopper-v5 --updates 100 --episodes 16 --checkpoint hopper-checkpoint.npz"
        " --out hopper.npz"
    )
    parser = command(commands, "train", "train a Gaussian policy by REINFORCE", example)
    add_world(parser)
    parser.add_argument(
        "--start",
        type=Path,
        metavar="FILE",
        help=f"begin at {PARAMETERS} (random)",
    )
    parser.add_argument("--sigma", type=positive, default=0.5, help="action noise, at first (0.5)")
    parser.add_argument("--learn-sigma", action="store_true", help="learn the noise of each action")
    parser.add_argument("--sigma-decay", type=factor, metavar="F", help="factor of the noise per update")
    parser.add_argument("--tau", type=non_negative, default=0.0, help="weight of the entropy, at first (0)")
    parser.add_argument(
        "--tau-decay", type=factor, default=1.0, metavar="F", help="factor of it per update (1)"
    )
    parser.add_argument(
        "--step", type=positive, help=f"step size, at first ({ADAM_STEP} with adam; the others need one)"
    )
    parser.add_argument(
        "--step-decay", type=factor, default=1.0, metavar="F", help="factor of it per update (1)"
    )
    parser.add_argument("--optimiser", choices=OPTIMISERS, default="adam", help="(adam; the paper's is sgd)")
    parser.add_argument(
        "--baseline",
        choices=BASELINES,
        default="per-step",
        help="(per-step; the paper's is standardised, with padding in the authors' code)",
    )
    parser.add_argument(
        "--weighting",
        choices=WEIGHTINGS,
        default="reward-to-go",
        help="(reward-to-go; the authors' is reward-to-go-from-here)",
    )
    parser.add_argument("--episodes", type=count, default=32, metavar="N", help="in each update (32)")
    parser.add_argument("--updates", type=count, required=True, metavar="U", help="how many in all")
    parser.add_argument("--keep-every", type=count, metavar="K", help="keep every K-th parameters")
    _add_evaluation(parser)
    parser.add_argument(
        "--checkpoint",
        type=writable,
        metavar="FILE.npz",
        help="go on from this file, and keep the run in it",
    )
    parser.add_argument(
        "--every", type=count, default=10, metavar="K", help="updates from checkpoint to checkpoint (10)"
    )
    add_seed(parser)
    add_out(parser, "the record")
    parser.set_defaults(do=do)


def _add_evaluation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--evaluate-every", type=count, default=10, metavar="K", help="judge after every K updates (10)"
    )
    parser.add_argument(
        "--evaluation-episodes", type=count, default=16, metavar="N", help="at each evaluation (16)"
    )
    parser.add_argument(
        "--evaluation-discount", type=discount, default=1.0, metavar="G", help="of the evaluations (1)"
    )
    parser.add_argument(
        "--evaluation-horizon", type=count, metavar="T", help="of the evaluations (the world's time limit)"
    )
    parser.add_argument(
        "--evaluation-sigma", type=non_negative, default=0.0, metavar="S", help="noise when judged (0)"
    )


def do(chosen: argparse.Namespace) -> None:
    """Train, save, and print where it came."""
    arguments = _arguments(chosen)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "training stopped")  # it is the error below
            training = _trained(arguments)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_what_is_kept(chosen)) from None
    store(training, chosen, _summary(training))
    if training.stopped:
        raise Failure(
            f"stopped at {training.stopped}; a smaller --step or slower --sigma-decay may help"
            f"{_another_checkpoint(chosen)}. {chosen.out} holds what was before"
        )


def _another_checkpoint(chosen: argparse.Namespace) -> str:
    return "" if chosen.checkpoint is None else f" (and another --checkpoint than {chosen.checkpoint})"


def _trained(arguments: dict[str, Any]) -> "Training":
    from rl_landscapes.ascent import train

    return train(**arguments)


def _arguments(chosen: argparse.Namespace) -> dict[str, Any]:
    import numpy as np

    from rl_landscapes import ascent, objectives
    from rl_landscapes.ascent import exponential_decay
    from rl_landscapes.cli.control import discount_in, policy_for, stored, world_named
    from rl_landscapes.objectives import SampledReturn, baselines
    from rl_landscapes.policies import glorot

    if chosen.learn_sigma and chosen.sigma_decay is not None:
        raise ValueError("--learn-sigma and --sigma-decay exclude one another")
    apart(chosen.out, **{"--checkpoint": chosen.checkpoint, "--start": chosen.start})
    world, rng = world_named(chosen.world), np.random.default_rng(chosen.seed)
    policy = policy_for(world, chosen.hidden or (), None if chosen.learn_sigma else chosen.sigma)
    start = glorot(policy, rng, initial_sigma=chosen.sigma)
    if chosen.world in LINEAR_WORLDS:  # most random gains are unstable there
        for last in policy.mean.layers(start[None])[-1]:
            last[:] = 0
    linear = chosen.baseline == "linear"
    baseline = baselines.Linear() if linear else getattr(baselines, chosen.baseline.replace("-", "_"))
    in_training = discount_in(world) if chosen.discount is None else chosen.discount
    episodes = {"n_episodes": chosen.episodes, "horizon": chosen.horizon, "n_threads": chosen.threads}
    return {
        "objective": SampledReturn(world, policy, discount=in_training, **episodes),
        "theta": start if chosen.start is None else stored(chosen.start, world).theta,
        "n_updates": chosen.updates,
        "step": exponential_decay(_step(chosen), chosen.step_decay),
        "rng": rng,
        "optimiser": getattr(ascent, OPTIMISERS[chosen.optimiser])(),
        "weighting": getattr(objectives, chosen.weighting.replace("-", "_")),
        "baseline": baseline,
        "sigma": None if chosen.sigma_decay is None else exponential_decay(chosen.sigma, chosen.sigma_decay),
        "tau": exponential_decay(chosen.tau, chosen.tau_decay),
        "evaluation": ascent.Evaluation(
            n_episodes=chosen.evaluation_episodes,
            discount=chosen.evaluation_discount,
            horizon=chosen.evaluation_horizon,
            sigma=chosen.evaluation_sigma,
        ),
        "evaluate_every": chosen.evaluate_every,
        "keep_every": chosen.keep_every,
        "checkpoint": chosen.checkpoint,
        "checkpoint_every": chosen.every,
    }


def _step(chosen: argparse.Namespace) -> float:
    if chosen.step is None and chosen.optimiser != "adam":
        raise ValueError(
            f"--step is needed with --optimiser {chosen.optimiser}: it depends on the world and on sigma; "
            "the paper's best in Hopper are 0.0001 to 0.001, with sgd"
        )
    return ADAM_STEP if chosen.step is None else float(chosen.step)


def _what_is_kept(chosen: argparse.Namespace) -> str:
    if chosen.checkpoint is None or not chosen.checkpoint.exists():
        return "stopped: nothing is kept; --checkpoint FILE.npz keeps what is done, every --every updates"
    return f"stopped: the same command goes on from {chosen.checkpoint}"


def _summary(training: "Training") -> "Iterator[str]":
    sigma = training.settings["evaluation.sigma"]
    noise = "without noise" if float(sigma) == 0 else f"at sigma {sigma}"
    for row, when in [(0, "before training"), (-1, f"after {training.n_moves} updates")]:
        value = pair(training.evaluations[row], training.evaluations_stderr[row])
        yield f"return {noise} {value} {when}"
