"""Maps of a gridworld: its cells, what a policy does there, what they are worth, how often they are seen."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import CenteredNorm, LogNorm, Normalize, to_rgba
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from rl_landscapes.arrays import Array, as_shaped
from rl_landscapes.plots.style import (
    CARD,
    COUNTS,
    DIVERGING,
    FONT,
    GRID,
    INK,
    LOOKS,
    MUTED,
    SEQUENTIAL,
    SMALL,
    WALL,
    add_colorbar,
    axes_or_new,
    inches,
    ink_on,
)
from rl_landscapes.worlds.gridworld import MOVES, Gridworld

_BOARD = "board"
_RULED = 30  # rows or columns up to which cells are outlined
_NUMBERED = 7  # rows or columns up to which values are written into cells
_CELL = 0.4  # inches that a number takes


def draw_world(
    world: Gridworld, *, ax: Axes | None = None, names: Mapping[str, str] | None = None, size: float = FONT
) -> Axes:
    """Draw the map: walls hatched, start and goals by their characters, or by what `names` maps those to.

    Row 0 is at the top, column 0 on the left; the centre of cell (row, column) is the point (column, row).
    The characters stand in the corner of their cell, clear of arrows and numbers.

    Examples
    --------
    >>> from rl_landscapes import plots, worlds
    >>> ax = plots.draw_world(worlds.paper_gridworld(), names={"S": "start", "G": "5", "g": "4.5"})
    """
    ax = _board(world, ax)
    for (row, col), symbol in zip(world.cells, world.symbols, strict=True):
        if symbol != ".":
            text = (names or {}).get(str(symbol), str(symbol))
            ax.text(
                col - 0.44,
                row - 0.45,
                text,
                ha="left",
                va="top",
                color=INK,
                fontsize=size,
                path_effects=[patheffects.withStroke(linewidth=2.5, foreground=CARD)],
                zorder=5,
            )
    return ax


def draw_policy(
    world: Gridworld,
    probs: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    colour: str = LOOKS["plain"].colour,
    smallest: float = 0.02,
) -> Axes:
    """Draw one arrow per cell and action, as long and as opaque as the action is probable.

    probs (S, A) with the actions LEFT, RIGHT, UP, DOWN. Arrows below probability `smallest` are left out, as
    are those of the absorbing state, which lies nowhere on the map.

    Examples
    --------
    >>> from rl_landscapes import objectives, plots, worlds
    >>> world = worlds.paper_gridworld()
    >>> ax = plots.draw_policy(world, objectives.optimal(world).probs)
    """
    chances = as_shaped("probs", probs, (world.mdp.n_states, len(MOVES)))[: len(world.cells)]
    ax = _board(world, ax)
    cell, action = np.nonzero(chances >= smallest)
    chance = np.clip(chances[cell, action], 0, 1)
    rows, cols = world.cells[cell].T
    down, right = 0.46 * chance * MOVES[action].T
    rgba = np.tile(to_rgba(colour), (len(cell), 1))
    rgba[:, 3] = 0.25 + 0.75 * chance
    ax.quiver(
        *(cols, rows, right, down),
        color=rgba,
        edgecolors=CARD,
        linewidths=0.6,
        angles="xy",
        scale_units="xy",
        scale=1,
        units="xy",
        width=0.055,
        headwidth=3.6,
        headlength=3.6,
        headaxislength=3.4,
        minlength=0,
        zorder=4,
    )
    return ax


def draw_values(
    world: Gridworld,
    values: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    label: str = "value",
    cmap: str | None = None,
    limits: tuple[float, float] | None = None,
    centre: float | None = None,
    numbers: bool | None = None,
    colorbar: bool = True,
) -> Axes:
    """Colour each cell by values (S,); cells whose value is NaN stay blank.

    `limits` fix the colour scale, so that several maps can share it; `centre` puts that value in the middle
    of a diverging scale instead. `numbers` writes the values into the cells, by default up to 7 x 7 cells
    with room for them.

    Raises
    ------
    ValueError
        If `values` is not (S,), or both `limits` and `centre` are given.

    Examples
    --------
    >>> from rl_landscapes import objectives, plots, worlds
    >>> world = worlds.paper_gridworld()
    >>> ax = plots.draw_values(world, objectives.optimal(world).values)
    >>> ax.figure.savefig("values.png")
    """
    if limits is not None and centre is not None:
        raise ValueError(f"give limits or centre, not both: got limits={limits}, centre={centre}")
    norm = CenteredNorm(centre) if centre is not None else Normalize(*(limits or (None, None)))
    cmap = cmap or (SEQUENTIAL if centre is None else DIVERGING)
    return _paint(world, world.to_grid(values), ax, label, cmap, norm, numbers, colorbar)


def draw_occupancy(
    world: Gridworld,
    occupancy: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    label: str = "discounted visits",
    log: bool = False,
    numbers: bool | None = None,
    colorbar: bool = True,
) -> Axes:
    """Colour each cell by its discounted visits (S,); on a `log` scale zero is blank.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, worlds
    >>> world = worlds.paper_gridworld()
    >>> exact = objectives.ExactReturn(world)
    >>> ax = plots.draw_occupancy(world, exact.occupancy(np.zeros((1, 104)))[0])
    """
    grid = world.to_grid(occupancy)
    if log:
        grid[grid <= 0] = np.nan
    return _paint(world, grid, ax, label, COUNTS, LogNorm() if log else Normalize(0), numbers, colorbar)


def _paint(
    world: Gridworld,
    grid: Array,
    ax: Axes | None,
    label: str,
    cmap: str,
    norm: Normalize,
    numbers: bool | None,
    colorbar: bool,
) -> Axes:
    ax = _board(world, ax)
    image = ax.imshow(np.ma.masked_invalid(grid), cmap=cmap, norm=norm, zorder=1)
    if colorbar:
        add_colorbar(image, ax, label)
    if numbers if numbers is not None else _has_room(world, ax):
        _write(ax, image, grid)
    return ax


def _has_room(world: Gridworld, ax: Axes) -> bool:
    rows, cols = world.shape
    width, height = inches(ax)
    return max(rows, cols) <= _NUMBERED and min(width / cols, height / rows) >= _CELL


def _write(ax: Axes, image: AxesImage, grid: Array) -> None:
    decimals = 1 if np.nanmax(np.abs(grid), initial=0) >= 10 else 2
    for row, col in np.argwhere(np.isfinite(grid)):
        value = grid[row, col]
        text = f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")
        colour = ink_on(image.cmap(image.norm(value)))
        ax.text(col, row, text, ha="center", va="center", fontsize=SMALL, color=colour, zorder=5)


def _board(world: Gridworld, ax: Axes | None) -> Axes:
    """Limits, walls and outlines of the cells, drawn once per Axes."""
    rows, cols = world.shape
    ax = axes_or_new(ax, height=float(np.clip(5 * rows / cols, 2.0, 7.0)), width=5.6)
    if any(artist.get_gid() == _BOARD for artist in ax.collections):
        return ax
    ax.set(xlim=(-0.5, cols - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color=MUTED)
    for row, col in np.argwhere(np.isnan(world.to_grid(np.zeros(world.mdp.n_states)))):
        ax.add_patch(_wall(row, col))
    ax.add_collection(_outlines(rows, cols), autolim=False)
    return ax


def _wall(row: int, col: int) -> Rectangle:
    return Rectangle(
        (col - 0.5, row - 0.5), 1, 1, facecolor=WALL, edgecolor=MUTED, hatch="////", linewidth=0, zorder=2
    )


def _outlines(rows: int, cols: int) -> LineCollection:
    across = [[(-0.5, y), (cols - 0.5, y)] for y in np.arange(0.5, rows - 1)]
    down = [[(x, -0.5), (x, rows - 0.5)] for x in np.arange(0.5, cols - 1)]
    lines = across + down if max(rows, cols) <= _RULED else []
    return LineCollection(lines, colors=GRID, linewidths=1, zorder=3, gid=_BOARD)
