"""Workloads under every rule at one target."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.shared import words
from app.shared.curve_chart import SYMBOLS
from app.shared.paint import PAINTS, Theme, distinct, finish
from core.dataset.annotation_set import AI

MOST_AGENTS = 12


def workloads(table: pd.DataFrame, rules: Sequence[str], *, theme: Theme) -> go.Figure:
    """A row per agent: its bounds as a band, its share under each rule as a marker.

    Args:
      table: agent, lower, upper, and a column per rule.
      rules: columns to draw, the one in focus first.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    shown = shown_agents(table, rules)
    names = distinct(list(shown["agent"]))
    place = np.arange(len(shown))
    limited = ~((shown["lower"] <= 0) & (shown["upper"] >= 1)).to_numpy()
    bounds = shown[limited]
    fig = go.Figure()
    fig.add_bar(
        y=place[limited],
        x=np.maximum(bounds["upper"] - bounds["lower"], 0.0),
        base=bounds["lower"],
        orientation="h",
        width=0.7,
        name="bounds",
        marker={"color": p.fade(p.muted, 0.18), "line": {"color": p.muted, "width": 1.5}},
        customdata=[words.bounds_text(r.lower, r.upper) for r in bounds.itertuples()],
        hovertemplate="bounds %{customdata}<extra></extra>",
        showlegend=bool(limited.any()),
    )
    colours = {"value": p.team, "priced": p.expert, "gate": p.text}
    lanes = np.linspace(-0.2, 0.2, len(rules)) if len(rules) > 1 else [0.0]
    for rule, lane in zip(rules, lanes, strict=True):
        fig.add_scatter(
            x=shown[rule],
            y=place + lane,  # apart, so that equal shares do not hide each other
            mode="markers",
            name=words.rule_name(rule),
            marker={
                "size": 10,
                "color": colours.get(rule, p.muted),
                "symbol": SYMBOLS.get(rule, "triangle-up"),
            },
            customdata=names,
            hovertemplate=f"%{{customdata}}, {words.rule_name(rule)}: %{{x:.1%}}<extra></extra>",
        )
    most = max(
        float(shown[list(rules)].to_numpy().max()),
        float(bounds["upper"].max()) if len(bounds) else 0.0,
    )
    finish(fig, theme, 110 + 38 * len(shown), "Share of the cases", None)
    fig.update_layout(barmode="overlay")
    fig.update_xaxes(range=[-0.02 * most, 1.06 * max(most, 0.05)], tickformat=".0%")
    fig.update_yaxes(
        range=[len(shown) - 0.5, -0.5],
        showgrid=False,
        tickmode="array",
        tickvals=place,
        ticktext=names,
        automargin=True,
    )
    return fig


def shown_agents(table: pd.DataFrame, rules: Sequence[str]) -> pd.DataFrame:
    """The AI first, then the agents with most work under any rule, as many as there is room."""
    ai = table[table["agent"] == AI]
    experts = table[table["agent"] != AI]
    if len(experts) > MOST_AGENTS - 1:
        most = experts[list(rules)].max(axis=1)
        experts = experts.loc[most.sort_values(ascending=False, kind="stable").index]
        experts = experts.head(MOST_AGENTS - 1)
    return pd.concat([ai, experts], ignore_index=True)
