"""An explorer of climbs: a room, the landscape of a policy of two numbers in it, and a start to drag.

What the reader moves is computed in the page, by `plots/widgets/climb.js`; here stand the world, the heights
of the map and the settings of the climb.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, IntArray, as_finite, as_shaped, at_least, positive, within
from rl_landscapes.objectives import ExactReturn, evaluate
from rl_landscapes.plots.sections import WITHOUT_SCRIPT, Section, colours_of, rounded, section
from rl_landscapes.plots.style import SEQUENTIAL
from rl_landscapes.policies import two_parameter_policy
from rl_landscapes.worlds import Gridworld


def climb_explorer(
    world: Gridworld,
    *,
    title: str,
    description: str,
    room_description: str,
    start: npt.ArrayLike,
    goals: Mapping[str, npt.ArrayLike],
    weights: Sequence[float],
    decay: float,
    step: float,
    lasting_step: float,
    n_updates: int,
    weight: int = 0,
    reach: float = 5.0,
    n_points: int = 41,
    without_script: str = WITHOUT_SCRIPT,
    colormap: str = SEQUENTIAL,
) -> Section:
    """Let the reader drag the start of a climb over the two numbers of `two_parameter_policy`.

    The map goes from -`reach` to `reach` both ways. The climb has `n_updates` exact steps: without entropy;
    with one of `weights` that stays, and steps of `lasting_step`; or with one that fades by the factor
    `decay` at each update. `start` (2,) is where the reader begins, `weight` which of the weights is chosen.
    `goals` names the characters of the map that are paid, the best first, each with the place (2,) of its
    name on the landscape.

    Raises
    ------
    ValueError
        If a move of the world is uncertain, what a cell is paid depends on the action, a goal is not on the
        map, a number is out of range, or the text alternative is too short.

    Examples
    --------
    >>> from rl_landscapes import worlds
    >>> from rl_landscapes.plots.climb_explorer import climb_explorer
    >>> climb_explorer(worlds.paper_gridworld(), title="Climb", start=(-1, 3), weights=[0.1], decay=0.98,
    ...     description="Two plateaus and a valley.", room_description="Five by five cells.", step=0.2,
    ...     lasting_step=0.06, n_updates=400, goals={"G": (4, -4), "g": (-4, 4)}, n_points=5)
    Explorer: Climb
    """
    if min(len(description), len(room_description)) < 16:
        raise ValueError("description and room_description must say what is drawn, in 16 letters or more")
    exact = ExactReturn(world, two_parameter_policy(world))
    side = np.linspace(-positive("reach", reach), reach, at_least("n_points", n_points, 2))
    points = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    returns, soft = (evaluate(each, points).reshape(side.size, -1) for each in (exact, exact.with_tau(1.0)))
    return section(
        "climb",
        {"title": title, "description": description, "room_description": room_description},
        without_script=without_script,
        world=_certain(world),
        room={
            "cells": world.cells.tolist(),
            "shape": world.shape,
            "marks": {f"{r},{c}": _name(world, str(m)) for m, (r, c) in _marked(world)},
        },
        goals=[_goal(world, mark, as_shaped("goals", at, (2,))) for mark, at in goals.items()],
        start=as_shaped("start", start, (2,)).tolist(),
        weights=[positive("weights", each) for each in weights],
        weight=range(len(weights))[weight],
        decay=within("decay", decay, 0.0, 1.0),
        steps=[float(as_finite("step", each, ())) for each in (step, lasting_step, step)],
        n_updates=at_least("n_updates", n_updates, 1),
        side=rounded(side),
        returns=rounded(returns),
        entropies=rounded(soft - returns),
        colours=colours_of(colormap),
    )


def _certain(world: Gridworld) -> dict[str, Any]:
    """Where each action leads, what each state pays, discount and distribution of the start, unrounded."""
    mdp = world.mdp
    after: Array = mdp.successors.toarray().reshape(mdp.n_states, mdp.n_actions, -1)
    if not np.array_equal(after, after.round()):
        raise ValueError("world must lead every action to one state for certain")
    if np.ptp(mdp.rewards, axis=1).any():
        raise ValueError("world must pay all actions in a state alike")
    following: IntArray = after.argmax(axis=-1)
    rewards, start = mdp.rewards[:, 0].tolist(), mdp.start.tolist()
    return {"next": following.tolist(), "rewards": rewards, "discount": mdp.discount, "start": start}


def _marked(world: Gridworld) -> list[tuple[str, tuple[int, int]]]:
    """Return character and place of each cell that is not free."""
    places = zip(world.symbols.tolist(), world.cells.tolist(), strict=True)
    return [(mark, (row, column)) for mark, (row, column) in places if mark != "."]


def _goal(world: Gridworld, mark: str, at: Array) -> dict[str, Any]:
    states = np.flatnonzero(world.symbols == mark)
    if len(states) != 1 or mark == "S":
        raise ValueError(f"goals must name cells of the map, each one cell, got {mark!r}")
    return {"name": _name(world, mark), "state": int(states[0]), "at": at.tolist()}


def _name(world: Gridworld, mark: str) -> str:
    """Return S for a start, and what a goal pays."""
    if mark == "S":
        return mark
    return f"{world.mdp.rewards[np.flatnonzero(world.symbols == mark)[0], 0]:g}"
