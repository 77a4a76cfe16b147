"""Worlds with a name: the paper's gridworld, and four rooms."""

from rl_landscapes.arrays import at_least
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

    Examples
    --------
    >>> from rl_landscapes import worlds
    >>> world = worlds.paper_gridworld()
    >>> world.layout
    ('S...G', '.....', '.....', '.....', 'g....')
    >>> world.mdp.n_states
    26
    """
    size = at_least("size", size, 2)
    places = {(0, 0): "S", (0, size - 1): "G", (size - 1, 0): "g"}
    return from_map(
        _square(size, places), rewards={"G": 5.0, "g": 4.5}, discount=discount, at_goal=at_goal, sparse=sparse
    )


def four_rooms(
    *, discount: float = 0.99, at_goal: AtGoal = "end", slip: float = 0.0, sparse: bool | None = None
) -> Gridworld:
    """Four rooms joined by four doors, 104 cells: start in the top left, a reward of 1 in the bottom right.

    Source: the rooms of Sutton, Precup and Singh (1999), where a chosen move fails one time in three; start,
    goal and the deterministic default are our choices.

    Examples
    --------
    >>> from rl_landscapes import worlds
    >>> rooms = worlds.four_rooms()
    >>> rooms.shape, rooms.mdp.n_states
    ((13, 13), 105)
    """
    return from_map(
        _FOUR_ROOMS, rewards={"G": 1.0}, discount=discount, at_goal=at_goal, slip=slip, sparse=sparse
    )


def _square(size: int, places: dict[tuple[int, int], str]) -> list[str]:
    rows = [["."] * size for _ in range(size)]
    for (row, col), symbol in places.items():
        rows[row][col] = symbol
    return ["".join(row) for row in rows]
