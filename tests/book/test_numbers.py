"""Numbers in prose come from code; those that a sentence must hold in words are compared with stored results.

Which result a number typed into a sentence is about no test can know, so none is searched for in the data:
two numbers that agree by chance would pass, two of different things would be refused. Refused is a share that
nobody computed, and a sentence named below that its result contradicts.
"""

import re

import pytest

from rl_landscapes.studies.ledger import claim
from tests.book.sources import BOOK, CHAPTERS, SECTIONS

LEVELS = {"1%", "5%", "10%", "80%", "90%", "95%"}  # of confidence, power and tolerance: set, not found
NOT_PROSE = (
    r"\A---\n.*?\n---\n",  # front matter
    r"^(`{3,})\{?(?:code-cell|python|bash|text)\b.*?^\1$",
    r"\$\$.*?\$\$",
    r"\$[^$]*\$",
    r"\{[\w:-]+\}`[^`]*`",  # roles: numbers that are glued in, references
    r"`[^`]*`",
)
PAGES = [BOOK / "index.md", *CHAPTERS, *SECTIONS]
WORDS = {"four": 4, "five": 5, "six": 6}
OPENING = BOOK / "index.md"


def prose(text: str) -> str:
    for pattern in NOT_PROSE:
        text = re.sub(pattern, " ", text, flags=re.DOTALL | re.MULTILINE)
    return text


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_shares_in_prose_come_from_code(path):
    typed = re.findall(r"(?<![\w.])\d+(?:\.\d+)?\s?%", prose(path.read_text(encoding="utf8")))
    assert set(typed) <= LEVELS, "glue a share, or say it in words"


def test_how_many_starts_fail_is_what_the_ledger_says():
    said = re.search(r"one (?:random )?start in (\w+)", OPENING.read_text(encoding="utf8"))
    assert said
    share = claim("C3").interval
    assert share.low <= 1 / WORDS[said[1]] <= share.high


def test_entropy_that_fades_saves_as_many_starts_as_the_ledger_says():
    said = re.search(r"from every one of (\d+) such starts", OPENING.read_text(encoding="utf8"))
    assert said
    saved = [interval for interval in claim("C5").details.values() if interval.estimate == 0]
    assert {interval.n for interval in saved} == {int(said[1])}
