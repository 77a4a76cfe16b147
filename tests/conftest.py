"""What holds for every test: figures go to no screen, and no skip passes unnoticed."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail if a test was skipped (also if CI=true)")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file in one process, for what they share; those of the book build in one folder.

    xdist's own groups are names within the ids of tests, which pytest 9.2 does not let it change.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByPlace(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return place(nodeid)

    config.option.loadscopereorder = False  # processes begin in the order that is set below
    return ByPlace(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no process is left alone with it at the end."""
    if hasattr(config, "workerinput"):  # one process of several
        places = {item: place(item.nodeid) for item in items}
        tests, slow = Counter(places.values()), Counter(places[item] for item in items if is_slow(item))
        items.sort(key=lambda item: (-slow[places[item]], -tests[places[item]], places[item]))


def place(nodeid: str) -> str:
    return "book" if nodeid.startswith("tests/book/") else nodeid.partition("::")[0]


def is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


def skips_forbidden(config: pytest.Config) -> bool:
    return bool(config.getoption("--no-skips")) or os.environ.get("CI", "").lower() in {"1", "true"}


def skipped(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.getplugin("terminalreporter")  # not in the processes of `pytest -n 2`
    return reporter.stats.get("skipped", []) if reporter else []


def reason(report: pytest.TestReport) -> str:
    longrepr = report.longrepr
    return (longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)).removeprefix("Skipped: ")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    passed = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if passed and skips_forbidden(session.config) and skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reports = skipped(config)
    if not reports:
        return
    terminalreporter.section(f"skipped: {len(reports)}")
    if skips_forbidden(config):
        terminalreporter.line("No test may be skipped here (CI=true or --no-skips), so this run has failed:")
        for report in reports:
            terminalreporter.line(f"  {report.nodeid}: {reason(report)}")
    else:
        for why, count in Counter(map(reason, reports)).most_common():
            terminalreporter.line(f"  {count} x {why}")


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One Chromium for all: a process can drive only one."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = chromium()
    with playwright.sync_playwright() as engine:
        opened = engine.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


def chromium() -> str:
    """Return where Chromium is; skip without it."""
    program = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    return program or pytest.skip("no Chromium on this machine")
