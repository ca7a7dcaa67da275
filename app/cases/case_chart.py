"""One case: expected correctness per agent, less what its limited capacity costs."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, distinct, finish
from core.dataset.annotation_set import AI

MOST_BARS = 12  # agents with a bar of their own


def drawn(agents: pd.DataFrame) -> pd.DataFrame:
    """The agents with a bar: the one that gets the case and the nearest, in the set's order."""
    if len(agents) <= MOST_BARS:
        return agents
    order = agents["net"].fillna(-np.inf) + 10.0 * agents["chosen"] + 5.0 * (agents["agent"] == AI)
    return agents.loc[order.sort_values(ascending=False).index[:MOST_BARS]].sort_index()


def expected(agents: pd.DataFrame, *, theme: Theme) -> go.Figure:
    """Bars of expected correctness; the hatched end is the price, its inner edge the net score.

    Args:
      agents: of `core.scenarios.explain.Explained.agents`.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    shown = drawn(agents)
    names = distinct(list(shown["agent"]), 20)
    value = shown["expected"].to_numpy(float)
    net = shown["net"].to_numpy(float)
    out = ~np.isfinite(net)
    colour = [p.ai if a == AI else p.expert for a in shown["agent"]]
    colour = [p.fade(c, 0.35) if o else c for c, o in zip(colour, out, strict=True)]
    inner = np.where(out, value, np.clip(np.minimum(net, value), 0, None))
    fig = go.Figure()
    fig.add_bar(
        y=names,
        x=inner,
        orientation="h",
        width=0.6,
        showlegend=False,
        marker={"color": colour},
        customdata=[f"{100 * v:.1f} %" for v in value],
        hovertemplate="%{y}: expected right in %{customdata}<extra></extra>",
    )
    price = np.where(out, 0.0, np.clip(value - inner, 0, None))
    fig.add_bar(
        y=names,
        x=price,
        base=inner,
        orientation="h",
        width=0.6,
        name="deducted for limited capacity",
        marker={
            "color": p.fade(p.muted, 0.2),
            "line": {"color": p.muted, "width": list(np.where(price > 0, 1, 0))},
            "pattern": {"shape": "/", "fgcolor": p.muted, "size": 5},
        },
        hovertemplate="%{y}: deducted %{x:.1%}<extra></extra>",
        showlegend=bool((price > 5e-4).any()),
    )
    fig.update_layout(
        annotations=[
            {
                "x": max(v, i + c),
                "y": name,
                "text": text,
                "showarrow": False,
                "xanchor": "left",
                "xshift": 6,
                "font": {"color": p.muted if o else p.text, "size": 13},
            }
            for v, i, c, name, text, o in zip(
                value, inner, price, names, _texts(shown), out, strict=True
            )
        ]
    )
    finish(fig, theme, 92 + 34 * len(shown), "Expected correctness (by the model)", None)
    fig.update_layout(barmode="overlay", margin={"l": 8, "r": 8, "t": 26, "b": 4})
    fig.update_xaxes(range=[0, 1.75], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%")
    fig.update_yaxes(autorange="reversed", showgrid=False)
    return fig


def _texts(shown: pd.DataFrame) -> list[str]:
    """The text beside each bar."""
    said = []
    for row in shown.itertuples():
        text = f"{100 * row.expected:.1f} %"
        if not np.isfinite(row.net):
            text += " · off duty" if row.barred == "off duty" else " · not allowed"
        elif abs(row.price) >= 5e-4:
            text += f" → {100 * row.net:.1f}"
        said.append(f"<b>{text} · gets it</b>" if row.chosen else text)
    return said
