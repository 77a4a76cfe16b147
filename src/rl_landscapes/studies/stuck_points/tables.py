"""What is kept of the study: counts for every view, alpha and point; sizes mostly as quantiles."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.common import goals
from rl_landscapes.studies.results import Arrays, Values
from rl_landscapes.studies.stuck_points.pieces import Bent, Escape, HandMade, Lines, Piece, Probes
from rl_landscapes.studies.stuck_points.settings import Settings
from rl_landscapes.studies.views import KINDS, SMALLEST, shape_of

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
COUNTS = (
    "improves",
    "improves_true",
    "up",
    "up_true",
    "up_both",
    "both_lower",
    "both_higher",
    "bends_down",
    "verdict",
)
SIZES = ("slope", "steepest", "curvature", "curvature_low", "curvature_high")
EIGEN = ("eigen_low", "eigen_high", "eigen_mean", "eigen_positive", "eigen_negative", "gradient_norm")


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Keep counts for every view, alpha and point; sizes as quantiles, at one alpha for every point."""
    return (
        {
            "taus": np.array([view.tau for view in settings.views]),
            "mixes": np.array([view.mix for view in settings.views]),
            "counted": np.array([view.counted for view in settings.views]),
            "alphas": np.array(settings.alphas),
            "alpha": np.array(settings.alpha),
            "n_directions": np.array(settings.n_directions),
            "smallest": np.array(SMALLEST * goals().gap),
            "kinds": np.array(KINDS),
            "quantiles": np.array(QUANTILES),
            "line_taus": np.array([view.tau for view in settings.line_views]),
            "line_mixes": np.array([view.mix for view in settings.line_views]),
            "line_counted": np.array([view.counted for view in settings.line_views]),
        }
        | _gather_probes(settings, done)
        | _gather_lines(settings, done)
        | _gather_escapes(settings, done)
    )


def _gather_probes(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    parts = [found for piece, found in done.items() if isinstance(piece, Probes) and found]
    if not parts:
        return {}
    joined = {key: np.concatenate([part[key] for part in parts], axis=-1) for key in parts[0]}
    here = settings.alphas.index(settings.alpha)
    return (
        {key: joined[key].astype(np.int16) for key in COUNTS}
        | {f"{key}_quantiles": np.quantile(joined[key], QUANTILES, axis=-1) for key in SIZES}
        | {key: joined[key][:, here] for key in SIZES}
        | {f"free_{key}": joined[f"free_{key}"].astype(np.int16) for key in COUNTS}
        | {f"free_{key}_quantiles": np.quantile(joined[f"free_{key}"], QUANTILES, axis=-1) for key in SIZES}
        | {key: joined[key] for key in EIGEN}
    )


def _gather_lines(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    parts = [found["values"] for piece, found in done.items() if isinstance(piece, Lines)]
    parts = [values for values in parts if values.ndim == 3]  # a block may hold no stuck point
    hand = np.stack([done[HandMade(logit)]["values"] for logit in settings.logits])
    bent = [done[Bent(view)] for view in settings.bent_views]
    lines = (
        np.concatenate(parts, axis=1) if parts else np.zeros((len(settings.line_views), 0, settings.n_line))
    )
    return {
        **{f"line_{key}": value for key, value in shape_of(lines).items()},
        **{f"hand_{key}": value for key, value in shape_of(hand).items()},
        "line_positions": np.linspace(0, 1, settings.n_line),
        "line_quantiles": np.quantile(lines, QUANTILES[1:4], axis=1) if parts else np.zeros(0),
        "hand_values": hand,
        "logits": np.array(settings.logits),
        "bent_taus": np.array([view.tau for view in settings.bent_views]),
        "bent_mixes": np.array([view.mix for view in settings.bent_views]),
        **{f"bent_{key}": np.stack([part[part_key] for part in bent]) for key, part_key in _BENT.items()},
    }


_BENT = {"height": "bent", "line_height": "line", "falls": "bent_falls"}


def _gather_escapes(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    cells = [done[Escape(t, d)] for t in settings.escape_taus for d in settings.escape_decays]
    constant = [done[Escape(t, 1.0)] for t in settings.constant_taus]
    shape = (len(settings.escape_taus), len(settings.escape_decays))
    return {
        "escape_taus": np.array(settings.escape_taus),
        "escape_decays": np.array(settings.escape_decays),
        "escaped": np.stack([(~cell["failed"]).sum() for cell in cells]).reshape(shape),
        "escape_falls": np.stack([cell["falls"].sum() for cell in cells]).reshape(shape),
        "escape_n": np.array(cells[0]["failed"].size),
        "escape_constant_taus": np.array(settings.constant_taus),
        "escaped_constant": np.array([(~cell["failed"]).sum() for cell in constant]),
    }
