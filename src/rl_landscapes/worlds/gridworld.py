"""Gridworlds drawn as text: a map becomes an MDP, and state vectors become pictures of the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse as sp

from rl_landscapes.arrays import Array, BoolArray, IntArray, as_finite, as_shaped, within
from rl_landscapes.worlds.checks import CSR, sealed
from rl_landscapes.worlds.mdp import MDP, SPARSE_ABOVE

LEFT, RIGHT, UP, DOWN = range(4)
MOVES = sealed(np.array([[0, -1], [0, 1], [-1, 0], [1, 0]]))

AtGoal: TypeAlias = Literal["end", "stay", "pass"]

_WALL, _START, _FREE = "#", "S", "."


@dataclass(frozen=True, eq=False)
class Gridworld:
    """An MDP together with the map it came from; build one with `from_map`.

    State i < C is the i-th free cell in reading order. If the map has goals that end the episode, state C is
    the absorbing state; it lies nowhere on the map.

    Examples
    --------
    >>> from rl_landscapes import worlds
    >>> world = worlds.from_map(["S.", "#G"], rewards={"G": 1.0}, discount=0.9)
    >>> world.cells.tolist()
    [[0, 0], [0, 1], [1, 1]]
    >>> world.mdp.n_states, world.state_at(1, 1)
    (4, 2)
    """

    mdp: MDP
    layout: tuple[str, ...]  # rows of the map
    cells: IntArray  # (C, 2), row and column of each cell
    symbols: npt.NDArray[np.str_]  # (C,), the map's character at each cell

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the map."""
        return len(self.layout), len(self.layout[0])

    def to_grid(self, values: npt.ArrayLike) -> Array:
        """Lay values (S,) out on the map (rows, columns): NaN at walls, the absorbing state left out."""
        grid = np.full(self.shape, np.nan)
        grid[tuple(self.cells.T)] = as_shaped("values", values, (self.mdp.n_states,))[: len(self.cells)]
        return grid

    def state_at(self, row: int, col: int) -> int:
        """State of the cell in this row and column, counted from the top left."""
        rows, cols = self.shape
        if not (0 <= row < rows and 0 <= col < cols):
            raise ValueError(f"(row, col) = ({row}, {col}) lies outside the {rows} x {cols} map")
        state = int(self._states[row, col])
        if state < 0:
            raise ValueError(f"(row, col) = ({row}, {col}) is a wall; only free cells are states")
        return state

    @cached_property
    def _states(self) -> npt.NDArray[np.int32]:
        return _number(self.shape, self.cells)


def from_map(
    layout: str | Sequence[str],
    *,
    rewards: Mapping[str, float],
    discount: float,
    at_goal: AtGoal = "end",
    slip: float = 0.0,
    step_reward: float = 0.0,
    sparse: bool | None = None,
) -> Gridworld:
    """Build a gridworld from a map, with the actions LEFT, RIGHT, UP and DOWN.

    Moving into a wall or over the edge stays in place. With probability `slip` a uniformly random action is
    executed instead of the chosen one.

    Parameters
    ----------
    layout : str or sequence of str
        One line per row: ``#`` wall, ``.`` free, ``S`` start (the first state is uniform over all of them);
        any other character is a goal and must be a key of `rewards`.
    rewards : mapping
        What any action taken *in* a goal cell is paid, by the goal's character.
    discount : float
        In [0, 1).
    at_goal : {"end", "stay", "pass"}
        What an action taken in a goal cell does: lead to one extra absorbing state, the last; stay there,
        paid at every step for ever; or move as anywhere else.
    slip : float
        In [0, 1].
    step_reward : float
        What an action in any other cell is paid; the absorbing state is paid nothing.
    sparse : bool, optional
        Storage of the transitions; by default sparse above 300 states.

    Raises
    ------
    ValueError
        If the map is empty, ragged, has no start or an unknown character, if a key of `rewards` is reserved,
        longer than one character or absent from the map, or if a number is out of range.

    Examples
    --------
    >>> from rl_landscapes import objectives, worlds
    >>> world = worlds.from_map(["S..", ".#.", "..G"], rewards={"G": 1.0}, discount=0.9)
    >>> world.mdp.n_states
    9
    >>> round(objectives.optimal(world).return_, 4)  # paid for what is done in the goal, after four steps
    0.6561
    """
    _check_choice(at_goal)
    lines = _lines(layout)
    grid = _characters(lines)
    _check_symbols(grid, rewards)
    cells = np.argwhere(grid != _WALL)
    symbols = grid[tuple(cells.T)]
    goal, paid = _payments(symbols, rewards, as_finite("step_reward", step_reward, ()).item())
    targets = _after_goals(_moves(grid.shape, cells), goal, at_goal)
    n_states = len(targets)
    end = (0, n_states - len(cells))  # room for the absorbing state, if there is one
    starts = symbols == _START
    mdp = MDP(
        _slippery(targets, within("slip", slip, 0.0, 1.0)),
        np.repeat(np.pad(paid, end)[:, None], len(MOVES), axis=1),
        discount,
        np.pad(starts / np.count_nonzero(starts), end),
        np.arange(n_states) >= len(cells),
    )
    keep_sparse = n_states > SPARSE_ABOVE if sparse is None else sparse
    return Gridworld(mdp if keep_sparse else mdp.to_dense(), lines, sealed(cells), sealed(symbols))


def as_mdp(world: MDP | Gridworld) -> MDP:
    """Return the MDP of a gridworld, or the MDP itself."""
    if isinstance(world, Gridworld):
        return world.mdp
    if not isinstance(world, MDP):
        raise TypeError(f"world must be an MDP or a Gridworld, got {world!r}")
    return world


def _check_choice(at_goal: str) -> None:
    if at_goal not in ("end", "stay", "pass"):
        raise ValueError(f"at_goal must be 'end', 'stay' or 'pass', got {at_goal!r}")


def _lines(layout: str | Sequence[str]) -> tuple[str, ...]:
    """Rows of a map; refuses an empty or a ragged one."""
    if not isinstance(layout, Sequence) or not all(isinstance(row, str) for row in layout):
        raise TypeError(f"layout must be a string or a sequence of strings, one per row, got {layout!r}")
    rows = [line.strip() for line in layout.strip().splitlines()] if isinstance(layout, str) else list(layout)
    if not rows or not rows[0]:
        raise ValueError("layout is empty; a map needs at least one row with one cell")
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"layout is ragged: row {number} has {len(row)} characters, row 0 has {len(rows[0])}"
            )
    return tuple(rows)


def _characters(lines: tuple[str, ...]) -> npt.NDArray[np.str_]:
    return np.array(lines).view("U1").reshape(len(lines), len(lines[0]))


def _check_symbols(grid: npt.NDArray[np.str_], rewards: Mapping[str, float]) -> None:
    if not isinstance(rewards, Mapping):
        raise TypeError(f"rewards must map the goals' characters to numbers, got {rewards!r}")
    for symbol in rewards:
        if not isinstance(symbol, str) or len(symbol) != 1 or symbol in (_WALL, _START, _FREE):
            raise ValueError(f"rewards has the key {symbol!r}; a goal is one character, not '#', 'S' or '.'")
    present = {str(symbol) for symbol in np.unique(grid)}
    for symbol in sorted(present - {_WALL, _START, _FREE} - set(rewards)):
        row, col = (int(i) for i in np.argwhere(grid == symbol)[0])
        raise ValueError(
            f"layout has the unknown symbol {symbol!r} at row {row}, column {col}; "
            f"known are '#', '.', 'S' and the keys of rewards, {sorted(rewards)}"
        )
    for symbol in rewards:
        if symbol not in present:
            raise ValueError(f"rewards has the key {symbol!r}, which stands nowhere in the layout")
    if _START not in present:
        raise ValueError("layout has no start; mark at least one cell with 'S'")


def _payments(
    symbols: npt.NDArray[np.str_], rewards: Mapping[str, float], step_reward: float
) -> tuple[BoolArray, Array]:
    """Which cells are goals, and what an action taken in each cell is paid, both (C,)."""
    goal = np.zeros(symbols.shape, dtype=np.bool_)
    paid = np.full(symbols.shape, step_reward)
    for symbol, reward in rewards.items():
        here = symbols == symbol
        goal |= here
        paid[here] = as_finite(f"rewards[{symbol!r}]", reward, ())
    return goal, paid


def _number(shape: tuple[int, ...], cells: IntArray) -> npt.NDArray[np.int32]:
    """State of every place of the map, -1 at walls."""
    states = np.full(shape, -1, dtype=np.int32)
    states[tuple(cells.T)] = np.arange(len(cells), dtype=np.int32)
    return states


def _moves(shape: tuple[int, ...], cells: IntArray) -> npt.NDArray[np.int32]:
    """State each action leads to from each cell when executed, (C, A)."""
    aims = np.clip(cells[:, None] + MOVES, 0, np.array(shape) - 1)
    targets = _number(shape, cells)[aims[..., 0], aims[..., 1]]
    stays = np.arange(len(cells), dtype=np.int32)[:, None]
    return np.where(targets < 0, stays, targets)


def _after_goals(moves: npt.NDArray[np.int32], goal: BoolArray, at_goal: AtGoal) -> npt.NDArray[np.int32]:
    """Redirect the moves out of goals; if goals end the episode, append the absorbing state's row."""
    n_cells = len(moves)
    if at_goal == "pass" or not goal.any():
        return moves
    if at_goal == "stay":
        return np.where(goal[:, None], np.arange(n_cells, dtype=np.int32)[:, None], moves)
    return np.pad(
        np.where(goal[:, None], np.int32(n_cells), moves), ((0, 1), (0, 0)), constant_values=n_cells
    )


def _slippery(targets: npt.NDArray[np.int32], slip: float) -> CSR:
    """P(s' | s, a) as (S A, S): the chosen action with probability 1 - slip, each of the A with slip / A."""
    n_states, n_actions = targets.shape
    if slip == 0:
        reached, chances = targets, np.ones(targets.size)
    else:
        mixture = (1 - slip) * np.eye(n_actions) + slip / n_actions
        reached = np.repeat(targets, n_actions, axis=0)
        chances = np.tile(mixture.ravel(), n_states)
    n_rows = n_states * n_actions
    pointers = np.arange(n_rows + 1, dtype=np.int32) * (reached.size // n_rows)
    rows: CSR = sp.csr_array((chances, reached.ravel(), pointers), shape=(n_rows, n_states))
    rows.sum_duplicates()
    certain = rows.indptr[:-1][np.diff(rows.indptr) == 1]
    rows.data[certain] = 1.0  # a sum of slip / A and 1 - slip may miss one by a rounding error
    return rows
