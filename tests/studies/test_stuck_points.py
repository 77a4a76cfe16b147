"""The study of stuck points: smoke, identities between probes and spectra, and one point again."""

from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.probes import full_spectrum, line_barrier, perturb, unit_directions
from rl_landscapes.studies.chance import generator_named
from rl_landscapes.studies.common import goals, paper_return
from rl_landscapes.studies.stuck_points import STUDY, Settings
from rl_landscapes.studies.views import View, shape_of
from tests.studies.committed import committed, smoke_twice

RESULT = committed("stuck_points")
A = RESULT.arrays
ENDS = committed("ascent_failures").arrays
HERE = int(np.flatnonzero(A["alphas"] == A["alpha"])[0])


def test_smoke_is_the_same_twice_and_has_all_arrays(tmp_path: Path) -> None:
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays.keys() == A.keys()
    assert arrays["up"].shape[:2] == (4, 2)
    assert arrays["up"].shape[2] == arrays["line_height"].shape[1] == arrays["escape_n"]


def test_all_stuck_points_are_there() -> None:
    assert A["up"].shape[-1] == A["line_height"].shape[1] == A["escape_n"] == len(ENDS["stuck_ends"])


def test_views_are_the_objectives_they_say() -> None:
    theta = ENDS["stuck_ends"][:1]
    assert View().objective.evaluate(theta) == pytest.approx(paper_return().evaluate(theta))
    assert View(mix=1.0).objective.evaluate(theta) == pytest.approx(
        paper_return().evaluate(np.zeros((1, 108)))
    )
    masked, counted = (View(tau=0.1, counted=c).objective.evaluate(theta)[0, 0] for c in (False, True))
    assert paper_return().evaluate(theta)[0, 0] < masked < counted


def test_up_in_both_is_within_both() -> None:
    assert (A["up_both"] <= np.minimum(A["up"], A["up_true"])).all()
    assert (A["up_both"][0] == A["up"][0]).all()
    assert (A["both_lower"] + A["both_higher"] <= A["n_directions"]).all()
    assert (A["both_lower"] <= A["bends_down"]).all()
    assert (A["up"] >= A["both_higher"]).all()


def test_true_directions_do_not_depend_on_the_view() -> None:
    assert (A["up_true"] == A["up_true"][:1]).all()


def test_sampled_curvatures_lie_within_the_spectrum() -> None:
    slack = 0.02 * np.abs(A["eigen_high"] - A["eigen_low"])  # alpha = 0.5 is not zero
    assert (A["curvature_low"] >= A["eigen_low"] - slack).all()
    assert (A["curvature_high"] <= A["eigen_high"] + slack).all()


def test_mean_sampled_curvature_is_the_mean_eigenvalue() -> None:
    spread = A["eigen_high"] - A["eigen_low"]
    assert (np.abs(A["curvature"] - A["eigen_mean"]) < 0.01 * spread).all()


def test_rms_slope_is_the_gradient_over_root_n() -> None:
    assert A["slope"] == pytest.approx(A["gradient_norm"] / np.sqrt(108), rel=0.35)


def test_first_point_again() -> None:
    theta, settings = ENDS["stuck_ends"][0], Settings()
    directions = unit_directions(500, 108, generator_named(RESULT.seed, "probes-0"))
    for i in (0, 3, len(settings.views) - 1):
        objective = settings.views[i].objective
        seen = perturb(objective, theta, alpha=0.5, directions=directions, rng=np.random.default_rng(0))
        assert abs(int((seen.delta_plus > 0).sum()) - int(A["up"][i, HERE, 0])) <= 1
        assert A["curvature"][i, 0] == pytest.approx(seen.curvature.mean(), rel=1e-5)
        spectrum = full_spectrum(objective, theta).values
        assert (A["eigen_low"][i, 0], A["eigen_high"][i, 0]) == pytest.approx(
            (spectrum[0], spectrum[-1]), rel=1e-5
        )


def test_first_lines_again() -> None:
    for i, view in enumerate(Settings().line_views):
        barrier = line_barrier(view.objective, ENDS["stuck_ends"][0], ENDS["good_ends"][0], n_points=101)
        assert A["line_height"][i, 0] == pytest.approx(barrier.height, rel=1e-6, abs=1e-9)
        assert A["line_falls"][i, 0] == pytest.approx(barrier.falls, rel=1e-6)


def test_shape_of_a_curve() -> None:
    shape = shape_of(np.array([[1.0, 0.5, 3.0, 2.0], [0.0, 1.0, 2.0, 3.0]]))
    assert shape["height"].tolist() == [0.5, 0.0]
    assert shape["falls"].tolist() == [1.5, 0.0]
    assert shape["rise"].tolist() == [1.0, 3.0]


def test_bent_paths_are_never_worse_than_lines() -> None:
    assert (A["bent_height"] <= A["bent_line_height"] + 1e-9).all()


def test_hand_made_line_has_the_known_ends() -> None:
    plain = int(np.flatnonzero((A["line_taus"] == 0) & (A["line_mixes"] == 0))[0])
    ends = A["hand_values"][-1, plain, [0, -1]]
    assert ends == pytest.approx([goals().worse, goals().best], rel=0.01)
