"""CONTRIBUTING tells the truth: each of its examples runs, and does what it promises."""

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import rl_landscapes
from rl_landscapes import studies
from rl_landscapes.ascent import ascend
from rl_landscapes.course import checks
from rl_landscapes.course.assignment import assignment, assignments
from rl_landscapes.course.running.notebook import read
from rl_landscapes.course.running.scoring import Outcome, score
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.course.seeds import of_student
from rl_landscapes.grader.authoring.build import build, notebook_text
from rl_landscapes.grader.authoring.mutants import mutants
from rl_landscapes.grader.authoring.source import source_notebook
from rl_landscapes.grader.folders import Course
from rl_landscapes.objectives.base import Differentiable, evaluate, gradient
from rl_landscapes.objectives.optimum import optimal
from rl_landscapes.objectives.toys import Noisy, from_function, quadratic
from rl_landscapes.probes import perturb
from rl_landscapes.records import equal, load, save
from rl_landscapes.studies import find_studies, run
from rl_landscapes.studies.ledger import find_claims

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^`([^`\n]+)`:\n\n(`{3,})[\w-]+\n(.*?)\n\2$", TEXT, flags=re.DOTALL | re.MULTILINE)
FOUND = (
    "src/rl_landscapes/studies/",
    "src/rl_landscapes/course/checks/",
    "solutions/",
)  # examples that the library finds by itself
RUN = {
    "src/rl_landscapes/worlds/named.py",
    "src/rl_landscapes/objectives/waves.py",
    "src/rl_landscapes/probes/shells.py",
    "src/rl_landscapes/studies/random_policies/pieces.py",
    "src/rl_landscapes/studies/random_policies/__init__.py",
    "src/rl_landscapes/studies/random_policies/claims.py",
    "src/rl_landscapes/course/checks/a99_sums.py",
    "solutions/99-sums/99-sums.md",
    "solutions/99-sums/mutants.toml",
    "src/rl_landscapes/plots/explorers.py",
    "src/rl_landscapes/plots/widgets/explorer.js",
}


def example(path: str) -> str:
    """Return the text that CONTRIBUTING has for a file; of several examples for it all, in their order."""
    found = [body for place, _, body in EXAMPLES if place == path]
    assert found, f"CONTRIBUTING has no example for {path}"
    return "\n\n\n".join(found)


def executed(path: str) -> dict[str, Any]:
    """Run an example; classes find the module that they are said to belong to."""
    name = "contributing_" + Path(path).stem
    module = sys.modules[name] = ModuleType(name)
    exec(compile(example(path), path, "exec"), vars(module))
    return vars(module)


def test_every_example_is_run_by_a_test_below() -> None:
    assert {path for path, *_ in EXAMPLES} == RUN
    assert len(re.findall(r"^`{3,}(?!bash)\w+$", TEXT, flags=re.MULTILINE)) == len(EXAMPLES)


def test_pipeline_is_the_order_that_the_imports_are_held_to() -> None:
    tree = ast.parse((ROOT / "tests" / "test_order.py").read_text(encoding="utf-8"))
    (floors,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS"
    ]
    shown = re.search(r"Data flows one way: `([^`]+)`", TEXT)
    assert shown
    assert [re.split(r",\s+", floor) for floor in re.split(r"\s+->\s+", shown[1])] == [*map(list, floors)]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_world() -> None:
    cliff = executed("src/rl_landscapes/worlds/named.py")["cliff"]
    best = optimal(cliff(discount=0.9))
    assert best.return_ == pytest.approx(0.9**5)  # up, right three times, down: paid in the goal
    assert optimal(cliff(discount=0.9, slip=0.3)).return_ < best.return_ / 2


def test_objective(rng: np.random.Generator) -> None:
    from autograd import numpy as anp

    waves = executed("src/rl_landscapes/objectives/waves.py")["Waves"](3, k=2.0)
    assert isinstance(waves, Differentiable)
    points = rng.normal(size=(4, 3))
    oracle = from_function(lambda theta: anp.sum(anp.cos(2.0 * theta)), 3)
    np.testing.assert_allclose(evaluate(waves, points), evaluate(oracle, points))
    np.testing.assert_allclose(gradient(waves, points), gradient(oracle, points))
    climb = ascend(waves, points, n_updates=200, step=0.1)
    np.testing.assert_allclose(climb.values[-1], 3.0)
    assert perturb(waves, climb.end[0], alpha=0.1, n_directions=20, rng=rng).both_lower.all()


def test_probe(rng: np.random.Generator, tmp_path: Path) -> None:
    shown = executed("src/rl_landscapes/probes/shells.py")
    theta, bowl = np.array([1.0, -2.0]), quadratic(-2.0 * np.eye(2))
    seen = shown["shell"](bowl, np.zeros(2), radius=3.0, n_points=5, rng=rng)
    np.testing.assert_allclose(seen.values, np.full((5, 1), -9.0))
    around = shown["shell"](Noisy(bowl, 0.1, 4), theta, radius=3.0, n_points=5, rng=np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.norm(around.points - theta, axis=1), 3.0)
    assert around.provenance.objective["objective"] == "Noisy"
    again = shown["shell"](Noisy(bowl, 0.1, 4), theta, radius=3.0, n_points=5, rng=np.random.default_rng(1))
    assert equal(around, again)
    assert equal(load(shown["Shell"], save(around, tmp_path / "shell.npz")), around)
    assert "float64 (5, 4)" in repr(around)


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """Lay the examples that the library finds by itself into a folder in which it looks for them."""
    for path in {path for path, *_ in EXAMPLES if path.startswith(FOUND)}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(example(path), encoding="utf-8")
    source, loaded = tmp_path / "src" / "rl_landscapes", set(sys.modules)
    places = [(rl_landscapes, source), (studies, source / "studies"), (checks, source / "course" / "checks")]
    for package, place in places:
        package.__path__.append(str(place))
    importlib.invalidate_caches()
    find_claims.cache_clear()
    yield tmp_path
    find_claims.cache_clear()
    for package, place in places:
        package.__path__.remove(str(place))
    for name in set(sys.modules) - loaded:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            package, _, last = name.rpartition(".")
            vars(sys.modules.get(package, sys)).pop(last, None)
            del sys.modules[name]


def test_study_with_its_claim(clone: Path) -> None:
    study = find_studies()["random_policies"]
    assert set(study.budgets) == {"smoke", "laptop", "paper"}
    result = run(study, "smoke", store=clone / "store")
    returns = result.arrays["returns"]
    assert returns.shape == (3, 8)
    assert np.ptp(returns[0]) < np.ptp(returns[2])  # nearly uniform policies earn nearly the same
    assert any(name.endswith("random_policies.pieces") for name in result.code)
    name, judge = find_claims()["C99"]
    assert name == "random_policies"
    assert judge(result).budget == "smoke"
    for returns, word in ((np.zeros((3, 400)), "supported"), (np.full((3, 400), 4.7), "not supported")):
        assert str(judge(replace(result, arrays={"returns": returns})).verdict) == word


def points(cells: dict[str, str], **instead: str) -> float:
    """Return what the answers of a notebook earn when graded, some cells replaced."""
    names: dict[str, Any] = {}
    for name, text in {**cells, **instead}.items():
        exec(compile(text, f"<{name}>", "exec"), names)
    seeds = of_student(b"a secret of sixteen bytes or more", "ada")
    results = score(assignment("99-sums"), InProcess(names), seeds, grading=True)
    assert {result.outcome for result in results} <= {Outcome.PASSED, Outcome.WRONG, Outcome.NOT_DONE}
    return sum(result.points for result in results)


def test_assignment_and_question(clone: Path) -> None:
    course = Course(clone)
    assert assignments()[-1] == "99-sums"
    assert build(course) == [course.release("99-sums")]
    source = notebook_text(source_notebook(course.source("99-sums"), assignment("99-sums")))
    solved, released = read(source.encode()), read(course.release("99-sums").read_bytes())
    cells, form = (
        {cell.grade_id: cell.source for cell in made.where(lambda cell: cell.is_given or cell.is_answer)}
        for made in (solved, released)
    )
    assert (points(cells), points(form)) == (assignment("99-sums").points, 0)
    (mutant,) = mutants(clone / "solutions" / "99-sums" / "mutants.toml", {"discounted": cells["discounted"]})
    assert points(cells, discounted=mutant.source) == 0


BARS: dict[str, Any] = {
    "title": "Shares of starts",
    "slider_label": "tau",
    "settings": [0.0, 0.1],
    "names": ["fail", "succeed"],
    "values": [[0.25, 0.75], [0.0, 1.0]],
    "description": "Two bars: how many starts fail, and how many succeed.",
}


def test_explorer_writes_its_numbers() -> None:
    page = executed("src/rl_landscapes/plots/explorers.py")["bar_explorer"](**BARS).data
    assert '"values":[[0.25,0.75],[0,1]]' in page
    assert 'data-explorer="bars"' in page


@pytest.mark.browser
@pytest.mark.slow
def test_explorer_reads_them_out(browser: Any, tmp_path: Path) -> None:
    section = executed("src/rl_landscapes/plots/explorers.py")["bar_explorer"](**BARS).data
    script = (ROOT / "src/rl_landscapes/plots/widgets/explorer.js").read_text(encoding="utf-8")
    head, door, tail = script.partition("  window.explorers = {")
    text = f"{head}{example('src/rl_landscapes/plots/widgets/explorer.js')}\n\n{door}{tail}"
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{section}<script>{text}</script>'
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    context, errors = browser.new_context(), []
    tab = context.new_page()
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto((tmp_path / "page.html").as_uri())
    said = tab.locator("[aria-live=polite]")
    assert said.inner_text() == "tau = 0. fail 0.25, succeed 0.75"
    tab.locator("input[type=range]").focus()
    tab.locator("input[type=range]").press("ArrowRight")
    assert said.inner_text() == "tau = 0.1. fail 0, succeed 1"
    painted = tab.evaluate(
        "() => { const c = document.querySelector('canvas');"
        " const p = (x) => c.getContext('2d').getImageData(x * c.width, c.height / 2, 1, 1).data[3];"
        " return [p(0.25), p(0.75)]; }"
    )
    assert (painted[0] == 0, painted[1] > 0) == (True, True)
    context.close()
    assert errors == []
