"""The appendix of proofs: all that the chapters prove, in full and unfolded."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.book.sources import CHAPTERS, SECTIONS, Block, Page, extension

STATED = ("prf:theorem", "prf:proposition", "prf:lemma", "prf:corollary")
PAGES = [Page(path) for path in sorted(CHAPTERS + SECTIONS)]
TOY = """\
(toy)=
# A page

::::{dropdown} Detour
:::{prf:lemma} One
:label: lem-one

$$
x = 1
$$ (eq-one)
:::

:::{prf:proof}
By {eq}`eq-one` and {eq}`eq-elsewhere`.
:::
::::

:::{prf:theorem} Not proved here
:label: thm-two

:::

:::{prf:corollary} Two
:label: cor-two
Text.
:::

:::::{dropdown} Proof
::::{prf:proof}
:::{note}
See {prf:ref}`lem-one`.
:::
::::
:::::
"""


@pytest.fixture(scope="module")
def proofs():
    pytest.importorskip("sphinx", reason="the book's tools are not installed")
    return extension("local_proofs")


def stated_and_proved(page: Page) -> Iterator[tuple[Block, Block]]:
    """Yield the statements of a page with the proofs that follow them."""
    found = [block for block in page.blocks if block.name in (*STATED, "prf:proof")]
    assert [block.name == "prf:proof" for block in found] == [False, True] * (len(found) // 2), page.path.name
    yield from zip(found[::2], found[1::2], strict=True)


@pytest.mark.parametrize("page", PAGES, ids=[page.path.stem for page in PAGES])
def test_all_that_a_page_proves_stands_in_the_appendix(proofs, page: Page) -> None:
    """Statement and proof are looked for word by word; only the labels of equations are others there."""
    appendix = proofs.appendix([path for path in proofs.chapters(page.path.parent) if path == page.path])
    words = " ".join(appendix.replace(proofs.HERE, "").split())
    found = list(stated_and_proved(page))
    assert appendix.count("{prf:proof}") == len(found)
    for stated, proof in found:
        assert stated.argument
        assert f"({stated.options['label']})= ### {stated.argument} " in words
        for block in (stated, proof):
            assert " ".join(block.body.split()) in words


def test_pages_stand_in_the_order_of_the_book(proofs) -> None:
    assert proofs.chapters(CHAPTERS[0].parent) == [page.path for page in PAGES]
    numbers = re.findall(r"^## (.+)$", proofs.appendix([page.path for page in PAGES]), re.MULTILINE)
    proving = [page for page in PAGES if list(stated_and_proved(page))]
    assert numbers == [re.findall(r"^# (.+)$", page.text, re.MULTILINE)[0] for page in proving]


def test_a_proof_goes_with_the_statement_before_it(proofs) -> None:
    one, two = proofs.proved(TOY)
    assert (one.kind, one.title, one.label, two.kind, two.label) == (
        "lemma",
        "One",
        "lem-one",
        "corollary",
        "cor-two",
    )
    assert (two.text, two.proof) == ("Text.", ":::{note}\nSee {prf:ref}`lem-one`.\n:::")
    assert proofs.section("(page)=\n# A page that proves nothing\n") == ""


def test_equations_of_the_appendix_are_referred_to_there_and_others_in_their_chapter(
    proofs, tmp_path: Path
) -> None:
    (tmp_path / "01-toy.md").write_text(TOY, encoding="utf8")
    text = proofs.appendix(proofs.chapters(tmp_path))
    assert "$$ (proof-of-eq-one)" in text
    assert "By {eq}`proof-of-eq-one` and {eq}`eq-elsewhere`." in text


@pytest.mark.book
def test_the_built_appendix_says_what_the_built_chapters_say(built: Path) -> None:
    """Proof by proof the same words and formulas, under an anchor that is made from the statement's label."""
    appendix, found = parsed(built, "proofs"), 0
    assert appendix.select("details, .toggle, .dropdown") == []
    for page in PAGES:
        there = [words(proof) for proof in proofs_in(parsed(built, page.path.stem))]
        for stated, _ in stated_and_proved(page):
            anchor = appendix.find(id=f"proof-of-{stated.options['label']}")
            assert isinstance(anchor, Tag)
            here = anchor if anchor.name == "section" else anchor.find_parent("section")
            assert isinstance(here, Tag)
            (proof,), box = proofs_in(here), here.select_one(f"div.{stated.name.removeprefix('prf:')}")
            assert isinstance(box, Tag)
            number = box.select_one(".admonition-title a")
            assert isinstance(number, Tag)
            assert str(number["href"]) == f"{page.path.stem}.html#{stated.options['label']}"
            assert words(proof) in there
            found += 1
    assert found == len(proofs_in(appendix))


def parsed(built: Path, name: str) -> Tag:
    text = (built / "chapters" / f"{name}.html").read_text(encoding="utf8")
    article = BeautifulSoup(text, "html.parser").find("article")
    assert isinstance(article, Tag)
    return article


def proofs_in(page: Tag) -> list[Tag]:
    """Return the proofs, which have the class of statements but not that of a kind of them."""
    kinds = {"definition", *(name.removeprefix("prf:") for name in STATED)}
    return [found for found in page.select("div.proof") if not kinds & set(found["class"])]


def words(proof: Tag) -> str:
    """Return the text of a proof; numbers of equations are those of the page."""
    return " ".join(re.sub(r"\([\d.]+\)", "", proof.get_text()).split())
