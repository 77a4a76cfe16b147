"""Processes share the tests by files, and what takes long begins first."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("xdist", reason="xdist is not installed")

CONFTEST = Path(__file__).with_name("conftest.py")
QUICK = "def test_{0}(): pass\ndef test_{0}_again(): pass\n"
SLOW = "import pytest\npytestmark = pytest.mark.slow\n"


def test_files_with_slow_tests_begin_then_those_with_many(tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    (tmp_path / "test_a.py").write_text("def test_a(): pass\n")
    (tmp_path / "test_b.py").write_text(QUICK.format("b"))
    (tmp_path / "test_c.py").write_text(SLOW + "def test_c(): pass\n")
    (tmp_path / "test_d.py").write_text(SLOW + QUICK.format("d"))
    options = ["-p", "no:cacheprovider", "-p", "xdist", "-v", "-n1", "--dist", "loadgroup"]
    environment = {**os.environ, "CI": "", "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    order = ["test_d", "test_d_again", "test_c", "test_b", "test_b_again", "test_a"]
    assert re.findall(r"PASSED test_\w\.py::(\w+)", done.stdout) == order
