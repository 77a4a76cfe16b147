"""`rl-landscapes interpolate`: the sampled return along the straight line through two policies."""

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
    non_negative,
    several,
)
from rl_landscapes.parallel.processes import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rl_landscapes.probes import Interpolation


def add(commands: Commands) -> None:
    """Add the command."""
    example = f"{PROGRAM} interpolate Hopper-v5 first.npz second.npz --sigma 0.5 --episodes 64 --out line.npz"
    parser = command(
        commands, "interpolate", "look at the return along the line between two policies", example
    )
    add_world(parser)
    for name in ("a", "b"):
        parser.add_argument(name, type=Path, metavar=name.upper(), help=PARAMETERS)
    parser.add_argument("--sigma", type=non_negative, help="action noise (what it was in training)")
    parser.add_argument("--points", type=several, default=51, metavar="K", help="along the line (51)")
    parser.add_argument(
        "--extrapolate",
        type=non_negative,
        default=0.0,
        metavar="T",
        help="beyond both ends, in units of their distance (0)",
    )
    parser.add_argument("--episodes", type=several, default=32, metavar="N", help="at each point (32)")
    add_seed(parser)
    add_jobs(parser)
    add_out(parser, "the record")
    parser.set_defaults(do=do)


def do(chosen: argparse.Namespace) -> None:
    """Evaluate the line, save, and print its ends and its lowest point."""
    import numpy as np

    from rl_landscapes.cli.control import objective_at, same_training, stored, world_named
    from rl_landscapes.probes import interpolate
    from rl_landscapes.records import save

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
    save(found, chosen.out)
    print("\n".join([heading(objective), *_summary(found)]))
    print(f"record in {chosen.out}")


def _summary(found: "Interpolation") -> "Iterator[str]":
    """Say how far the lowest point lies below the lower end; the same episodes are met at both."""
    from rl_landscapes.statistics import standard_error

    mean, error = found.mean, found.stderr
    ends = [int((found.positions == end).argmax()) for end in (0, 1)]
    for name, k in zip("AB", ends, strict=True):
        yield f"return at {name}  {mean[k]:.4g} +- {error[k]:.2g}"
    between = slice(ends[0], ends[1] + 1)
    lowest = ends[0] + int(mean[between].argmin())
    drop = found.values[min(ends, key=lambda k: mean[k])] - found.values[lowest]
    yield f"lowest       {mean[lowest]:.4g} +- {error[lowest]:.2g}, at position {found.positions[lowest]:.3g}"
    yield f"below the lower end by {drop.mean():.3g} +- {standard_error(drop):.2g}"
