"""Figures for light and dark pages, wide enough to be read: two pictures of one execution, and one is shown.

The kernel draws each figure twice (`rl_landscapes.plots.dark`) and keeps the dark picture in the metadata of
the output, with size and contrast of the texts. Here both are laid into the page. The theme's switch decides
which is displayed, and only that one is fetched. Where a page is so narrow that a text would be smaller than
SMALLEST, or a panel than PANEL, the figure keeps its width and scrolls in its box.
"""

import html
import os
import posixpath
import struct
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from sphinx.application import Sphinx

SMALLEST = 9.0  # pixels
PANEL = 150  # pixels
POINTS = 72  # in an inch
STARTUP = 'c = get_config()\nc.InteractiveShellApp.extensions = ["rl_landscapes.plots.dark"]\n'
render_one = NbElementRenderer.render_image
KEPT = ("inches", "columns", "smallest_text", "contrast", "faintest_text")


class Figure(nodes.General, nodes.Element):
    """A light picture and a dark one of the same figure, with what is known of the texts on them."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the handlers below."""
    app.add_node(Figure, html=(show_both, None), latex=(show_light, leave), text=(show_light, leave))
    app.connect("builder-inited", teach_kernels)
    NbElementRenderer.render_image = (
        both_pictures  # its own hook wants an installed package with an entry point
    )
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def teach_kernels(app: Sphinx) -> None:
    """Let every kernel that is started from here draw each figure twice."""
    folder = Path(app.outdir).parent / "ipython"
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(STARTUP, encoding="utf8")
    os.environ["IPYTHONDIR"] = str(folder.resolve())


def both_pictures(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
    """Render a picture as MyST-NB does, and with it the dark one if the kernel drew it."""
    found = render_one(renderer, data)
    known = data.output_metadata.get(data.mime_type, {})
    if "dark" not in known:
        return found
    (light,) = found
    picture = b64decode(known["dark"])
    dark = light.deepcopy()
    dark["uri"] = renderer.write_file([f"{sha256(picture).hexdigest()}.png"], picture, exists_ok=True)
    width, height = struct.unpack(">II", picture[16:24])
    return [Figure("", light, dark, width=width, height=height, facts={key: known[key] for key in KEPT})]


def least_width(facts: dict[str, Any]) -> int:
    """Return the pixels below which a text or a panel would be too small."""
    text = SMALLEST * POINTS / facts["smallest_text"] * facts["inches"]
    return round(max(text, PANEL * facts["columns"]))


def show_both(translator: Any, node: Figure) -> None:
    """Write both pictures in a box that scrolls where it must; of a closed book only the light one."""
    facts, builder = node["facts"], translator.builder
    numbers = {
        "smallest": facts["smallest_text"],
        "inches": facts["inches"],
        "faintest": facts["faintest_text"],
    }
    numbers |= dict(zip(("contrast-light", "contrast-dark"), facts["contrast"], strict=True))
    data = "".join(f' data-{name}="{html.escape(str(value))}"' for name, value in numbers.items())
    least = min(least_width(facts), node["width"])
    translator.body.append(f'<div class="figure-box" style="--least: {least}px"{data}>')
    for kind, image in zip(("only-light", "only-dark"), node.children, strict=True):
        if kind == "only-light" or builder.name != "epub":
            source = posixpath.join(builder.imgpath, quote(builder.images[image["uri"]]))
            size = f'width="{node["width"]}" height="{node["height"]}"'
            alt = html.escape(image.get("alt", ""))
            translator.body.append(f'<img class="{kind}" src="{source}" alt="{alt}" {size} loading="lazy">')
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def show_light(translator: Any, node: Figure) -> None:
    """Leave the dark picture out where there is no dark page."""
    del node.children[1:]


def leave(translator: Any, node: Figure) -> None:
    """Do nothing at the end of the pair."""
