"""Questions whose answer is a test: what it accepts and refuses counts, wherever it runs."""

import numpy as np
import pytest

from rl_landscapes.course import seeds
from rl_landscapes.course.assignment import Assignment, Limits
from rl_landscapes.course.judging import SIZE
from rl_landscapes.course.running.scoring import Outcome, score
from rl_landscapes.course.running.session import Session
from rl_landscapes.course.running.student import InProcess, Step, Subprocess
from rl_landscapes.course.running.submission import unjailed_starter

COURSE = Assignment("00-means", "Means", limits=Limits(call_s=5.0))
QUESTION = COURSE.question("test_mean", hints=("a", "b"), difficulty=1, minutes=1)
QUESTION.tells_apart("a sum", [np.mean, lambda x: np.sum(x) / len(x)], {"not divided": np.sum}, points=2)
QUESTION.tells_apart(
    "a middle", [np.mean], {"the median": np.median, "the first": lambda x: x[0]}, points=1, at_grading=True
)

WRONG, RAISED = ["wrong", "wrong"], ["raised an error", "raised an error"]
HEAD = "def test_mean(mean):\n    "
BY_NUMPY = "np.testing.assert_allclose(mean(np.array([1.0, 2.0, 6.0])), 3.0)"
LARGE = f"at most {SIZE:,} numbers, got {SIZE + 1:,}"
ANSWERS = {  # the body, how the two tests end, words about the first
    "good": ("assert abs(mean([1.0, 2.0, 6.0]) - 3.0) < 1e-9", ["passed", "passed"], ""),
    "by numpy": (f"import numpy as np\n    {BY_NUMPY}", ["passed", "passed"], ""),
    "an example that hides": ("assert mean([1.0, 2.0, 3.0]) == 2.0", ["passed", "wrong"], ""),
    "one number": ("assert mean([4.0]) == 4.0", WRONG, "a mistake: not divided"),
    "refuses": ("assert False, 'no'", WRONG, "AssertionError: no"),
    "returns": ("return mean([1.0, 2.0, 6.0]) == 3.0", WRONG, "no return"),
    "breaks": ("mean[0]", RAISED, "TypeError"),
    "another error": ("if mean([1.0, 2.0, 6.0]) != 3.0:\n        raise ValueError('no')", RAISED, "no"),
    "too large": (f"assert mean([0.0] * {SIZE + 1}) == 0.0", RAISED, LARGE),
    "not a number": ("mean('abc')", RAISED, ""),
    "not written": ("raise NotImplementedError()", ["not done", "not done"], ""),
    "remembers": ("MET.append(1)\n    assert len(MET) % 2", WRONG, ""),
}


def in_process(source):
    space = {}
    exec(source, space)
    return InProcess(space)


def beside(source):
    step = Step("test_mean", source, "answer", source, ("test_mean",))
    return Subprocess([step], lambda: Session(unjailed_starter(), COURSE.limits), COURSE.limits)


@pytest.mark.parametrize("place", [in_process, beside])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_test_is_judged_by_what_it_accepts_and_refuses(answer, place):
    body, outcomes, words = ANSWERS[answer]
    caller = place(f"MET = []\n{HEAD}{body}")
    try:
        results = score(COURSE, caller, seeds.public, grading=True)
    finally:
        if place is beside:
            caller.close()
    assert [str(result.outcome) for result in results] == outcomes
    assert words in str(results[0].failed)


@pytest.mark.parametrize("verdict", ["assert False", "pass"])
def test_one_answer_to_all_earns_nothing_from_anybody(verdict):
    for student in map(str, range(20)):
        drawn = seeds.of_student(b"a secret of sixteen bytes or more", student)
        results = score(COURSE, in_process(f"def test_mean(mean):\n    {verdict}"), drawn, grading=True)
        assert {result.outcome for result in results} == {Outcome.WRONG}


def test_they_come_in_an_order_that_is_drawn():
    orders = set()
    for student in map(str, range(30)):
        met = []

        def watching(mean, met=met):
            met.append(mean([1.0, 2.0, 6.0]))
            if met[-1] != 3.0:
                raise AssertionError

        drawn = seeds.of_student(b"a secret of sixteen bytes or more", student)
        score(COURSE, InProcess({"test_mean": watching}), drawn, grading=False)
        orders.add(tuple(met))
    assert orders == {(9.0, 3.0, 3.0), (3.0, 9.0, 3.0), (3.0, 3.0, 9.0)}


def test_the_mistakes_of_a_policy_gradient_are_mistakes_and_the_right_ones_agree():
    from rl_landscapes.course.checks import mistaken, worlds

    rng = np.random.default_rng(0)
    P, r, gamma, rho, _ = worlds.random_world(rng, 0.9, (4, 3))
    given = P, r, gamma, rho, rng.normal(size=(4, 3)) + 800.0, rng.uniform(0.2, 1.0, size=4)
    exact = worlds.gradient(*given)
    for right in mistaken.RIGHT:
        assert right(*given) == pytest.approx(exact, rel=1e-9)
    wrong = mistaken.SCALE | mistaken.ENTROPY | mistaken.EDGES | mistaken.FURTHER
    assert len(wrong) == 10
    for mistake, function in wrong.items():
        assert not np.allclose(function(*given), exact, rtol=1e-2), mistake


def test_the_mistakes_of_an_update_are_mistakes_and_the_right_ones_agree():
    from rl_landscapes.course.checks import mistaken_updates

    points, slopes = np.array([[0.5, 1.0], [2.0, -1.0], [0.3, 0.4]]), np.full((3, 2), 2.0)
    all_move = np.array([True, True, True])
    bad = [(0, np.nan), (0, np.inf), (0, -np.inf), (0, 1e308)]  # the entry of the first row
    examples = [(points, slopes.copy(), 10.0, np.array([True, True, False])) for _ in bad]
    for (_, slope, _, _), (entry, value) in zip(examples, bad, strict=True):
        slope[0, entry] = value
    examples.append((points, slopes, 0.1, all_move))

    def same(one, other):
        return all(np.allclose(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))

    exact = [mistaken_updates.row_by_row(*given) for given in examples]
    assert [moves.tolist() for _, moves in exact] == [[False, True, False]] * 4 + [[True] * 3]
    assert exact[-1][0] == pytest.approx(points + 0.2)
    for right in mistaken_updates.RIGHT:
        assert all(same(right(*given), known) for given, known in zip(examples, exact, strict=True))
    wrong = mistaken_updates.STEPS | mistaken_updates.ROWS | mistaken_updates.EDGES | mistaken_updates.FURTHER
    assert len(wrong) == 12
    for mistake, function in wrong.items():
        found = [same(function(*given), known) for given, known in zip(examples, exact, strict=True)]
        assert not all(found), mistake


@pytest.mark.parametrize("bad", [{"points": np.zeros(3)}, {"slopes": np.zeros((2, 1))}, {"moving": True}])
def test_an_update_is_asked_with_arrays_of_its_shapes(bad):
    from rl_landscapes.course.checks import mistaken_updates

    fine = {"points": np.zeros((2, 3)), "slopes": np.zeros((2, 3)), "step": 0.1, "moving": np.ones(2, bool)}
    for function in mistaken_updates.RIGHT:
        function(**fine)
        with pytest.raises(ValueError, match="must be"):
            function(**fine | bad)


WINDOWS = [  # returns, entropies, the weights at which the path rises
    ([0.0, -1.0, -1.5, 1.0], [0.0, 2.0, 4.0, 3.0], (0.5, 2.5)),
    ([0.0, 1.0, 2.0], [0.0, 1.0, 0.5], (0.0, 2.0)),
    ([0.0, -1.0, -1.0], [0.0, 0.5, 1.0], (2.0, np.inf)),
    ([0.0, -10.0], [0.0, 0.5], (20.0, np.inf)),
    ([1.0, 1.0, 2.0], [3.0, 3.0, 2.0], (0.0, 1.0)),
    ([1.0, 0.0, 2.0], [1.0, 1.0, 2.0], None),
    ([4.0, 3.0, 4.0], [0.0, 1.0, -1.0], None),
    ([2.0, 1.0, 2.0], [0.0, 0.5, 0.0], (2.0, 2.0)),
]


def test_the_mistakes_of_a_window_are_mistakes_and_the_right_ones_agree():
    from rl_landscapes.course.checks import mistaken_windows as windows

    def known(function):
        found = [(function(returns, entropies), window) for returns, entropies, window in WINDOWS]
        return [got is window if None in (got, window) else np.allclose(got, window) for got, window in found]

    for right in windows.RIGHT:
        assert all(known(right))
    wrong = windows.BOUNDS | windows.ENDS | windows.LEVEL | windows.FURTHER
    assert len(wrong) == 11
    for mistake, function in wrong.items():
        assert not all(known(function)), mistake


@pytest.mark.parametrize("bad", [([1.0], [1.0]), ([1.0, 2.0], [1.0]), (np.zeros((2, 2)), np.zeros((2, 2)))])
def test_a_window_is_asked_with_the_points_of_a_path(bad):
    from rl_landscapes.course.checks import mistaken_windows as windows

    for function in windows.RIGHT:
        with pytest.raises(ValueError, match="must both be"):
            function(*bad)


def test_the_mistakes_of_a_score_are_mistakes_and_the_right_ones_agree():
    from rl_landscapes.course.checks import gaussians
    from rl_landscapes.course.checks import mistaken_scores as scores

    rng = np.random.default_rng(0)
    given = rng.normal(size=8), 0.7, rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    exact = gaussians.scores(*given)
    for right in scores.RIGHT:
        assert right(*given) == pytest.approx(exact, rel=1e-9)
    wrong = scores.WIDTHS | scores.LAYOUTS | scores.MEANS | scores.FURTHER
    assert len(wrong) == 10
    for mistake, function in wrong.items():
        assert not np.allclose(function(*given), exact, rtol=1e-2), mistake


@pytest.mark.parametrize(
    "bad",
    [{"theta": np.zeros(7)}, {"sigma": np.ones(2)}, {"actions": np.zeros((3, 2))}, {"observations": 0.0}],
)
def test_a_score_is_asked_with_arrays_of_its_shapes(bad):
    from rl_landscapes.course.checks import mistaken_scores as scores

    fine = {
        "theta": np.zeros(8),
        "sigma": 0.7,
        "observations": np.zeros((4, 3)),
        "actions": np.zeros((4, 2)),
    }
    for function in scores.RIGHT:
        function(**fine)
        with pytest.raises(ValueError, match="must be"):
            function(**fine | bad)


def test_the_mistakes_of_visits_are_mistakes_and_the_right_ones_agree():
    from rl_landscapes.course.checks import mistaken_visits as visits
    from rl_landscapes.course.checks import worlds

    rng = np.random.default_rng(0)
    P, _, gamma, rho, _ = worlds.any_world(rng, 0.95)
    given = P, gamma, rho, rng.dirichlet(np.ones(P.shape[1]), size=len(rho))
    exact = worlds.occupancy(*given)
    for right in visits.RIGHT:
        assert right(*given) == pytest.approx(exact, rel=1e-9)
    wrong = visits.SUMS | visits.WAYS | visits.ENDS | visits.FURTHER
    assert len(wrong) == 10
    for mistake, function in wrong.items():
        assert not np.allclose(function(*given), exact, rtol=1e-2), mistake


@pytest.mark.parametrize(
    "bad",
    [{"P": np.zeros((2, 2))}, {"rho": np.ones(3)}, {"pi": np.ones(2)}, {"gamma": 1.0}, {"gamma": [0.5]}],
)
def test_visits_are_asked_of_a_world_of_their_shapes(bad):
    from rl_landscapes.course.checks import mistaken_visits as visits

    fine = {"P": np.full((2, 3, 2), 0.5), "gamma": 0.9, "rho": [1.0, 0.0], "pi": np.full((2, 3), 1 / 3)}
    for function in (*visits.RIGHT, *visits.SUMS.values()):
        function(**fine)
        with pytest.raises(ValueError, match="must be"):
            function(**fine | bad)


CLAIMS = [  # with, without, smallest, level
    ([12.0, 4.0, 26.0, 8.0], [11.0, 2.0, 23.0, 4.0], 1.0, 0.95),
    ([12.0, 4.0, 26.0, 8.0], [11.0, 2.0, 23.0, 4.0], 4.0, 0.8),
    ([12.0, 4.0, 26.0, 8.0], [11.0, 2.0, 23.0, 4.0], 2.0, 0.95),
    ([11.0, 2.0, 23.0, 4.0], [12.0, 4.0, 26.0, 8.0], 1.0, 0.95),
    ([2.0, 3.0], [1.0, 2.0], 1.0, 0.95),
]


def test_the_mistakes_of_a_verdict_are_mistakes_and_the_right_ones_agree():
    from rl_landscapes.course.checks import mistaken_claims as claims

    def same(one, other):
        numbers = (
            [one[key] for key in ("effect", "low", "high")],
            [other[key] for key in ("effect", "low", "high")],
        )
        return one["verdict"] == other["verdict"] and np.allclose(*numbers)

    exact = [claims.by_pairs(*given) for given in CLAIMS]
    words = ["supported", "refuted", "cannot tell", "refuted", "cannot tell"]
    assert [said["verdict"] for said in exact] == words
    assert exact[0]["high"] == pytest.approx(2.5 + 1.959964 * np.sqrt(5 / 12), rel=1e-6)
    for right in claims.RIGHT:
        assert all(same(right(*given), known) for given, known in zip(CLAIMS, exact, strict=True))
    wrong = claims.ERRORS | claims.LEVELS | claims.WORDS | claims.FURTHER
    assert len(wrong) == 11
    for mistake, function in wrong.items():
        found = [same(function(*given), known) for given, known in zip(CLAIMS, exact, strict=True)]
        assert not all(found), mistake


@pytest.mark.parametrize(
    "bad", [{"with_": [1.0]}, {"without": np.zeros((2, 1))}, {"smallest": [0.1]}, {"level": 1.0}]
)
def test_a_verdict_is_asked_of_outcomes_of_the_same_starts(bad):
    from rl_landscapes.course.checks import mistaken_claims as claims

    fine = {"with_": [1.0, 2.0], "without": [0.0, 0.5], "smallest": 0.1, "level": 0.9}
    for function in claims.RIGHT:
        function(**fine)
        with pytest.raises(ValueError, match="must be"):
            function(**fine | bad)


def test_the_mistakes_of_discoveries_are_mistakes_and_the_right_ones_agree():
    from rl_landscapes.course.checks import mistaken_discoveries as discoveries

    sets = {  # at a rate of 1/2
        (0.75, 0.125, 0.875, 0.25): [1, 3],
        (0.3, 0.9, 0.2, 0.24): [0, 2, 3],
        (0.6, 0.4, 0.9, 0.45): [],
    }

    def known(function):
        return [function(np.array(p), 0.5).nonzero()[0].tolist() == found for p, found in sets.items()]

    for right in discoveries.RIGHT:
        assert all(known(right))
    wrong = discoveries.LINES | discoveries.RANKS | discoveries.TIES | discoveries.FURTHER
    assert len(wrong) == 10
    for mistake, function in wrong.items():
        assert not all(known(function)), mistake


@pytest.mark.parametrize("bad", [([], 0.5), (0.5, 0.5), ([0.5], [0.5]), ([1.5], 0.5), ([0.5], 1.0)])
def test_discoveries_are_asked_of_p_values(bad):
    from rl_landscapes.course.checks import mistaken_discoveries as discoveries

    for function in discoveries.RIGHT:
        with pytest.raises(ValueError, match="must be"):
            function(*bad)


def test_the_mistakes_of_pairs_are_mistakes_and_the_right_ones_agree():
    from rl_landscapes.course.checks import mistaken_pairs as pairs

    rng = np.random.default_rng(0)
    luck = 10 * rng.normal(size=6)
    plus, minus = rng.normal(size=(2, 3, 6)) + luck
    given = plus, minus, rng.normal(size=6) + luck, 0.3
    exact = pairs.by_episode(*given)
    assert exact["slope"] == pytest.approx((plus - minus).mean(axis=1) / 0.6)
    for right in pairs.RIGHT:
        assert {key: pytest.approx(x, rel=1e-9) for key, x in exact.items()} == right(*given)
    wrong = pairs.STEPS | pairs.ERRORS | pairs.SHARED | pairs.FURTHER
    assert len(wrong) == 10
    for mistake, function in wrong.items():
        said = function(*given)
        assert not all(np.allclose(said[key], x, rtol=1e-2) for key, x in exact.items()), mistake


@pytest.mark.parametrize(
    "bad",
    [{"plus": np.zeros(6)}, {"minus": np.zeros((3, 5))}, {"centre": 0.0}, {"alpha": [0.1]}, {"alpha": 0}],
)
def test_pairs_are_looked_at_in_arrays_of_their_shapes(bad):
    from rl_landscapes.course.checks import mistaken_pairs as pairs

    fine = {"plus": np.ones((3, 6)), "minus": np.zeros((3, 6)), "centre": np.zeros(6), "alpha": 0.1}
    for function in pairs.RIGHT:
        function(**fine)
        with pytest.raises(ValueError, match="must be"):
            function(**fine | bad)
