"""Responsibilities of three agents as points of a triangle, and what prices do to them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from app.shared import words
from app.shared.paint import PAINTS, Theme, finish
from core.em.bounds import WorkloadBounds

if TYPE_CHECKING:
    from core.lesson.inside import Bounded

NAMES = ("A", "B", "AI")
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(0.75)]])
_MOST = 0.34  # length of the longest arrow, in sides of the triangle
_STRONG = 2.0  # a price in nats from which arrows are no longer


def region(bounds: WorkloadBounds) -> np.ndarray:
    """Corners of the region in which the mean may lie, as shares of three agents, [P, 3]."""
    polygon = [*np.eye(3)]
    for n in range(3):
        for limit, sign in ((bounds.lower[n], 1.0), (bounds.upper[n], -1.0)):
            polygon = _cut(polygon, n, float(limit), sign)
    return np.array(polygon).reshape(-1, 3)


def _cut(polygon: Sequence[np.ndarray], n: int, limit: float, sign: float) -> list[np.ndarray]:
    """The part of a polygon where sign · (share of n − limit) is not negative."""
    kept = []
    for here, there in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        a, b = sign * (here[n] - limit), sign * (there[n] - limit)
        if a >= -1e-12:
            kept.append(here)
        if a * b < -1e-18:
            kept.append(here + (there - here) * a / (a - b))
    return kept


def triangle(
    before: np.ndarray,
    after: "Bounded | None",
    bounds: WorkloadBounds | None,
    theme: Theme,
    colours: Sequence[str],
) -> go.Figure:
    """The triangle, with a button that moves the points from before to after.

    Args:
      before: responsibilities of A, B and the AI, [n, 3].
      after: the same within the bounds; None where nothing can keep to them.
      bounds: of these agents.
      theme: light or dark.
      colours: of these agents.
    """
    fig, p = go.Figure(), PAINTS[theme]
    outline = CORNERS[[0, 1, 2, 0]]
    fig.add_scatter(
        x=outline[:, 0],
        y=outline[:, 1],
        mode="lines",
        line={"color": p.muted, "width": 2},
        showlegend=False,
        hoverinfo="skip",
    )
    if bounds is not None:
        edge = region(bounds) @ CORNERS
        closed = edge[[*range(len(edge)), 0]]
        fig.add_scatter(
            x=closed[:, 0],
            y=closed[:, 1],
            mode="lines+markers",
            fill="toself",
            fillcolor=p.fade(p.good, 0.2),
            line={"color": p.good, "width": 3},
            marker={"size": 7 if len(edge) < 3 else 1, "color": p.good},
            name="where the mean may lie",
            hoverinfo="skip",
        )
    here = before @ CORNERS
    mean = here.mean(0)
    now = here if after is None else after.q @ CORNERS
    if after is not None:
        ways = np.full((3 * len(here), 2), np.nan)
        ways[0::3], ways[1::3] = here, now
        fig.add_scatter(
            x=ways[:, 0],
            y=ways[:, 1],
            mode="lines",
            line={"color": p.fade(p.muted, 0.3), "width": 1},
            showlegend=False,
            hoverinfo="skip",
        )
    fig.add_scatter(
        x=[mean[0]],
        y=[mean[1]],
        mode="markers",
        name="mean before",
        marker={"symbol": "x", "size": 15, "color": p.text},
        hoverinfo="skip",
    )
    moving = len(fig.data)
    fig.add_scatter(
        x=now[:, 0],
        y=now[:, 1],
        mode="markers",
        name="a case",
        marker={"size": 8, "color": np.asarray(colours)[before.argmax(1)], "opacity": 0.75},
        hoverinfo="skip",
    )
    end = now.mean(0)
    fig.add_scatter(
        x=[end[0]],
        y=[end[1]],
        mode="markers",
        name="mean now",
        marker={"symbol": "star", "size": 20, "color": p.text},
        hoverinfo="skip",
    )
    _label(fig, after, p.muted, colours)
    finish(fig, theme, 470, "", "")
    hidden = {"visible": False, "fixedrange": True}
    fig.update_layout(
        xaxis=hidden | {"range": [-0.06, 1.06]},
        yaxis=hidden | {"range": [-0.16, 1.02], "scaleanchor": "x"},
        margin={"l": 4, "r": 4, "t": 34, "b": 4},
        legend={"font": {"size": 14}, "itemclick": False, "itemdoubleclick": False},
    )
    if after is not None:
        _frames(fig, moving, (here, mean), (now, end))
    return fig


def _label(fig: go.Figure, after: "Bounded | None", muted: str, colours: Sequence[str]) -> None:
    """Names at the corners, with the price as a number and as an arrow."""
    middle = CORNERS.mean(0)
    for n, (name, colour) in enumerate(zip(NAMES, colours, strict=True)):
        corner = CORNERS[n]
        price = 0.0 if after is None else float(after.prices[n])
        text = f"<b>{name}</b>"
        if after is not None:
            text += f"<br>price {words.signed(price, 2)}"
        fig.add_annotation(
            x=corner[0],
            y=corner[1],
            text=text,
            showarrow=False,
            xanchor=("left", "right", "center")[n],
            yanchor=("top", "top", "bottom")[n],
            font={"size": 18, "color": colour},
            align=("left", "right", "center")[n],
        )
        if abs(price) < 5e-3:
            continue
        inward = (middle - corner) / np.linalg.norm(middle - corner)
        length = _MOST * max(min(abs(price) / _STRONG, 1.0), 0.12)
        near, far = corner + 0.05 * inward, corner + (0.05 + length) * inward
        head, tail = (far, near) if price > 0 else (near, far)
        fig.add_annotation(
            x=head[0],
            y=head[1],
            ax=tail[0],
            ay=tail[1],
            axref="x",
            ayref="y",
            text="",
            showarrow=True,
            arrowhead=2,
            arrowsize=0.8,
            arrowwidth=6,
            arrowcolor=colour,
        )


def _frames(
    fig: go.Figure,
    moving: int,
    before: tuple[np.ndarray, np.ndarray],
    after: tuple[np.ndarray, np.ndarray],
) -> None:
    """A button that plays the way from before to after, in the browser alone."""
    fig.frames = [
        go.Frame(
            name=name,
            data=[
                {"type": "scatter", "x": points[:, 0], "y": points[:, 1]},
                {"type": "scatter", "x": [mean[0]], "y": [mean[1]]},
            ],
            traces=[moving, moving + 1],
        )
        for name, (points, mean) in (("before", before), ("after", after))
    ]
    slow = {
        "mode": "immediate",
        "frame": {"duration": 1200, "redraw": False},
        "transition": {"duration": 1000, "easing": "cubic-in-out"},
    }
    fig.update_layout(
        updatemenus=[
            {
                "type": "buttons",
                "x": 0.0,
                "y": 0.92,
                "xanchor": "left",
                # Plotly paints a pressed button light in every theme.
                "font": {"size": 16, "color": PAINTS["light"].text},
                "bgcolor": PAINTS["light"].paper,
                "buttons": [
                    {"label": "Move", "method": "animate", "args": [["before", "after"], slow]}
                ],
            }
        ]
    )
