"""Assignments done in the page: what stands on it, what a check says, what is kept, what is handed in."""

import gzip
import html
import json
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from rl_landscapes.course.assignment import assignment, assignments
from rl_landscapes.course.check_file import check_file
from rl_landscapes.course.check_here import INPUTS, MORE
from rl_landscapes.grader.collecting.collect import collect
from rl_landscapes.grader.grading.grade import grade
from rl_landscapes.grader.grading.setup import prepare
from tests.book.sources import BOOK, ROOT, extension
from tests.book.test_run import PATIENCE, copied, fetch, ours
from tests.book.visits import KNOWN_RULES, OPTIONS, THEME, WCAG
from tests.course.solved import EXERCISES, SOLUTIONS, answers, solved_release
from tests.grader.classes import course_in

__all__ = ["copied"]
NAME = "01-returns-and-entropy"
PAGES = sorted(path.stem for path in (BOOK / "chapters" / "assignments").glob("*.md"))
BITS = """def entropy(logits):
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return -(p * np.log2(p)).sum(axis=-1)
"""
BROKEN = "def entropy(logits)\n    return 0  # why?\n"
ENDLESS = "def entropy(logits):\n    while True:\n        pass\n"
ESSAY = "Masked entropy is a wage that ends."


@pytest.fixture
def local_assignments(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BOOK / "_extension"))
    yield extension("local_assignments")
    sys.modules.pop("local_run", None)


def released(name: str) -> list[dict[str, Any]]:
    cells = json.loads((EXERCISES / name / f"{name}.ipynb").read_text("utf8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells]


# ---------------------------------------------------------------- what stands on the pages


def test_every_assignment_without_bodies_has_a_page() -> None:
    assert [name for name in assignments() if name != "07-bodies"] == PAGES
    for name in PAGES:
        text = (BOOK / "chapters" / "assignments" / f"{name}.md").read_text("utf8")
        number, title = int(name[:2]), assignment(name).title
        assert text.startswith(f"(assignment-{number})=\n# Assignment {number}: {title}\n")
        assert f"```{{assignment}} {name}\n```\n" in text


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_all_that_the_notebook_asks_and_shows(name: str, local_assignments: Any) -> None:
    cells = released(name)
    text = "\n\n".join(local_assignments.blocks(cells))
    for cell in cells:
        kind = local_assignments.kind_of(cell)
        if kind == "text":
            assert re.sub(r"\A# .*\n+", "", cell["source"]) in text
        elif kind != "check":
            assert f"{{assignment-cell}} {kind} {cell['id']}\n{cell['source']}\n``````" in text
    kinds = [local_assignments.kind_of(cell) for cell in cells]
    assert kinds.count("answer") == kinds.count("check") == len(assignment(name).questions)
    assert kinds.count("written") == sum(cell["id"].startswith("task-") for cell in cells) >= 1


@pytest.mark.book
@pytest.mark.parametrize("name", PAGES)
def test_a_built_page_is_whole_without_a_script(built: Path, name: str) -> None:
    page = BeautifulSoup((built / f"chapters/assignments/{name}.html").read_text("utf8"), "html.parser")
    boxes = {str(box["id"]): box for box in page.select("article div.assignment-cell")}
    for cell in released(name):
        if cell["cell_type"] == "code" and not cell["metadata"].get("nbgrader", {}).get("grade"):
            (code,) = boxes[f"cell-{cell['id']}"].select("pre")
            assert code.get_text().strip() == cell["source"].strip()
    (link,) = page.select("article a.download[href$='.ipynb']")
    notebook = (built / f"chapters/assignments/{name}.html").parent / str(link["href"])
    assert notebook.read_bytes() == (EXERCISES / name / f"{name}.ipynb").read_bytes()


# ---------------------------------------------------------------- what stands nowhere


def flat(text: str) -> str:
    return " ".join(text.split())


def hidden() -> Iterator[str]:
    """Yield what only solutions have: answers, mark schemes, wrong answers; and secrets of a course."""
    for source in sorted(SOLUTIONS.glob("*/*.md")):
        found = re.findall(
            r"BEGIN (SOLUTION|MARK SCHEME)\b[^\n]*\n(.*?)\n[^\n]*END \1", source.read_text("utf8"), re.S
        )
        assert found, source
        yield from (flat(body) for _, body in found)
    for source in sorted(SOLUTIONS.glob("*/mutants.toml")):
        wrong = [entry for entries in tomllib.loads(source.read_text("utf8")).values() for entry in entries]
        yield from (flat(entry["code"]) for entry in wrong if "code" in entry)
    for source in (ROOT / "grading").rglob("*"):
        if source.name == "secret" or source.suffix == ".py":
            yield flat(source.read_text("utf8"))


def plain(text: str) -> bytes:
    """Return text as bytes, in which is found faster what may be anywhere."""
    return text.encode("ascii", "ignore")


def published(site: Path) -> Iterator[tuple[str, str]]:
    """Yield every file of the site, and of every archive in it, as text."""
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        data, name = path.read_bytes(), path.relative_to(site).as_posix()
        if zipfile.is_zipfile(BytesIO(data)):
            with zipfile.ZipFile(BytesIO(data)) as archive:
                for entry in archive.namelist():
                    yield f"{name}: {entry}", archive.read(entry).decode(errors="ignore")
        else:
            yield name, data.decode(errors="ignore")


def readable(name: str, text: str) -> str:
    """Return what a reader of a file sees, on one line."""
    if name.endswith(".html"):
        text = html.unescape(re.sub("<[^>]+>", "", text))
    return flat(text.replace("\\n", " ").replace('\\"', '"'))


@pytest.mark.book
def test_no_file_of_the_site_has_a_solution_a_mark_scheme_or_a_wrong_answer(built: Path) -> None:
    files = [(name, readable(name, text)) for name, text in published(built)]
    names, whole = [name for name, _ in files], plain("\0".join(text for _, text in files))
    assert any(name.endswith("checks/a01_returns_and_entropy.py") for name in names)  # in the wheel
    assert not [name for name in names if re.search(r"mutants\.toml|\bsolutions/|gradebook\.db", name)]
    secrets = list(hidden())
    assert len(secrets) > 140
    assert [secret for secret in secrets if plain(secret) in whole] == []


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def opened(browser: Any, address: str, copied: None) -> Iterator[Any]:
    """Yield the page of the first assignment; errors, and requests to another machine, fail its tests."""
    context = browser.new_context(viewport={"width": 375, "height": 720}, reduced_motion="reduce")
    tab, wrong = context.new_page(), list[str]()
    tab.set_default_timeout(PATIENCE)
    tab.on("dialog", lambda dialog: dialog.accept())
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    tab.on("request", lambda asked: wrong.append(asked.url) if not ours(asked.url, address) else None)
    tab.goto(f"{address}/chapters/assignments/{NAME}.html", wait_until="load")
    tab.locator(".assignment-panel").wait_for()
    yield tab
    context.close()
    assert wrong == []


def write(tab: Any, question: str, text: str) -> Any:
    """Write an answer as a student does, and return its box."""
    box = tab.locator(f"#cell-{question}")
    box.get_by_role("textbox").first.click()
    tab.keyboard.press("Control+a")
    tab.keyboard.insert_text(text)
    return box


def checked(box: Any, button: str = "Check") -> str:
    """Press a button of an answer, and return the report that it gives."""
    bar = box.locator("> .run-bar")
    bar.get_by_role("button", name=button, exact=True).press("Enter")
    bar.get_by_role("button", name="Stop").wait_for(state="hidden")
    return str(box.locator("> .cell_output").nth(int(button == "What it tries")).inner_text()).strip()


def by_the_shell(folder: Path, entropy: str | None, hint: int = 0) -> str:
    """Return what the shell says of this answer and no other, or of all, in the words of the page."""
    blank = {cell["id"]: cell["source"] for cell in released(NAME)}
    given = {} if entropy is None else {**blank, "entropy": entropy}
    path = solved_release(folder / f"{NAME}.ipynb", **given)
    report = check_file(path, ["entropy"], hint=hint)
    text = repr(report).replace(report.inputs.format(name="entropy"), INPUTS)
    return text.replace(report.more.format(name="entropy", hint=hint + 1), MORE)


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.slow
class TestInABrowser:
    """One page, filled in as a student does it, with mistakes."""

    def test_before_a_check_little_is_fetched(self, opened: Any, address: str) -> None:
        asked = opened.evaluate("performance.getEntries().map(({ name }) => name)")
        pages = {name for name in asked if name.startswith(address)}
        sent = [len(gzip.compress(fetch(name))) for name in pages]  # as a host sends them
        assert 100_000 < sum(sent) < 2_000_000
        assert not any("pyodide" in name or name.endswith(".whl") for name in asked)

    @pytest.mark.parametrize("answer", [BROKEN, BITS], ids=["no Python", "wrong"])
    def test_a_check_says_what_the_shell_says(self, opened: Any, tmp_path: Path, answer: str) -> None:
        assert checked(write(opened, "entropy", answer)) == by_the_shell(tmp_path, answer)

    def test_hints_and_what_a_test_tries_are_a_button_away(self, opened: Any, tmp_path: Path) -> None:
        box = opened.locator("#cell-entropy")
        assert checked(box, "Hint") == by_the_shell(tmp_path, BITS, hint=1)
        assert "logits = array([[0., 0., 0., 0.]" in checked(box, "What it tries")

    def test_it_is_accessible_and_fits_a_phone(self, opened: Any) -> None:
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright", reason="axe is not installed"
        ).Axe()
        for theme in ("light", "dark"):
            opened.evaluate(THEME, theme)
            told = axe.run(opened, "article", OPTIONS | {"runOnly": WCAG}).response["violations"]
            found = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in told]
            assert [each for each in found if each.split(":")[0] not in KNOWN_RULES] == []
        assert opened.evaluate("document.documentElement.scrollWidth") <= 375

    def test_keys_alone_are_enough(self, opened: Any, built: Path) -> None:
        box = write(opened, "entropy", "def entropy(logits):")
        for key in ("Enter", "r", "e", "t", "Escape", "Tab"):
            opened.keyboard.press(key)
        focused = "document.activeElement.closest('#cell-entropy > .run-bar') !== null"
        assert opened.evaluate(focused)
        stored = opened.evaluate(f"localStorage.getItem('rl-landscapes/{NAME}/entropy')")
        assert stored == "def entropy(logits):\n    ret"
        made = json.loads((built / "_run" / "settings.json").read_text("utf8"))["bundles"]
        assert box.locator("> .highlight-python .cm-editor").count() == ("editor" in made)

    def test_stop_ends_what_would_not_end(self, opened: Any) -> None:
        box = write(opened, "entropy", ENDLESS)
        box.get_by_role("button", name="Check").click()
        box.locator(".run-status", has_text="Running").first.wait_for()
        box.get_by_role("button", name="Stop").click()
        box.locator(".run-status", has_text="Stopped after").wait_for()
        assert "costs its own points and no others" in box.locator("> .run-bar .run-status").inner_text()

    def test_all_of_it_survives_a_reload_and_collects_full_points(
        self, opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for question, text in answers(NAME).items():
            write(opened, question, text)
        opened.locator("#cell-written-absorbing").get_by_role("textbox").fill(ESSAY)
        assert checked(opened.locator("#cell-entropy")) == by_the_shell(tmp_path, None)
        opened.reload(wait_until="load")
        opened.locator(".assignment-panel").wait_for()
        points = sum(test.points for test in assignment(NAME).named("entropy").tests if not test.at_grading)
        states = opened.locator(".assignment-list").inner_text()
        assert f"entropy ✓ {points:g} of {points:g} points" in states
        assert f"absorbing {len(ESSAY.split())} words" in states
        inbox = tmp_path / "inbox" / "ada"
        inbox.mkdir(parents=True)
        with opened.expect_download() as handed_in:
            opened.get_by_role("button", name="Download as notebook").first.press("Enter")
        assert handed_in.value.suggested_filename == f"{NAME}.ipynb"
        handed_in.value.save_as(inbox / f"{NAME}.ipynb")
        assert only_answers_differ(inbox / f"{NAME}.ipynb")
        assert graded(tmp_path, monkeypatch) == assignment(NAME).points

    def test_a_notebook_is_read_back_and_all_can_begin_anew(self, opened: Any, tmp_path: Path) -> None:
        opened.get_by_role("button", name="Begin anew").first.click()
        assert opened.locator(".assignment-list").inner_text().count("to do") == len(answers(NAME))
        path = solved_release(tmp_path / "mine.ipynb", entropy=BITS)
        opened.locator("input[type=file]").first.set_input_files(path)
        opened.locator(".run-status", has_text="Read from mine.ipynb.").wait_for()
        assert opened.locator(".assignment-list").inner_text().count("not checked") == len(answers(NAME))
        assert "np.log2(p)" in str(opened.evaluate("JSON.stringify(localStorage)"))


@pytest.mark.book
@pytest.mark.browser
def test_without_the_bundle_a_text_area_is_the_editor(browser: Any, address: str) -> None:
    context = browser.new_context()
    tab, settings = context.new_page(), json.loads(fetch(f"{address}/_run/settings.json"))
    tab.set_default_timeout(PATIENCE)
    context.route("**/_run/settings.json", lambda route: route.fulfill(json={**settings, "bundles": []}))
    tab.goto(f"{address}/chapters/assignments/{NAME}.html", wait_until="load")
    tab.locator(".assignment-panel").wait_for()
    write(tab, "entropy", BITS)
    tab.reload(wait_until="load")
    tab.locator(".assignment-panel").wait_for()
    assert tab.locator("#cell-entropy textarea").first.input_value() == BITS
    assert tab.locator("#cell-entropy pre .k").first.inner_text() == "def"
    context.close()


def only_answers_differ(path: Path) -> bool:
    """Whether a notebook is the released one but for its answers, byte for byte where nothing was written."""
    found, given = (json.loads(file.read_bytes()) for file in (path, EXERCISES / NAME / f"{NAME}.ipynb"))
    solved = {**answers(NAME), "written-absorbing": ESSAY}
    for cell in given["cells"]:
        if cell["id"] in solved:
            cell["source"] = solved[cell["id"]].splitlines(keepends=True)
    assert found == given
    return True


def graded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> float:
    """Collect what lies in the inbox, grade it, and return the points of its functions."""
    monkeypatch.setenv("RL_LANDSCAPES_SECRET", "of this test alone")
    course = course_in(folder / "course", "id,first_name,last_name,email\nada,Ada,Lovelace,ada@x.edu\n")
    report = collect(course, NAME, folder / "inbox")
    assert not report.students["ada"].unreadable
    (result,) = grade(course, prepare(course, NAME, jailed=False))
    return sum(question["points"] for question in result["questions"].values())
