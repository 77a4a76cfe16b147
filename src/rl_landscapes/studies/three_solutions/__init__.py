"""The return of Hopper over the plane through three committed solutions, under four noises.

One stands, one hops and one falls at once; the book lets the reader drag a point between them.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.three_solutions.pieces import Piece, pieces
from rl_landscapes.studies.three_solutions.settings import PAPER, SMOKE, Settings
from rl_landscapes.studies.three_solutions.tables import gather

__all__ = ["STUDY", "Settings"]

STUDY: Study[Settings, Piece] = Study(
    "three_solutions",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "the return of Hopper over the plane through a policy that stands, one that hops and one that falls",
    packages=("gymnasium", "mujoco"),
)
