"""What the pages of the library show of bodies runs as it stands."""

import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mujoco.batch")

LIBRARY = Path(__file__).parents[3] / "book" / "chapters" / "library"


def run(page):
    """Execute the Python blocks of a page, one after the other; return what they define."""
    text = (LIBRARY / page).read_text(encoding="utf8")
    names = {}
    for block in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        exec(block, names)
    return names


def test_bodies_and_the_vector_environment():
    names = run("worlds.md")
    assert names["step"].rewards.shape == names["rewards"].shape == (64,)
    assert names["step"].parts["reward_survive"].tolist() == [0.5] * 64


def test_probing_a_sampled_return(capsys):
    probed = run("objectives.md")["probed"]
    assert np.isfinite(probed.slope).all()
    assert (probed.slope_stderr > 0).all()
    assert capsys.readouterr().out
