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


def run(folder: Path, processes: int) -> list[tuple[str, str, str]]:
    """The tests in the order in which they passed: process, file, name."""
    shutil.copy(CONFTEST, folder)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    options = ["-p", "no:cacheprovider", "-p", "xdist", "-v", f"-n{processes}"]
    environment = {**os.environ, "CI": "", "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return re.findall(r"\[(gw\d)\].* PASSED (\S+\.py)::(\w+)", done.stdout)


def test_files_with_slow_tests_begin_then_those_with_many(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_a(): pass\n")
    (tmp_path / "test_b.py").write_text(QUICK.format("b"))
    (tmp_path / "test_c.py").write_text(SLOW + "def test_c(): pass\n")
    (tmp_path / "test_d.py").write_text(SLOW + QUICK.format("d"))
    order = ["test_d", "test_d_again", "test_c", "test_b", "test_b_again", "test_a"]
    assert [name for _, _, name in run(tmp_path, 1)] == order


def test_a_file_is_of_one_process_and_so_are_all_of_the_book(tmp_path: Path) -> None:
    (tmp_path / "tests" / "book").mkdir(parents=True)
    many = "import pytest\n@pytest.mark.parametrize('n', range(20))\ndef test_{0}(n): pass\n"
    for name in ("test_a.py", "test_b.py", "tests/book/test_c.py", "tests/book/test_d.py"):
        (tmp_path / name).write_text(many.format(Path(name).stem[-1]))
    found = run(tmp_path, 2)
    assert len(found) == 80
    of = {name: {process for process, file, _ in found if file == name} for _, name, _ in found}
    assert all(len(processes) == 1 for processes in of.values())
    assert of["tests/book/test_c.py"] == of["tests/book/test_d.py"]
