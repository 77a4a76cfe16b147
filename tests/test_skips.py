"""A skipped test is counted and explained; where skips are forbidden it fails the run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
SKIPPING = """
import pytest

def test_good(): pass

@pytest.mark.parametrize("n", [1, 2])
def test_needy(n): pytest.skip("no Chromium here")
"""
PASSING = "def test_good(): pass\n"
WHOLE_FILE = "import pytest\npytest.importorskip('module_that_no_one_has')\n"


def run_pytest(folder: Path, content: str, *options: str, ci: str = "") -> tuple[int, list[str]]:
    shutil.copy(CONFTEST, folder)
    (folder / "test_it.py").write_text(content)
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {**os.environ, "CI": ci, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return result.returncode, result.stdout.splitlines()


def test_skips_are_counted_with_their_reason(tmp_path: Path) -> None:
    code, lines = run_pytest(tmp_path, SKIPPING)
    assert code == 0
    assert "  2 x no Chromium here" in lines
    assert "1 passed, 2 skipped" in lines[-1]


@pytest.mark.parametrize(("options", "ci"), [(["--no-skips"], ""), ([], "true")])
def test_forbidden_skips_fail_and_are_named(options: list[str], ci: str, tmp_path: Path) -> None:
    code, lines = run_pytest(tmp_path, SKIPPING, *options, ci=ci)
    assert code == 1
    assert "  test_it.py::test_needy[1]: no Chromium here" in lines
    assert "  test_it.py::test_needy[2]: no Chromium here" in lines
    assert "1 passed, 2 skipped" in lines[-1]


def test_file_skipped_as_a_whole_is_forbidden_too(tmp_path: Path) -> None:
    code, lines = run_pytest(tmp_path, WHOLE_FILE, "--no-skips")
    assert code == 1
    assert any("module_that_no_one_has" in line for line in lines)


def test_run_without_skips_passes(tmp_path: Path) -> None:
    code, lines = run_pytest(tmp_path, PASSING, "--no-skips")
    assert code == 0
    assert not any("skipped" in line for line in lines)
