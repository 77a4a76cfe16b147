"""Gymnasium's toy-text worlds as MDPs, and our worlds as Gymnasium environments."""

from copy import copy
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import wrappers
from scipy import sparse as sp

from rl_landscapes.arrays import Array
from rl_landscapes.worlds.gridworld import Gridworld
from rl_landscapes.worlds.mdp import MDP, SPARSE_ABOVE

HARMLESS = (
    wrappers.OrderEnforcing,
    wrappers.PassiveEnvChecker,
    wrappers.TimeLimit,
    wrappers.RecordEpisodeStatistics,
    wrappers.RecordVideo,
    wrappers.RenderCollection,
    wrappers.HumanRendering,
)
EPISODES_TRIED, STEPS_TRIED = 20, 30


def from_gymnasium(env: gymnasium.Env[Any, Any], *, discount: float, sparse: bool | None = None) -> MDP:
    """Build the MDP of a toy-text environment (FrozenLake, CliffWalking, Taxi) from its own model ``P``.

    States keep Gymnasium's index; a transition flagged as terminal leads to one extra absorbing state, the
    last. r(s, a) is the expected reward. Step limits of wrappers are left out.

    What the environment does beyond its model is refused, not ignored: wrappers that may change it, Taxi's
    fickle passenger, and all that is seen in a few hundred seeded steps of a copy, checked one by one.

    Parameters
    ----------
    env : gymnasium.Env
        Its unwrapped form must have ``P[state][action]``, lists of (probability, next state, reward,
        terminated), and the start distribution ``initial_state_distrib``.
    discount : float
        In [0, 1).
    sparse : bool, optional
        Storage of the transitions; by default sparse above 300 states.

    Raises
    ------
    TypeError
        If the environment does not carry its model.
    ValueError
        If it does, but is not what the model says.

    Examples
    --------
    >>> import gymnasium
    >>> from rl_landscapes import objectives, worlds
    >>> lake = worlds.from_gymnasium(gymnasium.make("FrozenLake-v1", is_slippery=False), discount=0.9)
    >>> round(objectives.optimal(lake).return_, 4)  # the goal is six steps away: 0.9 ** 5
    0.5905
    """
    _refuse_more_than_a_model(env)
    model = getattr(env.unwrapped, "P", None)
    start = getattr(env.unwrapped, "initial_state_distrib", None)
    if model is None or start is None:
        raise TypeError(
            f"env must be a toy-text environment with the attributes P and initial_state_distrib, got {env!r}"
        )
    n_states, n_actions = len(model), len(model[0])
    _try_steps(env.unwrapped, model, start)
    rows, chances, reached, rewards = _outcomes(model)
    end_rows = n_states * n_actions + np.arange(n_actions)
    shape = ((n_states + 1) * n_actions, n_states + 1)
    transitions = sp.csr_array(
        (
            np.append(chances, np.ones(n_actions)),
            (np.append(rows, end_rows), np.append(reached, np.full(n_actions, n_states))),
        ),
        shape=shape,
    )
    paid: Array = np.bincount(rows, weights=chances * rewards, minlength=shape[0]).astype(np.float64)
    mdp = MDP(
        transitions,
        paid.reshape(-1, n_actions),
        discount,
        np.append(np.asarray(start, dtype=np.float64), 0.0),
        np.arange(n_states + 1) == n_states,
    )
    return mdp if (n_states > SPARSE_ABOVE if sparse is None else sparse) else mdp.to_dense()


def _refuse_more_than_a_model(env: gymnasium.Env[Any, Any]) -> None:
    """Refuse by name what changes rewards or moves outside of P."""
    while isinstance(env, gymnasium.Wrapper):
        if type(env) not in HARMLESS:
            raise ValueError(
                f"env is wrapped in {type(env).__name__}, of which its model P knows nothing; "
                "if it changes neither states nor rewards pass env.unwrapped"
            )
        env = env.env
    if getattr(env, "fickle_passenger", False):
        raise ValueError(
            "env must be what its model P says, but with fickle_passenger=True the passenger's destination "
            "changes outside of P"
        )


def _try_steps(env: Any, model: Any, start: Any) -> None:
    """Step a copy and compare each outcome with the model; the environment itself is left alone."""
    env = copy(env)  # shallow: a step binds new states and a reset a new generator
    env.render_mode = None
    rng = np.random.default_rng(0)
    for seed in range(EPISODES_TRIED):
        state, _ = env.reset(seed=seed)
        if not start[state] > 0:
            raise ValueError(f"env starts in state {state}, where initial_state_distrib is 0")
        for _ in range(STEPS_TRIED):
            action = int(rng.integers(len(model[state])))
            successor, reward, terminated, _, _ = env.step(action)
            if not any(
                chance > 0 and (s, t) == (successor, terminated) and np.isclose(r, reward)
                for chance, s, r, t in model[state][action]
            ):
                end = " and the end" if terminated else ""
                raise ValueError(
                    f"env must be what its model P says, but action {action} in state {state} led to state "
                    f"{successor} with reward {reward}{end}, which P rules out"
                )
            if terminated:
                break
            state = successor


def _outcomes(model: Any) -> tuple[npt.NDArray[Any], ...]:
    """Flatten P into arrays: row s A + a, probability, next state with S for the end, reward."""
    n_states, n_actions = len(model), len(model[0])
    table = np.array(
        [
            (state * n_actions + action, chance, n_states if terminated else successor, reward)
            for state in range(n_states)
            for action in range(n_actions)
            for chance, successor, reward, terminated in model[state][action]
        ],
        dtype=np.float64,
    )
    rows, chances, reached, rewards = table.T
    return rows.astype(np.int64), chances, reached.astype(np.int64), rewards


class GridworldEnv(gymnasium.Env[np.int64, np.int64]):
    """A gridworld to be stepped through: the observation is the state's index, the actions those of the MDP.

    Terminates on reaching an absorbing state and never truncates. The seed given to `reset` decides the start
    and all that follows.

    Parameters
    ----------
    world : Gridworld
        The world; its discount is left to whoever adds up the rewards.
    render_mode : {None, "ansi"}
        "ansi" renders the map as text with ``@`` where the agent is.

    Raises
    ------
    ValueError
        If `render_mode` is neither.

    Examples
    --------
    >>> from rl_landscapes import worlds
    >>> env = worlds.GridworldEnv(worlds.from_map("SG", rewards={"G": 1.0}, discount=0.9))
    >>> state, _ = env.reset(seed=0)
    >>> for action in (worlds.RIGHT, worlds.RIGHT):
    ...     state, reward, terminated, _, _ = env.step(action)
    >>> int(state), reward, terminated
    (2, 1.0, True)
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012, as declared by Gymnasium

    def __init__(self, world: Gridworld, *, render_mode: str | None = None) -> None:
        if render_mode not in (None, "ansi"):
            raise ValueError(f"render_mode must be None or 'ansi', got {render_mode!r}")
        self.world = world
        self.render_mode = render_mode
        self.observation_space = gymnasium.spaces.Discrete(world.mdp.n_states)
        self.action_space = gymnasium.spaces.Discrete(world.mdp.n_actions)
        self._state: int | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.int64, dict[str, Any]]:
        """Draw the first state from the start distribution."""
        super().reset(seed=seed)
        mdp = self.world.mdp
        self._state = int(self.np_random.choice(mdp.n_states, p=mdp.start))
        return np.int64(self._state), {}

    def step(self, action: int | np.integer[Any]) -> tuple[np.int64, float, bool, bool, dict[str, Any]]:
        """Take an action: a Python or NumPy integer.

        Raises
        ------
        ValueError
            If there is no such action.
        RuntimeError
            If `reset` has not been called.
        """
        if not self.action_space.contains(action):
            last = self.world.mdp.n_actions - 1
            raise ValueError(f"action must be an integer from 0 to {last}, got {action!r}")
        if self._state is None:
            raise RuntimeError("call reset before step")
        mdp = self.world.mdp
        reward = float(mdp.rewards[self._state, action])
        self._state = self._successor(self._state * mdp.n_actions + int(action))
        return np.int64(self._state), reward, bool(mdp.absorbing[self._state]), False, {}

    def _successor(self, row: int) -> int:
        successors = self.world.mdp.successors
        entries = slice(successors.indptr[row], successors.indptr[row + 1])
        return int(self.np_random.choice(successors.indices[entries], p=successors.data[entries]))

    def render(self) -> str | None:
        """Return the map as text, or None without a render mode."""
        if self.render_mode is None:
            return None
        lines = [list(line) for line in self.world.layout]
        if self._state is not None and self._state < len(self.world.cells):
            row, col = self.world.cells[self._state]
            lines[row][col] = "@"
        return "\n".join("".join(line) for line in lines)
