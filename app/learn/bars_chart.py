"""Bars per agent that stand beside one another."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from app.learn.map_chart import AGENTS
from app.shared.paint import PAINTS, Theme, finish

_FILLS = ("", "/", "x")


def grouped(
    groups: Mapping[str, Sequence[float]],
    theme: Theme,
    *,
    colours: Sequence[str],
    names: Sequence[str] = AGENTS,
    axis: str = "",
    height: int = 300,
    most: float = 1.0,
) -> go.Figure:
    """Groups of bars with their numbers; patterns tell the groups apart as well as shades do.

    Args:
      groups: values per agent, shares, by what they are.
      theme: light or dark.
      colours: one per agent.
      names: of the agents.
      axis: title of the vertical axis.
      height: in pixels.
      most: upper end of the vertical axis.
    """
    fig, p = go.Figure(), PAINTS[theme]
    for n, (label, values) in enumerate(groups.items()):
        fig.add_bar(
            x=[f"<b>{name}</b>" for name in names],
            y=list(values),
            name=label,
            text=[f"{value:.2f}" for value in values],
            textposition="outside",
            textfont={"size": 15},
            cliponaxis=False,
            hoverinfo="skip",
            marker={
                "color": [p.fade(c, 0.35 if n == 0 and len(groups) > 1 else 1.0) for c in colours],
                "line": {"color": list(colours), "width": 1.5},
                "pattern": {"shape": _FILLS[n] if n > 1 else "", "fgcolor": p.paper},
            },
        )
    finish(fig, theme, height, "", axis)
    fig.update_layout(
        barmode="group",
        bargap=0.25,
        yaxis={"range": [0, 1.12 * most], "tickformat": ".1f", "nticks": 6},
        xaxis={"tickfont": {"size": 18, "color": p.text}},
        legend={"font": {"size": 15}, "itemclick": False, "itemdoubleclick": False},
    )
    return fig
