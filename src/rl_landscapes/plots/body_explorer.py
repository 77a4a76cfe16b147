"""An explorer of a body that lives in the page: a plane through three policies, and MuJoCo in the browser.

`plots/widgets/body.js` draws it and asks a worker of the book for episodes; the rules and the model come from
here, as they are read from Gymnasium. Where there is no worker, it plays recordings of the three policies.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, as_finite, as_shaped
from rl_landscapes.plots.bodies import drawing_order
from rl_landscapes.plots.motion_explorer import played
from rl_landscapes.plots.sections import Section, colours_of, common, rounded, section
from rl_landscapes.plots.style import SEQUENTIAL
from rl_landscapes.worlds.motion import Motion

if TYPE_CHECKING:
    from rl_landscapes.worlds.physics.bodies import Body


def body_explorer(
    *,
    title: str,
    slider_label: str,
    description: str,
    world: "Body",
    corners: npt.ArrayLike,
    names: Sequence[str],
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    sigmas: npt.ArrayLike,
    values: npt.ArrayLike,
    stderr: npt.ArrayLike,
    start: npt.ArrayLike,
    motions: Sequence[Motion],
    begin: tuple[float, float] = (0.0, 0.0),
    button: str = "Let it live",
    hint: str = "Press the button to see the body.",
    ending: str = "falls",
    value_label: str = "mean return",
    colormap: str = SEQUENTIAL,
) -> Section:
    """Show `values` (S, A, B) over the plane through `corners` (3, n), and the body of the policy at a point.

    A point is c0 + a (c1 - c0) + b (c2 - c1) with a from `first` (A,) and b from `second` (B,): a linear
    Gaussian policy without log sigmas. The body, one of those that run, begins each episode at `start`
    (nq + nv,); at sigma 0 nothing is left to chance, above it the noise is drawn in the page. `motions` are
    recordings of the three policies, for each of which `names` has a verb. The reader begins at `begin`, and
    the slider goes over `sigmas` (S,).

    Raises
    ------
    ValueError
        If shapes disagree, the body is not one that runs and is paid for health, or the text alternative is
        too short.
    """
    across, up = (as_finite(name, value, (None,)) for name, value in (("first", first), ("second", second)))
    widths = as_finite("sigmas", sigmas, (None,))
    shape = (widths.size, across.size, up.size)
    n_parameters = world.n_actions * (world.n_observations + 1)
    if len(names) != 3 or len(motions) != 3:
        raise ValueError(f"names and motions must be three each, got {len(names)} and {len(motions)}")
    film = played(motions)
    return section(
        "body",
        common(title, slider_label, widths, description, 0),
        first=across.tolist(),
        second=up.tolist(),
        corners=as_finite("corners", corners, (3, n_parameters)).tolist(),
        names=list(names),
        start=list(begin),
        values=rounded(as_shaped("values", values, shape)),
        stderr=rounded(as_shaped("stderr", stderr, shape)),
        shared_scale=True,
        first_label=f"a: 0 {names[0]}, 1 {names[1]}",
        second_label=f"b: 1 {names[2]}",
        value_label=value_label,
        ending=ending,
        button=button,
        hint=hint,
        size="10 MB",
        colours=colours_of(colormap),
        physics=_physics(
            world, as_finite("start", start, (world.env.model.nq + world.env.model.nv,)), motions[0]
        ),
        **film,
    )


def _physics(world: "Body", start: Array, motion: Motion) -> dict[str, Any]:
    """Return the model, the rules with all their digits, and the parts in the order of their drawing."""
    from rl_landscapes.worlds.physics.rules import Runner

    rules, model = world.rules, world.env.model
    if not isinstance(rules, Runner) or rules.health is None or rules.planar:
        raise ValueError(f"world must be a body that runs and is paid for health, got {world.name}")
    return {
        "model": Path(world.env.fullpath).read_text(encoding="utf8"),
        "parts": [int(model.geom(motion.parts[part]).id) for part in drawing_order(motion)],
        "start": start.tolist(),
        "dt": world.control_step,
        "frame_skip": world.frame_skip,
        "time_limit": world.time_limit,
        "low": world.low.tolist(),
        "high": world.high.tolist(),
        "hidden": rules.hidden_positions,
        "speed_limit": rules.speed_limit,
        "forward_weight": rules.forward_weight,
        "control_weight": rules.control_weight,
        "healthy_reward": rules.health.reward,
        "ranges": [[float(end) if np.isfinite(end) else None for end in ends] for ends in rules.health.box.T],
    }
