"""Figures of one operating point and of a data set. No streamlit here: data in, figure out."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, distinct, finish

MOST_CLASSES = 40  # rows and columns of the confusion
WRITTEN = 12  # classes up to which the counts are written into the cells


def intervals(
    names: Sequence[str],
    values: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    title: str,
    theme: Theme,
    colour: Literal["expert", "team"] = "expert",
) -> go.Figure:
    """Dots with interval bars, one row per name, shares in [0, 1]."""
    p = PAINTS[theme]
    y, lo, up = (np.asarray(v, float) for v in (values, lows, highs))
    fig = go.Figure()
    fig.add_scatter(
        x=y,
        y=distinct(names),
        mode="markers",
        marker={"size": 10, "color": getattr(p, colour)},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": np.nan_to_num(up - y),
            "arrayminus": np.nan_to_num(y - lo),
            "color": getattr(p, colour),
            "thickness": 2,
            "width": 5,
        },
        customdata=np.stack([lo, up], axis=1),
        hovertemplate=(
            "%{y}: <b>%{x:.1%}</b> (%{customdata[0]:.1%}–%{customdata[1]:.1%})<extra></extra>"
        ),
        showlegend=False,
    )
    row = 30 if len(names) <= 12 else 18  # dozens of experts should fit a screen
    finish(fig, theme, 90 + max(row * len(names), 60), title, None)
    seen = np.concatenate([lo, up, y])
    seen = seen[np.isfinite(seen)]
    if len(seen):
        pad = max(0.03, 0.08 * float(np.ptp(seen)))
        fig.update_xaxes(range=[max(seen.min() - pad, -0.01), min(seen.max() + pad, 1.01)])
    fig.update_xaxes(tickformat=".0%")
    fig.update_yaxes(autorange="reversed", automargin=True, type="category")
    fig.update_layout(margin={"t": 8})
    if len(names) > 12:
        fig.update_yaxes(dtick=1, tickfont={"size": 11})
    return fig


def confusion(counts: np.ndarray, answers: Sequence[str], *, theme: Theme) -> go.Figure:
    """Team decisions against ground truth: counts, shaded by the share of the true class.

    Answers are the classes, in rows and columns, then answers of no class, in columns only.
    With more than `MOST_CLASSES` classes those most often mistaken are drawn, in their order.
    """
    p = PAINTS[theme]
    total = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0)
    across = mistaken(counts)
    kept = [a for a in across if a < len(counts)]
    counts, share = counts[np.ix_(kept, across)], share[np.ix_(kept, across)]
    names = distinct([answers[a] for a in across], 14 if len(kept) <= WRITTEN else 22)
    few = len(kept) <= WRITTEN
    cell = 34 if few else 16
    fig = go.Figure(
        go.Heatmap(
            z=share,
            x=list(range(len(across))),
            y=list(range(len(kept))),
            zmin=0,
            zmax=1,
            colorscale=[[0, p.mix(p.team, 0.05)], [1, p.team]],
            hoverinfo="skip",
            showscale=False,
            xgap=2 if few else 1,
            ygap=2 if few else 1,
        )
    )
    # A browser reports clicks on marks, not on a heatmap's cells: an invisible mark in each.
    row, column = np.indices(counts.shape).reshape(2, -1)
    fig.add_scatter(
        x=column,
        y=row,
        mode="markers",
        marker={"symbol": "square", "size": cell, "opacity": 0, "color": p.text},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[
            (f"{counts[i, j]:,}", names[i], names[j], float(share[i, j]))
            for i, j in zip(row, column, strict=True)
        ],
        hovertemplate=(
            "truth %{customdata[1]}, decided %{customdata[2]}: %{customdata[0]} cases, "
            "%{customdata[3]:.1%} of that class<extra></extra>"
        ),
        showlegend=False,
    )
    height = 130 + max(cell * len(kept), 110)
    finish(fig, theme, height, "Decided by the team", "Ground truth")
    # All at once: one by one each is checked against all before it.
    fig.update_layout(
        hoverdistance=2 * cell,
        annotations=[
            {
                "x": j,
                "y": i,
                "text": f"{counts[i, j]:,}",
                "showarrow": False,
                "font": {"size": 13, "color": p.ink(p.team, float(share[i, j]))},
            }
            for i, j in (np.ndindex(counts.shape) if few else ())
        ],
    )
    ticks = {"tickmode": "array", "tickvals": list(range(len(across))), "ticktext": names}
    down = ticks | {"tickvals": list(range(len(kept))), "ticktext": names[: len(kept)]}
    small = {} if few else {"tickfont": {"size": 10, "color": p.muted}}
    fig.update_xaxes(
        showgrid=False, automargin=True, tickangle=0 if len(across) <= 4 else -60, **ticks, **small
    )
    fig.update_yaxes(autorange="reversed", showgrid=False, automargin=True, **down, **small)
    fig.update_layout(margin={"t": 8})
    return fig


def mistaken(counts: np.ndarray, most: int = MOST_CLASSES) -> list[int]:
    """Answers there is room for: all classes or those most often mistaken, then all of no class."""
    classes = len(counts)
    wrong = counts[:, :classes].sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts)
    kept = sorted(np.argsort(-wrong, kind="stable")[:most].tolist())
    return [*kept, *range(classes, counts.shape[1])]
