"""The study of wrong verdicts: smoke, truths, and the rates that the library page shows."""

from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.probes import classify
from rl_landscapes.statistics import binomial_interval
from rl_landscapes.statistics.multiple_tests import max_t_quantile
from rl_landscapes.studies.verdict_errors import NOISES, STUDY, TRUTHS, table, wrong
from rl_landscapes.studies.verdict_errors.pieces import KINDS
from tests.studies.committed import DATA, committed, smoke_twice

A = committed("verdict_errors").arrays
RATE = float(A["error_rate"])
PAGE = DATA.parent / "chapters" / "library" / "probes.md"
ABOVE = {
    ("optimum", "losses", 8): "28.7%",
    ("optimum", "losses", 32): "16.7%",
    ("flat", "losses", 8): "43.0%",
    ("flat", "losses", 32): "35.0%",
    ("flat", "losses", 128): "13.3%",
}  # truth, noise, episodes: the realised rate where it exceeds RATE


def test_smoke_is_the_same_twice_and_has_all_arrays(tmp_path: Path) -> None:
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays.keys() == A.keys()
    assert arrays["counts"].shape == (len(TRUTHS), len(NOISES), 2, len(KINDS))


@pytest.mark.parametrize("n", [8, 50])
@pytest.mark.parametrize("name", TRUTHS)
def test_truths_are_what_they_are_called_and_stand_on_a_border(name: str, n: int) -> None:
    effects = TRUTHS[name](n, 0.1)
    exact = effects.seen((np.zeros((n, 1)), np.zeros((n, 1)), np.zeros((1, 1))))
    assert np.allclose(exact.slope_episodes[:, 0], effects.slopes)
    assert np.allclose(exact.bend_episodes[:, 0], effects.bends)
    assert classify(exact, smallest=0.1).kind == effects.kind
    other = 0.098 if effects.kind not in ("saddle", "linear") else 0.102
    assert name == "saddle" or classify(exact, smallest=other).kind != effects.kind


@pytest.mark.parametrize("name", NOISES)
def test_noises_have_mean_0_and_deviation_1(name: str) -> None:
    for noise in NOISES[name](40, 5000, np.random.default_rng(0)):
        assert noise.mean() == pytest.approx(0, abs=0.05)
        assert noise.std() == pytest.approx(1, abs=0.1) or not noise.any()


def test_a_verdict_is_wrong_unless_it_is_the_truth_or_silence() -> None:
    each_kind_once = {"counts": np.ones((len(TRUTHS), 1, 1, len(KINDS)), dtype=np.int64)}
    assert wrong(each_kind_once)[:, 0, 0].tolist() == [4, 4, 4, 4, 4, 5]


def test_every_probe_gave_a_verdict() -> None:
    assert (A["counts"].sum(axis=3) == A["counts"][0, 0, 0].sum()).all()


def test_verdicts_are_wrong_as_seldom_as_said_but_in_cells_that_are_listed() -> None:
    found = {}
    for (t, noise, j), count in np.ndenumerate(wrong(A)):
        interval = binomial_interval(int(count), int(A["counts"][t, noise, j].sum()))
        if interval.low > RATE:
            found[[*TRUTHS][t], [*NOISES][noise], int(A["n_episodes"][j])] = f"{interval.estimate:.1%}"
    assert found == ABOVE


def test_page_shows_the_table_of_these_data() -> None:
    assert table(A) in PAGE.read_text(encoding="utf8"), "put this table on the page:\n" + table(A)


def test_docstrings_say_what_was_measured() -> None:
    rates = wrong(A) / A["counts"].sum(axis=3)
    losses = [*NOISES].index("losses")
    worst, missed = rates.max(axis=0), A["missed"] / A["n_intervals"]
    told = ", ".join(f"{rate:.0%} at {n}" for rate, n in zip(missed[losses], A["n_episodes"], strict=True))
    assert f"at most {np.delete(worst, losses, axis=0).max():.0%}" in words(classify.__doc__)
    others = np.delete(missed, losses, axis=0)
    assert f"in {others.min():.0%} to {others.max():.0%} of families" in words(max_t_quantile.__doc__)
    for rate in worst[losses]:
        assert f"{rate:.0%}" in words(classify.__doc__)
    assert told.replace(" at 8", " of families at N = 8") in words(max_t_quantile.__doc__)


def words(text: str | None) -> str:
    return " ".join((text or "").split())
