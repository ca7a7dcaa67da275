"""The coverage–accuracy curve. No streamlit here: data in, figure out.

Dash or marker shape carries every meaning beside the colour. Shares come in as numbers
in [0, 1] and are shown in per cent. Points carry their target in `customdata[0]`, so that a click
can be read back.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.shared import words
from app.shared.chart_labels import Label, beside
from app.shared.paint import PAINTS, Paint, Theme, finish, limits, short
from core.dataset.annotation_set import AI
from core.results.curve import Single

SYMBOLS = {"value": "circle", "priced": "diamond", "gate": "square"}
DASHES = {"value": "solid", "priced": "dash", "gate": "dot"}
MOST_LINES = 5  # experts drawn one by one; of more, those that matter
RANDOM, ORACLE = "random deferral", "best any rule could do"
CHOSEN = "chosen point"
# Points that are not clicked must not fade when another one is.
STEADY = {"marker": {"opacity": 1}}


class At(NamedTuple):
    """Where a point lies: its target, the AI's realised share, the team's accuracy."""

    target: float
    coverage: float
    accuracy: float


def curve(
    points: pd.DataFrame,
    mean: pd.DataFrame,
    singles: Sequence[Single],
    *,
    rule: str,
    theme: Theme,
    height: int = 460,
    random: pd.DataFrame | None = None,
    oracle: pd.DataFrame | None = None,
    named: Collection[str] = (),
    chosen: At | None = None,
) -> go.Figure:
    """Team accuracy against the realised share of the AI.

    Args:
      points: a row per point and seed: target, seed, coverage, accuracy (shares).
      mean: a row per target: coverage, accuracy, low, high, sorted by coverage.
      singles: whoever decides alone, drawn as level lines with a label.
      rule: which rule the points are of, for colour, dash and marker.
      theme: "light" or "dark".
      height: in pixels.
      random: the straight line of random deferral: coverage, accuracy, low, high.
      oracle: the best any rule could do: target beside the same.
      named: experts with a line and a label also where there are many.
      chosen: the point that is looked at, which has a ring.
    """
    p = PAINTS[theme]
    fig = go.Figure()
    references(fig, random, oracle, p)
    band(fig, mean, p.fade(p.team, 0.16))
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
            unselected=STEADY,
            customdata=points[["target", "seed"]],
            hovertemplate=(
                "seed %{customdata[1]}, target %{customdata[0]:.1%}<br>"
                "AI takes %{x:.1%}, accuracy %{y:.1%}<extra></extra>"
            ),
        )
    one = len(mean) == 1
    ring(fig, chosen, p)
    fig.add_scatter(
        x=mean["coverage"],
        y=mean["accuracy"],
        mode="markers" if one else "lines+markers",
        name="team" if len(points) <= len(mean) else "team, mean of seeds",
        line={"color": p.team, "width": 2.5, "dash": DASHES.get(rule, "solid")},
        marker={"size": 11 if one else 9, "color": p.team, "symbol": SYMBOLS.get(rule, "circle")},
        error_y=bars(mean, p.team) if one else None,
        unselected=STEADY,
        customdata=mean[["target", "low", "high"]],
        hovertemplate=(
            "target %{customdata[0]:.1%}<br>AI takes %{x:.1%}<br>"
            "accuracy <b>%{y:.1%}</b> (%{customdata[1]:.1%}–%{customdata[2]:.1%})<extra></extra>"
        ),
    )
    values = [points["accuracy"], mean["low"], mean["high"], [s.accuracy for s in singles]]
    values += [table["accuracy"] for table in (random, oracle) if table is not None]
    low, high = limits(np.concatenate([np.asarray(v, float) for v in values]))
    axes(fig, theme, height, (low, high))
    beside(fig, level_lines(fig, singles, p, named), (low, high), height)
    return fig


def axes(fig: go.Figure, theme: Theme, height: int, y: tuple[float, float]) -> None:
    """The common axes of coverage against accuracy."""
    finish(fig, theme, height, "Share of cases the AI takes", "Accuracy of the team")
    fig.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", dtick=0.2)
    fig.update_yaxes(range=list(y), tickformat=".0%")


def band(fig: go.Figure, mean: pd.DataFrame, colour: str, name: str = "95 % interval") -> None:
    """The 95 % interval along a curve, where there is one at two points or more."""
    banded = mean.dropna(subset=["low", "high"])
    if len(banded) < 2:
        return
    fig.add_scatter(
        x=[*banded["coverage"], *banded["coverage"][::-1]],
        y=[*banded["high"], *banded["low"][::-1]],
        mode="lines",
        fill="toself",
        fillcolor=colour,
        line={"width": 0},
        hoverinfo="skip",
        name=name,
    )


def ring(fig: go.Figure, chosen: At | None, p: Paint, run: str | None = None) -> None:
    """Draws a ring around the chosen point, before its curve: a click means the mark within."""
    if chosen is None:
        return
    fig.add_scatter(
        x=[chosen.coverage],
        y=[chosen.accuracy],
        mode="markers",
        name=CHOSEN,
        marker={
            "symbol": "circle-open",
            "size": 19,
            "color": p.text,
            "line": {"width": 2.5, "color": p.text},
        },
        hoverinfo="skip",
        unselected=STEADY,
        customdata=[[chosen.target] if run is None else [chosen.target, run]],
    )


def references(
    fig: go.Figure, random: pd.DataFrame | None, oracle: pd.DataFrame | None, p: Paint
) -> None:
    """Draws the straight line of random deferral and the best any rule could do."""
    if random is not None and len(random):
        ends = random["low"].notna().all()
        interval = " (%{customdata[1]:.1%}–%{customdata[2]:.1%})" if ends else ""
        fig.add_scatter(
            x=random["coverage"],
            y=random["accuracy"],
            mode="lines",
            name=RANDOM,
            line={"color": p.muted, "width": 2, "dash": "longdashdot"},
            customdata=random.assign(target=None)[["target", "low", "high"]],
            hovertemplate=(
                "<b>random deferral</b>: a random case goes to the AI<br>with probability "
                "%{x:.0%}, else to a random expert<br>accuracy %{y:.1%}"
                + interval
                + "<extra></extra>"
            ),
        )
    if oracle is None or oracle.empty:
        return
    text = (
        "<b>best any rule could do</b>, knowing<br>the truth and every answer<br>"
        "accuracy %{y:.1%} (%{customdata[1]:.1%}–%{customdata[2]:.1%})<extra></extra>"
    )
    own = oracle["coverage"].isna().all()  # own bounds: it holds wherever the AI's share lands
    x = [0.0, 1.0] if own else oracle["coverage"]
    shown = oracle.loc[[0, 0]] if own else oracle
    fig.add_scatter(
        x=x,
        y=shown["accuracy"],
        mode="lines" if own else "lines+markers",
        name=ORACLE,
        line={"color": p.text, "width": 1.5, "dash": "dashdot"},
        marker={"size": 7, "color": p.text, "symbol": "triangle-up-open"},
        unselected=STEADY,
        customdata=shown[["target", "low", "high"]],
        hovertemplate=text,
    )


def bars(mean: pd.DataFrame, colour: str) -> dict[str, object]:
    """The 95 % interval of a single point."""
    return {
        "type": "data",
        "symmetric": False,
        "array": np.nan_to_num(mean["high"] - mean["accuracy"]),
        "arrayminus": np.nan_to_num(mean["accuracy"] - mean["low"]),
        "color": colour,
        "thickness": 2,
    }


def level_lines(
    fig: go.Figure, singles: Sequence[Single], p: Paint, named: Collection[str] = ()
) -> list[Label]:
    """Draws who decides alone as level lines, and returns their labels.

    Of many experts the most and the least accurate and those of `named` have a line and a label;
    the others are ticks at the right edge whose names appear under the pointer.
    """
    experts = [s for s in singles if s.name != AI]
    drawn = [s for s in singles if s.name == AI]
    labels = [Label(s.accuracy, f"AI alone {_figure(s)}", p.ai) for s in drawn]
    extremes: dict[str, str] = {}
    if len(experts) > MOST_LINES:
        best, worst = (f(experts, key=lambda s: s.accuracy) for f in (max, min))
        extremes = {worst.name: "lowest: ", best.name: "highest: "}
        fig.add_hrect(
            y0=worst.accuracy,
            y1=best.accuracy,
            fillcolor=p.fade(p.expert, 0.08),
            line_width=0,
            layer="below",
        )
        fig.add_scatter(
            x=[1.012] * len(experts),
            y=[s.accuracy for s in experts],
            mode="markers",
            name="each expert alone",
            showlegend=False,
            marker={
                "symbol": "line-ew-open",
                "size": 9,
                "color": p.expert,
                "line": {"width": 1.5, "color": p.expert},
            },
            unselected=STEADY,
            text=[f"{short(s.name, 40)} alone {_figure(s)}" for s in experts],
            hovertemplate="%{text}<extra></extra>",
        )
        experts = [s for s in experts if s.name in extremes or s.name in named]
    drawn += experts
    labels += [
        Label(s.accuracy, f"{extremes.get(s.name, '')}{short(s.name, 12)} {_figure(s)}", p.expert)
        for s in experts
    ]
    for single in drawn:
        ai = single.name == AI
        fig.add_hline(
            y=single.accuracy,
            line={"color": p.ai if ai else p.expert, "width": 1.6, "dash": "dash" if ai else "dot"},
            layer="below",
        )
    return labels


def _figure(single: Single) -> str:
    return words.with_interval(single.accuracy, single.interval)
