"""A linear-quadratic world of three states and two actions, none of them alike."""

from rl_landscapes.worlds import LQR

PARTS = {
    "dynamics": [[1.0, 0.5, 0.0], [0.0, 0.9, 0.2], [0.3, 0.0, 1.1]],
    "control": [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]],
    "state_cost": [[2.0, 0.3, 0.0], [0.3, 1.0, 0.0], [0.0, 0.0, 0.5]],
    "action_cost": [[1.0, 0.2], [0.2, 0.7]],
    "discount": 0.9,
    "start_mean": [1.0, -2.0, 0.5],
    "start_covariance": [[0.5, 0.1, 0.0], [0.1, 0.3, 0.0], [0.0, 0.0, 0.2]],
    "disturbance": [[0.1, 0.0, 0.05], [0.0, 0.0, 0.0], [0.05, 0.0, 0.1]],
    "time_limit": 30,
}


def build(**changes):
    return LQR(**(PARTS | changes))
