"""`rl-landscapes probe` and `interpolate`: the return around a policy, and along the line through two."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_landscapes.cli.control import PARAMETERS, add_world, heading, store
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
    pair,
    positive,
    several,
)
from rl_landscapes.parallel.processes import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rl_landscapes.objectives import SampledReturn
    from rl_landscapes.probes import Interpolation, Perturbations


def add(commands: Commands) -> None:
    """Add both commands."""
    example = (
        f"{PROGRAM} probe Hopper-v5 --theta hopper.npz --sigma 0.5 --alpha 0.1 --directions 200 --episodes 64"
        " --out probe.npz"
    )
    parser = command(commands, "probe", "look at the return in random directions around a policy", example)
    parser.add_argument("--theta", type=Path, required=True, metavar="FILE", help=PARAMETERS)
    parser.add_argument("--alpha", type=positive, default=0.1, help="distance in each direction (0.1)")
    parser.add_argument("--directions", type=count, default=100, metavar="D", help="how many (100)")
    parser.add_argument(
        "--smallest", type=non_negative, help="least change of the return that counts in the verdict (none)"
    )
    _add_shared(parser, _probe)

    example = f"{PROGRAM} interpolate Hopper-v5 first.npz second.npz --sigma 0.5 --episodes 64 --out line.npz"
    summary = "look at the return along the line between two policies"
    parser = command(commands, "interpolate", summary, example)
    _add_shared(parser, _interpolate)
    for name in ("a", "b"):
        parser.add_argument(name, type=Path, metavar=name.upper(), help=PARAMETERS)
    parser.add_argument("--points", type=several, default=51, metavar="K", help="along the line (51)")
    parser.add_argument(
        "--extrapolate",
        type=non_negative,
        default=0.0,
        metavar="T",
        help="beyond both ends, in units of their distance (0)",
    )


def _add_shared(parser: argparse.ArgumentParser, do: Any) -> None:
    add_world(parser)
    parser.add_argument("--sigma", type=non_negative, help="action noise (what it was in training)")
    parser.add_argument("--episodes", type=several, default=32, metavar="N", help="at each point (32)")
    add_seed(parser)
    add_jobs(parser)
    add_out(parser, "the record")
    parser.set_defaults(do=do)


def _probe(chosen: argparse.Namespace) -> None:
    """Probe, save, and print what was seen."""
    import numpy as np

    from rl_landscapes.cli.control import objective_at, stored, world_named
    from rl_landscapes.probes import perturb

    apart(chosen.out, **{"--theta": chosen.theta})
    world = world_named(chosen.world)
    place = stored(chosen.theta, world)
    objective, rng = objective_at(chosen, world, place), np.random.default_rng(chosen.seed)
    options = {"alpha": chosen.alpha, "n_directions": chosen.directions, "n_jobs": chosen.jobs}
    with processes(chosen.jobs):
        found = perturb(objective, place.theta, rng=rng, **options)
    store(found, chosen, _summary(found, objective, chosen))


def _interpolate(chosen: argparse.Namespace) -> None:
    """Evaluate the line, save, and print its ends and its lowest point."""
    import numpy as np

    from rl_landscapes.cli.control import objective_at, same_training, stored, world_named
    from rl_landscapes.probes import interpolate

    apart(chosen.out, A=chosen.a, B=chosen.b)
    world = world_named(chosen.world)
    first, second = stored(chosen.a, world), stored(chosen.b, world)
    if first.theta.size != second.theta.size:
        sizes = f"{first.theta.size} and {second.theta.size}"
        raise ValueError(f"{first.path} and {second.path} must hold as many parameters each, got {sizes}")
    same_training(chosen, first, second)
    objective, points = objective_at(chosen, world, first), np.stack([first.theta, second.theta])
    spacing = {"n_points": chosen.points, "extrapolate": chosen.extrapolate}
    rng = np.random.default_rng(chosen.seed)
    with processes(chosen.jobs):
        found = interpolate(objective, points, rng=rng, n_jobs=chosen.jobs, **spacing)
    store(found, chosen, [heading(objective), *_line_summary(found)])


def _summary(
    found: "Perturbations", objective: "SampledReturn", chosen: argparse.Namespace
) -> "Iterator[str]":
    from rl_landscapes.statistics import standard_error

    yield heading(objective)
    yield f"{chosen.directions} directions, alpha {chosen.alpha:g}, {chosen.episodes} episodes at each point"
    yield f"return     {pair(found.centre.mean(), standard_error(found.centre)[0])}"
    for name in ("slope", "curvature"):
        values, errors = getattr(found, name), getattr(found, f"{name}_stderr")
        low, high = values.argmin(), values.argmax()
        ends = f"{pair(values[low], errors[low])} to {pair(values[high], errors[high])}"
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
        pair(getattr(one, n)[0], getattr(one, f"{n}_stderr")[0]) for n in ("slope", "curvature")
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


def _line_summary(found: "Interpolation") -> "Iterator[str]":
    """Say how far the lowest point lies below the lower end; the same episodes are met at both."""
    from rl_landscapes.statistics import standard_error

    mean, error = found.mean, found.stderr
    ends = [int((found.positions == end).argmax()) for end in (0, 1)]
    for name, k in zip("AB", ends, strict=True):
        yield f"return at {name}  {pair(mean[k], error[k])}"
    between = slice(ends[0], ends[1] + 1)
    lowest = ends[0] + int(mean[between].argmin())
    drop = found.values[min(ends, key=lambda k: mean[k])] - found.values[lowest]
    yield f"lowest       {pair(mean[lowest], error[lowest])}, at position {found.positions[lowest]:.3g}"
    yield f"below the lower end by {drop.mean():.3g} +- {standard_error(drop):.2g}"
