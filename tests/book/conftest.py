"""The built book, served once, and what a browser saw of each page."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from book.build import build, open_server
from tests.book.sources import ROOT, table_of_contents
from tests.book.visits import Visit, visit_all
from tests.conftest import chromium


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of the built pages; building is a matter of seconds when nothing has changed."""
    return build(ROOT)


@pytest.fixture(scope="session")
def visits(address: str) -> dict[str, Visit | Exception]:
    pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    pytest.importorskip("axe_playwright_python.async_playwright", reason="axe is not installed")
    program = chromium()
    with ThreadPoolExecutor(1) as thread:  # of its own: another browser may be driven from this one
        return thread.submit(asyncio.run, visit_all(program, address, table_of_contents())).result()


@pytest.fixture
def visit(visits: dict[str, Visit | Exception], name: str) -> Visit:
    """Return what was seen of the page of this name."""
    seen = visits[name]
    if isinstance(seen, Exception):
        raise seen
    return seen


@pytest.fixture(scope="session")
def address(built: Path) -> Iterator[str]:
    yield from serve(built)


def serve(folder: Path) -> Iterator[str]:
    with open_server(folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
