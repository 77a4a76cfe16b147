"""The README tells the truth: its example runs, its commands and places exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize("example", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_example_prints_what_stands_below_it(example: int) -> None:
    code, shown = blocks("python")[example], blocks("text")[example]
    assert len(blocks("python")) == len(blocks("text")) == 2
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout == shown


def test_make_targets_exist() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert phony
    assert set(re.findall(r"(?:`|\n)make (\w+)", README)) <= set(phony[1].split())


def test_pip_lines_install_what_make_installs() -> None:
    extras = re.search(
        r"^EXTRAS := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert extras
    assert f'-c constraints.txt -e ".[{extras[1]}]"' in README


def test_notebook_that_is_checked_exists() -> None:
    notebooks = re.findall(r"^rl-landscapes check (\S+)", README, flags=re.MULTILINE)
    assert notebooks
    assert all((ROOT / notebook).is_file() for notebook in notebooks)


def test_places_and_links_exist() -> None:
    places = [
        place for place in re.findall(r"^\| `([^`]+)` \|", README, flags=re.MULTILINE) if place[0] not in "├└"
    ]
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    missing = [place for place in [*places, *links] if not (ROOT / place).exists()]
    assert not missing


def test_map_shows_every_room_of_the_library() -> None:
    shown = re.findall(r"^\| `[├└] (\w+)/` \|", README, flags=re.MULTILINE)
    rooms = [path.parent.name for path in (ROOT / "src" / "rl_landscapes").glob("*/__init__.py")]
    assert sorted(shown) == sorted(rooms)
