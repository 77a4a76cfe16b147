"""A new assignment of one's own: a folder with a small one that works, to be changed."""

from importlib.resources import files
from pathlib import Path

from rl_landscapes.course.lookup import NAME, full_name
from rl_landscapes.grader.folders import Course
from rl_landscapes.records.writing import write_file

PARTS = {"tests.txt": "{name}.py", "text.txt": "{name}.md", "mutants.txt": "mutants.toml"}
NEXT = """{folder} has a small assignment that works:
  {name}.py     its questions, with the tests
  {name}.md     the notebook, with the solution
  mutants.toml  typical wrong answers
next: change them, then rl-landscapes course build {name} and rl-landscapes course preflight {name}"""


def new(course: Course, name: str, *, at: Path | None = None) -> str:
    """Make the folder of an assignment in solutions/, or in the folder `at`, which the settings then name.

    Raises
    ------
    ValueError
        If it is no name for one, its number is taken, or the folder is there.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"a name is two digits and small words, such as 09-my-topic, got {name!r}")
    if taken := next((other for other in course.known() if full_name(name[:2], [other])), ""):
        raise ValueError(f"the number {name[:2]} is taken by {taken}: choose another")
    folder = (at or course.solutions) / name
    if folder.exists():
        raise ValueError(f"{folder} is there already: choose another name, or remove it first")
    entered = at is None or at.resolve() == course.solutions.resolve()
    line = f'assignments = ["{folder.resolve().as_posix()}"]'
    for part, file in PARTS.items():
        text = files(__package__).joinpath("template", part).read_text(encoding="utf-8")
        write_file(folder / file.format(name=name), text.replace("NN-topic", name).encode())
    said = NEXT.format(folder=folder, name=name)
    if not entered and course.settings.exists():
        return f"{said}\nfirst: add {folder.resolve().as_posix()} to assignments in {course.settings}"
    if not entered:
        write_file(course.settings, f"{line}\n".encode())
    return said
