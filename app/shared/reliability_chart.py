"""Predicted probabilities against what happened."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, add_diagonal, finish


def reliability(
    bins: pd.DataFrame,
    *,
    x: str,
    y: str,
    theme: Theme,
    name: str = "external AI",
    height: int = 400,
) -> go.Figure:
    """Predicted probability against what happened, a dot with its interval per bin.

    Args:
      bins: as of `core.insight.calibration.Calibration`.
      x: what was predicted.
      y: what happened.
      theme: "light" or "dark".
      name: whose probabilities.
      height: in pixels.
    """
    p = PAINTS[theme]
    fig = go.Figure()
    add_diagonal(fig, theme, "calibrated")
    fig.add_scatter(
        x=bins["predicted"],
        y=bins["happened"],
        mode="lines+markers",
        name=name,
        marker={"size": 9, "color": p.ai},
        line={"color": p.ai, "width": 1.5},
        error_y=error_bars(bins["happened"], bins["low"], bins["high"], p.ai),
        customdata=bins[["low", "high", "cases"]],
        hovertemplate=(
            "predicted %{x:.1%}, happened <b>%{y:.1%}</b> "
            "(%{customdata[0]:.1%}–%{customdata[1]:.1%}), %{customdata[2]:,} cases<extra></extra>"
        ),
    )
    finish(fig, theme, height, x, y)
    lowest = max(min(float(bins["predicted"].min()), float(bins["low"].min())) - 0.03, 0.0)
    span = [lowest, 1.02]
    fig.update_xaxes(range=span, tickformat=".0%")
    fig.update_yaxes(range=span, tickformat=".0%")
    return fig


def error_bars(
    values: pd.Series, low: pd.Series, high: pd.Series, colour: str
) -> dict[str, object]:
    """Error bars of a trace from the ends of its intervals."""
    return {
        "type": "data",
        "symmetric": False,
        "array": np.nan_to_num(high - values),
        "arrayminus": np.nan_to_num(values - low),
        "color": colour,
        "thickness": 1.5,
        "width": 4,
    }
