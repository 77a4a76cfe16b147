"""The actions of `rl-landscapes course` for single people: each is in the log, and `undo` undoes it."""

import argparse

from rl_landscapes.cli.course_options import chosen_assignment, chosen_course


def _drop(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.secretary import drop

    print(drop(chosen_course(chosen), chosen.student, who=chosen.by, why=chosen.why))


def _extend(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.secretary import extend

    course, name = chosen_assignment(chosen)
    if chosen.due is None:
        raise ValueError("say until when, with --due, such as '2026-12-08 23:59 Europe/Berlin'")
    print(extend(course, name, chosen.student, chosen.due, who=chosen.by, why=chosen.why))


def _withdraw(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.secretary import withdraw

    print(withdraw(*chosen_assignment(chosen), chosen.student, who=chosen.by, why=chosen.why))


def _roster(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.roster_file import read
    from rl_landscapes.grader.secretary import correct

    print(correct(chosen_course(chosen), read(chosen.file), who=chosen.by, why=chosen.why))


def _undo(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.secretary import undo

    print(undo(chosen_course(chosen), chosen.number, who=chosen.by, why=chosen.why))


ACTIONS = (
    (_drop, "take a student out of all counts and tables; nothing is deleted", "emmy", "student --by --why"),
    (
        _extend,
        "give one student more time",
        "03-ascent emmy --due '2026-12-08 23:59 Europe/Berlin' --why 'certificate of 1 December'",
        "assignment student --due --by --why",
    ),
    (
        _withdraw,
        "withdraw the attempt of a student that counts: the one before it counts, or none",
        "03-ascent emmy",
        "assignment student --by --why",
    ),
    (_roster, "add people to the roster, or correct them", "students.csv", "file --by --why"),
    (_undo, "undo one of these, or another undo", "7", "number --by --why"),
)
