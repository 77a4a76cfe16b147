"""What the gridworld studies share: the paper's world, its starts, and what counts as failing."""

from dataclasses import dataclass
from functools import cache
from math import ceil, log

import numpy as np

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.ascent import ascend
from rl_landscapes.objectives import ExactReturn
from rl_landscapes.policies import paper_policy, uniform_starts
from rl_landscapes.worlds import paper_gridworld

STEP, UPDATES = 0.1, 2000  # of the paper
BEST_REWARD, WORSE_REWARD, MOVES = 5.0, 4.5, 4
CLOSE = 0.01  # a return within one percent of a deterministic solution's counts as having arrived there


@dataclass(frozen=True)
class Goals:
    """Returns of the two shortest ways at a discount, and the line between failing and succeeding.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import studies
    >>> line = studies.goals()
    >>> round(line.best, 3), round(line.worse, 3), line.failed(np.array([4.32, 4.8]))
    (4.803, 4.323, array([ True, False]))
    """

    best: float
    worse: float

    @property
    def midpoint(self) -> float:
        """An ascent whose true return ends below it has failed."""
        return (self.best + self.worse) / 2

    @property
    def gap(self) -> float:
        """What a failure costs."""
        return self.best - self.worse

    def failed(self, returns: Array) -> BoolArray:
        """Tell which true returns lie below the midpoint."""
        return returns < self.midpoint

    def unfinished(self, returns: Array) -> BoolArray:
        """Tell which returns are within one percent of neither solution."""
        return ~self.near(returns, self.best) & ~self.near(returns, self.worse)

    def near(self, returns: Array, goal: float) -> BoolArray:
        """Tell which returns are within one percent of `goal`."""
        return np.abs(returns - goal) <= CLOSE * goal


def goals(discount: float = 0.99) -> Goals:
    """Return what the two corners of the paper's world pay, discounted over the four moves to them.

    Examples
    --------
    >>> from rl_landscapes import studies
    >>> round(studies.goals(discount=0.9).gap, 3)
    0.328
    """
    return Goals(BEST_REWARD * discount**MOVES, WORSE_REWARD * discount**MOVES)


def paper_return(discount: float = 0.99, *, tau: float = 0.0, count_absorbing: bool = True) -> ExactReturn:
    """Return the exact objective of the paper's world and policy.

    Examples
    --------
    >>> from rl_landscapes import studies
    >>> studies.paper_return(tau=0.1).n_parameters
    108
    """
    return _plain(discount, count_absorbing).with_tau(tau)


@cache
def _plain(discount: float, count_absorbing: bool) -> ExactReturn:
    return ExactReturn(paper_gridworld(discount=discount), paper_policy(), count_absorbing=count_absorbing)


def paper_starts(n_starts: int, seed: int, *, scale: float | None = None) -> Array:
    """Return the first `n_starts` of the sequence of starts that belongs to `seed`, shape (B, 108).

    Whoever asks for fewer gets the beginning of the same sequence, so studies can be compared start by start.

    Examples
    --------
    >>> from rl_landscapes import studies
    >>> bool((studies.paper_starts(3, seed=2019) == studies.paper_starts(200, seed=2019)[:3]).all())
    True
    """
    return uniform_starts(paper_policy(), n_starts, np.random.default_rng(seed), scale=scale)


def bias_only(policy_size: int = 108, n_actions: int = 4) -> Array:
    """Return the vector (n,) that is one at the shared bias and zero at the logits."""
    return np.repeat([0.0, 1.0], [policy_size - n_actions, n_actions])


def updates_until(small: float, *, tau: float, decay: float) -> int:
    """Return the first update at which tau * decay^update <= `small`; 0 if it begins there or never falls."""
    return ceil(log(small / tau) / log(decay)) if tau > small and decay < 1 else 0


def true_returns(objective: ExactReturn, thetas: Array) -> Array:
    """Return the return without entropy at `thetas` (B, n), shape (B,)."""
    return objective.with_tau(0.0).evaluate(thetas)[:, 0]


@cache
def baseline_ends(n_starts: int, seed: int, n_updates: int = UPDATES) -> Array:
    """Return where exact ascent without entropy ends, shape (B, n); computed once per process."""
    climb = ascend(
        paper_return(), paper_starts(n_starts, seed), n_updates=n_updates, step=STEP, record_every=n_updates
    )
    climb.end.setflags(write=False)
    return climb.end


def split_by_outcome(ends: Array) -> tuple[Array, Array]:
    """Return those of the `ends` (B, n) of ascents that failed, and those that did not."""
    failed = goals().failed(true_returns(paper_return(), ends))
    return ends[failed], ends[~failed]
