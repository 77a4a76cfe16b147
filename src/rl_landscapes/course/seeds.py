"""Where the random numbers of a test come from: a public seed, or the secret of a course and a student."""

import hmac
from collections.abc import Callable
from hashlib import sha256

import numpy as np

Seeds = Callable[[str, str, int], np.random.Generator]  # assignment, question, number of the test


def public(assignment: str, question: str, test: int) -> np.random.Generator:
    """Return the generator that a test meets in a student's own session: the same for everybody."""
    return _generator(b"public", assignment, question, test)


def of_student(secret: bytes, student: str) -> Seeds:
    """Return the generators that a student's answers meet when graded: HMAC-SHA256 of who and what.

    The same student meets the same numbers in a regrade, another student others; without the secret nobody
    can tell which.

    Raises
    ------
    ValueError
        If the secret has fewer than 16 bytes.
    """
    if len(secret) < 16:
        raise ValueError(f"the secret of a course must have at least 16 bytes, got {len(secret)}")

    def seeds(assignment: str, question: str, test: int) -> np.random.Generator:
        return _generator(secret, assignment, question, test, student)

    return seeds


def _generator(key: bytes, *words: str | int) -> np.random.Generator:
    message = "\0".join(map(str, words)).encode()
    return np.random.default_rng(int.from_bytes(hmac.new(key, message, sha256).digest()))
