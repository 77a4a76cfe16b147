"""The cells of a notebook that ask for nothing: below right answers they run, and show something."""

import jupytext
import matplotlib.pyplot as plt
import pytest

from rl_landscapes.course.assignment import assignments
from tests.course.solved import SOLUTIONS

PARTS = ("given", "answer", "check")


@pytest.mark.slow
@pytest.mark.parametrize("name", assignments())
def test_every_cell_runs_with_the_answers_of_the_solution(name, capsys):
    notebook = jupytext.read(SOLUTIONS / name / f"{name}.md")
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and "check" not in cell.metadata]
    space, silent = {"__name__": "notebook"}, []
    try:
        for cell in code:
            before = set(space)
            exec(compile(cell.source, f"<cell of {name}>", "exec"), space)
            said, drawn = capsys.readouterr().out, plt.get_fignums()
            plt.close("all")
            if not any(part in cell.metadata for part in PARTS):
                silent.append(not (said.strip() or drawn or set(space) - before))
    finally:
        plt.close("all")
        plt.rcdefaults()
    assert len(silent) >= 2
    assert not any(silent)
