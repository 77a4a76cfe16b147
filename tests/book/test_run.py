"""Code that runs in the page: as a notebook runs it, with the numbers of the built page, and on a click."""

import base64
import hashlib
import json
import sys
import threading
import types
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import nbformat
import pytest

from book import pyodide as book_pyodide
from book.build import PYODIDE, open_server
from tests.book.pages import parsed
from tests.book.sources import BOOK, ROOT, extension, table_of_contents
from tests.book.visits import KNOWN_RULES, OPTIONS, THEME, WCAG

run = extension("local_run")
PATIENCE = 240_000  # milliseconds
RUNNING = [name for name in table_of_contents() if name.startswith("chapters/0") and "09" not in name]
PUBLIC = "https://cdn.jsdelivr.net/pyodide/"
Told = list[tuple[str, Any]]


# ---------------------------------------------------------------- a cell, in this Python


@pytest.fixture
def told() -> Told:
    return []


@pytest.fixture
def page(told: Told, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a page of cells; what it replaces in this process is put back."""
    for name in ("__main__", "myst_nb"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    made = types.ModuleType("page_runner")
    exec(compile((BOOK / "_static" / "run.py").read_text("utf8"), "run.py", "exec"), made.__dict__)
    return made.Page(lambda kind, content: told.append((kind, content)))


def text(told: Told) -> str:
    return "".join(content for kind, content in told if kind == "text")


def test_cells_share_what_they_define_and_show_their_last_value(page: Any, told: Told) -> None:
    assert page.run("cell 1", "import numpy as np\nx = 6\nx;")
    assert told == []
    assert page.run("cell 2", "print('six times seven')\nnp.arange(2) + x * 7")
    assert text(told) == "six times seven\narray([42, 43])\n"


def test_an_error_is_told_from_the_readers_line_on_and_ends_only_its_cell(page: Any, told: Told) -> None:
    for source in ("y = 1\n1 / 0", "import sys\nsys.exit(3)", "(", "raise KeyboardInterrupt"):
        assert not page.run("cell 4", source)
    errors = [content for kind, content in told if kind == "error"]
    assert errors[0].splitlines()[1:3] == ['  File "cell 4", line 2, in <module>', "    1 / 0"]
    endings = [error.strip().splitlines()[-1].split(":")[0] for error in errors]
    assert endings == ["ZeroDivisionError", "SystemExit", "SyntaxError", "KeyboardInterrupt"]
    assert "run.py" not in "".join(errors)
    told.clear()
    assert page.run("cell 5", "y")
    assert told == [("text", "1\n")]


def test_what_has_a_notebooks_html_is_shown_as_html(page: Any, told: Told) -> None:
    source = "class Bold:\n    def _repr_html_(self):\n        return '<b>b</b>'\nprint('a')\ndisplay(Bold())"
    assert page.run("cell 1", source)
    assert told == [("text", "a\n"), ("html", "<b>b</b>")]


def test_a_figure_is_drawn_for_light_and_dark_pages_and_closed(page: Any, told: Told) -> None:
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    assert page.run("cell 1", source)
    ((kind, drawn),) = told
    assert kind == "figure"
    assert {base64.b64decode(drawn[theme])[1:4] for theme in ("light", "dark")} == {b"PNG"}
    assert drawn["light"] != drawn["dark"]
    assert page.run("cell 2", "len(plt.get_fignums())")
    assert told[-1] == ("text", "0\n")


def test_glue_is_quiet_unless_it_displays(page: Any, told: Told) -> None:
    assert page.run("cell 1", "from myst_nb import glue\nglue('a', 1, display=False)\nglue('b', 2)")
    assert told == [("text", "2\n")]


def test_a_cell_that_prints_without_end_is_cut(page: Any, told: Told) -> None:
    assert page.run("cell 1", "for _ in range(30000): print('0123456789')")
    assert text(told).endswith("(cut after 200,000 letters)\n")
    assert len(text(told)) < 201_000


# ---------------------------------------------------------------- what lies beside the pages


def test_the_wheel_has_the_library_and_says_what_it_has(tmp_path: Path) -> None:
    name = run.wheel(distribution("rl-landscapes"), tmp_path)
    with zipfile.ZipFile(tmp_path / name) as packed:
        own = {path for path in packed.namelist() if path.startswith("rl_landscapes/")}
        modules = {p.relative_to(ROOT / "src").as_posix() for p in (ROOT / "src/rl_landscapes").rglob("*.py")}
        assert modules <= own
        (record,) = (path for path in packed.namelist() if path.endswith("/RECORD"))
        lines = [line.rsplit(",", 2) for line in packed.read(record).decode().splitlines()]
        assert {path for path, _, _ in lines} == set(packed.namelist())
        for path, digest, size in lines[:-1]:
            content = packed.read(path)
            found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            assert (digest, size) == (f"sha256={found}", str(len(content)))


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        run.lay_out(BOOK, tmp_path / folder, PUBLIC)
    one, two = (
        sorted(path for path in (tmp_path / folder).rglob("*") if path.is_file()) for folder in ("one", "two")
    )
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    settings = json.loads((tmp_path / "one" / "settings.json").read_text())
    assert settings["pyodide"] == PUBLIC
    assert {each["file"] for each in settings["wheels"]} <= {path.name for path in one}
    assert all(each["needed"] in ("", "gymnasium") for each in settings["wheels"])


def test_a_package_that_is_not_installed_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "WHERE_NEEDED", {"no-such-package": "nothing"})
    run.lay_out(BOOK, tmp_path, PUBLIC)
    assert len(json.loads((tmp_path / "settings.json").read_text())["wheels"]) == len(run.EVERYWHERE)


# ---------------------------------------------------------------- the local copy


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "html" / "_run").mkdir(parents=True)
    (tmp_path / "html" / "_run" / "settings.json").write_text(
        json.dumps({"pyodide": PUBLIC, "data": "d.zip"})
    )
    return tmp_path / "html"


def served(site: Path, copy: Path) -> Iterator[str]:
    with open_server(site, 0, copy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:
        return bytes(answer.read())


def test_the_server_offers_a_local_copy_when_it_is_there(site: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not for readers")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "pyodide.mjs").write_text("here")
    for address in served(site, tmp_path / "copy"):
        settings = json.loads(fetch(f"{address}/_run/settings.json"))
        assert settings == {"pyodide": "_pyodide/", "data": "d.zip"}
        assert fetch(f"{address}/_pyodide/pyodide.mjs?v=1") == b"here"
        with pytest.raises(urllib.error.HTTPError):
            fetch(f"{address}/_pyodide/../secret")


def test_without_a_copy_the_server_leaves_the_setting(site: Path, tmp_path: Path) -> None:
    for address in served(site, tmp_path / "nowhere"):
        assert json.loads(fetch(f"{address}/_run/settings.json"))["pyodide"] == PUBLIC


def test_a_copy_is_what_the_packages_need(tmp_path: Path) -> None:
    known = {
        "numpy": {"file_name": "numpy.whl", "depends": []},
        "scipy": {"file_name": "scipy.whl", "depends": ["numpy"]},
        "matplotlib": {"file_name": "matplotlib.whl", "depends": ["numpy", "six"]},
        "six": {"file_name": "six.whl", "depends": []},
        "pandas": {"file_name": "pandas.whl", "depends": ["numpy"]},
    }
    with zipfile.ZipFile(tmp_path / "all.whl", "w") as packed:
        for name in [*book_pyodide.RUNTIME, *(each["file_name"] for each in known.values())]:
            lock = json.dumps({"packages": known})
            packed.writestr(book_pyodide.INSIDE + name, lock if name == "pyodide-lock.json" else name)
    book_pyodide.take(tmp_path / "all.whl", tmp_path / "copy")
    found = {path.name for path in (tmp_path / "copy").iterdir()}
    assert found == {*book_pyodide.RUNTIME, "numpy.whl", "scipy.whl", "matplotlib.whl", "six.whl"}
    assert book_pyodide.main(tmp_path / "copy") == 0


def test_where_no_copy_can_be_had_it_says_what_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(book_pyodide, "download", lambda place: 1)
    assert book_pyodide.main(tmp_path / "copy") == 1
    assert "code runs in pages with the network only" in capsys.readouterr().err
    assert not (tmp_path / "copy").exists()


# ---------------------------------------------------------------- the built pages


@pytest.mark.book
@pytest.mark.parametrize("name", table_of_contents())
def test_every_shown_cell_of_the_exact_chapters_can_be_run(built: Path, name: str) -> None:
    page = parsed(built / f"{name}.html")
    marks = [mark["content"] for mark in page.select("meta[name=run-in-page]")]
    assert marks == ([name] if name in RUNNING else [])
    cells = page.select("div.cell[id^=cell-]")
    assert bool(cells) == (name in RUNNING)
    if cells:
        notebook = nbformat.read(built / "_notebooks" / f"{name}.ipynb", as_version=4)
        sources = {cell["id"]: cell.source.strip() for cell in notebook.cells}
        shown = {str(cell["id"]): cell.select_one(".cell_input pre") for cell in cells}
        for id, code in shown.items():
            assert code is None or code.get_text().strip() == sources[id]


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def copied() -> None:
    """Skip where there is no copy of Pyodide."""
    if not (PYODIDE / "pyodide.mjs").is_file():
        pytest.skip("there is no local copy of Pyodide: `make pyodide` fetches one from PyPI")


@pytest.fixture(scope="module")
def opened(browser: Any, address: str, copied: None) -> Iterator[Any]:
    """Yield a page that runs code; errors, and requests to another machine, fail its tests at the end."""
    context = browser.new_context(viewport={"width": 375, "height": 720}, reduced_motion="reduce")
    tab, wrong = context.new_page(), list[str]()
    tab.set_default_timeout(PATIENCE)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    tab.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    tab.on("request", lambda asked: wrong.append(asked.url) if not ours(asked.url, address) else None)
    tab.goto(f"{address}/chapters/03-entropy.html", wait_until="load")
    tab.locator(".run-button").first.wait_for()
    yield tab
    context.close()
    assert wrong == []


def ours(url: str, address: str) -> bool:
    return url.startswith((address, "data:", "blob:"))


def settled(cell: Any) -> str:
    """Return what the cell says once it does not run any more."""
    cell.locator(".run-button", has_text="Run").wait_for()
    return str(cell.locator(".run-status").inner_text())


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.slow
class TestInABrowser:
    """One page, used from its first cell on."""

    def test_numbers_agree_with_those_of_the_built_page(self, opened: Any) -> None:
        compared = 0
        for cell in opened.locator("div.cell:has(.run-button):has(.cell_output)").all()[:5]:
            if cell.locator(".cell_output img, .cell_output section").count():
                continue
            built = cell.locator(".cell_output").inner_text()
            cell.locator(".run-button").click()
            assert settled(cell) == "Done."
            assert cell.locator(".cell_output .output").count() == 1
            assert cell.locator(".cell_output").inner_text().strip() == built.strip()
            compared += 1
        assert compared >= 2

    def test_a_figure_stands_where_it_stood(self, opened: Any) -> None:
        cell = opened.locator("div.cell:has(.run-button):has(.figure-box)").first
        figure = cell.locator(".figure-box img.only-light")
        built = figure.evaluate("image => [image.alt, image.closest('figure') !== null]")
        if not cell.locator(".run-button").is_visible():
            cell.locator("summary").first.click()
        cell.locator(".run-button").click()
        assert settled(cell) == "Done."
        assert figure.evaluate("image => image.src.startsWith('data:image/png')")
        assert figure.evaluate("image => [image.alt, image.closest('figure') !== null]") == built

    def test_an_edited_cell_runs_and_what_goes_wrong_stands_below_it(self, opened: Any) -> None:
        cell = opened.locator("div.cell:has(.run-button)").first
        cell.get_by_role("button", name="Edit").press("Enter")
        editor = cell.get_by_role("textbox")
        editor.fill("")
        for key in ("if True:", "Enter", "print(6 * 7)", "Enter", "1 / 0"):
            editor.press("Enter") if key == "Enter" else editor.type(key)
        assert editor.input_value() == "if True:\n    print(6 * 7)\n    1 / 0"
        editor.press("Shift+Enter")
        assert settled(cell) == "Ended with an error: ZeroDivisionError: division by zero"
        assert cell.locator(".stream").inner_text().strip() == "42"
        assert "line 3, in <module>" in cell.locator(".run-error").inner_text()
        assert (
            editor.evaluate("area => area.closest('.run-editor').querySelector('pre .k').textContent") == "if"
        )
        editor.press("Escape")
        assert cell.locator(".run-button").evaluate("button => button === document.activeElement")

    def test_it_is_accessible_and_fits_a_phone(self, opened: Any) -> None:
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright", reason="axe is not installed"
        ).Axe()
        for theme in ("light", "dark"):
            opened.evaluate(THEME, theme)
            told = axe.run(opened, "div.cell:has(.run-bar)", OPTIONS | {"runOnly": WCAG}).response[
                "violations"
            ]
            found = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in told]
            assert [each for each in found if each.split(":")[0] not in KNOWN_RULES] == []
        assert opened.evaluate("document.documentElement.scrollWidth") <= 375

    def test_stop_ends_what_would_not_end_and_reset_brings_the_page_back(self, opened: Any) -> None:
        cell = opened.locator("div.cell:has(.run-button)").first
        cell.get_by_role("textbox").fill("while True:\n    print('still here')")
        cell.locator(".run-button").click()
        cell.locator(".stream", has_text="still here").wait_for()
        cell.get_by_role("button", name="Stop").click()
        assert settled(cell).startswith("Stopped.")
        cell.get_by_role("button", name="Reset page").click()
        assert opened.locator(".run-editor, .run-error, .run-bar button:visible:text('Reset')").count() == 0
        assert opened.locator("img[src^='data:']").count() == 0


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.slow
def test_where_python_cannot_be_fetched_the_cell_says_so(browser: Any, address: str) -> None:
    context, asked = browser.new_context(), list[str]()
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE)
    settings = {"pyodide": PUBLIC, "packages": [], "wheels": [], "data": "data.zip"}
    context.route("**/_run/settings.json", lambda route: route.fulfill(json=settings))
    context.route(f"{PUBLIC}**", lambda route: (asked.append(route.request.url), route.abort()))
    tab.goto(f"{address}/chapters/03-entropy.html", wait_until="load")
    cell = tab.locator("div.cell:has(.run-button)").first
    built = cell.inner_text()
    assert asked == []
    cell.locator(".run-button").click()
    assert "pyodide.mjs" in settled(cell)
    assert asked[0] == f"{PUBLIC}pyodide.mjs"
    assert built.split("Run")[0] in cell.inner_text()
    context.close()
