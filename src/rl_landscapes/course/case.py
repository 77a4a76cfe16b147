"""`check.case("entropy")`: what a test that runs in the notebook hands to a function, to be tried again."""

import ast
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.running.scoring import Outcome, run
from rl_landscapes.course.running.student import Caller
from rl_landscapes.course.seeds import public

LONG = 60  # numbers of an array that are written out

Call = tuple[tuple[Any, ...], dict[str, Any]]  # arguments, and those that were named


@dataclass(frozen=True)
class Case:
    """The calls of a function in one test; `names` are those of its arguments, as far as they are known.

    It stands for the arguments of the last call, the one before the test ended: `gradient(*case)`.
    """

    question: str
    title: str
    calls: tuple[Call, ...]
    names: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[Any, ...]:
        """Return the arguments of the last call, in their order."""
        given, named = self.calls[-1]
        return *given, *named.values()

    def __iter__(self) -> Iterator[Any]:
        """Go through the arguments of the last call."""
        return iter(self.arguments)

    def __repr__(self) -> str:
        """Return the arguments of the last call as Python, long arrays shortened."""
        given, named = self.calls[-1]
        unnamed = [f"argument {n + 1}" for n in range(len(self.names), len(given))]
        pairs = [*zip([*self.names, *unnamed], given, strict=False), *named.items()]
        count = f", the last of {len(self.calls)} calls" if len(self.calls) > 1 else ""
        head = f"{self.question} in the test: {self.title}{count}"
        return "\n".join([head, *(f"{name} = {_written(value)}" for name, value in pairs)])


class Listening:
    """A caller that keeps what one function is called with."""

    def __init__(self, caller: Caller, name: str) -> None:
        self.caller, self.name = caller, name
        self.calls: list[Call] = []

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call a function, and keep a copy of what it gets."""
        if name == self.name:
            self.calls.append(deepcopy((arguments, keywords)))
        return self.caller.call(name, arguments, keywords)

    def whose(self, name: str) -> str:
        """Return which cell was to define a name that is not there."""
        return self.caller.whose(name)


def case_of(
    assignment: Assignment, caller: Caller, name: str, title: str = "", names: tuple[str, ...] = ()
) -> Case:
    """Return what a test handed to a function: the one with this title, or the first that did not pass.

    Where every test passes it is the first. Tests that are kept for grading have no case.

    Raises
    ------
    ValueError
        If there is no such question, or no test of this title that runs in the notebook.
    """
    question = assignment.named(name)
    visible = {test.title: number for number, test in enumerate(question.tests) if not test.at_grading}
    if title and title not in visible:
        raise ValueError(f"no test {title!r} of {name} has a case: choose from {'; '.join(visible)}")
    found: Case | None = None
    for test in [title] if title else visible:
        listening = Listening(caller, name)
        result = run(assignment, question, visible[test], listening, public)
        if listening.calls and (found is None or result.outcome is not Outcome.PASSED):
            found = Case(name, test, tuple(listening.calls), names)
            if result.outcome is not Outcome.PASSED:
                break
    if found is None:
        raise ValueError(f"no test of {name} that runs in the notebook came to call it")
    return found


def parameters(source: str, name: str) -> tuple[str, ...]:
    """Return the names of a function's arguments as its source has them, none if it cannot be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ()
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    return tuple(one.arg for one in found[-1].args.args) if found else ()


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_written(entry)}' for key, entry in value.items())}}}"
    if isinstance(value, np.ndarray):
        with np.printoptions(threshold=LONG, linewidth=100):
            return repr(value)
    return f"a function, {value.__name__}" if callable(value) and hasattr(value, "__name__") else repr(value)
