"""Experts × findings in small multiples. No streamlit here: rows in, figure out."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.shared import words
from app.shared.paint import PAINTS, Theme, distinct, finish, limits, short

ACROSS = 3  # panels beside each other


def panels(
    rows: Sequence[Mapping[str, Any]],
    experts: Sequence[str],
    measure: str,
    theme: Theme,
    machines: Collection[str] = (),
) -> go.Figure:
    """A panel per finding, in it a dot with its 95 % interval per expert; all on one scale.

    Args:
      rows: of `core.insight.findings.compare`.
      experts: from top to bottom.
      measure: `accuracy`, `sensitivity` or `specificity`.
      theme: "light" or "dark".
      machines: experts that are AIs, too.
    """
    p = PAINTS[theme]
    across = min(ACROSS, len(rows))
    down = -(-len(rows) // across)
    names = distinct(words.all_marked(experts, machines))
    each = 26 * len(experts) + 74
    height = each * down + 40
    fig = make_subplots(
        rows=down,
        cols=across,
        shared_xaxes="all",
        shared_yaxes=True,
        subplot_titles=[f"<b>{short(row['finding'], 30)}</b>" for row in rows],
        horizontal_spacing=0.03,
        vertical_spacing=54 / height,
    )
    ends = []
    for n, row in enumerate(rows):
        known = [(i, row["experts"][r]) for i, r in enumerate(experts) if r in row["experts"]]
        known = [(i, own) for i, own in known if own.get(measure) is not None]
        values = np.array([own[measure] for _, own in known], float)
        between = np.array([own[f"{measure}_interval"] for _, own in known], float).reshape(-1, 2)
        ends += [*between.ravel()]
        fig.add_scatter(
            x=values.tolist(),
            y=[i for i, _ in known],
            mode="markers",
            marker={"size": 9, "color": p.expert},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": (between[:, 1] - values).tolist(),
                "arrayminus": (values - between[:, 0]).tolist(),
                "color": p.expert,
                "thickness": 2,
                "width": 4,
            },
            customdata=[(names[i], *ends_) for (i, _), ends_ in zip(known, between, strict=True)],
            hovertemplate="%{customdata[0]}: <b>%{x:.1%}</b> "
            "(%{customdata[1]:.1%}–%{customdata[2]:.1%})<extra></extra>",
            showlegend=False,
            row=n // across + 1,
            col=n % across + 1,
        )
    finish(fig, theme, height, "", None)
    fig.update_xaxes(range=limits(np.array(ends)), tickformat=".0%", nticks=5, matches="x")
    fig.update_xaxes(showticklabels=True)
    fig.update_yaxes(range=[len(experts) - 0.5, -0.5], tickmode="array",
                     tickvals=list(range(len(experts))), ticktext=names)  # fmt: skip
    fig.update_annotations(font={"size": 14, "color": p.text})
    fig.update_layout(margin={"t": 30})
    return fig
