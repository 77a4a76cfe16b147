"""Where the random numbers of a test come from: a public seed, or a course's secret, a student and a file."""

import hmac
from collections.abc import Callable
from hashlib import sha256

import numpy as np

Seeds = Callable[[str, str, int], np.random.Generator]  # assignment, question, number of the test


def public(assignment: str, question: str, test: int) -> np.random.Generator:
    """Return the generator that a test meets in a student's own session: the same for everybody."""
    return _generator(b"public", assignment, question, test)


def of_student(secret: bytes, student: str, submission: bytes = b"") -> Seeds:
    """Return the generators that a submission meets when graded: HMAC-SHA256 of the secret, whose, what.

    The same file meets the same numbers in a regrade, another student or another file others, so that
    feedback on one attempt tells nothing about the numbers of the next. Without the secret nobody can tell
    which they are.

    Raises
    ------
    ValueError
        If the secret has fewer than 16 bytes.
    """
    if len(secret) < 16:
        raise ValueError(f"the secret of a course must have at least 16 bytes, got {len(secret)}")

    handed_in = sha256(submission).hexdigest()

    def seeds(assignment: str, question: str, test: int) -> np.random.Generator:
        return _generator(secret, assignment, question, test, student, handed_in)

    return seeds


def _generator(key: bytes, *words: str | int) -> np.random.Generator:
    message = "\0".join(map(str, words)).encode()
    return np.random.default_rng(int.from_bytes(hmac.new(key, message, sha256).digest()))
