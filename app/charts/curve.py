"""The coverage–accuracy curve. No streamlit here: data in, figure out.

What carries meaning is told by dash or marker shape beside the colour. Shares come in as numbers
in [0, 1] and are shown in per cent.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app import words
from app.charts.paint import PAINTS, Paint, Theme, finish, limits, short
from app.results import Single
from core.data.annotation_set import AI

SYMBOLS = {"value": "circle", "priced": "diamond", "gate": "square"}
DASHES = {"value": "solid", "priced": "dash", "gate": "dot"}
MOST_LINES = 4  # experts drawn one by one; more become a band


def curve(
    points: pd.DataFrame,
    mean: pd.DataFrame,
    singles: Sequence[Single],
    *,
    rule: str,
    theme: Theme,
    height: int = 440,
) -> go.Figure:
    """Team accuracy against the realised share of the AI.

    Args:
      points: a row per point and seed: target, seed, coverage, accuracy (shares).
      mean: a row per target: coverage, accuracy, low, high, sorted by coverage.
      singles: whoever decides alone, drawn as level lines with a label.
      rule: which rule the points are of, for colour, dash and marker.
      theme: "light" or "dark".
      height: in pixels.
    """
    p = PAINTS[theme]
    fig = go.Figure()
    banded = mean.dropna(subset=["low", "high"])
    if len(banded) > 1:
        fig.add_scatter(
            x=[*banded["coverage"], *banded["coverage"][::-1]],
            y=[*banded["high"], *banded["low"][::-1]],
            mode="lines",
            fill="toself",
            fillcolor=p.fade(p.team, 0.16),
            line={"width": 0},
            hoverinfo="skip",
            name="95 % interval",
        )
    if len(points) > len(mean):
        fig.add_scatter(
            x=points["coverage"],
            y=points["accuracy"],
            mode="markers",
            name="each seed",
            marker={
                "size": 6,
                "color": p.fade(p.team, 0.45),
                "symbol": SYMBOLS.get(rule, "circle"),
            },
            customdata=points[["target", "seed"]],
            hovertemplate=(
                "seed %{customdata[1]}, target %{customdata[0]:.1%}<br>"
                "AI takes %{x:.1%}, accuracy %{y:.1%}<extra></extra>"
            ),
        )
    one = len(mean) == 1
    fig.add_scatter(
        x=mean["coverage"],
        y=mean["accuracy"],
        mode="markers" if one else "lines+markers",
        name="team" if len(points) <= len(mean) else "team, mean of seeds",
        line={"color": p.team, "width": 2.5, "dash": DASHES.get(rule, "solid")},
        marker={"size": 11 if one else 8, "color": p.team, "symbol": SYMBOLS.get(rule, "circle")},
        error_y=_bars(mean, p.team) if one else None,
        customdata=mean[["target", "low", "high"]],
        hovertemplate=(
            "target %{customdata[0]:.1%}<br>AI takes %{x:.1%}<br>"
            "accuracy <b>%{y:.1%}</b> (%{customdata[1]:.1%}–%{customdata[2]:.1%})<extra></extra>"
        ),
    )
    values = [points["accuracy"], mean["low"], mean["high"], [s.accuracy for s in singles]]
    low, high = limits(np.concatenate([np.asarray(v, float) for v in values]))
    _level_lines(fig, singles, p, low, high, height)
    finish(fig, theme, height, "Share of cases the AI takes", "Accuracy of the team")
    fig.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", dtick=0.1)
    fig.update_yaxes(range=[low, high], tickformat=".0%")
    fig.update_layout(margin={"r": 208})
    return fig


def _bars(mean: pd.DataFrame, colour: str) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": np.nan_to_num(mean["high"] - mean["accuracy"]),
        "arrayminus": np.nan_to_num(mean["accuracy"] - mean["low"]),
        "color": colour,
        "thickness": 2,
    }


def _level_lines(
    fig: go.Figure, singles: Sequence[Single], p: Paint, low: float, high: float, height: int
) -> None:
    """Draw who decides alone as level lines labelled at the right, labels kept apart."""
    experts = [s for s in singles if s.name != AI]
    drawn = [s for s in singles if s.name == AI]
    labels = [(s.accuracy, f"AI alone {_figure(s)}", p.ai) for s in drawn]
    if len(experts) > MOST_LINES:
        best, worst = (f(experts, key=lambda s: s.accuracy) for f in (max, min))
        fig.add_hrect(
            y0=worst.accuracy,
            y1=best.accuracy,
            fillcolor=p.fade(p.expert, 0.08),
            line_width=0,
            layer="below",
        )
        drawn += [best, worst]
        labels.append(
            (
                best.accuracy,
                f"most accurate {_figure(best)}",
                p.expert,
            )
        )
        labels.append((worst.accuracy, f"least accurate {_figure(worst)}", p.expert))
    else:
        drawn += experts
        labels += [(s.accuracy, f"{short(s.name, 12)} {_figure(s)}", p.expert) for s in experts]
    for single in drawn:
        ai = single.name == AI
        fig.add_hline(
            y=single.accuracy,
            line={"color": p.ai if ai else p.expert, "width": 1.6, "dash": "dash" if ai else "dot"},
            layer="below",
        )
    room = (high - low) * 19 / max(height - 120, 1)  # a line of text, in units of the axis
    for (_, text, colour), y in zip(labels, _apart([v for v, _, _ in labels], room), strict=True):
        fig.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=6,
            y=y,
            text=text,
            showarrow=False,
            font={"color": colour, "size": 12},
        )


def _figure(single: Single) -> str:
    return words.with_interval(single.accuracy, single.interval)


def _apart(values: Sequence[float], room: float) -> list[float]:
    """Positions near the values, at least `room` from one another."""
    order = np.argsort(values)
    placed = np.asarray(values, float).copy()
    # A few sweeps push neighbours apart evenly, so that a cluster stays centred on itself.
    for _ in range(200):
        moved = False
        for a, b in pairwise(order):
            lack = room - (placed[b] - placed[a])
            if lack > 1e-9:
                placed[a] -= lack / 2
                placed[b] += lack / 2
                moved = True
        if not moved:
            break
    return [float(v) for v in placed]
