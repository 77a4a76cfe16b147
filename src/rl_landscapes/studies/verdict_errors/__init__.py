"""How often is a verdict wrong? Probes of points whose kind is known, under noise of several shapes.

Each point stands on the border of another kind, where a verdict is wrong most easily.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.verdict_errors.pieces import NOISES, TRUTHS, Piece, Settings, pieces
from rl_landscapes.studies.verdict_errors.rates import table, wrong
from rl_landscapes.studies.verdict_errors.tables import gather

__all__ = ["NOISES", "STUDY", "TRUTHS", "Settings", "table", "wrong"]

STUDY: Study[Settings, Piece] = Study(
    "verdict_errors",
    {
        "smoke": Settings(n_probes=3, n_intervals=3, n_episodes=(8, 16), n_directions=8),
        "laptop": Settings(),
        "paper": Settings(n_probes=5000, n_intervals=20_000),
    },
    pieces,
    gather,
    "verdicts on points of known kind: how often they are wrong",
)
