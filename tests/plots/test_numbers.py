"""Numbers in a text: digits as asked, powers of ten only where they are shorter, never a raw repr."""

import numpy as np
import pytest

from rl_landscapes.plots import number_text


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (0.0, 2, "0"),
        (-0.0, 2, "0"),
        (0.69314, 2, "0.69"),
        (0.69314, 3, "0.693"),
        (9.996, 3, "10.0"),
        (43.2, 2, "43"),
        (-1.5, 2, "-1.5"),
        (1234.5, 2, "1,200"),
        (99_999, 2, "1.0 · 10⁵"),
        (0.00099, 2, "9.9 · 10⁻⁴"),
        (0.001, 1, "0.001"),
        (-6.66e-15, 2, "-6.7 · 10⁻¹⁵"),
        (3e22, 1, "3 · 10²²"),
        (np.float64(0.25), 2, "0.25"),
        (np.nan, 2, "NaN"),
        (-np.inf, 2, "-∞"),
    ],
)
def test_text_of_a_number(number, digits, text):
    given = number_text(number, digits)
    assert "-" not in given
    assert given.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-") == text


def test_no_digits_are_refused():
    with pytest.raises(ValueError, match="digits"):
        number_text(1.0, 0)
