"""Rendering happens elsewhere: what is missing or crashes there is reported here."""

import numpy as np
import pytest

from rl_landscapes.worlds.physics import render as module
from rl_landscapes.worlds.physics.render import render, rendering_backend
from rl_landscapes.worlds.physics.replay import replay
from tests.worlds.physics.stock import made


@pytest.fixture(autouse=True)
def _fresh():
    module._draws.cache_clear()
    yield
    module._draws.cache_clear()


def motion(name="Hopper-v5", n=40):
    world = made(name)
    start = world.starts(1, np.random.default_rng(0))[0]
    return replay(world, start, np.tile(0.3 * world.high, (n, 1)))


@pytest.fixture
def painter(monkeypatch, tmp_path):
    """Replace the process that draws by a line of Python."""

    def replace(code):
        script = tmp_path / "painter.py"
        script.write_text(code)
        monkeypatch.setattr(module, "PAINTER", script)

    return replace


def test_off_means_none(monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "off")
    assert rendering_backend() is None


def test_a_named_backend_leaves_the_other_out(monkeypatch):
    tried = []
    monkeypatch.setattr(module, "_draws", lambda backend: bool(tried.append(backend)))
    monkeypatch.setattr(module._draws, "cache_clear", lambda: None, raising=False)
    monkeypatch.setenv("MUJOCO_GL", "osmesa")
    assert rendering_backend() is None
    monkeypatch.setenv("MUJOCO_GL", "glfw")  # needs a screen
    assert rendering_backend() is None
    assert tried == ["osmesa", "egl", "osmesa"]


def test_a_process_that_is_killed_is_no_backend(painter):
    painter("import os; os.abort()")
    assert rendering_backend() is None


def test_a_black_picture_is_no_backend(painter):
    painter("import numpy as np; np.save('pictures.npy', np.zeros((1, 32, 32, 3), np.uint8))")
    assert rendering_backend() is None


def test_the_first_that_draws_is_taken(painter):
    painter(
        "import os, sys, numpy as np; os.environ['MUJOCO_GL'] == 'osmesa' or sys.exit('no EGL');"
        "np.save('pictures.npy', np.arange(3072, dtype=np.uint8).reshape(1, 32, 32, 3))"
    )
    assert rendering_backend() == "osmesa"


def test_failure_says_why(painter):
    painter("import sys; sys.exit('no such display')")
    with pytest.raises(RuntimeError, match="egl failed with exit status 1: no such display"):
        render(made("Hopper-v5"), motion(), [0], backend="egl")


def test_a_process_that_hangs_is_given_up(painter, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    painter("import time; time.sleep(60)")
    with pytest.raises(RuntimeError, match="egl drew nothing within"):
        render(made("Hopper-v5"), motion(), [0], backend="egl")


def test_another_body_is_refused():
    with pytest.raises(ValueError, match="motion must be one of Swimmer-v5, got one of Hopper-v5"):
        render(made("Swimmer-v5"), motion(), [0], backend="egl")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Hopper-v5", "Reacher-v5"])
def test_pictures_show_the_body_move(name):
    module._draws.cache_clear()
    backend = rendering_backend()
    if backend is None:  # a machine without OpenGL: whoever asks for it is told
        with pytest.raises(RuntimeError, match="egl failed"):
            render(made(name), motion(name), [0], backend="egl")
        return
    pictures = render(made(name), motion(name), [0, 0, -1], backend=backend, width=160, height=120)
    assert pictures.shape == (3, 120, 160, 3)
    assert pictures.dtype == np.uint8
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert (pictures[0] != pictures[2]).mean() > 0.005
    middle = pictures[0][20:100, 40:120].reshape(-1, 3)
    assert len(np.unique(middle, axis=0)) > 20
