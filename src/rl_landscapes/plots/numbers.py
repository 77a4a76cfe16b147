"""Numbers as a text prints them: a true minus, and a power of ten where a plain number would be long."""

import numpy as np

from rl_landscapes.arrays import at_least

PLAIN_FROM, PLAIN_TO = 1e-3, 1e5
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
TIMES_TEN_TO = "\N{NO-BREAK SPACE}·\N{NO-BREAK SPACE}10"


def number_text(number: float, digits: int = 2) -> str:
    """Return `number` to so many significant digits, with a power of ten where that is shorter.

    Examples
    --------
    >>> from rl_landscapes import plots
    >>> [plots.number_text(x, 3) for x in (0.0412, 1234.5, 0.0, float("nan"))]
    ['0.0412', '1,230', '0', 'NaN']
    >>> plots.number_text(6.66e-15).split()
    ['6.7', '·', '10⁻¹⁵']
    """
    at_least("digits", digits, 1)
    if not np.isfinite(number):
        return "NaN" if np.isnan(number) else f"{number}".replace("inf", "∞").replace("-", "\N{MINUS SIGN}")
    mantissa, power = f"{float(number):.{digits - 1}e}".split("e")
    rounded, places = float(f"{mantissa}e{power}"), max(digits - 1 - int(power), 0)
    if rounded == 0:
        return "0"
    plain = PLAIN_FROM <= abs(rounded) < PLAIN_TO
    text = f"{rounded:,.{places}f}" if plain else f"{mantissa}{TIMES_TEN_TO}"
    return text.replace("-", "\N{MINUS SIGN}") + ("" if plain else str(int(power)).translate(RAISED))
