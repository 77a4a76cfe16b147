"""Verdicts where the truth is known: whether optima, saddles, slopes and plateaus are told apart.

Claim C2. Ahmed et al. (2019), section 2.1.2.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.known_shapes.pieces import Piece, pieces
from rl_landscapes.studies.known_shapes.settings import PAPER, SHAPES, SMOKE, Settings
from rl_landscapes.studies.known_shapes.tables import confusion, gather

__all__ = ["SHAPES", "STUDY", "Settings", "confusion"]

STUDY: Study[Settings, Piece] = Study(
    "known_shapes",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "verdicts where the shape is known: optima, saddles, slopes and plateaus",
)
