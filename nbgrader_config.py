"""What nbgrader needs to know of this course: run its commands, or formgrader, in this folder."""

from pathlib import Path

from rl_landscapes.grader.grading.nbgrader_plugin import configure

configure(get_config(), Path(__file__).parent)  # noqa: F821  # nbgrader defines get_config
