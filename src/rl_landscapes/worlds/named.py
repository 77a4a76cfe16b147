"""Worlds with a name: the paper's gridworld, the variants published with emdp, and four rooms."""

import string

import numpy as np

from rl_landscapes.arrays import Array, at_least
from rl_landscapes.worlds.gridworld import AtGoal, Gridworld, from_map

_FOUR_ROOMS = """
#############
#S....#.....#
#.....#.....#
#...........#
#.....#.....#
#.....#.....#
##.####.....#
#.....###.###
#.....#.....#
#.....#.....#
#...........#
#.....#....G#
#############
"""


def paper_gridworld(
    size: int = 5, *, discount: float = 0.99, at_goal: AtGoal = "end", sparse: bool | None = None
) -> Gridworld:
    """Two goals at equal distance from the start: 5 in the top right corner, 4.5 in the bottom left.

    The start is the top left corner; 5 x 5 gives 26 states. With ``at_goal="pass"`` the episode never ends
    and the reward is collected at every step taken in the corner, as in emdp's worlds without terminals.

    Source: Ahmed et al. (2019), section 3.1; the rewards are those of the authors' notebook.

    Raises
    ------
    ValueError
        If `size` is below 2.
    """
    size = at_least("size", size, 2)
    places = {(0, 0): "S", (0, size - 1): "G", (size - 1, 0): "g"}
    return from_map(
        _square(size, places), rewards={"G": 5.0, "g": 4.5}, discount=discount, at_goal=at_goal, sparse=sparse
    )


def multi_minima_gridworld(
    size: int = 10,
    *,
    best_reward: float = 5.0,
    discount: float = 0.99,
    at_goal: AtGoal = "end",
    shuffle: np.random.Generator | None = None,
    sparse: bool | None = None,
) -> Gridworld:
    """Goals in all cells of the anti-diagonal, equally far from the start in the top left corner.

    From the top right corner downwards they pay best_reward / size, 2 best_reward / size, ..., best_reward;
    with a generator in `shuffle` the same rewards in random order.

    Source: ``make_multi_minima_reward_env`` of github.com/zafarali/emdp, whose defaults these are.

    Raises
    ------
    ValueError
        If `size` is below 2 or above 26 (one letter per goal).
    """
    if at_least("size", size, 2) > len(string.ascii_lowercase):
        raise ValueError(f"size must be at most 26, one letter per goal, got {size}")
    shares: Array = np.arange(1, size + 1) / size
    ordered = shares if shuffle is None else shuffle.permutation(shares)
    letters = string.ascii_lowercase[:size]
    places = {(0, 0): "S"} | {(row, size - 1 - row): letter for row, letter in enumerate(letters)}
    rewards = {letter: best_reward * float(share) for letter, share in zip(letters, ordered, strict=True)}
    return from_map(_square(size, places), rewards=rewards, discount=discount, at_goal=at_goal, sparse=sparse)


def four_goal_gridworld(
    size: int = 11,
    *,
    epsilon: float = 0.9,
    best_reward: float = 5.0,
    discount: float = 0.99,
    at_goal: AtGoal = "end",
    sparse: bool | None = None,
) -> Gridworld:
    """Four goals in the middles of the edges, all equally far from the start in the centre.

    Top: (2 - epsilon) best_reward; bottom: best_reward; left and right: epsilon best_reward.

    Source: ``make_four_minima_env`` of github.com/zafarali/emdp, which leaves epsilon to the caller and whose
    default size of 10 its own check refuses. Ours are 0.9, the ratio of the paper's two rewards, and 11.

    Raises
    ------
    ValueError
        If `size` is even or below 3.
    """
    size = at_least("size", size, 3)
    if size % 2 == 0:
        raise ValueError(f"size must be odd, so that the map has a centre, got {size}")
    middle, last = size // 2, size - 1
    places = {
        (middle, middle): "S",
        (0, middle): "t",
        (last, middle): "b",
        (middle, 0): "e",
        (middle, last): "e",
    }
    rewards = {"t": (2 - epsilon) * best_reward, "b": best_reward, "e": epsilon * best_reward}
    return from_map(_square(size, places), rewards=rewards, discount=discount, at_goal=at_goal, sparse=sparse)


def four_rooms(
    *, discount: float = 0.99, at_goal: AtGoal = "end", slip: float = 0.0, sparse: bool | None = None
) -> Gridworld:
    """Four rooms joined by four doors, 104 cells: start in the top left, a reward of 1 in the bottom right.

    Source: the rooms of Sutton, Precup and Singh (1999), where a chosen move fails one time in three; start,
    goal and the deterministic default are our choices.
    """
    return from_map(
        _FOUR_ROOMS, rewards={"G": 1.0}, discount=discount, at_goal=at_goal, slip=slip, sparse=sparse
    )


def _square(size: int, places: dict[tuple[int, int], str]) -> list[str]:
    rows = [["."] * size for _ in range(size)]
    for (row, col), symbol in places.items():
        rows[row][col] = symbol
    return ["".join(row) for row in rows]
