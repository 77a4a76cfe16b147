"""A toy assignment with its source, small enough to read whole, and a course folder made of it."""

import json

from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.grader.authoring.build import build
from rl_landscapes.grader.folders import Course

NAME = "90-toy"
TOY = Assignment(NAME, "A toy", closed=("rl_landscapes.policies",))

_mean = TOY.question("mean", hints=("add", "divide"), difficulty=1, minutes=5)


@_mean.test("the mean of two numbers", points=2)
def _(student, rng):
    expect.close(student.mean([1.0, 2.0]), 1.5, "mean([1, 2])")


@_mean.test("the mean of fresh numbers", points=3, at_grading=True)
def _(student, rng):
    numbers = rng.normal(size=10)
    expect.close(student.mean(numbers), numbers.mean(), "mean of ten numbers")


_spread = TOY.question("spread", hints=("sort", "subtract"), difficulty=1, minutes=5)


@_spread.test("the spread of two numbers", points=1.5)
def _(student, rng):
    expect.close(student.spread([1.0, 2.0]), 1.0, "spread([1, 2])")


SOURCE = '''---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
rl_landscapes: {assignment: 90-toy}
---

# A toy

Two functions and a sentence.

```{code-cell} python
:given: setup

import numpy as np
from rl_landscapes.course import exercise

check = exercise("90-toy")
```

## The mean

```{code-cell} python
:answer: mean

def mean(numbers):
    """Return the mean of numbers (n,)."""
    ### BEGIN SOLUTION
    return np.sum(numbers) / len(numbers)
    ### END SOLUTION
```
```{code-cell} python
:check: mean

check("mean")
```

The same text twice.

```{code-cell} python
:tags: [hide-input]

print(mean([1, 2]))
```

The same text twice.

```{code-cell} python
:answer: spread

def spread(numbers):
    """Return the largest minus the smallest of numbers (n,)."""
    ### BEGIN SOLUTION
    return np.max(numbers) - np.min(numbers)
    ### END SOLUTION
```
```{code-cell} python
:check: spread

check("spread")
```

+++ {"written": "why", "points": 4}

Why does the mean lie between the extremes? One sentence.

=== BEGIN MARK SCHEME ===
4 points: every number lies there.
=== END MARK SCHEME ===
'''
ANSWERS = {
    "mean": "def mean(numbers):\n    return sum(numbers) / len(numbers)",
    "spread": "def spread(numbers):\n    return max(numbers) - min(numbers)",
}


def toy_course(folder, source=SOURCE):
    """Return a course with the toy as its only assignment, not yet built."""
    course = Course(folder)
    course.source(NAME).parent.mkdir(parents=True, exist_ok=True)
    course.source(NAME).write_text(source, encoding="utf-8")
    return course


def built(folder, source=SOURCE):
    """Return a course with the toy, built."""
    course = toy_course(folder, source)
    build(course, table=lambda _: TOY)
    return course


def hand_in(course, student, answers=ANSWERS, written="", name=NAME, time="2026-12-01 12:00:00 UTC"):
    """Put a filled-in release among what was handed in; return its path."""
    release = json.loads(course.release(name).read_bytes())
    for cell in release["cells"]:
        if cell["id"] in answers:
            cell["source"] = answers[cell["id"]]
        elif cell["id"].startswith("written-"):
            cell["source"] = written
    path = course.submission(student, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(release), encoding="utf-8")
    (path.parent / "timestamp.txt").write_text(time)
    return path


def result(student, mean=5.0, spread=1.5, status="graded", **other):
    """Return the automatic result of a student, as it is stored."""
    return {
        "student": student,
        "assignment": NAME,
        "status": status,
        "reason": "" if status == "graded" else "for a reason",
        "submitted_at": "2026-12-01 12:00:00 UTC",
        "points": mean + spread,
        "of": TOY.points,
        "questions": {
            "mean": {"points": mean, "of": 5.0, "tests": tests_of("mean", mean == 5.0)},
            "spread": {"points": spread, "of": 1.5, "tests": tests_of("spread", spread == 1.5)},
        },
        "troubles": {},
        "seconds": 0.1,
        "digest": "",
        "jail": True,
        **other,
    }


def tests_of(question, passed):
    said = {"what": f"{question}([1, 2])", "got": "<b>12</b>", "expected": "1.5", "error": "", "line": ""}
    return [
        {
            "title": test.title,
            "points": test.points if passed else 0.0,
            "of": test.points,
            "at_grading": test.at_grading,
            "outcome": "passed" if passed else "wrong",
            **({key: "" for key in said} if passed else said),
        }
        for test in TOY.named(question).tests
    ]
