"""Every record of a probe, an ascent or an objective goes to a file and comes back bit for bit."""

import numpy as np
import pytest

from rl_landscapes import records
from rl_landscapes.ascent import ascend
from rl_landscapes.objectives import ExactReturn, Noisy, goodfellow_saddle, optimal, sample_episodes
from rl_landscapes.policies import paper_policy, uniform_starts
from rl_landscapes.probes import (
    Trace,
    bent_barrier,
    classify,
    extreme_eigenpairs,
    full_spectrum,
    interpolate,
    line_barrier,
    most_improving,
    most_improving_sets,
    perturb,
    plane,
    probe_run,
    spectral_density,
    trace_from_probe,
)
from rl_landscapes.worlds import paper_gridworld

TOY = goodfellow_saddle()
NOISY = Noisy(TOY, noise=1.0, n_episodes=4)
PAPER = ExactReturn(paper_gridworld(), paper_policy())
POINTS = np.array([[0.1, 0.2], [1.7, -0.3]])


def rng():
    return np.random.default_rng(0)


def probed(objective=NOISY, alpha=0.5):
    return perturb(objective, POINTS[0], alpha=alpha, n_directions=6, rng=rng())


MAKERS = {
    "perturbations": probed,
    "exact perturbations": lambda: probed(TOY),
    "most improving": lambda: most_improving(probed()),
    "run": lambda: probe_run(
        NOISY, POINTS, [0, 9], alpha=0.5, n_directions=3, rng=rng(), gradients=POINTS[::-1]
    ),
    "run without gradients": lambda: probe_run(NOISY, POINTS, [0, 9], alpha=0.5, n_directions=3, rng=rng()),
    "profile": lambda: probe_run(TOY, POINTS, [0, 9], alpha=0.5, n_directions=3, rng=rng()).paper,
    "sets": lambda: most_improving_sets(
        [probed(), perturb(NOISY, POINTS[0], alpha=0.5, n_directions=6, rng=np.random.default_rng(1))]
    ),
    "run of sets": lambda: probe_run(NOISY, POINTS, [0, 9], alpha=0.5, n_directions=3, n_sets=2, rng=rng()),
    "verdict": lambda: classify(probed(), rng=rng()),
    "interpolation": lambda: interpolate(NOISY, POINTS, n_points=4, extrapolate=0.5, rng=rng()),
    "exact interpolation": lambda: interpolate(TOY, POINTS),
    "plane": lambda: plane(NOISY, POINTS[0], *np.eye(2), n_points=3, rng=rng()),
    "full spectrum": lambda: full_spectrum(TOY, POINTS[0]),
    "extreme eigenpairs": lambda: extreme_eigenpairs(PAPER, np.zeros(108), rng=rng()),
    "spectral density": lambda: spectral_density(TOY, POINTS[0], n_probes=2, n_steps=2, rng=rng()),
    "line barrier": lambda: line_barrier(TOY, *POINTS),
    "bent barrier": lambda: bent_barrier(TOY, *POINTS, rng=rng(), n_points=5),
    "ascent": lambda: ascend(PAPER, uniform_starts(PAPER.policy, 2, rng()), n_updates=3, step=0.1, rng=rng()),
    "ascent that diverged": lambda: ascend(TOY, 1e3 * POINTS, n_updates=3, step=10.0),
    "optimum": lambda: optimal(paper_gridworld(), tau=0.1),
    "episodes": lambda: sample_episodes(
        PAPER.mdp, np.full((2, 26, 4), 0.25), n_episodes=3, horizon=4, rng=rng()
    ),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_saved_and_loaded(maker, tmp_path):
    record = MAKERS[maker]()
    path = records.save(record, tmp_path / "record.npz")
    assert records.equal(records.load(type(record), path), record)


@pytest.mark.parametrize("maker", [name for name in MAKERS if name != "verdict"])
def test_printed_it_is_short_and_says_shapes(maker):
    """No numbers of its arrays, and what was probed, from which seed."""
    record = MAKERS[maker]()
    lines = repr(record).splitlines()
    assert lines[0] == type(record).__name__
    assert any("float64 (" in line for line in lines)
    assert not any("array(" in line for line in lines)
    assert max(map(len, lines)) < 130
    assert len(lines) < 30
    if hasattr(record, "provenance"):
        assert sum(line.startswith("  objective ") for line in lines) == 1
        assert sum(line.startswith("  versions ") for line in lines) == 1


@pytest.mark.parametrize("maker", MAKERS)
def test_made_twice_it_has_the_same_bits(maker):
    assert records.equal(MAKERS[maker](), MAKERS[maker]())


def test_a_file_cut_in_half_is_refused_and_named(tmp_path):
    path = records.save(probed(), tmp_path / "record.npz")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=r"record\.npz"):
        records.load(type(probed()), path)


def test_a_trace_is_saved_as_it_is(tmp_path):
    trace = trace_from_probe(probed())
    assert records.load(Trace, records.save(trace, tmp_path / "record.npz")) == trace


def test_derived_quantities_survive(tmp_path):
    record = probed()
    again = records.load(type(record), records.save(record, tmp_path / "record.npz"))
    for name in ("slope", "curvature", "slope_stderr", "both_lower"):
        np.testing.assert_array_equal(getattr(again, name), getattr(record, name))
    assert classify(again, rng=rng()) == classify(record, rng=rng())
