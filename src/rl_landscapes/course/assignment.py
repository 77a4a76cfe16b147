"""An assignment as a table: questions, the tests that grade them, points and hints."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from inspect import signature
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

import numpy as np

from rl_landscapes.course import expect
from rl_landscapes.course.judging import told_apart

OURS = "rl_landscapes"
COURSE, GRADER = f"{OURS}.course", f"{OURS}.grader"  # closed to every answer
Body = Callable[[Any, np.random.Generator], None]  # a test: the student's functions, fresh random numbers


@dataclass(frozen=True)
class Limits:
    """What the code of one submission may use when it is graded."""

    call_s: float = 10.0  # seconds for one call of a function, or one cell
    total_s: float = 120.0  # seconds for the whole submission
    memory: int = 2 << 30  # bytes of address space
    answer: int = 50 << 20  # bytes that one call may return


@dataclass(frozen=True)
class Test:
    """One thing that must hold; all its points or none.

    A test runs in a student's own session too, unless it is kept for grading (`at_grading`).
    """

    __test__ = False  # for pytest: no class of tests

    title: str
    body: Body
    points: float
    at_grading: bool


@dataclass(frozen=True)
class Question:
    """One function to write, with the tests that grade it. Points are those of its tests."""

    name: str
    hints: tuple[str, str]
    difficulty: int  # 1 to 5
    minutes: int
    tests: list[Test] = field(default_factory=list)
    line: str = ""  # of the solution, on which it turns: the third hint

    @property
    def points(self) -> float:
        """Return what the question is worth."""
        return sum(test.points for test in self.tests)

    def test(self, title: str, *, points: float, at_grading: bool = False) -> Callable[[Body], Body]:
        """Add a test: a function of the student's functions and a random generator.

        Raises
        ------
        ValueError
            If another test of the question has this title, or the points are not positive.
        """
        if any(test.title == title for test in self.tests):
            raise ValueError(f"title of a test must be new in question {self.name!r}, got {title!r} again")
        if not points > 0:
            raise ValueError(f"points of test {title!r} must be positive, got {points!r}")

        def add(body: Body) -> Body:
            self.tests.append(Test(title, body, float(points), at_grading))
            return body

        return add

    def agrees_with(
        self,
        oracle: Callable[..., Any],
        title: str,
        draw: Callable[..., tuple[Any, ...]],
        cases: Iterable[Mapping[str, Any]] = ({},),
        *,
        points: float,
        at_grading: bool = False,
        by_hand: bool = False,
        rtol: float = 1e-8,
        atol: float = 1e-10,
    ) -> None:
        """Add a test: the student's function and an oracle agree in every case.

        A case is a set of keywords: `draw(rng, **case)` returns the arguments of both functions, and what the
        oracle makes of them says what is asked for, see `expect.agrees`. An oracle goes another way than the
        reference, else both may be wrong alike. Points must not depend on luck: list what matters as cases.
        A case that can be worked out `by_hand` is told with all its arguments.

        Examples
        --------
        >>> course = Assignment("08-sums", "Sums")
        >>> mean = course.question("mean", hints=("Add up.", "Then divide."), difficulty=1, minutes=5)
        >>> def numbers(rng, n):
        ...     return (rng.normal(size=n),)
        >>> mean.agrees_with(np.mean, "of one number, and of ten", numbers, [{"n": 1}, {"n": 10}], points=2)
        >>> mean.tests[0].title, mean.points
        ('of one number, and of ten', 2.0)
        """

        def body(student: Any, rng: np.random.Generator) -> None:
            for case in cases:
                arguments = draw(rng, **case)
                got = getattr(student, self.name)(*arguments)
                words = (
                    partial(_told, self.name, oracle, arguments)
                    if by_hand
                    else partial(_case, self.name, case)
                )
                known = partial(named_numbers, oracle, arguments)
                _demand(got, oracle(*arguments), words, known, rtol=rtol, atol=atol)

        self.test(title, points=points, at_grading=at_grading)(body)

    def gives(
        self, title: str, *examples: tuple[tuple[Any, ...], Any], points: float, at_grading: bool = False
    ) -> None:
        """Add a test of examples, each of them arguments and the answer. Lists of numbers become arrays."""

        def body(student: Any, rng: np.random.Generator) -> None:
            for given, answer in examples:
                arguments = [np.array(x) if isinstance(x, list) else x for x in given]
                _demand(getattr(student, self.name)(*arguments), answer, partial(_call, self.name, given))

        self.test(title, points=points, at_grading=at_grading)(body)

    def tells_apart(
        self,
        title: str,
        right: Iterable[Callable[..., Any]],
        wrong: Mapping[str, Callable[..., Any]],
        *,
        points: float,
        at_grading: bool = False,
    ) -> None:
        """Add a test of an answer that is a test itself: a function that takes a function, and asserts.

        It must accept every function that is `right`, and refuse each that is `wrong`: mistake in words ->
        function. See `judging.told_apart`.

        Examples
        --------
        >>> course = Assignment("08-sums", "Sums")
        >>> test_mean = course.question("test_mean", hints=("Of what?", "Of two."), difficulty=1, minutes=5)
        >>> test_mean.tells_apart("a sum", [np.mean], {"not divided": np.sum}, points=2)
        >>> test_mean.tests[0].title
        'a sum'
        """
        rights, wrongs = list(right), dict(wrong)

        def body(student: Any, rng: np.random.Generator) -> None:
            told_apart(getattr(student, self.name), self.name, rights, wrongs, rng)

        self.test(title, points=points, at_grading=at_grading)(body)


def _case(name: str, case: Mapping[str, Any]) -> str:
    return ", ".join([name, *(f"{key} = {expect.shown(value)}" for key, value in case.items())])


def _told(name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    """Return what was asked, with the arguments by the names they have in a function, to six digits."""
    given = signature(function).bind(*arguments).arguments.items()
    return f"{name}: {', '.join(f'{key} = {_short(value)}' for key, value in given)}"


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_short(entry)}' for key, entry in value.items())}}}"
    return " ".join(expect.shown(value).split())


def _call(name: str, given: Iterable[Any]) -> str:
    told = ("a function" if callable(value) else str(value) for value in given)
    return f"{name}({', '.join(told)})"[: expect.SHOWN]


def _demand(
    got: Any,
    expected: Any,
    words: Callable[[], str],
    known: Callable[[], dict[str, float]] = dict,
    *,
    rtol: float = 1e-8,
    atol: float = 1e-10,
) -> None:
    """Demand that they agree; the words for what was asked cost more than the rest, so they come last."""
    try:
        expect.agrees(got, expected, "", rtol=rtol, atol=atol)
        return
    except expect.Failed:
        pass
    expect.agrees(got, expected, words(), rtol=rtol, atol=atol, known=known())


def named_numbers(function: Callable[..., Any], arguments: tuple[Any, ...]) -> dict[str, float]:
    """Return those arguments of a function that are numbers, by name."""
    try:
        bound = signature(function).bind(*arguments).arguments
    except (TypeError, ValueError):
        return {}
    return {name: float(value) for name, value in bound.items() if type(value) in (int, float)}


@dataclass(frozen=True)
class Assignment:
    """Questions in their order, the modules that are closed when graded, and the limits of the jail.

    `closed` names modules of this library, with all that is in them, that would give the answers away.
    `packages` are the installed packages that an answer may import.
    """

    name: str
    title: str
    closed: tuple[str, ...] = ()
    packages: tuple[str, ...] = ("numpy", "scipy", "autograd")
    limits: Limits = Limits()
    _questions: dict[str, Question] = field(default_factory=dict)

    @property
    def questions(self) -> MappingProxyType[str, Question]:
        """Return the questions by name, in their order."""
        return MappingProxyType(self._questions)

    @property
    def points(self) -> float:
        """Return what the graded functions are worth together, written answers aside."""
        return sum(question.points for question in self._questions.values())

    def question(
        self, name: str, *, hints: tuple[str, str], difficulty: int, minutes: int, line: str = ""
    ) -> Question:
        """Add a question about the function `name`; a `line` of its solution is the third hint.

        Raises
        ------
        ValueError
            If there is one of this name, it is no name of a function, or there are not two hints.
        """
        if name in self._questions or not name.isidentifier():
            raise ValueError(f"name of a question must be the new name of a function, got {name!r}")
        if len(hints) != 2 or not 1 <= difficulty <= 5 or minutes <= 0:
            raise ValueError(
                f"question {name!r} needs two hints, a difficulty from 1 to 5 and its minutes, "
                f"got {len(hints)} hints, difficulty {difficulty!r}, minutes {minutes!r}"
            )
        self._questions[name] = Question(name, hints, difficulty, minutes, line=line)
        return self._questions[name]

    def named(self, name: str) -> Question:
        """Return a question.

        Raises
        ------
        ValueError
            If there is none of this name; the message lists those there are.
        """
        if name not in self._questions:
            raise ValueError(f"no question {name!r} in {self.name}: choose from {', '.join(self._questions)}")
        return self._questions[name]


def assignments() -> list[str]:
    """Return the names of all assignments, in order, without loading them."""
    from rl_landscapes.course import checks

    modules = [found.name for found in iter_modules(checks.__path__) if re.match("a[0-9]", found.name)]
    return sorted(module[1:].replace("_", "-") for module in modules)


def assignment(name: str) -> Assignment:
    """Load an assignment by its name, such as "03-ascent", or its number.

    Raises
    ------
    ValueError
        If there is no such assignment; the message lists those there are.
    """
    known = assignments()
    found = [full for full in known if name in (full, full[:2], full[:2].lstrip("0"))]
    if not found:
        raise ValueError(f"no assignment {name!r}: choose from {', '.join(known)}")
    loaded: Assignment = import_module(checks_module(found[0])).assignment
    return loaded


def checks_module(name: str) -> str:
    """Return the name of the module that holds the table of the assignment of this full name."""
    return f"{COURSE}.checks.a{name.replace('-', '_')}"
