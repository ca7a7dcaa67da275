"""Figures of a data set. No streamlit here: data in, figure out."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from app.shared import words
from app.shared.paint import PAINTS, Theme, finish, short

_NAMED_CLASSES = 30  # rows and columns of a matrix with a name; beyond, every second or third
_STRAIGHT = 44  # letters of all names below a figure that fit side by side


def matrix(
    shade: np.ndarray,
    written: np.ndarray,
    hover: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    x: str,
    y: str | None,
    theme: Theme,
    most_written: int = 12,
) -> go.Figure:
    """A table of shaded cells, with the numbers written in it while there is room.

    Args:
      shade: how strong the colour of a cell is, in [0, 1]; NaN for an empty cell.
      written: the text of each cell.
      hover: what the pointer says of each cell.
      rows: names from top to bottom.
      columns: names from left to right.
      x: title below.
      y: title at the side.
      theme: "light" or "dark".
      most_written: rows and columns up to which cells hold their text.
    """
    p = PAINTS[theme]
    places = np.arange(len(rows)), np.arange(len(columns))
    fig = go.Figure(
        go.Heatmap(
            z=shade,
            x=places[1],
            y=places[0],
            zmin=0,
            zmax=1,
            colorscale=[[0, p.mix(p.team, 0.05)], [1, p.team]],
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
            showscale=False,
            xgap=2 if len(columns) <= 30 else 1,
            ygap=2 if len(rows) <= 30 else 1,
        )
    )
    small = max(len(rows), len(columns)) <= most_written
    each = 36 if small else max(8, 480 // len(rows))
    finish(fig, theme, 120 + max(each * len(rows), 90), x, y)
    if small:
        # One trace: an annotation per cell takes half a second for ten classes.
        cells = list(np.ndindex(written.shape))
        fig.add_scatter(
            x=[j for _, j in cells],
            y=[i for i, _ in cells],
            mode="text",
            text=[written[cell] for cell in cells],
            textfont={
                "size": 13,
                "color": [p.ink(p.team, float(np.nan_to_num(shade[cell]))) for cell in cells],
            },
            hoverinfo="skip",
            showlegend=False,
        )
    for axis, names, most in ((fig.update_xaxes, columns, 14), (fig.update_yaxes, rows, 18)):
        step = -(-len(names) // _NAMED_CLASSES)
        axis(
            tickmode="array",
            tickvals=list(range(0, len(names), step)),
            ticktext=[short(n, most) for n in names[::step]],
            tickfont={"size": 13 if small else 11, "color": p.muted},
            ticks="",
            showgrid=False,
        )
    # Slanting names end below their column: those that start there would leave the figure.
    if sum(min(len(n), 14) for n in columns) > _STRAIGHT:
        fig.update_xaxes(tickangle=-35)
    fig.update_yaxes(range=[len(rows) - 0.5, -0.5])
    fig.update_xaxes(range=[-0.5, len(columns) - 0.5])
    if len(columns) > 8:
        fig.update_xaxes(tickangle=-45 if len(columns) <= 30 else -90)
    fig.update_layout(margin={"t": 8})
    return fig


def histogram(values: np.ndarray, *, x: str, what: str, theme: Theme) -> go.Figure:
    """How many pairs have which kappa, in steps of 0.05."""
    p = PAINTS[theme]
    low = np.floor(min(float(values.min()), 0.0) * 20) / 20
    edges = np.arange(round((1 - low) * 20) + 1) / 20 + low
    counts, _ = np.histogram(np.clip(values, low, 1), edges)
    fig = go.Figure(
        go.Bar(
            x=edges[:-1] + 0.025,
            y=counts,
            width=0.046,
            marker={"color": p.expert},
            customdata=[
                f"κ from {words.signed(a, 2).lstrip('+')} to {words.signed(b, 2).lstrip('+')}"
                for a, b in pairwise(edges)
            ],
            hovertemplate="%{customdata}: %{y:,} " + what + "<extra></extra>",
        )
    )
    finish(fig, theme, 260, x, what.capitalize())
    fig.update_layout(margin={"t": 8})
    fig.update_yaxes(tickformat=",d", rangemode="tozero")
    return fig


def before_after(
    names: Sequence[str], before: np.ndarray, after: np.ndarray, *, x: str, theme: Theme
) -> go.Figure:
    """How many are left of how many: a full bar over an outlined one, a row per name."""
    p = PAINTS[theme]
    labels = [short(n) for n in names]
    places = np.arange(len(labels))
    fig = go.Figure()
    fig.add_bar(
        y=places,
        x=before,
        orientation="h",
        width=0.8,
        name="now",
        marker={"color": p.fade(p.muted, 0.12), "line": {"color": p.muted, "width": 1}},
        customdata=labels,
        hovertemplate="%{customdata}: %{x:,} now<extra></extra>",
    )
    fig.add_bar(
        y=places,
        x=after,
        orientation="h",
        width=0.5,
        name="left",
        marker={"color": p.expert},
        customdata=labels,
        hovertemplate="%{customdata}: %{x:,} left<extra></extra>",
    )
    each = 30 if len(labels) <= 15 else 18
    finish(fig, theme, 100 + max(each * len(labels), 50), x, None)
    fig.update_layout(barmode="overlay", legend={"traceorder": "normal"})
    fig.update_xaxes(tickformat=",d", rangemode="tozero")
    fig.update_yaxes(
        tickmode="array",
        tickvals=list(places),
        ticktext=labels,
        range=[len(labels) - 0.5, -0.5],
        showgrid=False,
    )
    return fig
