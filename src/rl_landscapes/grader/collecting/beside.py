"""What came beside a notebook: texts are words of a student's too, and other documents are named."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import PurePosixPath

from rl_landscapes.course.running.notebook import Notebook, normal
from rl_landscapes.grader.collecting.report import Beside, on_one_line
from rl_landscapes.grader.collecting.unpack import File, Refused

TEXTS = (".txt", ".md", ".html", ".htm", ".rst", ".tex")
DOCUMENTS = (".doc", ".docx", ".odt", ".pdf", ".rtf", ".pages", ".png", ".jpg", ".jpeg", ".heic")
HANDED_OUT = ("readme", "license", "requirements", "timestamp")  # begin the names of what is nobody's work
LONGEST, MOST = 20_000, 10  # characters of a text that are kept, and files of one student
TO_SHOW = re.compile(r"Submission Field:\s*(.*?)\s*Comments:\s*(.*?)\s*Files:", re.DOTALL)  # of Blackboard
NOTHING = re.compile(r"There (?:is|are) no student .* for this assignment\.")


def beside(files: Iterable[File]) -> Iterator[Beside]:
    """Yield the files that may hold words of their author's, with their text where they are text."""
    found = (one for file in files if (one := _beside(file)) is not None)
    yield from (one for one, _ in zip(found, range(MOST), strict=False))


def words_of(path: str, notebook: Notebook) -> Beside | None:
    """Return the words in a notebook of which nothing else counts, None if there are none."""
    texts = [cell.source.strip() for cell in notebook.cells if cell.kind != "code" and normal(cell.source)]
    return Beside(on_one_line(path), _cut("\n\n".join(texts))) if texts else None


def as_markdown(found: Iterable[Beside]) -> str:
    """Return what is shown of them to a marker."""
    return "\n\n".join(f"Beside the notebook: {one.file}" + f"\n\n{one.text}".rstrip() for one in found)


def _beside(file: File) -> Beside | None:
    name = PurePosixPath(file.name.lower())
    if name.suffix not in (*TEXTS, *DOCUMENTS) or name.stem.startswith(HANDED_OUT):
        return None
    path = on_one_line(file.path)
    if name.suffix in DOCUMENTS:
        return Beside(path, "")
    try:
        text = file.read().decode("utf-8", "replace")
    except Refused as error:
        return Beside(path, f"({error})")
    if name.suffix in (".html", ".htm"):
        text = text_of_html(text)
    if told := TO_SHOW.search(text):
        text = "\n\n".join(part for part in told.groups() if not NOTHING.fullmatch(part))
    return Beside(path, _cut(text)) if normal(text) else None


def _cut(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    return text[:LONGEST] + (" [cut]" if len(text) > LONGEST else "")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, leave out what is no text, note a picture."""
        self.hidden += tag in ("script", "style", "title")
        if tag in ("p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4"):
            self.parts.append("\n")
        if tag == "img":
            self.parts.append("(a picture)")

    def handle_endtag(self, tag: str) -> None:
        """End what is no text."""
        self.hidden -= tag in ("script", "style", "title") and self.hidden > 0

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of_html(page: str) -> str:
    """Return the text of a page, line by line."""
    parser = _Text()
    parser.feed(page)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)
