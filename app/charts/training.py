"""Figures of a run that is training: loss and likelihood, targets reached, the curve so far."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.charts.curve import SYMBOLS
from app.charts.paint import PAINTS, Theme, finish, limits


def history(table: pd.DataFrame, *, theme: Theme) -> go.Figure:
    """Loss and log-likelihood per epoch while a run trains.

    Args:
      table: columns epoch and any of loss, log_likelihood.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    names = {"loss": "Loss", "log_likelihood": "Log-likelihood"}
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
            line={"color": p.team if name == "loss" else p.expert, "width": 2},
            showlegend=False,
            hovertemplate=f"pass %{{x}}: {names[name].lower()} %{{y:.3f}}<extra></extra>",
            row=1,
            col=column,
        )
    finish(fig, theme, 200, "Pass over the data", None)
    fig.update_yaxes(nticks=5, tickformat=".3~g")
    fig.update_annotations(font={"size": 13, "color": p.text})
    fig.update_layout(margin={"t": 28})
    return fig


def reached(points: pd.DataFrame, *, theme: Theme) -> go.Figure:
    """Realised share of the AI against the target, points as they finish."""
    p = PAINTS[theme]
    fig = go.Figure()
    fig.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="on target",
        line={"color": p.muted, "dash": "dash", "width": 1.5},
        hoverinfo="skip",
    )
    fig.add_scatter(
        x=points["target"],
        y=points["coverage"],
        mode="markers",
        name="a finished point",
        marker={"size": 8, "color": p.team, "symbol": "square"},
        hovertemplate="target %{x:.1%}: the AI takes %{y:.1%}<extra></extra>",
    )
    finish(fig, theme, 260, "Target for the AI", "What the AI takes")
    fig.update_xaxes(range=[-0.04, 1.04], tickformat=".0%", dtick=0.25)
    fig.update_yaxes(range=[-0.04, 1.04], tickformat=".0%", dtick=0.25)
    return fig


def growing(points: pd.DataFrame, *, theme: Theme) -> go.Figure:
    """The curve while it grows: accuracy of the points that have finished.

    Args:
      points: coverage, accuracy (shares, None where nothing was measured), seed.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    known = points.dropna(subset=["accuracy"]).sort_values("coverage")
    fig = go.Figure()
    fig.add_scatter(
        x=known["coverage"],
        y=known["accuracy"],
        mode="markers",
        marker={"size": 8, "color": p.team, "symbol": SYMBOLS["gate"]},
        hovertemplate="AI takes %{x:.1%}, accuracy %{y:.1%}<extra></extra>",
        showlegend=False,
    )
    low, high = limits(known["accuracy"].to_numpy(float))
    fig.update_layout(margin={"t": 8})
    finish(fig, theme, 220, "Share of cases the AI takes", "Accuracy so far")
    fig.update_xaxes(range=[-0.04, 1.04], tickformat=".0%", dtick=0.25)
    fig.update_yaxes(range=[low, high], tickformat=".0%")
    return fig
