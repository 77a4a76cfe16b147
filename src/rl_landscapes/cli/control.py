"""What training and probing share on the command line: a world, a policy in it, parameters from a file."""

import argparse
from ast import literal_eval
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_landscapes.cli.options import count, discount, layers

if TYPE_CHECKING:
    from rl_landscapes.arrays import Array
    from rl_landscapes.objectives import SampledReturn
    from rl_landscapes.policies import Gaussian
    from rl_landscapes.worlds.control import ControlWorld

LINEAR_WORLDS = {"double-integrator": "double_integrator", "scalar-lqr": "scalar_lqr"}  # names in worlds.lqr
DISCOUNT = 0.995  # of the paper, in continuous control
WORLD, SCHEDULED = "objective.world", "a schedule"  # in the settings of a training record
PARAMETERS = "a training record, a checkpoint, or a .npy file of one vector"


@dataclass(frozen=True, eq=False)
class Stored:
    """Parameters from a file, and what a training run says of where they belong; empty for a bare vector."""

    path: Path
    theta: "Array"
    settings: dict[str, str]

    def setting(self, name: str, otherwise: Any) -> Any:
        """Return a setting of the objective that was trained."""
        text = self.said(name)
        return otherwise if text is None or text == SCHEDULED else literal_eval(text)

    def said(self, name: str) -> str | None:
        """Return the words for a setting of the objective that was trained, None for a bare vector."""
        scheduled = name == "policy.sigma" and self.settings.get("sigma") == SCHEDULED
        return SCHEDULED if scheduled else self.settings.get(f"objective.{name}")


def add_world(parser: argparse.ArgumentParser) -> None:
    """Add the world and how episodes are run in it."""
    parser.add_argument(
        "world", metavar="WORLD", help="Hopper-v5 and other bodies, " + ", ".join(LINEAR_WORLDS)
    )
    parser.add_argument("--hidden", type=layers, metavar="M[,M]", help="sizes of tanh layers (a linear mean)")
    parser.add_argument("--discount", type=discount, help=f"({DISCOUNT}, or the world's own)")
    parser.add_argument("--horizon", type=count, help="longest episode, in steps (the world's)")
    parser.add_argument("--threads", type=count, help="native threads that step the bodies (all cores)")


def world_named(name: str) -> "ControlWorld":
    """Return a world by its name on the command line.

    Raises
    ------
    ValueError
        If there is no such world.
    ImportError
        If it is, or may be, a body, and MuJoCo or Gymnasium is not installed.
    """
    if name in LINEAR_WORLDS:
        from rl_landscapes.worlds import lqr

        made: ControlWorld = getattr(lqr, LINEAR_WORLDS[name])()
        return made
    try:
        from rl_landscapes.worlds.physics import body, known_bodies
    except ImportError as error:
        raise ImportError(f"{error}; without it there are {' and '.join(LINEAR_WORLDS)}") from None
    if name not in known_bodies():
        known = ", ".join([*known_bodies(), *LINEAR_WORLDS])
        raise ValueError(f"unknown world {name!r}: choose from {known}")
    return body(name)


def policy_for(world: "ControlWorld", hidden: tuple[int, ...], sigma: float | None) -> "Gaussian":
    """Return the Gaussian policy with these layers; with `sigma` None it learns its own."""
    from rl_landscapes.policies import linear_gaussian, mlp_gaussian

    if not hidden:
        return linear_gaussian(world.n_observations, world.n_actions, sigma=sigma)
    return mlp_gaussian(world.n_observations, world.n_actions, hidden, sigma=sigma)


def discount_in(world: "ControlWorld") -> float:
    """Return the discount if the command line names none."""
    return float(getattr(world, "discount", DISCOUNT))


def stored(path: Path, world: "ControlWorld") -> Stored:
    """Read the parameters at the end of a training run, or a bare vector.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged, holds no parameters, or those of a run in another world.
    """
    from rl_landscapes.records.description import describe, differences

    if path.suffix == ".npy":
        return Stored(path, _vector(path), {})
    training = _training(path)
    there = {name: text for name, text in training.settings.items() if name.startswith(WORLD)}
    here = describe(WORLD, world)
    names = [place.get(f"{WORLD}.name", place[WORLD]) for place in (there, here)]
    unlike = f"{names[0]}, not {names[1]}" if names[0] != names[1] else differences(there, here)
    if unlike:
        raise ValueError(f"{path} was trained in another world: {unlike}")
    return Stored(path, training.end, training.settings)


def objective_at(chosen: argparse.Namespace, world: "ControlWorld", place: Stored) -> "SampledReturn":
    """Return the objective that the options ask for; what they leave open is as it was in training.

    Raises
    ------
    ValueError
        If the parameters do not fit the policy, or hold no sigma and the options name none.
    """
    from rl_landscapes.objectives import SampledReturn

    return SampledReturn(
        world,
        _policy(chosen, world, place),
        chosen.episodes,
        discount=_or(chosen.discount, place.setting("discount", discount_in(world))),
        horizon=_or(chosen.horizon, place.setting("horizon", None)),
        n_threads=chosen.threads,
    )


def same_training(chosen: argparse.Namespace, first: Stored, second: Stored) -> None:
    """Refuse two runs that were not trained alike where no option says how both are to be looked at.

    Raises
    ------
    ValueError
        If noise, layers, discount or horizon differ; the message names the option that decides.
    """
    names = {"sigma": "policy.sigma", "hidden": "policy.mean.sizes", "discount": "discount"}
    for option, name in {**names, "horizon": "horizon"}.items():
        values = [place.said(name) for place in (first, second)]
        if getattr(chosen, option) is None and None not in values and values[0] != values[1]:
            raise ValueError(
                f"--{option} is needed: {first.path} was trained with {name} {values[0]}, {second.path} with "
                f"{values[1]}"
            )


def store(record: Any, chosen: argparse.Namespace, told: Iterable[str]) -> None:
    """Save a record with the command line that made it, then print what is `told` of it, and where it is."""
    from rl_landscapes.records import save

    origin = replace(record.provenance, command=chosen.line)
    save(replace(record, provenance=origin), chosen.out)
    print("\n".join([*told, f"record in {chosen.out}"]))


def heading(objective: "SampledReturn") -> str:
    """Say in one line what is looked at."""
    sigma = "as learned" if objective.policy.sigma is None else f"{objective.policy.sigma:g}"
    noise = f"sigma {sigma}, discount {objective.discount:g}"
    return f"{objective.world.name}, {objective.n_parameters} parameters, {noise}"


def _policy(chosen: argparse.Namespace, world: "ControlWorld", place: Stored) -> "Gaussian":
    sizes = place.setting("policy.mean.sizes", ())
    hidden = _or(chosen.hidden, tuple(sizes[1:-1]))
    sigma = _or(chosen.sigma, place.setting("policy.sigma", None))
    policy = policy_for(world, hidden, None)
    if place.theta.size != policy.n_parameters:  # no sigma was learned
        policy = policy_for(world, hidden, _or(sigma, 1.0))
    try:
        policy.entropy(place.theta)
    except ValueError as error:
        raise ValueError(f"{place.path} does not fit {world.name}: {error}") from None
    if sigma is None and not policy.learned:
        raise ValueError(f"--sigma is needed, 0 or above: {place.path} does not say what it was at the end")
    return policy if sigma is None else policy.with_sigma(sigma)


def _vector(path: Path) -> "Array":
    import numpy as np

    from rl_landscapes.arrays import as_finite

    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} is not a .npy file of numbers: {error}") from None
    return as_finite(str(path), values, (None,))


def _training(path: Path) -> Any:
    from rl_landscapes.ascent.checkpoints import Checkpoint
    from rl_landscapes.ascent.history import Training
    from rl_landscapes.records.record import read

    file = read(path)
    if file.kind == "Checkpoint":
        return file.record(Checkpoint).training
    if file.kind == "Training":
        return file.record(Training)
    raise ValueError(f"{path} holds no parameters but a record of kind {file.kind}; give {PARAMETERS}")


def _or(given: Any, otherwise: Any) -> Any:
    return otherwise if given is None else given
