from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from rl_landscapes.worlds import from_map
from tests.motions import motion_of, walking

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed_figures():
    assert not plt.get_fignums(), "a test before this one left a figure open"
    yield
    plt.close("all")


@pytest.fixture
def ax():
    return plt.figure().add_subplot()


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def world():
    """Two rows, three columns, a wall at (0, 1), a goal at (1, 2): five cells and the absorbing state."""
    return from_map(["S#.", "..G"], rewards={"G": 1.0}, discount=0.9)


@pytest.fixture
def probe(rng):
    slope, curvature = rng.normal(size=50), rng.normal(size=50)
    return SimpleNamespace(
        delta_plus=0.1 * slope + 0.005 * curvature,
        delta_minus=-0.1 * slope + 0.005 * curvature,
        slope=slope,
        curvature=curvature,
        slope_stderr=np.full(50, 0.1),
        curvature_stderr=np.full(50, 0.2),
    )


@pytest.fixture
def line():
    positions = np.linspace(-0.5, 2.5, 31)
    mean = (positions - 1.0) ** 2
    return SimpleNamespace(thetas=np.zeros((3, 4)), positions=positions, mean=mean, stderr=np.full(31, 0.1))


@pytest.fixture
def plane():
    first, second = np.linspace(-1, 1, 7), np.linspace(-2, 2, 9)
    return SimpleNamespace(
        first_positions=first, second_positions=second, mean=first[:, None] + 0.1 * second[None]
    )


@pytest.fixture
def density(rng):
    nodes = rng.normal(size=(3, 5))
    weights = rng.dirichlet(np.ones(5), size=3)
    return SimpleNamespace(
        nodes=nodes, weights=weights, smoothed=lambda at, width: np.exp(-((at / width) ** 2))
    )


@pytest.fixture
def walker():
    return walking()


@pytest.fixture
def arm():
    """A wall that stands still, a link that turns about the origin, and a target, seen from above."""
    angles = np.stack([np.zeros(6), 0.3 * np.arange(6), np.zeros(6)], axis=1)
    link = 0.3 * np.stack([np.cos(angles[:, 1]), np.sin(angles[:, 1])], axis=1)
    centres = np.stack([np.tile([0.0, -1.0], (6, 1)), link, np.tile([0.4, 0.4], (6, 1))], axis=1)
    return motion_of(["wall", "link", "target"], [-1, 0, 0], centres, angles, view="top", terminated=False)
