"""`rl-landscapes probe`: slopes and curvatures of the sampled return in random directions."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rl_landscapes.cli.control import PARAMETERS, add_world, heading
from rl_landscapes.cli.options import (
    PROGRAM,
    Commands,
    add_jobs,
    add_out,
    add_seed,
    apart,
    command,
    count,
    non_negative,
    positive,
    several,
)
from rl_landscapes.parallel.processes import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rl_landscapes.objectives import SampledReturn
    from rl_landscapes.probes import Perturbations


def add(commands: Commands) -> None:
    """Add the command."""
    example = (
        f"{PROGRAM} probe Hopper-v5 --theta hopper.npz --sigma 0.5 --alpha 0.1 --directions 200 --episodes 64"
        " --out probe.npz"
    )
    parser = command(commands, "probe", "look at the return in random directions around a policy", example)
    add_world(parser)
    parser.add_argument("--theta", type=Path, required=True, metavar="FILE", help=PARAMETERS)
    parser.add_argument("--sigma", type=non_negative, help="action noise (what it was in training)")
    parser.add_argument("--alpha", type=positive, default=0.1, help="distance in each direction (0.1)")
    parser.add_argument("--directions", type=count, default=100, metavar="D", help="how many (100)")
    parser.add_argument("--episodes", type=several, default=32, metavar="N", help="at each point (32)")
    parser.add_argument(
        "--smallest", type=non_negative, help="least change of the return that counts in the verdict (none)"
    )
    add_seed(parser)
    add_jobs(parser)
    add_out(parser, "the record")
    parser.set_defaults(do=do)


def do(chosen: argparse.Namespace) -> None:
    """Probe, save, and print what was seen."""
    import numpy as np

    from rl_landscapes.cli.control import objective_at, stored, world_named
    from rl_landscapes.probes import perturb
    from rl_landscapes.records import save

    apart(chosen.out, **{"--theta": chosen.theta})
    world = world_named(chosen.world)
    place = stored(chosen.theta, world)
    objective, rng = objective_at(chosen, world, place), np.random.default_rng(chosen.seed)
    options = {"alpha": chosen.alpha, "n_directions": chosen.directions, "n_jobs": chosen.jobs}
    with processes(chosen.jobs):
        found = perturb(objective, place.theta, rng=rng, **options)
    save(found, chosen.out)
    print("\n".join(_summary(found, objective, chosen)))
    print(f"record in {chosen.out}")


def _summary(
    found: "Perturbations", objective: "SampledReturn", chosen: argparse.Namespace
) -> "Iterator[str]":
    from rl_landscapes.statistics import standard_error

    yield heading(objective)
    yield f"{chosen.directions} directions, alpha {chosen.alpha:g}, {chosen.episodes} episodes at each point"
    yield f"return     {_pair(found.centre.mean(), standard_error(found.centre)[0])}"
    for name in ("slope", "curvature"):
        values, errors = getattr(found, name), getattr(found, f"{name}_stderr")
        low, high = values.argmin(), values.argmax()
        ends = f"{_pair(values[low], errors[low])} to {_pair(values[high], errors[high])}"
        yield f"{name:<10} {ends}, over directions; typical error {(errors**2).mean() ** 0.5:.2g}"
    yield from _most_improving(found)
    yield from _verdict(found, chosen)


def _most_improving(found: "Perturbations") -> "Iterator[str]":
    """Half of the episodes choose the direction, the others measure: each half needs two of them."""
    import numpy as np

    from rl_landscapes.probes import most_improving

    if found.centre.size < 4 or not np.isfinite([found.plus, found.minus]).all():
        return
    one = most_improving(found)
    slope, curvature = (
        _pair(getattr(one, n)[0], getattr(one, f"{n}_stderr")[0]) for n in ("slope", "curvature")
    )
    yield f"improving  slope {slope}, curvature {curvature} at the 90th percentile of improvement"


def _verdict(found: "Perturbations", chosen: argparse.Namespace) -> "Iterator[str]":
    import numpy as np

    from rl_landscapes.probes import classify

    rng = np.random.default_rng([chosen.seed, 1])  # another stream than the probe's
    try:
        verdict = classify(found, smallest=chosen.smallest, rng=rng)
    except ValueError as error:  # episodes diverged
        yield f"verdict    none: {error}"
        return
    yield f"bends up   in {verdict.share_up} of the directions, down in {verdict.share_down}"
    yield f"verdict    {verdict}"


def _pair(value: float, error: float) -> str:
    return f"{value:.4g} +- {error:.2g}"
