"""A student's functions as a test sees them: `student.entropy(x)`, wherever the code behind it runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from rl_landscapes.course.assignment import Limits
from rl_landscapes.course.expect import MISSING, StudentError
from rl_landscapes.course.running import guard, wire
from rl_landscapes.course.running.notebook import Step, defined
from rl_landscapes.course.running.session import Stopped, TimedOut

EXTRA_S, EXTRAS_S = 2.0, 20.0  # seconds for a cell that is no answer, and for all of them
TROUBLES = 50  # cells of which is kept what went wrong in them
STOPS = 3  # cells, other than answers, that may end the process before none of them is run


class Caller(Protocol):
    """Something that can call a student's function by name, on copies of plain data."""

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Return a copy of what the function returns."""

    def whose(self, name: str) -> str:
        """Return which cell was to define a name that is not there, "" if none."""


class Running(Protocol):
    """What runs cells and calls functions for a `Subprocess`: a session."""

    is_open: bool
    left_s: float  # seconds that it may still take

    def cell(
        self,
        name: str,
        source: str,
        seconds: float,
        *,
        definitions: bool = False,
        functions: Sequence[str] | None = None,
    ) -> None:
        """Execute a cell."""

    def settle(self) -> None:
        """Give every name the value that the answers gave it."""

    def names(self) -> set[str]:
        """Return the names of all functions there are."""

    def call(
        self, function: str | int, arguments: Sequence[Any], keywords: Mapping[str, Any], seconds: float
    ) -> Any:
        """Call a function."""

    def close(self) -> None:
        """End it."""


class Student:
    """The functions of one student: every attribute is one, and calls it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a function of the student."""

        def function(*arguments: Any, **keywords: Any) -> Any:
            return self._caller.call(name, arguments, keywords)

        return function


class InProcess:
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

    def whose(self, name: str) -> str:
        """Return which cell was to define a name that is not there, as far as a notebook's session knows."""
        ran = self.namespace.get("In")
        cells = [text for text in ran if isinstance(text, str)] if isinstance(ran, list) else []
        return "a cell that was run is to define it" if any(name in defined(text) for text in cells) else ""

    def _call(
        self, function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> Any:
        given, named = self._copied((tuple(arguments), dict(keywords)), self._given)
        try:
            answer = function(*given, **named)
        except (Exception, SystemExit) as error:
            raise StudentError(type(error).__name__, str(error)[:500], _line(error)) from error
        try:
            return self._copied(answer, self._returned)
        except wire.Unsendable as error:
            raise StudentError("TypeError", f"the function returned {error}") from None

    def _copied(self, value: Any, find: wire.Find) -> Any:
        return wire.copy(value, self._name, find)

    def _name(self, function: Callable[..., Any]) -> int:
        self.functions.append(function)
        return len(self.functions) - 1

    def _given(self, number: int) -> Callable[..., Any]:
        """Return a function of a test, as an answer may call it."""

        def call_back(*arguments: Any, **keywords: Any) -> Any:
            copies = self._copied((arguments, keywords), self._returned)
            plain, named = guard.arguments(*copies)
            return self._copied(self.functions[number](*plain, **named), self._given)

        return call_back

    def _returned(self, number: int) -> Callable[..., Any]:
        """Return a function of an answer, as a test may call it."""
        return lambda *arguments, **keywords: self._call(self.functions[number], arguments, keywords)


class Subprocess:
    """Calls functions in a process of their own, made anew when one of them has ended it.

    The steps are run first, in their order. A cell that ends the process, or takes too long, is left out of
    the next one but for what it defines. No cell replaces the answer of another.
    """

    def __init__(self, steps: Sequence[Step], open_session: Callable[[], Running], limits: Limits) -> None:
        self.steps = list(steps)
        self.open_session, self.limits = open_session, limits
        self.left_s, self.extras_s, self.stops_left = limits.total_s, EXTRAS_S, STOPS
        self.troubles: dict[str, str] = {}  # name of a cell -> what went wrong in it
        self.skipped: set[str] = set()  # cells of which only the definitions are taken
        self.session: Running | None = None
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
        return session.call(name, arguments, keywords, self.limits.call_s)

    def ready(self) -> Running:
        """Return a process in which all cells have been run, as far as they can be.

        Raises
        ------
        TimedOut
            If the submission has used all the time it has.
        NotStarted
            If no process could be started.
        """
        while self.session is None or not self.session.is_open:
            self.close()
            if self.left_s <= 0:
                raise TimedOut(f"the submission took longer than {self.limits.total_s:g} s in all")
            self.session = self.open_session()
            self.session.left_s = self.left_s
            try:
                for step in list(self.steps):
                    self._run(self.session, step)
                self.session.settle()
                self.names = self.session.names()
            except Stopped:  # the cell that did this is left out the next time
                continue
        return self.session

    def close(self) -> None:
        """End the process."""
        if self.session is not None:
            self.session.close()
            self.left_s = self.session.left_s
        self.session = None

    def _run(self, session: Running, step: Step) -> None:
        definitions, before = step.name in self.skipped, session.left_s
        most = min(EXTRA_S, self.extras_s) if step.role == "extra" and not definitions else self.limits.call_s
        try:
            functions = step.functions if step.role == "answer" else None
            session.cell(step.name, step.code, most, definitions=definitions, functions=functions)
        except StudentError as error:
            why = f"{error} ({error.line})" if error.line else str(error)
            self._noted(step, why)
        except Stopped as stop:
            self._left_out(step, str(stop))
            raise
        finally:
            if step.role == "extra" and not definitions:
                self.extras_s -= before - session.left_s
                if self.extras_s <= 0:
                    self.skipped |= self._extras()

    def _left_out(self, step: Step, why: str) -> None:
        """Take only the definitions of a cell from now on; drop it if they were what stopped it."""
        self._noted(step, why)
        if step.name in self.skipped:
            self.steps.remove(step)
        self.skipped.add(step.name)
        if step.role == "extra":
            self.stops_left -= 1
        if self.stops_left == 0:
            self.skipped |= self._extras()
        if self.stops_left < -STOPS:
            self.steps = [step for step in self.steps if step.role != "extra"]

    def _noted(self, step: Step, why: str) -> None:
        if step.role != "extra" or len(self.troubles) < TROUBLES:
            self.troubles.setdefault(step.name, why)

    def _extras(self) -> set[str]:
        return {step.name for step in self.steps if step.role == "extra"}

    def whose(self, name: str) -> str:
        """Return which cell was to define a name that is not there, "" if none."""
        for step in self.steps:
            if name in defined(step.code):
                place = step.name if step.role == "extra" else f"the cell of {step.name}"
                why = self.troubles.get(step.name)
                return f"{place} is to define it" + (f", and failed with {_kind(why)}" if why else "")
        return ""

    def _why_missing(self, name: str) -> str:
        """Return why a function is not there; the error in full is among the troubles."""
        step = next((step for step in self.steps if name in (step.name, *step.functions)), None)
        why = self.troubles.get(step.name if step else name)
        return f"there is no function {name}" + (f": its cell failed with {_kind(why)}" if why else "")


def _kind(why: str) -> str:
    """Return the kind of an error in short: "SyntaxError"; how a cell was stopped, in full."""
    head, colon, _ = why.partition(":")
    return head if colon and head.isidentifier() else why


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
