"""Every page with code is a notebook, too: the same code, without outputs, and it runs."""

import os
import re
from pathlib import Path

import nbformat
import pytest

from tests.book.sources import BOOK, Page, blocks, extension, pages, table_of_contents

notebooks = extension("local_notebooks")
with_code = [page for page in pages() if page.cells]
every_page = pytest.mark.parametrize("page", with_code, ids=[page.path.stem for page in with_code])
REPOSITORY = "https://github.com/somebody/landscapes"


def name_of(page: Page) -> str:
    return page.path.relative_to(BOOK).with_suffix("").as_posix()


@every_page
def test_it_has_the_code_of_the_page_and_no_outputs(page: Page) -> None:
    made = notebooks.notebook(BOOK, name_of(page))
    nbformat.validate(made)
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    written = re.sub(r"^````md\n.*?^````$", "", page.text, flags=re.MULTILINE | re.DOTALL)  # shown as text
    cells = [block.body.strip() for block in blocks(written) if block.name == "code-cell"]
    assert [cell.source.strip() for cell in code] == cells
    assert all(cell.outputs == [] for cell in code)


def test_a_page_of_text_is_no_notebook() -> None:
    text = next(page for page in pages() if not page.cells)
    assert notebooks.notebook(BOOK, name_of(text)) is None


def test_the_same_page_gives_the_same_notebook() -> None:
    one, two = (nbformat.writes(notebooks.notebook(BOOK, "chapters/03-entropy")) for _ in range(2))
    assert one == two


def test_a_hosted_machine_fetches_what_the_cells_read() -> None:
    made = notebooks.notebook(BOOK, "chapters/03-entropy", REPOSITORY)
    fetch = made.cells[1].source
    assert 'if not Path("../data").is_dir():' in fetch
    assert f"!git clone -q --depth 1 {REPOSITORY} landscapes" in fetch
    assert "%cd landscapes/book/chapters" in fetch
    front = notebooks.notebook(BOOK, "index", REPOSITORY).cells[1].source
    assert 'Path("data")' in front
    assert front.endswith("%cd landscapes/book")


def test_services_are_offered_for_repositories_that_they_know() -> None:
    known = dict(notebooks.services(REPOSITORY, "gh-pages", "index"))
    assert known.keys() == {"Colab", "Binder"}
    assert dict(notebooks.services("https://codeberg.org/somebody/landscapes", "pages", "index")) == {}
    assert dict(notebooks.services("", "pages", "index")) == {}


@pytest.mark.slow
def test_a_notebook_runs_in_the_folder_that_it_names(tmp_path: Path) -> None:
    client = pytest.importorskip("nbclient", reason="nbclient is not installed")
    made = notebooks.notebook(BOOK, "chapters/05b-noise")
    assert "../data/" in "".join(cell.source for cell in made.cells)  # so it runs nowhere else
    os.environ.setdefault("IPYTHONDIR", str(tmp_path))
    done = client.NotebookClient(made, timeout=600, resources={"metadata": {"path": str(BOOK / "chapters")}})
    done.execute()
    assert "book/chapters" in made.cells[0].source
    assert any(cell.get("outputs") for cell in made.cells)


@pytest.mark.book
@pytest.mark.parametrize("name", table_of_contents())
def test_the_built_book_offers_it_where_there_is_code(built: Path, name: str) -> None:
    has_code = bool(Page(BOOK / f"{name}.md").cells)
    assert (built / "_notebooks" / f"{name}.ipynb").is_file() == has_code
    page = (built / f"{name}.html").read_text(encoding="utf8")
    assert (f"_notebooks/{name}.ipynb" in page) == has_code
