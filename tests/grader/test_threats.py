"""The list of threats that the instructors' page shows: its tests are there, every attack is in one row."""

import ast
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.grader.jail import attacks

HERE = Path(__file__).parent
THREATS = tomllib.loads((HERE / "threats.toml").read_text(encoding="utf-8"))["threat"]
PAGE = HERE.parents[1] / "book" / "chapters" / "instructors.md"
LISTED = {name for threat in THREATS for name in threat["tests"]}
ATTACKS = [name for word, group in attacks.GROUPS.items() if word != "passed" for name in group]
HONEST = {  # tests in files of attacks that hold what an honest student may rely on
    "jail/test_hostile.py::test_nothing_written_is_not_done_and_nothing_there_is_missing",
    "jail/test_hostile.py::test_answers_may_use_each_other_and_a_redefinition_costs_nobody",
    "jail/test_hostile.py::test_grading_again_gives_the_same",
    "../course/test_guard.py::test_numbers_pass_and_lists_of_them_become_arrays",
}
HOSTILE = (
    "jail/test_hostile.py",
    "jail/test_seccomp.py",
    "test_hostile_teaching.py",
    "../course/test_guard.py",
)


def functions_of(file):
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and "test_" in node.name[:5]}


@pytest.mark.parametrize("threat", THREATS, ids=[threat["attempt"][:40] for threat in THREATS])
def test_every_row_is_whole_and_its_tests_are_there(threat):
    assert set(threat) - {"attacks"} == {"attempt", "stopped", "left", "tests"}
    assert threat["tests"]
    assert "|" not in "".join(threat[key] for key in ("attempt", "stopped", "left"))
    for name in threat["tests"]:
        file, _, test = name.partition("::")
        assert test in functions_of(file), name


def test_every_attack_stands_in_one_row():
    named = Counter(name for threat in THREATS for name in threat.get("attacks", []))
    assert set(ATTACKS) == set(named)
    assert max(named.values()) == 1


def test_every_test_of_the_files_of_attacks_stands_in_a_row():
    there = {f"{file}::{test}" for file in HOSTILE for test in functions_of(file)}
    assert there <= LISTED | HONEST
    assert not LISTED & HONEST


def test_the_page_has_no_list_of_its_own():
    text = PAGE.read_text(encoding="utf-8")
    assert 'REPOSITORY / "tests" / "grader" / "threats.toml"' in text
    assert not [threat["attempt"] for threat in THREATS if threat["attempt"] in text]
