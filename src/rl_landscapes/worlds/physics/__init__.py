"""MuJoCo's bodies as worlds of continuous control: Gymnasium's `-v5` ones, bit for bit, many at a time."""

try:
    import mujoco.batch  # noqa: F401, I001  # first: without it Gymnasium's own error is no ImportError
    import gymnasium.envs.mujoco  # noqa: F401
except ImportError as error:
    advice = 'pip install "rl-landscapes[control]"'
    raise ImportError(f"bodies need MuJoCo 4 and Gymnasium: {advice} ({error})") from error

from rl_landscapes.worlds.physics.bodies import Body, body, known_bodies
from rl_landscapes.worlds.physics.vector_env import BodyVectorEnv

__all__ = ["Body", "BodyVectorEnv", "body", "known_bodies"]
