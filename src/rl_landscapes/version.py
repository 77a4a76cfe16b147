"""The version of this package, and those on which the bits of a result may depend."""

import platform

__version__ = "0.1.0"


def versions() -> dict[str, str]:
    """Return the versions of Python, NumPy, SciPy and this package."""
    import numpy
    import scipy

    return {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "rl_landscapes": __version__,
    }
