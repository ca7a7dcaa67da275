"""The fatigue that a scenario assumes, as a chart."""

import pandas as pd
import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, distinct, finish


def curves(curves: pd.DataFrame, *, theme: Theme) -> go.Figure:
    """The assumed curves: accuracy lost by a case, by how many were read before it that day.

    Args:
      curves: agent, load (cases a day), lost (points); a row per point drawn.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    fig = go.Figure()
    dashes = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
    for place, (agent, curve) in enumerate(curves.groupby("agent", sort=False)):
        fig.add_scatter(
            x=curve["load"],
            y=-curve["lost"],
            mode="lines",
            line={"color": p.expert, "width": 2.5, "dash": dashes[place % len(dashes)]},
            name=distinct([str(agent)], 26)[0],
            hovertemplate=(
                "case %{x:,.0f} of the day: %{y:.1f} points<extra>%{fullData.name}</extra>"
            ),
            showlegend=True,
        )
    finish(fig, theme, 190, "Cases read that day", "Points")
    fig.update_layout(margin={"l": 4, "r": 8, "t": 24, "b": 4}, legend={"font": {"size": 11}})
    fig.update_xaxes(nticks=5)
    fig.update_yaxes(nticks=4, rangemode="tozero")
    return fig
