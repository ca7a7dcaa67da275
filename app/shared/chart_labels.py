"""Direct labels in the right margin of a figure, kept from running into one another."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

LINE = 19  # pixels that one line of a label takes
_LETTER, _GAP = 5.8, 6  # pixels: the usual width of a letter, and between figure and label


class Label(NamedTuple):
    """A text beside the height it belongs to, in the colour of its line."""

    at: float
    text: str
    colour: str


def beside(
    fig: go.Figure, labels: Sequence[Label], limits: tuple[float, float], height: int
) -> None:
    """Writes labels in the right margin, each as near to its height as the others allow.

    Args:
      fig: the figure; its right margin is made as wide as the longest label.
      labels: what to write; text may hold the few tags that plotly knows.
      limits: of the y axis.
      height: of the whole figure in pixels.
    """
    low, high = limits
    room = (high - low) * LINE / max(height - 120, 1)  # a line of text, in units of the axis
    places = apart([label.at for label in labels], room, low, high)
    widest = max((len(label.text) for label in labels), default=0)
    fig.update_layout(margin={"r": round(_LETTER * widest) + 3 * _GAP})
    for label, y in zip(labels, places, strict=True):
        fig.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=_GAP,
            y=y,
            text=label.text,
            showarrow=False,
            font={"color": label.colour, "size": 12},
        )


def apart(
    values: Sequence[float], room: float, low: float = -np.inf, high: float = np.inf
) -> list[float]:
    """Positions near the values, at least `room` from one another and within the limits."""
    order = np.argsort(values, kind="stable")
    placed = np.clip(np.asarray(values, float), low, high)
    # A few sweeps push neighbours apart evenly, so that a cluster stays centred on itself.
    for _ in range(400):
        moved = False
        for a, b in pairwise(order):
            lack = room - (placed[b] - placed[a])
            if lack > 1e-9:
                placed[a] -= lack / 2
                placed[b] += lack / 2
                moved = True
        inside = np.clip(placed, low, high)
        if not moved or room * (len(placed) - 1) > high - low:
            return [float(v) for v in placed]
        placed = inside
    return [float(v) for v in placed]
