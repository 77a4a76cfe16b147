"""MuJoCo's bodies as worlds of continuous control: Gymnasium's `-v5` ones, bit for bit, many at a time."""

from os import environ

try:
    import mujoco.batch  # noqa: F401, I001  # first: without it Gymnasium's own error is no ImportError
    import gymnasium.envs.mujoco  # noqa: F401
except ImportError as error:
    advice = 'pip install "rl-landscapes[control]"'
    raise ImportError(f"bodies need MuJoCo 4 and Gymnasium: {advice} ({error})") from error
except Exception as error:  # of the OpenGL that MUJOCO_GL asks for: an AttributeError where there is none
    raise ImportError(
        f"MuJoCo cannot be imported with MUJOCO_GL={environ.get('MUJOCO_GL', '')}: {error!r}; "
        "no body needs OpenGL, set MUJOCO_GL=disabled"
    ) from error

from rl_landscapes.worlds.physics.bodies import Body, body, known_bodies
from rl_landscapes.worlds.physics.vector_env import BodyVectorEnv

__all__ = ["Body", "BodyVectorEnv", "body", "known_bodies"]
