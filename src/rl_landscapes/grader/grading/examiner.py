"""The process that tests a submission: trusted, and limited all the same.

What an answer brings is looked at before it is used, but there may be a gap. So the tests run in a process of
their own, whose memory and time are bounded: when it ends, the question that ended it is lost, the others of
the notebook go on in a new one, and the class goes on. It ends with the process that asked it.
"""

import math
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.expect import Failed
from rl_landscapes.course.running.notebook import Notebook, read
from rl_landscapes.course.running.scoring import Outcome, Result
from rl_landscapes.course.running.session import Starter
from rl_landscapes.course.running.submission import FAULT, GradedNotebook, grade_one, graded, unjailed_starter
from rl_landscapes.course.seeds import of_student
from rl_landscapes.grader.grading.private import with_private
from rl_landscapes.grader.grading.setup import GradingSetup, Submission
from rl_landscapes.grader.jail import bubblewrap, nursery

MEMORY = 2 << 30  # bytes of address space; the largest assignment needs a quarter
FROM_OUTSIDE = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")  # no doing of a submission
PROGRAM = f"import sys; sys.path[:] = sys.argv[1:]; from {__name__} import main; main()"
_here = threading.local()  # the examiner of this thread
_waiting: list[nursery.Quick] = []  # in an examiner: what holds the jail that waits


class Examiner:
    """A process that tests submissions, one after the other; it ends with this object, or this process."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        self.close = weakref.finalize(self, _end, self.process, self.owner)

    @property
    def is_ready(self) -> bool:
        """Say whether it can be asked: it runs, and was not taken over by a fork."""
        return self.owner == os.getpid() and self.process.poll() is None

    def ask(self, *job: Any) -> Iterator[Any]:
        """Send a job and yield what comes back; whoever has all that he asked for leaves the iterator."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            pickle.dump(job, self.process.stdin)
            self.process.stdin.flush()
            while True:
                yield pickle.load(self.process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):  # it has ended
            self.process.wait()
        except GeneratorExit:
            raise
        except BaseException:  # nobody waits for what it would still say
            self.close()
            raise


def examine(setup: GradingSetup, found: Assignment, submission: Submission) -> GradedNotebook:
    """Test a submission in this thread's examiner; what ends that costs the question it was at.

    Raises
    ------
    NoJail
        If a jail is wanted and cannot be made.
    RuntimeError
        If the assignment cannot be tested at all.
    """
    left, results = list(found.questions), list[Result]()
    while left:
        examiner, done = _examiner(), len(results)
        for said in examiner.ask(setup, submission, left):
            if isinstance(said, Result):
                results.append(said)
            elif isinstance(said, GradedNotebook):
                return graded(results, said.troubles, said.seconds) if said.results else said
            else:
                raise said
        results += _lost(found, left, len(results) - done, examiner.process.returncode)
        left = left[left.index(results[-1].question) + 1 :]
    return graded(results)


def rest() -> None:
    """End the examiner of this thread, if there is one."""
    if hasattr(_here, "examiner"):
        _here.examiner.close()
        del _here.examiner


def _examiner() -> Examiner:
    if not hasattr(_here, "examiner") or not _here.examiner.is_ready:
        rest()
        _here.examiner = Examiner()
    examiner: Examiner = _here.examiner
    return examiner


def _lost(found: Assignment, questions: Sequence[str], n_done: int, status: int) -> list[Result]:
    """Return the results of the question that a process was at when it ended, from the test it was at on."""
    tests = [(found.named(name), test) for name in questions for test in found.named(name).tests]
    outcome, why = Outcome.CRASHED, "its tests ended the process that ran them"
    ended_by = {number.value: number.name for number in signal.Signals}.get(-status, "")
    if ended_by in FROM_OUTSIDE:
        outcome, why = Outcome.FAULT, f"the process of its tests was ended ({signal.strsignal(-status)})"
    elif ended_by == "SIGXCPU":
        outcome, why = Outcome.TIMED_OUT, f"its tests took longer than {found.limits.total_s:g} s"
    return [
        Result(question.name, test.title, test.points, test.at_grading, outcome, Failed(test.title, got=why))
        for question, test in tests[n_done:]
        if question is tests[n_done][0]
    ]


def _end(process: "subprocess.Popen[bytes]", owner: int) -> None:
    if owner != os.getpid():  # a copy, made by a fork
        return
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        with suppress(OSError):
            pipe.close()
    process.kill()
    process.wait()


def main() -> None:
    """Test what comes in, until nothing more can come."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what tests print is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    threading.Thread(target=_end_with, args=[incoming.fileno()], daemon=True).start()
    _limit_memory()

    def send(said: Any) -> None:
        pickle.dump(said, outgoing)
        outgoing.flush()

    with suppress(EOFError, BrokenPipeError):
        while True:
            setup, submission, questions = pickle.load(incoming)
            try:
                send(_tested(setup, submission, questions, send))
            except Exception as error:
                send(error if isinstance(error, bubblewrap.NoJail) else RuntimeError(_said(error)))


def _tested(
    setup: GradingSetup, submission: Submission, questions: Sequence[str], send: Callable[[Any], None]
) -> GradedNotebook:
    found, release, start = _prepared(setup)
    seeds = of_student(setup.secret, submission.student, submission.data)

    def tell(result: Result) -> None:
        _allow(found.limits.total_s)
        send(result)

    _allow(found.limits.total_s)
    try:
        return grade_one(submission.data, release, found, seeds, start, questions=questions, tell=tell)
    except Exception as error:  # of ours, and of this submission only
        return GradedNotebook(FAULT, _said(error))


@lru_cache(maxsize=1)
def _prepared(setup: GradingSetup) -> tuple[Assignment, Notebook, Starter]:
    """Do once what is the same for every submission of an assignment; the jail of another one ends."""
    while _waiting:
        _waiting.pop().close()
    found = with_private(setup.assignment, setup.private, setup.own)
    if not setup.jailed:
        return found, read(setup.release), unjailed_starter()
    bubblewrap.available()
    start = nursery.starter(found)
    if isinstance(start, nursery.Quick):
        _waiting.append(start)
    return found, read(setup.release), start


def _said(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} (line {place.lineno} of {place.filename})"


def _end_with(descriptor: int) -> None:
    """Wait until nobody can write to a pipe any more, and end this process with all its jails."""
    if hasattr(select, "poll"):
        pipe = select.poll()
        pipe.register(descriptor, 0)
        pipe.poll()
        os._exit(1)


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))  # soft: a jail may have a limit of its own
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: float) -> None:
    """Let this process compute for so long from now on; what its jails compute does not count."""
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), hard))
