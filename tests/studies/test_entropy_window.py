"""The study of the entropy window: smoke, identities between its cuts, and parts of it again."""

from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.objectives import hessian
from rl_landscapes.studies.common import goals, paper_return
from rl_landscapes.studies.entropy_window import STUDY, Cell, Settings, lowest
from tests.studies.committed import committed, smoke_twice

RESULT = committed("entropy_window")
A = RESULT.arrays
TAUS = list(A["taus"])


@pytest.mark.slow
@pytest.mark.no_cover
def test_smoke_is_the_same_twice_and_has_all_arrays(tmp_path: Path) -> None:
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays.keys() == A.keys()
    assert arrays["step_failures"].shape == (2, 2)


def test_tau_is_the_same_function_of_time_in_every_cell_of_a_row() -> None:
    for cell in Settings().by_step():
        after = 10.0 / cell.step
        assert cell.tau * cell.decay**after == pytest.approx(cell.tau * 0.99**100)


def test_cuts_stop_after_tau_is_small_and_the_ascent_has_settled() -> None:
    for cell in [*Settings().by_step(), *Settings().by_decay()]:
        settled = cell.n_updates - Settings().settling / cell.step
        assert cell.tau * cell.decay**settled <= 1e-3
        assert cell.tau * cell.decay ** (settled - 2) > 1e-3 or settled < 1


def test_cuts_and_the_papers_row_agree_where_they_meet() -> None:
    step, decay = list(A["steps"]).index(0.1), list(A["decays"]).index(0.99)
    assert np.array_equal(A["step_failed"][:, step], A["decay_failed"][:, decay])
    assert np.array_equal(A["step_failed"][:, step], A["paper_failed"])


def test_without_entropy_nothing_but_the_start_matters() -> None:
    failures = committed("ascent_failures").arrays["failed"][1, : int(A["n"])]
    zero = TAUS.index(0.0)
    for prefix in ("paper", "masked", "step", "decay"):
        assert (A[f"{prefix}_failed"][zero] == failures).all(), prefix


def test_counts_are_counts_of_who_failed() -> None:
    for prefix in ("paper", "masked", "step", "decay", "constant"):
        assert np.array_equal(A[f"{prefix}_failures"], A[f"{prefix}_failed"].sum(axis=-1))
        assert A[f"{prefix}_failed"].shape[-1] == A["n"]


def test_ascent_falls_only_where_the_step_is_beyond_the_stable_one() -> None:
    stable = A["stable_step_along"][:, None] >= A["steps"]
    assert not A["step_falling"][stable].any()
    assert A["step_falling"][A["stable_step_start"][:, None] < A["steps"] / 1.5].all()


@pytest.mark.no_cover
def test_cell_again_fails_alike() -> None:
    tau, step = TAUS.index(0.5), list(A["steps"]).index(0.2)
    settings = Settings(n_starts=30)
    cell = next(c for c in settings.by_step() if c.tau == 0.5 and c.step == 0.2)
    failed = goals().failed(cell.compute(settings, np.random.default_rng(0))["returns"])
    assert (
        failed == A["step_failed"][tau, step, :30]
    ).mean() >= 0.9  # beyond the stable step rounding decides some
    calm = Cell(0.2, 0.99, 0.1, 300)
    failed = goals().failed(calm.compute(settings, np.random.default_rng(0))["returns"])
    assert (failed == A["paper_failed"][TAUS.index(0.2), :30]).mean() >= 0.9  # tau is still 0.01 here


def test_lowest_curvature_again_by_a_dense_decomposition() -> None:
    for tau in (0.0, 1.0):
        objective = paper_return(tau=tau)
        dense = np.linalg.eigvalsh(hessian(objective, np.zeros(108)))[0]
        assert A["lowest_uniform"][TAUS.index(tau)] == pytest.approx(dense, rel=1e-6)
        assert lowest(objective, np.zeros(108)) == pytest.approx(dense, rel=1e-6)


def test_stable_steps_are_two_over_the_steepest_curvature() -> None:
    assert A["stable_step_uniform"] == pytest.approx(-2 / A["lowest_uniform"])
    assert A["stable_step_along"] == pytest.approx(-2 / A["lowest_along"].min(axis=(1, 2)))
    assert (A["stable_step_along"] <= A["stable_step_start"]).all()
