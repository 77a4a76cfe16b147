"""Pictures that a student pasted into a notebook: a note in the text, and those that can be shown."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rl_landscapes.course.running.notebook import Cell, Notebook

KINDS = {  # what a browser shows and in which nothing acts, by how it begins
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
}
LARGEST = 4 << 20  # bytes of a picture that is shown
EMBEDDED = re.compile(r"(!\[[^\]\n]*\]\()?data:(image/[\w.+-]+);base64,([A-Za-z0-9+/=]+)(?(1)[^)\n]*\))")
ATTACHED = re.compile(r"!\[[^\]\n]*\]\(attachment:([^)\s]+)[^)\n]*\)")
NOTE = re.compile(r"\(picture (\d{1,5}): [^()\n]*\)")


@dataclass(frozen=True)
class Picture:
    """A picture as it was pasted: its name, its kind, and its bytes in base 64."""

    name: str
    kind: str
    data: str

    @property
    def is_shown(self) -> bool:
        """Say whether it is of a kind and size that can be shown without harm."""
        if self.kind not in KINDS or len(self.data) > LARGEST * 4 // 3:
            return False
        try:
            return base64.b64decode(self.data, validate=True).startswith(KINDS[self.kind])
        except (binascii.Error, ValueError):
            return False

    def note(self, number: int) -> str:
        """Return what stands for it in a text."""
        name = re.sub(r"[^\w. -]", "_", self.name)[:60]
        where = "" if self.is_shown else ", to be seen in the notebook itself"
        return f"(picture {number}: {name}, {len(self.data) * 3 / 4000:.0f} kB{where})"


def noted(release: Notebook, handed_in: Notebook) -> Iterator[tuple[Cell, str, list[Picture]]]:
    """Yield every cell, its text with a note for each picture that is not of the release, and these."""
    ours = {picture.data for cell in release.cells for picture in _attached(cell).values()}
    count = 0
    for cell in handed_in.cells:
        text, found = _noted(cell, ours, count)
        count += len(found)
        yield cell, text, found


def shown_pictures(release: Notebook, handed_in: Notebook, text: str) -> dict[str, Picture]:
    """Return the pictures of the notes in a text that can be shown, by names of ours."""
    numbers = {int(number) for number in NOTE.findall(text)}
    found = (
        [picture for _, _, pictures in noted(release, handed_in) for picture in pictures] if numbers else []
    )
    return {
        f"picture-{n}": picture for n, picture in enumerate(found, 1) if n in numbers and picture.is_shown
    }


def _noted(cell: Cell, ours: set[str], before: int) -> tuple[str, list[Picture]]:
    found: list[Picture] = []

    def note(picture: Picture) -> str:
        found.append(picture)
        return picture.note(before + len(found))

    text = EMBEDDED.sub(lambda hit: note(Picture("embedded", hit[2].lower(), hit[3])), cell.source)
    attached = {name: note(one) for name, one in _attached(cell).items() if one.data not in ours}
    left = dict(attached)
    text = ATTACHED.sub(lambda hit: attached[hit[1]] if left.pop(hit[1], "") else hit[0], text)
    return "\n\n".join([text, *left.values()]), found


def _attached(cell: Cell) -> dict[str, Picture]:
    found: dict[str, Picture] = {}
    for name, kinds in cell.attachments.items():
        for kind, data in kinds.items() if isinstance(kinds, dict) else ():
            lines: Sequence[object] = data if isinstance(data, list) else [data]
            text = "".join(line for line in lines if isinstance(line, str)).replace("\n", "")
            if text:
                found.setdefault(name, Picture(name, kind.lower(), text))
    return found
