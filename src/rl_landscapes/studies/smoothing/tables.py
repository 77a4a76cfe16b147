"""What is kept of the study: curvatures by scene and knob, and who failed."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.common import goals
from rl_landscapes.studies.results import Arrays, Values
from rl_landscapes.studies.smoothing.pieces import Bends, Climb, Piece
from rl_landscapes.studies.smoothing.settings import Settings


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Keep one row for each scene and value of its knob, and one for each climb."""
    scenes = list(settings.scenes())
    climbs = [Climb(tau, counted) for counted in (True, False) for tau in settings.weights]
    return {
        "scene": np.array([scene.name for scene in scenes]),
        "knob": np.array([scene.value for scene in scenes]),
        "largest": np.stack([done[Bends(scene)]["largest"] for scene in scenes]),
        "weights": np.array([climb.tau for climb in climbs]),
        "counted": np.array([climb.counted for climb in climbs]),
        "plain_failed": goals().failed(done[Climb(0.0)]["returns"]),
        "failed": goals().failed(np.stack([done[climb]["returns"] for climb in climbs])),
        "falls": np.stack([done[climb]["falls"] for climb in climbs]),
    }
