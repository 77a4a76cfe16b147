"""`rl-landscapes check`: what `check(...)` says in a notebook, said of a file, with the points so far."""

import argparse
from pathlib import Path

from rl_landscapes.cli.options import PROGRAM, Commands, Failure, command

NOT_ALL, NOT_RUN = 1, 2  # exit codes: some tests did not pass, some could not be run
ENDS = """exit status:
  0  every visible test passed
  1  some did not
  2  it could not run: no such file, no notebook of an assignment, a fault of the program"""


def add(commands: Commands) -> None:
    """Add the command."""
    example = f"{PROGRAM} check exercises/03-ascent/03-ascent.ipynb --hint 1\n\n{ENDS}"
    parser = command(commands, "check", "check your answers in a notebook of the course", example)
    parser.add_argument("file", type=Path, metavar="NOTEBOOK", help="an exercise notebook, as saved")
    parser.add_argument(
        "--question",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one (may be given again)",
    )
    parser.add_argument(
        "--hint",
        type=int,
        choices=(0, 1, 2, 3),
        default=0,
        help="hints to show for what failed (0); the third is a line of the solution",
    )
    parser.add_argument(
        "--case",
        default="",
        metavar="NAME",
        help="print what a test tries: the arguments with which the first that fails calls this function",
    )
    parser.add_argument(
        "--assignment",
        default="",
        metavar="NAME",
        help="its name or number, for a notebook that does not say",
    )
    parser.set_defaults(do=do, failed=NOT_RUN)


def do(chosen: argparse.Namespace) -> int:
    """Print the report; return 0 if every test passed, 1 if not, 2 if one could not be run."""
    from rl_landscapes.course.check_file import case_in_file, check_file
    from rl_landscapes.course.running.scoring import Outcome

    try:
        if chosen.case:
            print(case_in_file(chosen.file, chosen.case, name=chosen.assignment))
            return 0
        report = check_file(chosen.file, chosen.question, hint=chosen.hint, name=chosen.assignment)
    except RuntimeError as error:
        raise Failure(f"this is no fault of your answers: {error}") from error
    print(report)
    if any(result.outcome is Outcome.FAULT for result in report.results):
        return NOT_RUN
    return 0 if report.passed else NOT_ALL
