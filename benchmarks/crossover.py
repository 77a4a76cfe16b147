"""Where one way to solve the systems overtakes another: the thresholds of objectives/systems/choice.py.

`python -m benchmarks.crossover` measures and writes CROSSOVER.md. Every time is that of one factorisation,
one solve and one transposed solve for all policies of a batch: what a value with its gradient needs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.threads import use_one_thread

if __name__ == "__main__":
    use_one_thread()

import numpy as np

from benchmarks.comparison import agree
from benchmarks.timing import timed
from rl_landscapes.arrays import Array
from rl_landscapes.objectives.systems import ChainSystems, choice
from rl_landscapes.objectives.systems.elimination import factor_by_elimination
from rl_landscapes.objectives.systems.lapack import factor_dense
from rl_landscapes.objectives.systems.superlu import factor_sparse
from rl_landscapes.worlds import MDP, paper_gridworld, random_mdp

PAGE = Path(__file__).with_name("CROSSOVER.md")
SECONDS = 0.4
WAYS = ("LAPACK", "SuperLU", "elimination")
LARGEST_STACK = 2**25  # numbers; larger dense stacks are left out


@dataclass(frozen=True)
class Measured:
    """Milliseconds of each way for `n_policies` policies in one world; None where it was left out."""

    world: str
    n_states: int
    share: float  # multiply-adds of a sparse factorisation over those of a dense one
    n_policies: int
    milliseconds: tuple[float | None, ...]
    chosen: str

    @property
    def quickest(self) -> str:
        """Which way took least."""
        times = [np.inf if time is None else time for time in self.milliseconds]
        return WAYS[int(np.argmin(times))]

    @property
    def regret(self) -> float:
        """How many times longer than the quickest the chosen way takes."""
        chosen = self.milliseconds[WAYS.index(self.chosen)]
        return np.nan if chosen is None else chosen / min(t for t in self.milliseconds if t is not None)


def measure() -> Iterator[Measured]:
    """One policy and many in gridworlds of growing size, then in random worlds that fill up."""
    for size in (3, 5, 8, 10, 12, 14, 16, 20, 30, 40):
        mdp = paper_gridworld(size).mdp
        for n_policies in (1, 4, 16, 24, 32, 48, 96, 256):
            yield one(f"gridworld {size} x {size}", mdp, n_policies)
    rng = np.random.default_rng(0)
    for n_states, branching in ((50, 2), (50, 50), (200, 2), (200, 200), (500, 3)):
        mdp = random_mdp(n_states, 4, discount=0.99, rng=rng, branching=branching)
        for n_policies in (1, 64):
            yield one(f"random, {branching} successors", mdp, n_policies)


def one(world: str, mdp: MDP, n_policies: int, seconds: float = SECONDS) -> Measured:
    """Time every way that is not out of the question, in turns, and note which one the library takes."""
    systems, n = ChainSystems(mdp), mdp.n_states
    probs, right = _problem(mdp, n_policies)
    share = systems.pattern.ordering.n_operations / max(n**3 / 3, 1)
    ways: list[Callable[[Array], Any] | None] = [
        partial(factor_dense, systems.pattern) if n_policies * n**2 <= LARGEST_STACK else None,
        partial(factor_sparse, systems.pattern),
        partial(factor_by_elimination, systems.plan) if share <= 0.5 else None,
    ]
    works = [None if factor is None else partial(_solve_both, factor, probs, right) for factor in ways]
    answers = [work() for work in works if work is not None]
    for answer in answers[1:]:
        agree(answer, answers[0])
    names = {"DenseFactors": "LAPACK", "DenseStack": "LAPACK", "SparseFactors": "SuperLU"}
    chosen = names.get(type(systems.factor(probs)).__name__, "elimination")
    return Measured(world, n, share, n_policies, tuple(_quickest(works, seconds)), chosen)


def page(table: list[Measured]) -> str:
    """Return the text of CROSSOVER.md."""
    worst = max(table, key=lambda row: row.regret)
    lines = [f"- `{name} = {getattr(choice, name):g}`" for name in THRESHOLDS]
    right = sum(row.chosen == row.quickest for row in table)
    summary = (
        f"The choice is the quickest in {right} of {len(table)} cases; at worst it takes "
        f"{worst.regret:.2g} times as long ({worst.world}, {worst.n_policies} policies)."
    )
    return "\n".join([HEAD, *lines, "", summary, "", COLUMNS, *map(_line, table), ""])


HEAD = """# Which solver when

Made by `python -m benchmarks.crossover`; do not edit. Milliseconds of one factorisation, one solve and one
transposed solve for all policies of a batch, one thread, the quickest of several rounds in turns. The share
is that of a sparse factorisation's multiply-adds in the S^3 / 3 of a dense one. The thresholds in
`src/rl_landscapes/objectives/systems/choice.py` are:
"""
THRESHOLDS = ("LARGEST_DENSE", "LARGEST_ELIMINATION", "SMALLEST_BATCH", "SMALLEST_ROWS", "LARGEST_SHARE")
COLUMNS = """| world | states | share | policies | LAPACK | SuperLU | elimination | chosen | over quickest |
|---|--:|--:|--:|--:|--:|--:|---|--:|"""


def _line(row: Measured) -> str:
    times = ["" if time is None else f"{time:.3g}" for time in row.milliseconds]
    cells = [row.world, str(row.n_states), f"{row.share:.2g}", str(row.n_policies), *times]
    return f"| {' | '.join([*cells, row.chosen, f'{row.regret:.2f}'])} |"


def _problem(mdp: MDP, n_policies: int) -> tuple[Array, Array]:
    """Draw policies (D, S, A), batch axis last in memory as policies make them, and right-hand sides."""
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(mdp.n_actions), size=(n_policies, mdp.n_states))
    laid_out = np.moveaxis(np.ascontiguousarray(np.moveaxis(probs, 0, -1)), -1, 0)
    return laid_out, rng.normal(size=(n_policies, mdp.n_states, 1))


def _solve_both(factor: Callable[[Array], Any], probs: Array, right: Array) -> Array:
    factors = factor(probs)
    return np.concatenate([factors.solve(right), factors.solve_transposed(right)])


def _quickest(works: list[Any], seconds: float, least: int = 3) -> list[float | None]:
    rounds: list[list[float]] = []
    end = perf_counter() + seconds
    while len(rounds) < least or perf_counter() < end:
        rounds.append([np.inf if work is None else timed(work) for work in works])
    best = 1e3 * np.min(rounds, axis=0)
    return [float(time) if np.isfinite(time) else None for time in best]


if __name__ == "__main__":
    measured = []
    for row in measure():
        print(_line(row), flush=True)
        measured.append(row)
    PAGE.write_text(page(measured), encoding="utf-8")
