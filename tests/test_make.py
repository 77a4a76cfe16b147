"""What `make` says when something it needs is not there."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from book.volume import PACKAGES

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


def make(*arguments: str, folder: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment = inherited | variables
    return subprocess.run(
        [shutil.which("make") or "make", "--no-print-directory", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def bare_clone(tmp_path: Path) -> Path:
    for name in ["Makefile", "pyproject.toml", "constraints.txt"]:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def interpreter(folder: Path, *, version: str, modules: bool) -> Path:
    """Write a stand-in for Python that answers only the questions the Makefile asks."""
    path = folder / "python"
    path.write_text(
        "#!/bin/sh\n"
        f'case "$2" in *version_info*) [ {version} = supported ];;\n'
        f"*ensurepip*) {str(modules).lower()};; *) exit 9;; esac\n"
    )
    path.chmod(0o755)
    return path


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that is not make's own report of the failed recipe."""
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if "***" not in line]
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_bare_make_lists_the_targets() -> None:
    listed = make().stdout
    for target in [
        "book",
        "serve",
        "pdf",
        "epub",
        "plain",
        "test",
        "check",
        "studies",
        "bench",
        "lock",
        "clean",
        "help",
    ]:
        assert f"make {target} " in listed


@pytest.mark.parametrize("target", ["book", "test", "check", "bench", "lock"])
def test_missing_python_is_one_line(target: str, bare_clone: Path) -> None:
    said = complaint(make(target, "PYTHON=/nowhere/python", folder=bare_clone))
    assert "no Python 3.11 to 3.13" in said
    assert "PYTHON=" in said


def test_no_python_on_the_path_is_one_line(bare_clone: Path) -> None:
    assert "no Python 3.11 to 3.13" in complaint(make("book", "PYTHON=", folder=bare_clone))


def test_unsupported_python_is_one_line(bare_clone: Path) -> None:
    python = interpreter(bare_clone, version="old", modules=True)
    assert "no Python 3.11 to 3.13" in complaint(make("book", f"PYTHON={python}", folder=bare_clone))


def test_python_without_pip_is_one_line(bare_clone: Path) -> None:
    python = interpreter(bare_clone, version="supported", modules=False)
    said = complaint(make("book", f"PYTHON={python}", folder=bare_clone))
    assert "apt install python3-venv" in said


@pytest.fixture
def installed_clone(bare_clone: Path) -> Path:
    """Return a clone with an environment just made, whose Python can do nothing but tell its version."""
    folder = bare_clone / ".venv" / "bin"
    folder.mkdir(parents=True)
    interpreter(folder, version="supported", modules=True)
    (bare_clone / ".venv" / ".environment").touch()
    return bare_clone


def test_ready_environment_is_left_alone(installed_clone: Path) -> None:
    result = make("environment", folder=installed_clone)
    assert result.returncode == 0, result.stderr
    assert "installing" not in result.stdout


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_changed_requirements_are_installed(changed: str, installed_clone: Path) -> None:
    for age, name in [(10, ".venv/.environment"), (20, "pyproject.toml"), (20, "constraints.txt")]:
        then = time.time() - (0 if name == changed else age)
        os.utime(installed_clone / name, (then, then))
    assert "could not be installed" in complaint(make("environment", folder=installed_clone))


@pytest.mark.parametrize(
    ("program", "consequence"),
    [
        ("chromium", "browser tests will skip"),
        ("bubblewrap", "tests of the jail that submissions run in will fail"),
        ("latex", "book cannot be printed"),
    ],
)
def test_missing_program_is_one_line_and_no_failure(program: str, consequence: str, tmp_path: Path) -> None:
    (tmp_path / "id").symlink_to(shutil.which("id") or "/usr/bin/id")
    result = make(program, PATH=str(tmp_path))
    assert result.returncode == 0
    assert len(result.stderr.splitlines()) == 1
    assert consequence in result.stderr
    assert f"install {'latexmk' if program == 'latex' else program}" in result.stderr


def test_what_printing_needs_is_said_alike() -> None:
    named = make("latex", "-n", PATH="/nowhere").stdout.split("--no-install-recommends ")[1].splitlines()[0]
    assert set(named.rstrip("; \\").split()) == set(PACKAGES.split())


def test_program_that_is_there_is_not_installed(tmp_path: Path) -> None:
    for name in ["chromium", "bwrap", "xelatex"]:
        (tmp_path / name).touch(mode=0o755)
    result = make("chromium", "bubblewrap", "latex", PATH=str(tmp_path))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
