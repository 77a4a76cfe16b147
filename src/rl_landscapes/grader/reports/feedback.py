"""What students get back: a page and a text for each, from which nothing acts and nothing hidden shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.running.notebook import TASK, Unreadable, read
from rl_landscapes.course.running.scoring import same_cause
from rl_landscapes.grader.folders import Course, read_beside
from rl_landscapes.grader.gradebook.autograded import printable
from rl_landscapes.grader.gradebook.written import written_answers
from rl_landscapes.grader.reports import pages
from rl_landscapes.grader.reports.pages import Page, Part, Test
from rl_landscapes.grader.reports.standing import CHECK, Scores, Standing, State, read_release, standings
from rl_landscapes.grader.times import lateness
from rl_landscapes.records.writing import write_file

SHOWN = 20_000  # characters of an answer of the student's own that are shown
SAID = {"what": "Tested", "got": "Got", "expected": "Expected", "error": "Largest error", "line": "Where"}
WHY = {
    State.UNREADABLE: "What you handed in could not be graded and does not count as an attempt. "
    "Please hand in again.",
    State.FAULT: "Something went wrong on our side. "
    "This is no verdict on your work; it will be graded again.",
}


@dataclass(frozen=True)
class Feedback:
    """The students who got feedback, and the others by what became of their work."""

    made: Sequence[str]
    without: Mapping[str, str]

    def __str__(self) -> str:
        """Return a line with the numbers, and one per student without."""
        others = [f"  {student}: {word}" for student, word in self.without.items()]
        return "\n".join([f"feedback for {len(self.made)} students", *others])


def feedback(course: Course, name: str, *, manual: Scores | None = None) -> Feedback:
    """Write feedback/<student>/<assignment>/<assignment>.html and .md for everybody whose work was looked at.

    What is not yet graded, or was graded before other work came, gets none, and an older page about it is
    removed. Of tests that are kept for grading a student sees the title, how it ended and the question's
    hints.
    """
    found, made, without = course.assignment(name), [], {}
    for folder, standing in standings(course, name, manual=manual).items():
        paths = [course.feedback / folder / name / f"{name}{ending}" for ending in (".html", ".md")]
        if standing.state in (State.ABSENT, State.WITHDRAWN, State.UNGRADED, State.STALE):
            without[folder] = str(standing.state)
            for path in paths:
                path.unlink(missing_ok=True)
            continue
        page = page_of(course, found, standing)
        for path, text in zip(paths, (pages.html(page), pages.markdown(page)), strict=True):
            write_file(path, text.encode("utf-8", "replace"), durable=False)
        made.append(folder)
    return Feedback(made, without)


def page_of(course: Course, found: Assignment, standing: Standing) -> Page:
    """Return what a student is told."""
    newest = standing.handed_in.newest
    parts = (
        [*question_parts(found, standing), *_written(course, found.name, standing)]
        if standing.has_points
        else []
    )
    points = standing.total if standing.total is not None else standing.automatic
    return Page(
        f"{found.title}: feedback",
        standing.person.name,
        str(standing.state),
        _explanation(standing),
        newest.submitted_at if newest else "",
        _late(standing),
        points,
        standing.of,
        parts,
        standing.result.get("troubles", {}) if standing.has_points else {},
    )


def _explanation(standing: Standing) -> str:
    reason = standing.reason if standing.state is State.UNREADABLE else ""
    why = " ".join(filter(None, [WHY.get(standing.state, ""), f"The reason: {reason}." if reason else ""]))
    if standing.has_points and standing.handed_in.newest_is_unreadable:
        last = standing.handed_in.unreadable[-1]
        why = f"A later file of yours could not be read ({last.reason}); what is graded here came before it."
    if standing.state is State.WAITING:
        why = f"{why} The points for written answers are still to come.".strip()
    if standing.has_points and standing.is_late:
        why = f"{why} The points are those before anything is taken off for being late.".strip()
    return why


def _late(standing: Standing) -> str:
    if standing.late_s:
        return lateness(standing.late_s)
    return "a time that is not known" if standing.is_late else ""


def question_parts(found: Assignment, standing: Standing) -> list[Part]:
    """Return what a student is told about the graded functions."""
    parts = []
    for name, scored in standing.result["questions"].items():
        shown = [test for test in scored["tests"] if not test["at_grading"]]
        first = same_cause([str(test.get("cause", "")) for test in shown])
        before = {
            test["title"]: shown[first[place]]["title"]
            for place, test in enumerate(shown)
            if first[place] != place
        }
        tests = [_test(test, before.get(test["title"], "")) for test in scored["tests"]]
        points, of = standing.questions[name]
        failed = any(test["outcome"] != "passed" for test in scored["tests"])
        hints = _hints(found, name) if failed and name in found.questions else ()
        changed = "" if points == scored["points"] else "A person has set the points of this question."
        comment = "\n".join(filter(None, [standing.comments.get(CHECK + name, ""), changed]))
        parts.append(Part(name, points, of, tests, hints, comment))
    return parts


def _hints(found: Assignment, name: str) -> tuple[str, ...]:
    question = found.questions[name]
    line = f', and `check("{name}", hint=3)` a line of the solution' if question.line else ""
    return *question.hints, f'In the notebook `check.case("{name}")` has what a test tries{line}.'


def _test(test: Mapping[str, str | float | bool], before: str) -> Test:
    """Return what is told of a test; `before` is the title of one that failed for the same reason."""
    is_shown = not test["at_grading"] and test["outcome"] != "passed"
    rows = {label: str(test[key]) for key, label in SAID.items() if test.get(key)} if is_shown else {}
    if before and is_shown:
        rows = {"Why": f"for the same reason as: {before}"}
    if rows.get("Tested") == test["title"]:
        del rows["Tested"]
    return Test(
        str(test["title"]), str(test["outcome"]), float(test["points"]), float(test["of"]),
        bool(test["at_grading"]), rows,
    )  # fmt: skip


def _written(course: Course, name: str, standing: Standing) -> list[Part]:
    if not standing.tasks:
        return []
    try:
        data = course.submission(standing.person.folder, name).read_bytes()
        beside = read_beside(course, standing.person.folder, name)
        answers = written_answers(read_release(course, name), read(data), beside)
    except (OSError, Unreadable):
        answers = {}
    parts = []
    for task, (points, of, comment) in standing.tasks.items():
        answer = printable(answers.get(task.removeprefix(TASK), ""))
        cut = answer[:SHOWN] + (" [cut]" if len(answer) > SHOWN else "")
        title = f"Written answer: {task.removeprefix(TASK)}"
        parts.append(Part(title, points, of, comment=comment, answer=cut))
    return parts
