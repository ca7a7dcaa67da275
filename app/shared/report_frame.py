"""A report as one HTML document that holds everything: figures in both themes, style and script."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from app.shared import templates
from app.shared.paint import PAINTS, Theme


class Plot(NamedTuple):
    """A figure for both themes: its height in pixels and, by theme, its JSON for a script."""

    height: int
    specs: Mapping[Theme, str]


def plot(draw: Callable[[Theme], go.Figure]) -> Plot:
    """Draws a figure for both themes."""
    figures: dict[Theme, go.Figure] = {theme: draw(theme) for theme in PAINTS}
    # "<" could end the script element: in JSON its escape means the same.
    specs = {theme: str(f.to_json()).replace("<", "\\u003c") for theme, f in figures.items()}
    return Plot(int(figures["light"].layout.height or 400), specs)


def document(template: str, **values: Any) -> str:
    """The whole document that a template beside the code makes of values."""
    return templates.render(
        f"{template}.html.jinja",
        light=PAINTS["light"].css,
        dark=PAINTS["dark"].css,
        plotly=get_plotlyjs(),
        **values,
    )
