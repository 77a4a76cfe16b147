import json
import re
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import rl_landscapes
from tests.fresh import fresh_interpreter, fresh_seconds

ROOT = Path(__file__).resolve().parents[1]
CORE = {"numpy", "scipy", "autograd", "matplotlib"}
STATIONS = ["worlds", "policies", "objectives", "probes", "ascent"]
LATE = [
    "mujoco",
    "gymnasium",
    "sphinx",
    "nbgrader",
    "joblib",
    "tqdm",
    "scipy.stats",
    "scipy.optimize",
    "matplotlib.pyplot",
]
IMPORTS = "; ".join(["import rl_landscapes", *(f"import rl_landscapes.{name}" for name in STATIONS)])


def test_import_takes_less_than_half_a_second() -> None:
    assert fresh_seconds(IMPORTS, enough=0.5) < 0.5


def test_import_leaves_heavy_modules_alone() -> None:
    loaded = json.loads(
        fresh_interpreter(f"{IMPORTS}; import json, sys; print(json.dumps(list(sys.modules)))")
    )
    assert "rl_landscapes.ascent" in loaded
    assert not set(LATE) & set(loaded)


def needed_by(names: set[str]) -> set[str]:
    """Return the distributions that `names` install, themselves included."""
    seen: set[str] = set()
    while names:
        seen |= names
        needs = [Requirement(text) for name in names for text in requires(name) or []]
        kept = [need for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
        names = {canonicalize_name(need.name) for need in kept} - seen
    return seen


def test_import_works_where_only_the_core_is_installed() -> None:
    core = needed_by({"rl-landscapes"})
    refused = [
        module
        for module, owners in packages_distributions().items()
        if not core & {canonicalize_name(owner) for owner in owners}
    ]
    assert {"sphinx", "gymnasium", "joblib", "pytest"} <= set(refused)
    fresh_interpreter(f"import sys; sys.modules.update(dict.fromkeys({refused!r})); {IMPORTS}")


def hard_requirements() -> list[Requirement]:
    needs = [Requirement(text) for text in requires("rl-landscapes") or []]
    return [need for need in needs if not (need.marker and "extra" in str(need.marker))]


def test_core_needs_four_packages_only() -> None:
    assert {need.name for need in hard_requirements()} == CORE


def test_every_requirement_is_bounded() -> None:
    for text in requires("rl-landscapes") or []:
        operators = {clause.operator for clause in Requirement(text).specifier}
        assert operators & {"<", "<=", "==", "~="}, text


def locked_versions() -> dict[str, str]:
    """Return what the lock pins for the Python that runs this."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    here = [pin for pin in pins if not pin.marker or pin.marker.evaluate()]
    return {pin.name: next(iter(pin.specifier)).version for pin in here}


def test_lock_satisfies_every_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [project["dependencies"], *project["optional-dependencies"].values()]
    locked = locked_versions()
    for need in (Requirement(text) for group in wanted for text in group):
        assert need.name in locked, f"{need} is not locked; run make lock"
        assert need.specifier.contains(locked[need.name]), (
            f"{need} is locked at {locked[need.name]}; run make lock"
        )


def test_lock_names_no_machine() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"file:|https?:|--|/\w+/", text)


def test_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", text, flags=re.MULTILINE)[0] == rl_landscapes.__version__


def test_citation_names_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == rl_landscapes.__version__


def test_stations_are_loaded_when_first_used() -> None:
    code = """
import sys, rl_landscapes as rl
assert "numpy" not in sys.modules
assert {"worlds", "probes", "records"} <= set(dir(rl))
print(rl.objectives.ExactReturn(rl.worlds.paper_gridworld()), hasattr(rl, "nothing"))
"""
    assert fresh_interpreter(code).startswith("ExactReturn(26 states, 4 actions, tau=0")
    assert set(STATIONS) <= set(rl_landscapes.__all__)
