"""`rl-landscapes check`: what `check(...)` says in a notebook, said of a file, with the points so far."""

import argparse
from pathlib import Path

from rl_landscapes.cli.options import PROGRAM, Commands, Failure, command


def add(commands: Commands) -> None:
    """Add the command."""
    example = f"{PROGRAM} check exercises/03-ascent/03-ascent.ipynb --hint 1"
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
        "--hint", type=int, choices=(0, 1, 2), default=0, help="hints to show for what failed (0)"
    )
    parser.set_defaults(do=do)


def do(chosen: argparse.Namespace) -> None:
    """Print the report."""
    from rl_landscapes.course.check_file import check_file

    try:
        print(check_file(chosen.file, chosen.question, hint=chosen.hint))
    except RuntimeError as error:
        raise Failure(f"this is no fault of your answers: {error}") from error
