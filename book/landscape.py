"""Draw the picture of the README, book/_static/landscape.png: two parameters, without and with entropy.

Run it with `python book/landscape.py` after a change of the plots.
"""

from pathlib import Path

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent import anneal, ascend, exponential_decay
from rl_landscapes.ascent.schedules import ObjectiveAt
from rl_landscapes.objectives import ExactReturn, Objective
from rl_landscapes.plots.planes import draw_plane
from rl_landscapes.plots.style import small_multiples, use_style
from rl_landscapes.policies import two_parameter_policy
from rl_landscapes.probes import Plane, plane
from rl_landscapes.worlds import paper_gridworld

PICTURE = Path(__file__).parent / "_static" / "landscape.png"
START = np.array([[-1.0, 3.0]])
TITLES = ("without entropy", "with entropy, τ = 0.1", "entropy that fades away")


def main() -> None:
    """Draw and save."""
    use_style()
    world = paper_gridworld()
    exact = ExactReturn(world, two_parameter_policy(world))
    plain, hill = surface(exact), surface(exact.with_tau(0.1))
    paths = [
        climb(exact, 0.1),
        climb(exact.with_tau(0.1), 0.03),
        climb(anneal(exact, exponential_decay(0.1, 0.99)), 0.1),
    ]
    axes = small_multiples(3, columns=3, height=3.2, width=9.6)
    for ax, shown, path, title in zip(axes, (plain, hill, plain), paths, TITLES, strict=True):
        draw_plane(shown, ax=ax, names=("θ₁ (right)", "θ₂ (down)"), trajectory=path, colorbar=False)
        ax.set_title(title)
    axes[0].figure.savefig(PICTURE, dpi=110)


def surface(objective: ExactReturn) -> Plane:
    """Evaluate the objective on the square from -5 to 5."""
    return plane(objective, np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0]), radius=5.0, n_points=61)


def climb(objective: Objective | ObjectiveAt, step: float) -> Array:
    """Return every tenth point of 1,500 updates from the start, shape (K, 2)."""
    way: list[Array] = []
    ascend(
        objective,
        START,
        n_updates=1500,
        step=step,
        record_every=10,
        callback=lambda update, thetas: way.append(thetas[0]),
    )
    return np.array(way)


if __name__ == "__main__":
    main()
