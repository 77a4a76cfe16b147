"""Committed results match the code that is there now, or the list of those that stay says why."""

import tomllib
from dataclasses import asdict

import pytest

from rl_landscapes.records import equal
from rl_landscapes.records.fingerprint import differences
from rl_landscapes.studies import find_studies, load_result
from rl_landscapes.studies.engine import code_of
from rl_landscapes.studies.ledger import registered
from tests.studies.committed import DATA

REGISTERED = registered(DATA)
STUDIES = {name: study for name, study in find_studies().items() if name not in REGISTERED}
KEPT = tomllib.loads((DATA / "kept.toml").read_text(encoding="utf8"))


@pytest.mark.parametrize("name", STUDIES)
def test_settings_are_those_of_the_laptop_budget(name: str) -> None:
    assert equal(load_result(DATA / f"{name}.npz").settings, asdict(STUDIES[name].budgets["laptop"]))


@pytest.mark.parametrize("name", STUDIES)
def test_code_is_the_code_it_was_computed_with_or_a_reason_is_given(name: str) -> None:
    changed = differences(load_result(DATA / f"{name}.npz").code, code_of(STUDIES[name], "laptop"))
    if name in KEPT:
        assert changed, f"{name} matches the code again: strike it from book/data/kept.toml"
        assert len(KEPT[name]["reason"]) > 40
    else:
        assert not changed, (
            f"book/data/{name}.npz was computed with other code in {', '.join(changed)}: run the study again"
            " at the laptop budget, or say in book/data/kept.toml why the result may stay"
        )


def test_what_is_kept_is_there() -> None:
    assert set(KEPT) <= set(STUDIES)


def test_what_is_registered_is_a_study_without_a_result() -> None:
    for name, reason in REGISTERED.items():
        assert name in find_studies()
        assert reason
        assert not (DATA / f"{name}.npz").exists(), f"{name} is computed: strike it from registered.toml"
