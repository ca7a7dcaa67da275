"""Several runs in one figure, and how the experts share the work under two policies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.shared import words
from app.shared.chart_labels import LINE, Label, beside
from app.shared.curve_chart import STEADY, At, axes, band, bars, level_lines, ring
from app.shared.looks import COLOURS, DASHES, SYMBOLS, look
from app.shared.paint import PAINTS, Theme, finish, limits, short
from core.results.curve import Single

MOST_LINES = 24  # curves that one figure holds; more could not be told apart
MOST_BANDS = 3  # intervals drawn as bands; more would hide one another
MOST_EXPERTS = 6  # experts told apart by dash and marker


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One run's curve under one rule.

    Attributes:
      name: what it is called in the figure.
      key: what a click on it means, the run's id.
      mean: a row per target: target, coverage, accuracy, low, high.
      points: the same per seed, empty to draw none.
      style: its colour, dash and marker, kept whichever run comes first.
    """

    name: str
    key: str
    mean: pd.DataFrame
    points: pd.DataFrame
    style: int


def compare(
    lines: Sequence[Line],
    singles: Sequence[Single],
    *,
    theme: Theme,
    height: int = 460,
    chosen: At | None = None,
) -> go.Figure:
    """Curves of runs, told apart by colour, dash and marker; the figure grows with their number.

    Args:
      lines: a run each, the first is the one others are compared with.
      singles: experts who decide alone; empty where runs do not share their test cases.
      theme: "light" or "dark".
      height: in pixels, at least.
      chosen: the point of the first run that is looked at, which has a ring.
    """
    p = PAINTS[theme]
    fig = go.Figure()
    looks = {line.key: look(line.style, theme) for line in lines}
    bands = lines if len(lines) <= MOST_BANDS else lines[:1]
    for line in bands:
        band(
            fig,
            line.mean,
            p.fade(looks[line.key].colour, 0.12),
            f"95 % interval, {short(line.name)}",
        )
    labels = level_lines(fig, singles, p)
    if lines:
        ring(fig, chosen, p, lines[0].key)
    for line in lines:
        own_look = looks[line.key]
        if len(lines) <= MOST_BANDS and len(line.points) > len(line.mean):
            fig.add_scatter(
                x=line.points["coverage"],
                y=line.points["accuracy"],
                mode="markers",
                name=f"{short(line.name)}, each seed",
                marker={
                    "size": 5,
                    "color": p.fade(own_look.colour, 0.4),
                    "symbol": own_look.symbol,
                },
                hoverinfo="skip",
                unselected=STEADY,
            )
        own = line.mean.assign(run=line.key)
        fig.add_scatter(
            x=line.mean["coverage"],
            y=line.mean["accuracy"],
            mode="lines+markers",
            name=short(line.name),
            line={
                "color": own_look.colour,
                "width": 2.5 if len(lines) <= len(SYMBOLS) else 1.8,
                "dash": own_look.dash,
            },
            marker={
                "size": 9 if len(lines) <= len(SYMBOLS) else 7,
                "color": own_look.colour,
                "symbol": own_look.symbol,
            },
            error_y=bars(line.mean, own_look.colour) if len(line.mean) == 1 else None,
            unselected=STEADY,
            customdata=own[["target", "run", "low", "high"]],
            hovertemplate=(
                f"<b>{short(line.name, 40)}</b><br>AI takes %{{x:.1%}}<br>"
                "accuracy <b>%{y:.1%}</b> (%{customdata[2]:.1%}–%{customdata[3]:.1%})"
                "<extra></extra>"
            ),
        )
        if len(line.mean):
            end = float(line.mean["accuracy"].iloc[-1])
            text = f"{own_look.glyph} {short(line.name, 30)}"
            labels.append(Label(end, text, own_look.colour))
    values = [v for line in lines for v in (line.mean["low"], line.mean["high"])]
    values += [line.mean["accuracy"] for line in lines] + [[s.accuracy for s in singles]]
    low, high = limits(np.concatenate([np.asarray(v, float) for v in values]))
    height = max(height, LINE * len(labels) + 120)
    axes(fig, theme, height, (low, high))
    beside(fig, labels, (low, high), height)
    fig.update_layout(showlegend=False, margin={"t": 12})
    return fig


def sharing(panels: Mapping[str, pd.DataFrame], *, theme: Theme, height: int = 320) -> go.Figure:
    """Each expert's share of the deferred cases along the curve, a panel per policy.

    Args:
      panels: title → a row per target and expert: coverage, expert, share, low, high.
      theme: "light" or "dark".
      height: in pixels.
    """
    p, colours = PAINTS[theme], COLOURS[theme]
    fig = make_subplots(
        cols=len(panels), shared_yaxes=True, subplot_titles=list(panels), horizontal_spacing=0.04
    )
    experts = list(dict.fromkeys(e for table in panels.values() for e in table["expert"]))
    few = len(experts) <= MOST_EXPERTS
    top = 0.0
    for column, table in enumerate(panels.values(), start=1):
        means = table.groupby("expert", sort=False)["share"].mean()
        for place, (expert, rows) in enumerate(table.groupby("expert", sort=False)):
            where = experts.index(expert)
            busiest = not few and expert == means.idxmax()
            colour = colours[where] if few else p.expert if busiest else p.fade(p.expert, 0.35)
            width = 2.2 if few or busiest else 1.0
            name = short(str(expert)) if few else "busiest expert" if busiest else "other experts"
            shown = column == 1 if few else (column == 1 and (busiest or place == _other(means)))
            fig.add_scatter(
                x=rows["coverage"],
                y=rows["share"],
                mode="lines+markers" if few or busiest else "lines",
                name=name,
                legendgroup=name,
                showlegend=shown,
                line={"color": colour, "width": width, "dash": DASHES[where] if few else "solid"},
                marker={"size": 7, "symbol": SYMBOLS[where] if few else "circle", "color": colour},
                customdata=rows[["low", "high"]],
                hovertemplate=(
                    f"<b>{short(str(expert))}</b><br>AI takes %{{x:.1%}}<br>%{{y:.1%}} of the "
                    "deferred cases (%{customdata[0]:.1%}–%{customdata[1]:.1%})<extra></extra>"
                ),
                row=1,
                col=column,
            )
        top = max(top, float(table["share"].max()) if len(table) else 0.0)
        if experts:
            fig.add_scatter(
                x=[0, 1],
                y=[1 / len(experts)] * 2,
                mode="lines",
                name=f"equal shares, {words.percent(1 / len(experts))} each",
                legendgroup="equal",
                showlegend=column == 1,
                line={"color": p.text, "width": 1.5, "dash": "dot"},
                hoverinfo="skip",
                row=1,
                col=column,
            )
    finish(fig, theme, height, "Share of cases the AI takes", "Share of the deferred cases")
    fig.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", dtick=0.2)
    fig.update_yaxes(range=[0, min(max(1.1 * top, 0.1), 1.02)], tickformat=".0%")
    for column in range(2, len(panels) + 1):
        fig.update_yaxes(title="", col=column)
    fig.update_layout(
        margin={"t": 30, "b": 96, "r": 16},
        legend={"orientation": "h", "x": 0, "y": -0.26, "yanchor": "top"},
    )
    fig.update_annotations(font={"size": 14, "color": p.text})
    return fig


def _other(means: pd.Series) -> int:
    """Position of the first expert that is not the busiest, to stand for all in the legend."""
    return 0 if means.idxmax() != means.index[0] else 1
