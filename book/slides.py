"""Slides from the built book: a title for each chapter, then its figures with their captions, as one PDF.

A figure stands above its caption, or beside it if it is so tall that it would be small there. All of it is
taken from the pages under _build/html, so a slide and its page cannot disagree. Chromium prints them, for it
sets the formulas as the pages do.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import yaml
from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).resolve().parent.parent
CONTENTS = ROOT / "book" / "_toc.yml"
PAGES = ROOT / "_build" / "html"
CHROMIUM = "/usr/bin/chromium"
TALL = 0.8  # height over width from which a figure stands beside its caption
STYLE = """
@page { size: 33.867cm 19.05cm; margin: 0; }
body { margin: 0; font: 18pt/1.35 "DejaVu Sans", sans-serif; color: #1b1b1b; background: #fff; }
section { width: 33.867cm; height: 19.05cm; box-sizing: border-box; padding: 1.1cm 1.6cm; overflow: hidden;
  page-break-after: always; display: flex; flex-direction: column; gap: 0.5cm; }
section.title { justify-content: center; }
h1 { font-size: 34pt; margin: 0; } h2 { font-size: 24pt; margin: 0; }
section.figure > img { flex: 1 1 0; min-height: 0; object-fit: contain; max-width: 100%; }
section.tall { display: grid; grid-template: auto minmax(0, 1fr) auto / auto 1fr; column-gap: 1cm; }
section.tall > h2 { grid-column: 1 / 3; } section.tall > img { grid-row: 2 / 4; height: 100%; }
section.tall > .caption { align-self: center; font-size: 15pt; }
p { margin: 0; flex: none; } .caption { font-size: 13pt; } .source { font-size: 10pt; color: #5e5a53; }
"""


def chapters(pages: Path) -> list[Path]:
    """Return the built pages of the numbered parts, in the order of the book."""
    parts = yaml.safe_load(CONTENTS.read_text(encoding="utf8"))["parts"]
    named = _files([part["chapters"] for part in parts if part.get("numbered")])
    return [page for page in (pages / f"{name}.html" for name in named) if page.is_file()]


def _files(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, list):
            yield from _files(entry)
        else:
            yield entry["file"]
            yield from _files(entry.get("sections", []))


def slides(page: Path) -> Iterator[str]:
    """Yield the slides of a page: its title with the two sentences it opens with, then figure by figure."""
    soup = BeautifulSoup(page.read_text(encoding="utf8"), "html.parser")
    for link in soup.select("a.headerlink"):
        link.decompose()
    heading = soup.select_one("article h1, main h1, h1")
    title = heading.decode_contents() if heading else page.stem
    opening = heading.find_next("p") if heading else None
    first = opening.decode_contents() if isinstance(opening, Tag) else ""
    yield f'<section class="title"><h1>{title}</h1><p>{first}</p></section>'
    for figure in soup.select("figure[id]"):
        image = figure.find("img", class_=lambda found: found != "only-dark")
        caption = figure.select_one(".caption-text")
        if isinstance(image, Tag) and caption:
            yield _figure(page, image, caption, f"{_text(figure, '.caption-number')}, {title}")


def _figure(page: Path, image: Tag, caption: Tag, place: str) -> str:
    for link in caption.select("a"):
        link.unwrap()  # it would lead to a file on the computer on which the slides were made
    strong = caption.find("strong")
    head = strong.extract().decode_contents() if isinstance(strong, Tag) else ""
    tall = float(str(image.get("height", 0))) > TALL * float(str(image.get("width", 1)))
    return (
        f'<section class="figure{" tall" if tall else ""}"><h2>{head}</h2>'
        f'<img src="{_address(page, str(image["src"]))}" alt="{escape(str(image.get("alt", "")))}">'
        f'<p class="caption">{caption.decode_contents()}</p><p class="source">{place}</p></section>'
    )


def _text(figure: Tag, selector: str) -> str:
    found = figure.select_one(selector)
    return found.text.strip() if found else "Figure"


def _address(page: Path, relative: str) -> str:
    return (page.parent / relative).resolve().as_uri()


def deck(pages: Path) -> str:
    """Return all slides as one HTML page, with the formulas' script of the book."""
    found = chapters(pages)
    if not found:
        raise SystemExit(f"no chapters in {pages}: run `make book` first")
    index = (pages / "chapters" / found[0].name).read_text(encoding="utf8")
    scripts = re.findall(r"<script[^>]*(?:MathJax|mathjax)[^>]*>.*?</script>", index, re.DOTALL)
    scripts = [
        re.sub(r'src="([^"?]+)[^"]*"', lambda m: f'src="{_address(found[0], m[1])}"', s) for s in scripts
    ]
    body = "\n".join(slide for page in found for slide in slides(page))
    head = f'<meta charset="utf-8"><title>Slides</title><style>{STYLE}</style>{"".join(scripts)}'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def main() -> None:
    """Print the deck to _build/slides.pdf."""
    from playwright.sync_api import sync_playwright

    source, target = PAGES.parent / "slides.html", PAGES.parent / "slides.pdf"
    source.write_text(deck(PAGES), encoding="utf8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(source.as_uri(), wait_until="networkidle")
        page.evaluate("() => window.MathJax && MathJax.startup ? MathJax.startup.promise : null")
        page.pdf(path=str(target), prefer_css_page_size=True, print_background=True)
        browser.close()
    print(f"The slides lie in {target}")


if __name__ == "__main__":
    sys.exit(main())
