"""An explorer of curves with their intervals, for each of several choices under each of several settings."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import as_shaped
from rl_landscapes.plots.sections import Choices, Section, common, rounded, section

MOST_CURVES = 4


def curves_explorer(
    *,
    title: str,
    slider_label: str,
    settings: Choices,
    names: Sequence[str],
    choices: Sequence[Sequence[str]],
    positions: Sequence[npt.ArrayLike],
    values: Sequence[npt.ArrayLike],
    description: str,
    choice_label: str = "step",
    position_label: str = "updates",
    value_label: str = "return",
    first_choice: int = 0,
    initial: int = 0,
) -> Section:
    """Show curves called `names` (C,), with their bands, at one of the `choices` under one of the `settings`.

    For each setting there are `choices` (M,), `positions` (P,) and `values` (M, C, P, 3): the estimate with
    both ends of its interval. M and P may differ between settings. The reader moves along the curves and
    from choice to choice, and reads out all estimates with their intervals.

    Raises
    ------
    ValueError
        If there are more than four curves, shapes disagree, the text alternative is too short, or the page
        would grow by more than 400 kB.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.plots.curves_explorer import curves_explorer
    >>> rising = np.arange(5.0)[None, None, :, None] + np.array([0.0, -1.0, 1.0])
    >>> told = "One curve that rises from 0 to 4 in four updates."
    >>> curves_explorer(title="Learning", slider_label="body", settings=["Hopper"], names=["sigma = 1"],
    ...     choices=[["0.01"]], positions=[np.arange(5)], values=[rising], description=told)
    Explorer: Learning
    """
    if not 1 <= len(names) <= MOST_CURVES:
        raise ValueError(f"names must be of 1 to {MOST_CURVES} curves, got {len(names)}")
    for name, given in (("choices", choices), ("positions", positions), ("values", values)):
        if len(given) != len(settings):
            raise ValueError(f"{name} must be one per setting: {len(settings)}, got {len(given)}")
    places = [as_shaped("positions", each, (None,)) for each in positions]
    shown = [
        as_shaped("values", each, (len(names_of_steps), len(names), len(at), 3))
        for each, names_of_steps, at in zip(values, choices, places, strict=True)
    ]
    return section(
        "curves",
        common(title, slider_label, settings, description, initial),
        names=list(names),
        choices=[list(each) for each in choices],
        positions=[rounded(at) for at in places],
        values=[rounded(np.asarray(each)) for each in shown],
        choice_label=choice_label,
        position_label=position_label,
        value_label=value_label,
        first_choice=first_choice,
    )
