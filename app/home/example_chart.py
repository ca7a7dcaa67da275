"""The picture on Home: one curve, labelled beside its lines."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from app.shared import words
from app.shared.operating_point import OperatingPoint
from app.shared.paint import PAINTS, Theme, finish, short
from core.dataset.annotation_set import AI
from core.results.curve import Single


def picture(
    mean: pd.DataFrame, singles: Sequence[Single], best: OperatingPoint, *, theme: Theme
) -> go.Figure:
    """The team against each agent alone.

    Args:
      mean: coverage, accuracy, low, high (shares), sorted by coverage.
      singles: the AI and the experts alone.
      best: the point with the arrow.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    fig = go.Figure()
    fig.add_scatter(
        x=[*mean["coverage"], *mean["coverage"][::-1]],
        y=[*mean["high"], *mean["low"][::-1]],
        mode="lines",
        fill="toself",
        fillcolor=p.fade(p.team, 0.16),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    fig.add_scatter(
        x=mean["coverage"],
        y=mean["accuracy"],
        mode="lines+markers",
        line={"color": p.team, "width": 3},
        marker={"size": 7},
        customdata=mean[["low", "high"]],
        hovertemplate=(
            "the AI takes %{x:.1%}<br>team <b>%{y:.1%}</b> "
            "(%{customdata[0]:.1%}–%{customdata[1]:.1%})<extra></extra>"
        ),
        showlegend=False,
    )
    _level(fig, [s for s in singles if s.name == AI], "AI alone", p.ai, "dash")
    _level(fig, [s for s in singles if s.name != AI], "Experts alone", p.expert, "dot")
    assert best.accuracy is not None
    fig.add_scatter(
        x=[best.coverage],
        y=[best.accuracy],
        mode="markers",
        marker={"size": 14, "color": p.paper, "line": {"color": p.team, "width": 3}},
        hoverinfo="skip",
        showlegend=False,
    )
    fig.add_annotation(
        x=best.coverage,
        y=best.accuracy,
        text=f"<b>Team {words.percent(best.accuracy)}</b>",
        ax=0,
        ay=-34,
        arrowcolor=p.team,
        arrowwidth=1.5,
        font={"color": p.team, "size": 15},
    )
    finish(fig, theme, 330, "Share of cases the AI takes", "Accuracy on unseen cases")
    seen = [*mean["low"], *mean["high"], *(s.accuracy for s in singles)]
    low, high = min(seen), max(seen)
    fig.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", dtick=0.25)
    fig.update_yaxes(range=[low - 0.02, min(high + 0.035, 1.02)], tickformat=".0%", nticks=6)
    fig.update_layout(margin={"l": 8, "r": 22, "t": 8, "b": 8})
    return fig


def _level(fig: go.Figure, group: Sequence[Single], title: str, colour: str, dash: str) -> None:
    """A level line for each, and one label over the highest: neighbouring labels would overlap."""
    if not group:
        return
    ranked = sorted(group, key=lambda s: s.accuracy, reverse=True)
    for single in ranked:
        fig.add_hline(
            y=single.accuracy, line={"color": colour, "width": 1.8, "dash": dash}, layer="below"
        )
    figures = ", ".join(
        words.percent(s.accuracy)
        if s.name == AI
        else f"{short(s.name)} {words.percent(s.accuracy)}"
        for s in ranked
    )
    fig.add_annotation(
        x=0.0,
        y=ranked[0].accuracy,
        xanchor="left",
        yanchor="bottom",
        text=f"{title}: {figures}",
        showarrow=False,
        font={"color": colour, "size": 12},
    )
