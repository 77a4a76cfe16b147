"""What is kept of the study: curves and end points, and counts of failures by question."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.ascent_failures.pieces import Baseline, Bias, Continued, Gaps, Piece, Scale
from rl_landscapes.studies.ascent_failures.settings import ROLES, WITHOUT, Settings
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.results import Arrays, Values


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Put the blocks together, and keep the parameters of every failed ascent."""
    return (
        _gather_blocks(settings, done)
        | _gather_roles(settings, done)
        | _gather_scales(settings, done)
        | _gather_gaps(settings, done)
    )


def _gather_blocks(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    blocks = [found for piece, found in done.items() if isinstance(piece, Baseline)]
    curves = np.concatenate([block["curves"] for block in blocks], axis=1)
    ends = np.concatenate([block["ends"] for block in blocks])
    places = np.searchsorted(settings.curve_updates, settings.checkpoints)
    failed = goals().failed(curves[places])
    return {
        "updates": settings.curve_updates,
        "curves": curves,
        "checkpoints": np.array(settings.checkpoints),
        "failed": failed,
        "plateau": np.concatenate([block["plateau"] for block in blocks]),
        "falls": np.concatenate([block["falls"] for block in blocks]),
        "stuck": np.flatnonzero(failed[1]),
        "stuck_ends": ends[failed[1]],
        "good_ends": ends[~failed[1]][:20],
    }


def _gather_roles(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    middle, long = settings.checkpoints[1:]
    return {
        "role_names": np.array([role.name for role in ROLES]),
        "role_returns": np.stack([done[Bias(role, middle)]["returns"] for role in ROLES]),
        "role_none_long_returns": done[Bias(WITHOUT, long)]["returns"],
    }


def _gather_scales(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    shape = (2, len(settings.scales), len(settings.discounts))
    cells = [done[Scale(*cell)] for cell in settings.grid]
    counts = {key: np.array([cell[key] for cell in cells]) for key in ("failures", "unfinished")}
    return {
        "scales": np.array(settings.scales),
        "discounts": np.array(settings.discounts),
        "scale_failures": counts["failures"].reshape(shape),
        "scale_unfinished": counts["unfinished"].reshape(shape),
        "scale_n": np.array(settings.n_grid),
    }


def _gather_gaps(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    return {
        "gap_updates": done[Gaps()]["updates"],
        "gap": done[Gaps()]["gap"],
        "gap_gradient_norm": done[Gaps()]["norm"],
        "gap_value": done[Gaps()]["value"],
        "continued_updates": np.array([settings.checkpoints[1], *settings.continued_to]),
        "continued_failures": done[Continued()]["failures"],
    }
