"""Sampled episodes in a finite world, and REINFORCE's estimate of the gradient from them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, IntArray, as_finite, as_generator, at_least
from rl_landscapes.objectives.exact import ExactReturn
from rl_landscapes.records.outline import summary
from rl_landscapes.worlds.mdp import MDP

Baseline = Callable[["Episodes"], Array]


@dataclass(frozen=True, eq=False)
class Episodes:
    """N episodes for each of B policies, cut after T steps; a step is alive until an absorbing state.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> corridor = worlds.from_map("SG", rewards={"G": 1.0}, discount=0.5).mdp
    >>> right = np.eye(4)[np.full((1, 3), worlds.RIGHT)]
    >>> rng = np.random.default_rng(0)
    >>> objectives.sample_episodes(corridor, right, n_episodes=2, horizon=9, rng=rng).returns
    array([[0.5, 0.5]])
    """

    states: IntArray  # (T, B, N)
    actions: IntArray  # (T, B, N)
    rewards: Array  # (T, B, N)
    alive: BoolArray  # (T, B, N)
    discount: float

    __repr__ = summary

    @property
    def discounts(self) -> Array:
        """gamma^t, shape (T, 1, 1)."""
        return self.discount ** np.arange(len(self.rewards), dtype=np.float64)[:, None, None]

    @property
    def returns(self) -> Array:
        """Discounted return of each episode, shape (B, N)."""
        return (self.discounts * self.rewards).sum(axis=0)

    @property
    def rewards_to_go(self) -> Array:
        """sum_{u >= t} gamma^u r_u, shape (T, B, N): what is still to come, discounted to the start."""
        return np.cumsum((self.discounts * self.rewards)[::-1], axis=0)[::-1]


def sample_episodes(
    mdp: MDP, probs: Array, *, n_episodes: int, horizon: int, rng: np.random.Generator
) -> Episodes:
    """Sample `n_episodes` episodes of each policy in `probs` (B, S, A), all at once.

    An episode ends in an absorbing state or after `horizon` steps; the discounted reward lost by the cut is
    at most gamma^horizon max|r| / (1 - gamma).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> mdp, rng = worlds.paper_gridworld().mdp, np.random.default_rng(0)
    >>> uniform = np.full((1, 26, 4), 0.25)
    >>> episodes = objectives.sample_episodes(mdp, uniform, n_episodes=100, horizon=50, rng=rng)
    >>> episodes.states.shape, episodes.returns.shape
    ((50, 1, 100), (1, 100))
    """
    n, horizon = at_least("n_episodes", n_episodes, 1), at_least("horizon", horizon, 1)
    policies = as_finite("probs", probs, (None, mdp.n_states, mdp.n_actions))
    if (policies < 0).any() or not np.allclose(policies.sum(axis=-1), 1):
        raise ValueError("probs must be non-negative and sum to one over the actions of every state")
    cumulative = np.cumsum(policies, axis=-1).reshape(-1, mdp.n_actions)
    offset = np.arange(len(policies))[:, None] * mdp.n_states
    step = _Transition(mdp)
    states = as_generator(rng).choice(mdp.n_states, p=mdp.start, size=(len(policies), n))
    steps: list[tuple[IntArray, IntArray, Array, BoolArray]] = []
    for _ in range(horizon):
        alive = ~mdp.absorbing[states]
        if not alive.any():
            break
        here = states[alive]
        chosen = _draw(cumulative[(offset + states)[alive]], rng)
        actions, rewards = np.zeros_like(states), np.zeros(states.shape)
        actions[alive], rewards[alive] = chosen, mdp.rewards[here, chosen]
        steps.append((states, actions, rewards, alive))
        states = states.copy()
        states[alive] = step(here, chosen, rng)
    stacked = [np.stack(column) for column in zip(*steps, strict=True)] if steps else _nothing(states.shape)
    return Episodes(stacked[0], stacked[1], stacked[2], stacked[3], mdp.discount)


class _Transition:
    """Sampler of s' given s and a: a lookup when every move is certain, else a draw from the stored row."""

    def __init__(self, mdp: MDP) -> None:
        rows = mdp.successors
        self.n_actions, self.indptr, self.indices = mdp.n_actions, rows.indptr, rows.indices
        self.cumulative = np.cumsum(rows.data)
        self.before = np.concatenate([[0.0], self.cumulative])[rows.indptr[:-1]]
        self.certain = rows.nnz == rows.shape[0]

    def __call__(self, states: IntArray, actions: IntArray, rng: np.random.Generator) -> IntArray:
        rows = states * self.n_actions + actions
        if self.certain:
            return self.indices[rows].astype(np.int64)
        aims = self.before[rows] + rng.random(rows.shape)
        entry = np.searchsorted(self.cumulative, aims, side="right")
        return self.indices[np.clip(entry, self.indptr[rows], self.indptr[rows + 1] - 1)].astype(np.int64)


def _draw(cumulative: Array, rng: np.random.Generator) -> IntArray:
    aims = rng.random(cumulative.shape[:-1])[..., None] * cumulative[..., -1:]
    drawn: IntArray = (cumulative[..., :-1] <= aims).sum(axis=-1)
    return drawn


def _nothing(shape: tuple[int, ...]) -> list[np.ndarray]:
    none = np.zeros((0, *shape))
    return [none.astype(np.int64), none.astype(np.int64), none, none.astype(bool)]


def no_baseline(episodes: Episodes) -> Array:
    """Return the baseline 0, shape (1, 1, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> corridor = worlds.from_map("SG", rewards={"G": 1.0}, discount=0.5).mdp
    >>> uniform, rng = np.full((1, 3, 4), 0.25), np.random.default_rng(0)
    >>> episodes = objectives.sample_episodes(corridor, uniform, n_episodes=2, horizon=9, rng=rng)
    >>> objectives.no_baseline(episodes)
    array([[[0.]]])
    """
    return np.zeros((1, 1, 1))


def leave_one_out(episodes: Episodes) -> Array:
    """Return for each step of each episode the mean reward-to-go of the *other* episodes, shape (T, B, N).

    It does not depend on the episode's own actions, so the estimate stays unbiased.

    Raises
    ------
    ValueError
        If there are fewer than two episodes.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> corridor = worlds.from_map("SG", rewards={"G": 1.0}, discount=0.5).mdp
    >>> right, rng = np.eye(4)[np.full((1, 3), worlds.RIGHT)], np.random.default_rng(0)
    >>> episodes = objectives.sample_episodes(corridor, right, n_episodes=2, horizon=9, rng=rng)
    >>> objectives.leave_one_out(episodes)[0]
    array([[0.5, 0.5]])
    """
    to_go = episodes.rewards_to_go
    n = to_go.shape[-1]
    if n < 2:
        raise ValueError("baseline leave_one_out needs n_episodes of at least 2, got 1")
    return (to_go.sum(axis=-1, keepdims=True) - to_go) / (n - 1)


def sampled_gradient(
    exact: ExactReturn,
    thetas: Array,
    *,
    n_episodes: int,
    horizon: int,
    rng: np.random.Generator,
    baseline: Baseline = no_baseline,
) -> Array:
    r"""Return REINFORCE's estimate of the gradient of the true return at `thetas` (B, n), shape (B, n).

    (1/N) sum over episodes and steps of score(s_t, a_t) (sum_{u >= t} gamma^u r_u - baseline): unbiased, up
    to the cut at `horizon`, whatever the baseline that does not look at the episode's own actions from t on.
    Williams (1992). The entropy weight of `exact` is not looked at.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> exact = objectives.ExactReturn(worlds.from_map("SG", rewards={"G": 1.0}, discount=0.5))
    >>> theta, rng = np.zeros((1, 12)), np.random.default_rng(0)
    >>> seen = objectives.sampled_gradient(exact, theta, n_episodes=10_000, horizon=20, rng=rng)
    >>> bool(abs(seen - objectives.gradient(exact, theta)).max() < 0.01)
    True
    """
    point = exact.policy.at(as_finite("thetas", thetas, (None, exact.n_parameters)))
    episodes = sample_episodes(exact.mdp, point.probs, n_episodes=n_episodes, horizon=horizon, rng=rng)
    weights = np.where(episodes.alive, episodes.rewards_to_go - baseline(episodes), 0.0) / n_episodes
    size = (len(thetas), exact.mdp.n_states, exact.mdp.n_actions)
    place = np.ravel_multi_index((np.arange(len(thetas))[:, None], episodes.states, episodes.actions), size)
    collected = np.bincount(place.ravel(), weights=weights.ravel(), minlength=int(np.prod(size)))
    return point.pull(np.asarray(collected, dtype=np.float64).reshape(size))
