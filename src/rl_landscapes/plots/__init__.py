"""Records to figures: every function draws on the Axes it is given, or on new ones, and returns them.

Arrays are finite and of the shape stated, counts are positive integers, `rng` is a generator; else a
ValueError or TypeError names argument, value and what is accepted. A Raises section tells what else is
refused.
"""

from rl_landscapes.plots.bodies import draw_motion, draw_pose
from rl_landscapes.plots.explore import (
    explore_lines,
    explore_motions,
    explore_perturbations,
    explore_planes,
    explore_policies,
)
from rl_landscapes.plots.gridworlds import draw_occupancy, draw_policy, draw_values, draw_world
from rl_landscapes.plots.labels import direct_labels
from rl_landscapes.plots.lines import (
    draw_interpolation,
    draw_learning_curves,
    draw_profile,
    draw_share,
)
from rl_landscapes.plots.maps import draw_heatmap, interval_text
from rl_landscapes.plots.numbers import number_text
from rl_landscapes.plots.pages import save_page
from rl_landscapes.plots.perturbations import draw_rotated, draw_scatter, scatter_with_histograms
from rl_landscapes.plots.planes import draw_plane, draw_trajectory
from rl_landscapes.plots.spectra import draw_curvatures, draw_density, draw_spectrum
from rl_landscapes.plots.style import LOOKS, PALETTE, small_multiples, use_style

__all__ = [
    "LOOKS",
    "PALETTE",
    "direct_labels",
    "draw_curvatures",
    "draw_density",
    "draw_heatmap",
    "draw_interpolation",
    "draw_learning_curves",
    "draw_motion",
    "draw_occupancy",
    "draw_plane",
    "draw_policy",
    "draw_pose",
    "draw_profile",
    "draw_rotated",
    "draw_scatter",
    "draw_share",
    "draw_spectrum",
    "draw_trajectory",
    "draw_values",
    "draw_world",
    "explore_lines",
    "explore_motions",
    "explore_perturbations",
    "explore_planes",
    "explore_policies",
    "interval_text",
    "number_text",
    "save_page",
    "scatter_with_histograms",
    "small_multiples",
    "use_style",
]
