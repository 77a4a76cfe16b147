"""A student's functions as a test sees them: `student.entropy(x)`, wherever the code behind it runs."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from rl_landscapes.course.assignment import Limits
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running import wire
from rl_landscapes.course.running.notebook import Step
from rl_landscapes.course.running.session import Session, Stopped, TimedOut

EXTRA_S, EXTRAS_S = 2.0, 20.0  # seconds for a cell that is no answer, and for all of them
MISSING = "Missing"  # kind of the error when there is no such function


class Caller(Protocol):
    """Something that can call a student's function by name, on copies of plain data."""

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Return a copy of what the function returns."""


class Student:
    """The functions of one student: every attribute is one, and calls it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a function of the student."""

        def function(*arguments: Any, **keywords: Any) -> Any:
            return self._caller.call(name, arguments, keywords)

        return function


class Here:
    """Calls functions in this process: those of a notebook that is open, or of a solution under test."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.functions: list[Callable[..., Any]] = []

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call a function on copies; whatever it raises is the student's.

        Raises
        ------
        StudentError
            If there is no such function, it raises, or returns what is no plain data.
        """
        if not callable(self.namespace.get(name)):
            raise StudentError(MISSING, f"there is no function {name}")
        return self._call(self.namespace[name], arguments, keywords)

    def _call(
        self, function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> Any:
        given, named = self._copied((tuple(arguments), dict(keywords)))
        try:
            answer = function(*given, **named)
        except Stopped:
            raise
        except Exception as error:
            raise StudentError(type(error).__name__, str(error)[:500], _line(error)) from error
        try:
            return self._copied(answer)
        except wire.Unsendable as error:
            raise StudentError("TypeError", f"the function returned {error}") from None

    def _copied(self, value: Any) -> Any:
        return wire.copied(value, self._name, self._find)

    def _name(self, function: Callable[..., Any]) -> int:
        self.functions.append(function)
        return len(self.functions) - 1

    def _find(self, number: int) -> Callable[..., Any]:
        function = self.functions[number]
        return lambda *arguments, **keywords: self._copied(function(*arguments, **keywords))


class Apart:
    """Calls functions in a process of their own, made anew when one of them has ended it.

    `steps` are run first, in their order, then the answers' definitions again: what a later cell makes of a
    name must not replace an answer.
    """

    def __init__(self, steps: Sequence[Step], open_session: Callable[[], Session], limits: Limits) -> None:
        self.steps = list(steps)
        self.open_session, self.limits = open_session, limits
        self.left_s, self.extras_s = limits.total_s, EXTRAS_S
        self.troubles: dict[str, str] = {}  # name of a cell -> what went wrong in it
        self.skipped: set[str] = set()
        self.session: Session | None = None
        self.names: set[str] = set()

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call a function.

        Raises
        ------
        StudentError
            If there is no such function, it raises, or returns what is no plain data.
        Stopped
            If it does not come back; the next call meets a new process.
        NotStarted
            If no process could be started.
        """
        session = self.ready()
        if name not in self.names:
            raise StudentError(MISSING, self._why_missing(name))
        try:
            return self._timed(lambda s: session.call(name, arguments, keywords, s), self.limits.call_s)
        except Stopped:
            self.close()
            raise

    def ready(self) -> Session:
        """Return a process in which all cells have been run, as far as they can be."""
        while self.session is None:
            self.session = self.open_session()
            try:
                for step in self.steps:
                    self._run(step)
                for step in self.steps:
                    if step.role == "answer":
                        self._define(step)
                self.names = self._timed(lambda _: self._open.names(), self.limits.call_s)
            except Stopped:  # the cell that did this is left out the next time
                self.close()
        return self.session

    def close(self) -> None:
        """End the process."""
        if self.session is not None:
            self.session.close()
        self.session = None

    @property
    def _open(self) -> Session:
        assert self.session is not None
        return self.session

    def _run(self, step: Step) -> None:
        if step.name in self.skipped:
            return self._define(step)
        is_extra = step.role == "extra"
        most = min(EXTRA_S, self.extras_s) if is_extra else self.limits.call_s
        before = self.left_s
        try:
            self._timed(lambda s: self._open.cell(step.name, step.source, s), most)
        except StudentError as error:
            self.troubles[step.name] = f"{error} ({error.line})" if error.line else str(error)
            self._define(step)
        except Stopped as stop:
            self.troubles[step.name] = str(stop)
            self.skipped.add(step.name)
            raise
        finally:
            if is_extra:
                self.extras_s = max(0.0, self.extras_s - (before - self.left_s))
                if not self.extras_s:
                    self.skipped |= {later.name for later in self.steps if later.role == "extra"}
        return None

    def _define(self, step: Step) -> None:
        """Take from a cell what it imports and defines; one that cannot even do that is dropped."""
        try:
            self._timed(
                lambda s: self._open.cell(step.name, step.source, s, definitions=True), self.limits.call_s
            )
        except StudentError as error:
            self.troubles.setdefault(step.name, str(error))
        except Stopped as stop:
            self.troubles[step.name] = str(stop)
            self.steps.remove(step)
            raise

    def _timed(self, action: Callable[[float], Any], most: float) -> Any:
        """Do something in at most so many seconds, or in what is left for the submission."""
        if self.left_s <= 0:
            self.close()
            raise TimedOut(f"the submission took longer than {self.limits.total_s:g} s in all")
        began = time.monotonic()
        try:
            return action(min(most, self.left_s))
        finally:
            self.left_s -= time.monotonic() - began

    def _why_missing(self, name: str) -> str:
        why = self.troubles.get(name)
        return f"there is no function {name}" + (f": its cell failed with {why}" if why else "")


def _line(error: BaseException) -> str:
    """Return the innermost line of the student's own code on the way to an error."""
    import linecache

    found, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        is_notebook = code.co_filename.startswith(("<", "/tmp/ipykernel_")) or "ipykernel" in code.co_filename
        if is_notebook and (text := linecache.getline(code.co_filename, trace.tb_lineno).strip()):
            found = f"line {trace.tb_lineno}: {text}"
        trace = trace.tb_next
    return found
