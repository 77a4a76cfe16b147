"""Look at the landscapes of policy optimisation, and at what entropy does to them.

Each station is a package, and takes what the stations before it made:

    worlds        finite Markov decision processes, gridworlds, linear-quadratic worlds, MuJoCo bodies
    policies      parameters -> behaviour: softmax and Gaussian policies
    objectives    parameters -> a number: exact returns, sampled returns, toy functions
    probes        objective -> what it looks like: random directions, lines, planes, spectra, barriers
    ascent        objective -> a path uphill
    plots         what was computed -> figures
    studies       the long computations of the book

and `records` saves what they return and loads it back. `import rl_landscapes` alone loads none of them; each
is loaded when it is first used, as in `rl_landscapes.worlds.paper_gridworld()`. The exercises and their
grading are in `rl_landscapes.course`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rl_landscapes.version import __version__ as __version__

if TYPE_CHECKING:
    from rl_landscapes import ascent, objectives, plots, policies, probes, records, studies, worlds

__all__ = ["ascent", "objectives", "plots", "policies", "probes", "records", "studies", "worlds"]


def __getattr__(name: str) -> Any:
    """Import a station on first use."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the stations, loaded or not, with the rest."""
    return sorted({*globals(), *__all__})
