"""A million states: time and peak memory against one bare factorisation, each in a process of its own."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from benchmarks.cases import large
from benchmarks.child import Failed, in_child, peak
from benchmarks.comparison import agree
from benchmarks.row import Row
from benchmarks.timing import timed
from rl_landscapes.arrays import Array

SIZE = 1000
REFERENCE = "one bare splu of the same matrix, MMD_AT_PLUS_A, symmetric mode"
BEST_ORDERING: dict[str, Any] = {
    "permc_spec": "MMD_AT_PLUS_A",
    "diag_pivot_thresh": 0.0,
    "options": {"SymmetricMode": True},
}
LARGEST_PEAK = 3.0  # GiB


def rows(size: int = SIZE, rounds: int = 3) -> Iterator[Row]:
    """First value and gradient in a new world, its pattern included, in turns with the bare factorisation."""
    states = f"{size**2 + 1:,} states"
    targets = {f"{states}: value + gradient": ("s", 1 / 1.5), f"{states}: peak memory": ("GiB", 1.0)}
    try:
        runs = [[in_child("benchmarks.scale", size, who) for who in ("ours", "bare")] for _ in range(rounds)]
    except Failed as failed:
        for name, (unit, target) in targets.items():
            yield Row(name, unit, None, None, REFERENCE, target, f"not measured: {failed}")
        return
    agree(*(run["value"] for run in runs[0]))
    quickest = [min(run["first"] for run in side) for side in zip(*runs, strict=True)]
    peaks = [max(run["peak"] for run in side) for side in zip(*runs, strict=True)]
    again = min(ours["again"] for ours, _ in runs)
    notes = (
        f"{rounds} processes each, in turns; ours: first call in a new world; the next took {again:.3g} s",
        f"whole process; that of the bare splu: {peaks[1]:.3g} GiB",
    )
    (time, (_, least)), (memory, _) = targets.items()
    yield Row(time, "s", quickest[0], quickest[1], REFERENCE, least, notes[0])
    yield Row(memory, "GiB", peaks[0], LARGEST_PEAK, "the limit", 1.0, notes[1])


def once(size: int, who: str) -> dict[str, Any]:
    """Measure one size in this process: ours, or only the factorisation that ours needs."""
    empty = peak()
    case = large(size)
    if who == "ours":
        answer = _ours(case.objective, case.thetas)
    else:
        matrix, rewards, start = _system(case.objective, case.thetas)
        del case
        answer = _bare(matrix, rewards, start)
    return {"states": size**2 + 1, "empty": empty, **answer}


def _ours(objective: Any, thetas: Array) -> dict[str, Any]:
    answers: list[Any] = []
    first = timed(lambda: answers.append(objective.value_and_gradient(thetas)))
    value = float(answers.pop()[0][0])
    repeats = max(1, min(50, int(3.0 / first)))
    again = min(timed(lambda: objective.value_and_gradient(thetas)) for _ in range(repeats))
    return {"first": first, "again": again, "value": value}


def _bare(matrix: Any, rewards: Array, start: Array) -> dict[str, Any]:
    factors: list[Any] = []
    first = timed(lambda: factors.append(splu(matrix, **BEST_ORDERING)))
    return {"first": first, "value": float(start @ factors[0].solve(rewards))}


def _system(objective: Any, thetas: Array) -> tuple[Any, Array, Array]:
    """I - gamma P_pi and the soft rewards, not timed."""
    mdp, point = objective.mdp, objective.policy.at(thetas)
    probs, log_probs = point.probs[0], point.log_probs[0]
    rows = np.repeat(np.arange(mdp.n_states), mdp.n_actions)
    choice = sparse.csr_array((probs.ravel(), (rows, np.arange(rows.size))), shape=(mdp.n_states, rows.size))
    matrix = sparse.eye_array(mdp.n_states) - mdp.discount * (choice @ mdp.successors)
    matrix = matrix.tocsc()
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return matrix, (probs * (mdp.rewards - objective.tau * log_probs)).sum(axis=1), mdp.start
