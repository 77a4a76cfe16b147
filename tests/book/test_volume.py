"""PDF and EPUB of a small book with one of each: what moves, what is folded, figure, formula, table."""

import shutil
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from book import volume
from book.build import Refusal, run_jupyter_book
from tests.book.sources import BOOK, ROOT

PAGE = r"""# A page

A formula, $\pi_\theta(a\mid s)>\tfrac12$, and one of its own:

$$
O(\theta)=\sum_s d(s)\,V(s)
$$ (eq-one)

```{raw} html
<section class="explorer" aria-label="Explorer: Walk"><p class="explorer-title">Walk</p>
<noscript><p>This part moves only with JavaScript. The figure above shows the same.</p></noscript>
<script type="application/json">{"a": 1}</script></section>
<table><tr><th>claim</th><th>verdict</th></tr><tr><td>C1</td><td>supported in <b>two</b></td></tr></table>
```

:::{prf:theorem} Nothing is lost
:label: thm-one

It is so.
:::

::::{dropdown} Proof
:::{prf:proof}
What was folded is said.
:::
::::

```{figure} landscape.png
:alt: What the figure shows to those who cannot see it

A figure.
```
"""
LOG = """\
Overfull \\hbox (3.2pt too wide) in paragraph at lines 10--11
Overfull \\hbox (31.7pt too wide) in paragraph at lines 20--21
Missing character: There is no θ in font Mono!
Missing character: There is no θ in font Mono!
Package hyperref Warning: nothing of note.
"""


def test_what_is_cut_off_or_lost_is_a_complaint() -> None:
    assert list(volume.complaints(LOG)) == [LOG.splitlines()[1], LOG.splitlines()[2]]


def test_without_latex_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal, match=r"^There is no LaTeX here; .* apt install .*texlive-xetex.*$"):
        volume.pdf(tmp_path)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of one page with the settings and the extensions of the book."""
    pytest.importorskip("jupyter_book", reason="the book's tools are not installed")
    root = tmp_path_factory.mktemp("small")
    book = root / "book"
    book.mkdir()
    shutil.copytree(BOOK / "_static", book / "_static")
    shutil.copy(BOOK / "_static" / "landscape.png", book)
    shutil.copy(BOOK / "references.bib", book)
    (book / "_extension").symlink_to(BOOK / "_extension")
    (book / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (book / "index.md").write_text(PAGE, encoding="utf8")
    shutil.copy(ROOT / "_config.yml", root)
    return root


@pytest.mark.book
@pytest.mark.slow
def test_latex_says_what_the_page_says(small: Path) -> None:
    assert run_jupyter_book(small, "-W", "-n", "--builder", "latex") == 0
    text = (small / "_build" / "latex" / "book.tex").read_text(encoding="utf8")
    assert "It moves in a browser" in text
    assert "application/json" not in text
    assert "<" not in text.split(r"\begin{document}")[1]
    for said in ("What was folded is said", "supported in", "Nothing is lost"):
        assert said in text


@pytest.mark.book
@pytest.mark.slow
def test_epub_is_whole(small: Path) -> None:
    with zipfile.ZipFile(volume.epub(small)) as book:
        assert book.infolist()[0].filename == "mimetype"
        assert book.infolist()[0].compress_type == zipfile.ZIP_STORED
        names = book.namelist()
        trees = {name: ElementTree.fromstring(book.read(name)) for name in names if name.endswith(".xhtml")}
        listed = ElementTree.fromstring(book.read("content.opf"))
    items = {item.get("href"): item for item in listed.iter("{http://www.idpf.org/2007/opf}item")}
    files = set(items)
    assert {name for name in files if items[name].get("properties") == "mathml"} == {"index.xhtml"}
    assert files == set(names) - {"mimetype", "META-INF/container.xml", "content.opf"}
    page = trees["index.xhtml"]
    html, maths = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/1998/Math/MathML}math"
    assert [made.get("alttext") for made in page.iter(maths)] == [
        r"\pi_\theta(a\mid s)>\tfrac12",
        r"O(\theta)=\sum_s d(s)\,V(s)",
    ]
    assert not list(page.iter(f"{html}script"))
    assert not list(page.iter(f"{html}details"))
    (picture,) = page.iter(f"{html}img")
    assert str(picture.get("alt")).startswith("What the figure shows")
    assert picture.get("src") in files
