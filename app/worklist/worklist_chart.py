"""Figures of a worklist. No streamlit here: data in, figure out."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from app.shared.paint import PAINTS, Theme, distinct, finish
from core.dataset.annotation_set import AI

_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MOST_LINES = 7  # agents with a line of their own; more look alike


def loads(
    agents: Sequence[str], cases: Sequence[int], places: Sequence[int], *, theme: Theme
) -> go.Figure:
    """Cases per agent as bars, over the numbers that were set as a band.

    Args:
      agents: names.
      cases: that each gets.
      places: that were given to each.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    names = distinct(list(agents))
    fig = go.Figure()
    fig.add_bar(
        y=names,
        x=list(places),
        orientation="h",
        width=0.84,
        name="number set",
        marker={"color": p.fade(p.muted, 0.18), "line": {"color": p.muted, "width": 1.5}},
        hovertemplate="%{y}: %{x:,} set<extra></extra>",
    )
    fig.add_bar(
        y=names,
        x=list(cases),
        orientation="h",
        width=0.42,
        name="cases",
        showlegend=False,
        marker={"color": [p.ai if agent == AI else p.expert for agent in agents]},
        hovertemplate="%{y}: %{x:,} cases<extra></extra>",
    )
    # Beyond both bars: the end of the places would run through the number.
    fig.add_scatter(
        y=names,
        x=[max(pair) for pair in zip(cases, places, strict=True)],
        mode="text",
        text=[f" {n:,} of {most:,}" for n, most in zip(cases, places, strict=True)],
        textposition="middle right",
        textfont={"color": p.text, "size": 13},
        hoverinfo="skip",
        showlegend=False,
    )
    row = 40 if len(names) <= 8 else 30
    finish(fig, theme, 96 + row * len(names), "Cases", None)
    fig.update_layout(barmode="overlay", bargap=0.2)
    fig.update_xaxes(range=[0, 1.25 * max([*cases, *places, 1])], tickformat=",d")
    fig.update_yaxes(autorange="reversed", showgrid=False)
    return fig


def so_far(
    agents: Sequence[str],
    shares: Float[np.ndarray, "n K"],
    wanted: Sequence[float],
    *,
    theme: Theme,
) -> go.Figure:
    """Each agent's share of the cases so far, and the share it should end at.

    Args:
      agents: names; only the first `MOST_LINES` are drawn, the AI always.
      shares: after each case.
      wanted: the share of all cases that each was given.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    shown = [k for k, agent in enumerate(agents) if agent != AI][: MOST_LINES - 1]
    shown += [k for k, agent in enumerate(agents) if agent == AI]
    names = distinct([agents[k] for k in shown])
    # Enough for any screen.
    steps = np.unique(np.linspace(0, max(len(shares) - 1, 0), 400).astype(int))[: len(shares)]
    fig = go.Figure()
    for place, (k, name) in enumerate(zip(shown, names, strict=True)):
        colour = p.ai if agents[k] == AI else p.expert
        fig.add_scatter(
            x=steps + 1,
            y=shares[steps, k],
            mode="lines",
            name=name,
            line={"color": colour, "width": 2, "dash": _DASHES[place % len(_DASHES)]},
            hovertemplate=f"{name}: %{{y:.1%}} of the first %{{x:,}} cases<extra></extra>",
        )
        fig.add_hline(y=wanted[k], line={"color": colour, "width": 1, "dash": "dot"}, opacity=0.5)
    finish(fig, theme, 320, "Cases that have arrived", "Share so far")
    # The first few cases swing from nothing to everything.
    settled = shares[len(shares) // 20 :, shown]
    top = max([*(wanted[k] for k in shown), *settled.ravel(), 0.1])
    fig.update_yaxes(range=[-0.02, min(1.2 * top, 1.02)], tickformat=".0%")
    return fig
