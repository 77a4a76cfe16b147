"""A page for explorers outside of the book: one HTML file that needs nothing else."""

import html
from os import PathLike
from pathlib import Path

from rl_landscapes.plots.sections import Section
from rl_landscapes.records.writing import write_file

WIDGETS = Path(__file__).parent / "widgets"
FILES = ("explorer.css", "explorer.js", "motion.js", "body.js", "climb.js")
PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ max-width: 46rem; margin: 0 auto; padding: 0 1rem; font-family: system-ui, sans-serif; }}
{style}</style></head>
<body><main>
{body}
</main>
<script>
{script}</script></body></html>
"""


def save_page(path: str | PathLike[str], *explorers: Section) -> Path:
    """Write explorers, one below the other, into an HTML file that any browser shows without a network.

    Return its path. In a notebook, `IPython.display.IFrame(path, 760, 640)` shows the file.

    Raises
    ------
    ValueError
        If there is no explorer.
    TypeError
        If one of them is something else.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> line = probes.interpolate(objectives.two_hills(), np.array([[0.0], [3.0]]))
    >>> told = "The way from one hill to the other, down and up again."
    >>> plots.save_page("hills.html", plots.explore_lines({0.0: line}, title="Hills", description=told)).name
    'hills.html'
    """
    if not explorers:
        raise ValueError("explorers must be one or more, got none")
    for explorer in explorers:
        if not isinstance(explorer, Section):
            raise TypeError(f"explorers must come from plots.explore_..., got {type(explorer).__name__}")
    style, *scripts = ((WIDGETS / name).read_text("utf-8") for name in FILES)
    page = PAGE.format(
        title=html.escape(explorers[0].title),
        style=style,
        body="\n".join(explorer.data for explorer in explorers),
        script="\n".join(scripts),
    )
    return write_file(Path(path), page.encode())
