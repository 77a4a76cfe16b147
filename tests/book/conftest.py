"""The built book, served once, and a browser to read it with."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from book.build import build, open_server
from tests.book.sources import ROOT


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of the built pages; building is a matter of seconds when nothing has changed."""
    return build(ROOT)


@pytest.fixture(scope="session")
def address(built: Path) -> Iterator[str]:
    yield from serve(built)


def serve(folder: Path) -> Iterator[str]:
    with open_server(folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
