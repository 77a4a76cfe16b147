"""What a training run leaves behind: one row for each update, evaluations and parameters along the way."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.records import Provenance
from rl_landscapes.records.outline import summary


@dataclass(frozen=True, eq=False)
class Training:
    """The history of one REINFORCE run over U updates; row u holds what was seen before update u moved.

    Returns are sampled under the noise of that update and without entropy; `evaluations` are what the
    `Evaluation` in `settings` says, over the same episodes every time. If something was not finite the run
    `stopped`, the reason is written there, and `end` is the last good point.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent, objectives, policies, worlds
    >>> world, policy = worlds.double_integrator(time_limit=20), policies.linear_gaussian(2, 1, sigma=0.5)
    >>> sampled, rng = objectives.SampledReturn(world, policy, n_episodes=16), np.random.default_rng(0)
    >>> history = ascent.train(sampled, np.zeros(3), n_updates=20, step=0.05, rng=rng)
    >>> history.returns.shape, history.evaluated
    ((20,), array([ 0, 10, 20]))
    """

    start: Array  # (n,)
    end: Array  # (n,)
    returns: Array  # (U,) mean over episodes, discounted as the objective says
    returns_stderr: Array  # (U,)
    lengths: Array  # (U,) mean number of steps
    gradient_norms: Array  # (U,)
    noise: Array  # (U,) length of the standard error of the gradient
    steps: Array  # (U,) step size
    sigmas: Array  # (U, k)
    taus: Array  # (U,)
    diverged: IntArray  # (U,) episodes that diverged; they are left out of everything else
    evaluated: IntArray  # (E,) after how many updates
    evaluations: Array  # (E,)
    evaluations_stderr: Array  # (E,)
    kept: IntArray  # (K,) after how many updates
    thetas: Array  # (K, n)
    stopped: str  # empty if nothing went wrong
    settings: dict[str, str]
    provenance: Provenance

    __repr__ = summary

    @property
    def n_updates(self) -> int:
        """Number of updates U that were looked at; if it stopped, the last one did not move."""
        return len(self.returns)

    @property
    def n_moves(self) -> int:
        """Number of updates that moved the parameters."""
        return self.n_updates - bool(self.stopped)


def no_updates(theta: Array, n_actions: int, settings: dict[str, str], origin: Provenance) -> Training:
    """Return the history before the first update."""
    none, count = np.zeros(0), np.zeros(0, dtype=np.int64)
    return Training(
        start=theta.copy(),
        end=theta.copy(),
        returns=none,
        returns_stderr=none,
        lengths=none,
        gradient_norms=none,
        noise=none,
        steps=none,
        sigmas=np.zeros((0, n_actions)),
        taus=none,
        diverged=count,
        evaluated=count,
        evaluations=none,
        evaluations_stderr=none,
        kept=count,
        thetas=np.zeros((0, theta.size)),
        stopped="",
        settings=settings,
        provenance=origin,
    )


def append_row(training: Training, **rows: npt.ArrayLike) -> Training:
    """Return the history with one more row in each of the arrays that are named."""
    longer = {name: _appended(getattr(training, name), row) for name, row in rows.items()}
    return replace(training, **longer)  # type: ignore[arg-type]


def _appended(column: npt.NDArray[np.generic], row: npt.ArrayLike) -> npt.NDArray[np.generic]:
    return np.concatenate([column, np.asarray(row, dtype=column.dtype)[None]])
