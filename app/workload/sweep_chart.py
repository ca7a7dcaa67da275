"""Accuracy along one setting of a scenario."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, finish, limits


def sweep(
    rows: pd.DataFrame,
    *,
    axis: str,
    now: float | None,
    share: bool,
    theme: Theme,
) -> go.Figure:
    """Accuracy with its band; the current value is marked, impossible stretches are shaded.

    Args:
      rows: value, accuracy, low, high (NaN where impossible or unmeasured), possible.
      axis: what is varied.
      now: the scenario's own value, None where it has none.
      share: whether values are shares.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    fig = go.Figure()
    for known in _stretches(rows["accuracy"].notna().to_numpy()):
        part = rows.iloc[known]
        fig.add_scatter(
            x=[*part["value"], *part["value"][::-1]],
            y=[*part["high"], *part["low"][::-1]],
            fill="toself",
            fillcolor=p.fade(p.team, 0.16),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            name="95 % interval",
            showlegend=known[0] == int(np.argmax(rows["accuracy"].notna())),
        )
        fig.add_scatter(
            x=part["value"],
            y=part["accuracy"],
            mode="lines+markers",
            line={"color": p.team, "width": 3},
            marker={"size": 6, "color": p.team},
            customdata=part[["low", "high"]].to_numpy(),
            hovertemplate=(
                ("%{x:.0%}" if share else "%{x:,.4~g}")
                + ": <b>%{y:.1%}</b> (%{customdata[0]:.1%}–%{customdata[1]:.1%})<extra></extra>"
            ),
            showlegend=False,
        )
    low, high = limits(rows[["accuracy", "low", "high"]].to_numpy(float))
    shapes, notes = [], []
    values = rows["value"].to_numpy(float)
    for gone in _stretches(~rows["possible"].to_numpy(bool)):
        first, last = _edges(values, gone)
        shapes.append(
            {
                "type": "rect",
                "x0": first,
                "x1": last,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "fillcolor": p.fade(p.muted, 0.14),
                "line": {"width": 0},
                "layer": "below",
            }
        )
        notes.append(_note((first + last) / 2, "impossible", p.muted))
    if now is not None and values.min() <= now <= values.max():
        shapes.append(
            {
                "type": "line",
                "x0": now,
                "x1": now,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": p.text, "width": 1.5, "dash": "dot"},
            }
        )
        notes.append(_note(now, "now", p.text, y=1.06))
    fig.update_layout(shapes=shapes, annotations=notes)
    finish(fig, theme, 330, axis, "Accuracy of the team")
    fig.update_yaxes(range=[low, high], tickformat=".0%" if high - low > 0.08 else ".1%")
    fig.update_xaxes(
        range=[values.min(), values.max()] if len(values) > 1 else None,
        tickformat=".0%" if share else ",",
        showgrid=False,
    )
    fig.update_layout(legend={"x": 1, "xanchor": "right"})
    return fig


def _note(x: float, text: str, colour: str, y: float = 0.5) -> dict[str, object]:
    return {
        "x": x,
        "y": y,
        "yref": "paper",
        "text": text,
        "showarrow": False,
        "font": {"size": 12, "color": colour},
    }


def _stretches(mask: np.ndarray) -> list[list[int]]:
    """Positions where the mask holds, a list per stretch."""
    found = groupby(range(len(mask)), key=lambda i: bool(mask[i]))
    return [list(places) for holds, places in found if holds]


def _edges(values: np.ndarray, places: Sequence[int]) -> tuple[float, float]:
    """Where a stretch begins and ends: half way to its neighbours."""
    first, last = places[0], places[-1]
    low = values[first] if first == 0 else (values[first - 1] + values[first]) / 2
    high = values[last] if last == len(values) - 1 else (values[last] + values[last + 1]) / 2
    return float(low), float(high)
