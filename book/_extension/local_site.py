"""What surrounds a page: its description, a card for who shares it, version and date, where to report errors.

Two settings of `_config.yml` add what needs an address: `html: {baseurl: ...}`, where the site stands, gives
canonical links, a sitemap and the picture of the card; `repository: {url: ...}` gives each page a link to
report an error.
"""

import re
import shutil
import subprocess
import unicodedata
from datetime import date
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import SphinxError
from sphinx.util.matching import patmatch

from rl_landscapes import __version__

LONGEST = 200  # letters of a description
SHORTEST = 40
CARD_PAGE, CARD_FIGURE, CARD = "chapters/ledger", "fig-ledger-glance", "_static/paper-at-a-glance.png"
WITHOUT_TEXT = ("genindex", "search", "py-modindex")
EXAMPLE = "https://github.com/executablebooks/jupyter-book"
TAG = re.compile(r"<[^>]+>")
LETTER = re.compile(r"\\([A-Za-z]+)")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the handlers below."""
    app.connect("config-inited", forget_example)
    app.connect("builder-inited", find_dates)
    app.connect("html-page-context", describe)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def forget_example(app: Sphinx, config: Config) -> None:
    """Drop the address that Jupyter Book gives a book whose settings name no repository: its own."""
    if config.html_theme_options.get("repository_url") == EXAMPLE:
        del config.html_theme_options["repository_url"]


def find_dates(app: Sphinx) -> None:
    """Note when each page was last changed."""
    app.env.local_site_dates = last_changes(Path(app.srcdir))  # type: ignore[attr-defined]


def last_changes(book: Path) -> dict[str, str]:
    """Return the day of the last commit that touched each source below `book`; none outside of a clone."""
    command = ["git", "log", "--format=%x00%cs", "--name-only", "--relative", "--", "."]
    try:
        told = subprocess.run(command, cwd=book, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return {}
    found: dict[str, str] = {}
    for commit in filter(None, told.split("\0")):
        day, *files = commit.split("\n")
        for name in filter(None, files):
            found.setdefault(name, day)
    return found


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add what belongs to the head of the page and to its foot."""
    context["theme_extra_footer"] = foot(app, page, context)
    if doctree is None or page in WITHOUT_TEXT:
        return
    title = plain(context.get("title", ""))
    facts = {
        "og:title": title,
        "og:type": "article",
        "og:site_name": app.config.html_title or app.config.project,
    }
    about = description(doctree)
    base = app.config.html_baseurl
    if base:
        facts |= {"og:url": urljoin(base, f"{page}.html"), "og:image": urljoin(base, CARD)}
    metas = [f'<meta name="description" content="{escape(about)}">'] if about else []
    facts |= {"og:description": about} if about else {}
    metas += [f'<meta property="{name}" content="{escape(text)}">' for name, text in facts.items()]
    metas += ['<meta name="twitter:card" content="summary_large_image">'] if base else []
    context["metatags"] = "\n".join([context.get("metatags", ""), *metas])


def description(doctree: nodes.document) -> str:
    """Return the beginning of the first paragraph that is part of the text, in whole words."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(spoken(paragraph).split())
        if isinstance(paragraph.parent, nodes.section) and len(text) >= SHORTEST:
            return shortened(text)
    return ""


def spoken(paragraph: nodes.paragraph) -> str:
    """Return the text of a paragraph, formulas as they are written but with Greek letters."""
    return LETTER.sub(greek, paragraph.astext().replace("\n", " "))


def greek(command: re.Match[str]) -> str:
    r"""Return the letter that a command like \gamma stands for; any other command stays."""
    case, name = ("CAPITAL" if command[1].istitle() else "SMALL"), command[1].replace("lambda", "lamda")
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {name}")
    except KeyError:
        return command[0]


def shortened(text: str) -> str:
    """Return at most LONGEST letters: whole sentences if there is one, else whole words and an ellipsis."""
    if len(text) <= LONGEST:
        return text
    begun = text[: LONGEST - 1]
    ends = [found.end() for found in re.finditer(r"[.?!](?=\s)", begun)]
    if ends and ends[-1] >= SHORTEST:
        return begun[: ends[-1]]
    return begun.rpartition(" ")[0].rstrip(",;:") + "…"


def foot(app: Sphinx, page: str, context: dict[str, Any]) -> str:
    """Return version and date of the page, and where to report an error if there is a place for it."""
    day = app.env.local_site_dates.get(f"{page}.md")  # type: ignore[attr-defined]
    parts = [f"Version {__version__}"]
    if day:
        parts.append(f'last changed <time datetime="{day}">{written(day)}</time>')
    if repository := repository_of(app):
        query = {
            "title": f"Error on the page {plain(context.get('title', page))}",
            "body": f"Page: {page}\n\n",
        }
        address = f"{repository}/issues/new?{urlencode(query, quote_via=quote)}"
        parts.append(f'<a class="errata" href="{escape(address)}">report an error on this page</a>')
    return ", ".join(parts)


def plain(title: str) -> str:
    """Return a title, which the theme has as HTML, as text."""
    return unescape(TAG.sub("", title))


def written(day: str) -> str:
    """Return a day as readers write it: 30 November 2026."""
    known = date.fromisoformat(day)
    return f"{known.day} {known:%B} {known.year}"


def repository_of(app: Sphinx) -> str:
    """Return the address of the repository without a slash at its end, or nothing."""
    return str(app.config.html_theme_options.get("repository_url") or "").rstrip("/")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Lay the sitemap and the picture of the card beside the pages, once the site has an address."""
    base = app.config.html_baseurl
    if exception is not None or app.builder.name != "html" or not base:
        return
    if not base.startswith(("https://", "http://")) or not base.endswith("/"):
        raise SphinxError(f"html: baseurl must be like https://host/path/, got {base!r}")
    pages = sorted(name for name in app.env.found_docs if not any(patmatch(name, p) for p in WITHOUT_TEXT))
    days: dict[str, str] = app.env.local_site_dates  # type: ignore[attr-defined]
    places = "".join(place(urljoin(base, f"{quote(name)}.html"), days.get(f"{name}.md")) for name in pages)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    Path(app.outdir, "sitemap.xml").write_text(f"{head}{places}</urlset>\n", encoding="utf8")
    if CARD_PAGE in app.env.found_docs:
        shutil.copyfile(Path(app.outdir, card_of(app)), Path(app.outdir, CARD))


def place(address: str, day: str | None) -> str:
    """Return a page's line in the sitemap."""
    changed = f"<lastmod>{day}</lastmod>" if day else ""
    return f"<url><loc>{escape(address)}</loc>{changed}</url>\n"


def card_of(app: Sphinx) -> str:
    """Return where the light picture of the paper at a glance lies in the built book."""
    for figure in app.env.get_doctree(CARD_PAGE).findall(nodes.figure):
        if CARD_FIGURE in figure["ids"] + figure["names"]:
            for image in figure.findall(nodes.image):
                return f"{app.builder.imagedir}/{app.env.images[image['uri']][1]}"
    raise SphinxError(f"{CARD_PAGE} has no figure {CARD_FIGURE}, which is the card of the site")
