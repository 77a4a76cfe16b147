"""Gradebooks without the wait: nbgrader runs a program for each new one, to ask for a version that stays."""

from collections.abc import Iterator
from functools import cache

import pytest


@pytest.fixture(scope="session", autouse=True)
def quick_gradebooks() -> Iterator[None]:
    """Ask once for the version of the database that nbgrader writes, which takes seconds."""
    from nbgrader import api

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", cache(api.get_alembic_version))
        yield
