"""The figure of one class against the rest."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.shared.paint import PAINTS, Theme, distinct, finish
from core.dataset.annotation_set import AI

MOST_WHO = 12  # rows of the figure of one class


def one_class(table: pd.DataFrame, *, theme: Theme) -> go.Figure:
    """Sensitivity and specificity side by side, a row for the team, the AI and each expert.

    Args:
      table: who; sensitivity, specificity, each with _low and _high. The team comes first.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    short = distinct(list(table["who"]))
    names = [who if i == 0 else f"{who} alone" for i, who in enumerate(short)]
    ai = (table["who"] == AI).to_numpy()
    team = np.arange(len(table)) == 0
    groups = [
        (team, p.team, "circle"),
        (ai & ~team, p.ai, "diamond"),
        (~ai & ~team, p.expert, "square"),
    ]
    fig = make_subplots(
        rows=1,
        cols=2,
        shared_yaxes=True,
        horizontal_spacing=0.05,
        subplot_titles=["Found (sensitivity)", "Not called (specificity)"],
    )
    for column, measure in enumerate(("sensitivity", "specificity"), start=1):
        value, low, high = (
            table[name].to_numpy(float) for name in (measure, f"{measure}_low", f"{measure}_high")
        )
        for members, colour, symbol in groups:
            rows = np.flatnonzero(members & np.isfinite(value))
            fig.add_scatter(
                x=value[rows],
                y=[names[i] for i in rows],
                mode="markers",
                marker={"size": 10, "color": colour, "symbol": symbol},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": (high - value)[rows],
                    "arrayminus": (value - low)[rows],
                    "color": colour,
                    "thickness": 2,
                    "width": 5,
                },
                customdata=np.stack([low[rows], high[rows]], axis=1),
                hovertemplate=(
                    "%{y}: <b>%{x:.1%}</b> (%{customdata[0]:.1%}–%{customdata[1]:.1%})"
                    "<extra></extra>"
                ),
                showlegend=False,
                row=1,
                col=column,
            )
        if np.isfinite(value[0]):
            fig.add_vline(
                x=value[0], line={"color": p.team, "dash": "dot", "width": 1}, row=1, col=column
            )
        seen = np.concatenate([low, high])
        seen = seen[np.isfinite(seen)]
        if len(seen):
            pad = max(0.06 * float(np.ptp(seen)), 0.002)
            fig.update_xaxes(range=[seen.min() - pad, seen.max() + pad], row=1, col=column)
    finish(fig, theme, 116 + 32 * len(table), "", None)
    fig.update_annotations(font={"size": 14, "color": p.text})
    fig.update_xaxes(tickformat=".3~p", title=None, nticks=5)
    fig.update_yaxes(
        categoryorder="array",
        categoryarray=names,
        range=[len(names) - 0.5, -0.5],
        automargin=True,
        type="category",
        tickmode="array",
        tickvals=names,
    )
    return fig
