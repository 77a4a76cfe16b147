"""Waiting for what another process does."""

import time
from collections.abc import Callable


def wait_for(happened: Callable[[], object], seconds: float = 60) -> None:
    """Return when it has happened; fail if it has not in time."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"nothing happened within {seconds} seconds"
        time.sleep(0.02)
