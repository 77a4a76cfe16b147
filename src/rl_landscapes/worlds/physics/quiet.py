"""MuJoCo's own warnings: to Python's log, not to the terminal and a file in the working folder."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any

import mujoco

LOG = logging.getLogger("rl_landscapes.mujoco")


class _Handler:
    """MuJoCo's handler of warnings, of which a process has one: lent to us while any thread is in a block."""

    def __init__(self) -> None:
        self._lock, self._blocks = Lock(), 0
        self._before: Callable[[str], Any] | None = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._blocks:
                self._before = mujoco.get_mju_user_warning()
                mujoco.set_mju_user_warning(LOG.info)
            self._blocks += 1

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self._blocks -= 1
            if not self._blocks:
                mujoco.set_mju_user_warning(self._before)


_HANDLER = _Handler()


def quiet() -> AbstractContextManager[None]:
    """Send what MuJoCo warns of inside the block to the log `rl_landscapes.mujoco`, at level INFO.

    A simulation that diverges is flagged by those who step it; the text of the warning adds the joint.
    """
    return _HANDLER
