"""Clips: what a file shows is what was drawn, its size is bounded, and no drawing is called a rendering."""

import numpy as np
import pytest
from PIL import Image

from rl_landscapes.plots.clips import Clip, best_clip, drawn_clip, save_clip, save_poster
from rl_landscapes.plots.style import LOOKS
from rl_landscapes.worlds.physics import render


@pytest.fixture
def clip(walker):
    return drawn_clip(walker, seconds=0.1, size=(120, 80))


def test_one_picture_for_each_moment(walker, clip):
    assert clip.pictures.shape == (10, 80, 120, 3)
    assert clip.made_by == "drawing"
    assert len(drawn_clip(walker, seconds=0.1, speed=3.0, size=(32, 32)).pictures) == 4


def test_the_body_is_seen_and_moves(clip):
    blue = np.array([int(LOOKS["plain"].colour[i : i + 2], 16) for i in (1, 3, 5)])
    assert ((clip.pictures == blue).all(axis=-1).sum(axis=(1, 2)) > 20).all()
    assert (clip.pictures[0] != clip.pictures[3]).any()


def test_same_motion_same_pictures(walker, clip):
    np.testing.assert_array_equal(drawn_clip(walker, seconds=0.1, size=(120, 80)).pictures, clip.pictures)


@pytest.mark.parametrize("name", ["walk.webp", "walk.gif", "walk.png", "walk.GIF"])
def test_files_hold_every_picture(clip, tmp_path, name):
    with Image.open(save_clip(clip, tmp_path / name)) as film:
        assert film.n_frames == len(clip.pictures)
        durations = []
        for k in range(film.n_frames):
            film.seek(k)
            film.load()
            durations.append(film.info["duration"])
            error = np.abs(np.asarray(film.convert("RGB"), dtype=float) - clip.pictures[k])
            assert error.mean() < 6
        assert durations == [100] * 10


def test_poster_is_one_picture_as_it_is(clip, tmp_path):
    with Image.open(save_poster(clip, tmp_path / "walk.png", frame=-1)) as poster:
        np.testing.assert_array_equal(np.asarray(poster), clip.pictures[-1])
    with pytest.raises(ValueError, match="frame must be below the number of pictures, 10, got 10"):
        save_poster(clip, tmp_path / "walk.png", frame=10)


def test_large_files_are_refused_and_nothing_is_left(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (8, 200, 300, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match=r"clip would take \d+ kB, more than 100"):
        save_clip(Clip(noise, 0.1, "drawing"), tmp_path / "noise.webp", largest=100_000)
    assert list(tmp_path.iterdir()) == []


def test_unknown_ending_is_refused(clip, tmp_path):
    with pytest.raises(ValueError, match=r"path must end in .webp, .gif, .png, got walk.mp4"):
        save_clip(clip, tmp_path / "walk.mp4")


def test_size_is_checked(walker):
    with pytest.raises(ValueError, match="size must be an integer of at least 16"):
        drawn_clip(walker, seconds=0.1, size=(8, 80))


def test_a_drawing_is_said_to_be_one(walker, monkeypatch):
    monkeypatch.setattr(render, "rendering_backend", lambda: None)
    with pytest.warns(RuntimeWarning, match="the clip is drawn, not rendered"):
        clip = best_clip(None, walker, seconds=0.1, size=(32, 32))
    assert clip.made_by == "drawing"


def test_a_rendering_says_by_what(walker, monkeypatch):
    asked = {}

    def painted(world, motion, frames, **options):
        asked.update(options, world=world, frames=frames)
        return np.zeros((len(frames), 32, 48, 3), dtype=np.uint8)

    monkeypatch.setattr(render, "rendering_backend", lambda: "osmesa")
    monkeypatch.setattr(render, "render", painted)
    clip = best_clip("the world", walker, seconds=0.3, size=(48, 32))
    assert clip.made_by == "osmesa"
    assert asked == {
        "backend": "osmesa",
        "width": 48,
        "height": 32,
        "world": "the world",
        "frames": [0, 3, 6, 9],
    }
