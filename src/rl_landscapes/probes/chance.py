"""What a random direction is likely to see of a spectrum."""

import numpy as np

from rl_landscapes.arrays import Array, as_finite

ZERO = 1e-10  # of the largest |eigenvalue|: smaller ones count as zero


def chance_up(eigenvalues: Array) -> float:
    """Return the probability that d'Hd > 0 for d uniform on the unit sphere, H with `eigenvalues` (n,).

        P(sum_i lambda_i x_i^2 > 0) = 1/2 + (1/pi) int_0^inf sin(sum_i atan(lambda_i u) / 2) / (u rho(u)) du

    for independent standard normal x_i, with rho(u) = prod_i (1 + lambda_i^2 u^2)^(1/4). Imhof (1961),
    equation 3.2. The integral is accurate to about 1e-12: a smaller probability comes out as rounding, or 0.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import probes
    >>> round(probes.chance_up(np.array([-1.0, 1.0])), 6), round(probes.chance_up(np.array([-3.0, 1.0])), 6)
    (0.5, 0.333333)
    """
    from scipy.integrate import quad  # half of what it takes to import this package

    values = as_finite("eigenvalues", eigenvalues, (None,))
    scaled = values / (np.abs(values).max(initial=0.0) or 1.0)
    scaled = scaled[np.abs(scaled) > ZERO]
    if not ((scaled > 0).any() and (scaled < 0).any()):
        return float((scaled > 0).any())

    def integrand(u: float) -> float:
        angle = np.arctan(scaled * u).sum() / 2
        return float(np.sin(angle) / (u * np.prod((1 + (scaled * u) ** 2) ** 0.25)))

    found = 0.5 + quad(integrand, 0, np.inf, limit=2000, epsabs=1e-13, epsrel=1e-10)[0] / np.pi
    return float(np.clip(found, 0.0, 1.0))
