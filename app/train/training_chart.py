"""Figures of a run in training: loss and likelihood, targets reached, the curve so far."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.shared import words
from app.shared.curve_chart import SYMBOLS
from app.shared.paint import PAINTS, Theme, add_diagonal, finish, limits


def history(table: pd.DataFrame, names: Mapping[str, str], *, theme: Theme) -> go.Figure:
    """Metrics per epoch while a run trains, a panel each.

    Args:
      table: columns epoch and any of `names`.
      names: column → label.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    present = [n for n in names if n in table and table[n].notna().any()]
    fig = make_subplots(
        rows=1,
        cols=max(len(present), 1),
        horizontal_spacing=0.16,
        subplot_titles=[names[n] for n in present],
    )
    for column, name in enumerate(present, start=1):
        known = table.dropna(subset=[name])
        fig.add_scatter(
            x=known["epoch"],
            y=known[name],
            mode="lines+markers" if len(known) < 3 else "lines",
            line={"color": p.team if column == 1 else p.expert, "width": 2},
            showlegend=False,
            hovertemplate=f"epoch %{{x}}: {names[name].lower()} %{{y:.3f}}<extra></extra>",
            row=1,
            col=column,
        )
    finish(fig, theme, 240, "Epoch", None)
    fig.update_yaxes(nticks=5, tickformat=".3~g")
    fig.update_annotations(font={"size": 13, "color": p.text})
    fig.update_layout(margin={"t": 28})
    return fig


def reached(points: pd.DataFrame, now: pd.DataFrame, *, theme: Theme) -> go.Figure:
    """Realised share of the AI against the target, points as they finish.

    Args:
      points: target, coverage of finished points.
      now: the same of points in training.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    fig = go.Figure()
    add_diagonal(fig, theme, "on target")
    for rows, name, symbol in (
        (points, "finished", SYMBOLS["gate"]),
        (now, "in training", "circle-open"),
    ):
        if not len(rows):
            continue
        fig.add_scatter(
            x=rows["target"],
            y=rows["coverage"],
            mode="markers",
            name=name,
            marker={
                "size": 9,
                "color": p.team,
                "symbol": symbol,
                "line": {"width": 2, "color": p.team},
            },
            hovertemplate="target %{x:.1%}: the AI takes %{y:.1%}<extra></extra>",
        )
    finish(fig, theme, 260, "Target for the AI", "What the AI takes")
    fig.update_xaxes(range=[-0.04, 1.04], tickformat=".0%", dtick=0.25)
    fig.update_yaxes(range=[-0.04, 1.04], tickformat=".0%", dtick=0.25)
    return fig


def growing(by_rule: Mapping[str, pd.DataFrame], *, theme: Theme) -> go.Figure:
    """The curves while they grow: accuracy of the points that have finished.

    Args:
      by_rule: coverage, accuracy, low, high (shares, NaN where nothing was measured) per rule.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    fig = go.Figure()
    seen = []
    for number, (rule, points) in enumerate(by_rule.items()):
        known = points.dropna(subset=["accuracy"]).sort_values("coverage")
        seen.append(known[["accuracy", "low", "high"]].to_numpy(float))
        colour, name = (p.team, p.expert)[number % 2], words.rule_name(rule)
        fig.add_scatter(
            x=known["coverage"],
            y=known["accuracy"],
            mode="markers",
            name=name,
            error_y={
                "type": "data",
                "symmetric": False,
                "array": (known["high"] - known["accuracy"]).clip(lower=0.0).fillna(0.0),
                "arrayminus": (known["accuracy"] - known["low"]).clip(lower=0.0).fillna(0.0),
                "color": p.fade(colour, 0.45),
                "thickness": 1.5,
                "width": 0,
            },
            marker={"size": 8, "color": colour, "symbol": SYMBOLS.get(rule, "circle")},
            hovertemplate=f"{name}: AI takes %{{x:.1%}}, accuracy %{{y:.1%}}<extra></extra>",
        )
    values = np.concatenate(seen or [np.empty(0)], axis=None)
    low, high = limits(values[np.isfinite(values)])
    finish(fig, theme, 260, "Share of cases the AI takes", "Accuracy so far")
    fig.update_layout(margin={"t": 8}, showlegend=len(by_rule) > 1)
    fig.update_xaxes(range=[-0.04, 1.04], tickformat=".0%", dtick=0.25)
    fig.update_yaxes(range=[low, high], tickformat=".0%")
    return fig
