"""Whether a cell of code says something to a reader."""

import ast
import io
import tokenize
import warnings
from collections.abc import Collection, Iterator

from rl_landscapes.course.running.notebook import normal
from rl_landscapes.course.running.transform import as_python

MOST = 20_000  # characters of a cell that are looked at; a longer one is for a person to see
WORDS, LETTERS = 3, 6  # words, or letters of a script without blanks, from which on a text says something


def has_words(code: str, known: Collection[str], letters: int = 0) -> bool:
    """Say whether code holds comments or texts that say something, or is no code at all.

    Lines that are `known`, as `bare` gives them, do not count. With `letters`, nor do shorter texts.
    """
    if len(code) > MOST:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            texts = list(_texts(as_python([code])[0]))
    except (SyntaxError, ValueError, MemoryError, RecursionError, tokenize.TokenError):
        return True
    return any(_says_something(text, known, letters) for text in texts)


def bare(line: str) -> str:
    """Return what a line says, without what makes it a comment or a text."""
    return normal(line.strip("\"'# \t"))


def _texts(code: str) -> Iterator[str]:
    """Yield the texts in code, and its comments, those one below the other together."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    block, last = "", 0
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1:
                yield block
                block = ""
            block, last = f"{block}\n{token.string}", token.start[0]
    yield block


def _says_something(text: str, known: Collection[str], letters: int) -> bool:
    lines = [line for line in map(bare, text.splitlines()) if line not in known]
    words = " ".join(lines).split()
    if letters:
        return sum(map(len, words)) >= letters
    foreign = sum(char.isalpha() and not char.isascii() for word in words for char in word)
    return len(words) >= WORDS or foreign >= LETTERS
