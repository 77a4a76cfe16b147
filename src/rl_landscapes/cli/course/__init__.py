"""`rl-landscapes course`: build exercises, hand them out, collect, grade, send feedback, export grades."""

from pathlib import Path

from rl_landscapes.cli.course.giving import add_build, add_release
from rl_landscapes.cli.course.grading import add_grade, add_preflight
from rl_landscapes.cli.course.returning import add_export, add_feedback, add_similarity, add_status
from rl_landscapes.cli.course.taking import add_collect
from rl_landscapes.cli.options import PROGRAM, Commands, command

ACTIONS = (
    add_build,
    add_release,
    add_collect,
    add_preflight,
    add_grade,
    add_feedback,
    add_export,
    add_status,
    add_similarity,
)


def add(commands: Commands) -> None:
    """Add the command and its actions."""
    example = f"{PROGRAM} course grade 03-ascent --jobs 2"
    parser = command(commands, "course", "teach the course: build, release, collect, grade, return", example)
    parser.add_argument(
        "--course",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="a clone of the repository (this folder)",
    )
    actions = parser.add_subparsers(title="actions, in the order of a term", required=True, metavar="ACTION")
    for action in ACTIONS:
        action(actions)
