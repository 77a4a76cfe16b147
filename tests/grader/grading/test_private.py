"""The tests of one's own that the page for instructors shows: right answers pass them, wrong ones do not."""

import re
from pathlib import Path

import pytest

from rl_landscapes.course.running.scoring import score
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.course.seeds import of_student
from rl_landscapes.grader.grading.private import with_private
from tests.course.solved import functions

NAME = "01-returns-and-entropy"
PAGE = Path(__file__).parents[3] / "book" / "chapters" / "instructors.md"
TEXT = PAGE.read_text(encoding="utf-8")
CELLS = re.findall(r"private\.write_text\([^']*'''(\n.*?)'''\)", TEXT, flags=re.DOTALL)
TITLES = ["eight equal logits", "many actions", "every action is split in two"]
BITS = "def entropy(logits):\n    x = log_softmax(logits)\n    return -(np.exp(x) * x).sum(-1) / np.log(2)"
MEAN = "def entropy(logits):\n    x = log_softmax(logits)\n    return -(np.exp(x) * x).mean(-1)"
CUT = "def entropy(logits):\n    x = log_softmax(logits[..., :99])\n    return -(np.exp(x) * x).sum(-1)"


@pytest.mark.parametrize(
    ("answer", "lost"),
    [({}, []), ({"entropy": BITS}, TITLES), ({"entropy": MEAN}, TITLES), ({"entropy": CUT}, TITLES[1:])],
)
def test_what_the_page_shows_tests(answer, lost):
    own, called = with_private(NAME, "".join(CELLS)), InProcess(functions(NAME, **answer))
    assert [test.title for test in own.named("entropy").tests[-3:]] == TITLES
    for student in ("ada", "emmy"):
        seeds = of_student(b"a secret of sixteen bytes", student)
        results = score(own, called, seeds, grading=True, questions=["entropy"])[-3:]
        assert [result.title for result in results if not result.points] == lost
