"""Figures of a scenario: who does how much, and what is assumed of tiredness."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.charts.paint import PAINTS, Theme, distinct, finish
from core.dataset.annotation_set import AI

MOST_BARS = 14  # agents with a bar of their own
ROOM = 1.24  # of the greatest value: space for the texts beside the bars
_FEW = 6  # agents up to which rows are tall


def bars(agents: pd.DataFrame, *, axis: str, theme: Theme, share: bool = False) -> go.Figure:
    """Who does how much: a bar per agent on its bounds, whiskers for the coming cases.

    Args:
      agents: agent, value, lower, upper, low, high (of the coming cases), before (of the
        baseline), text (written beside the bar), outside (whether it breaches its bounds), bounds
        (in words), bound (whether there are any), capped (whether there is a maximum); all numbers
        in one unit.
      axis: what the unit is.
      theme: "light" or "dark".
      share: whether the numbers are shares.
    """
    p = PAINTS[theme]
    shown = drawn(agents)
    names = distinct(list(shown["agent"]), 18)
    # Bars stop here: a bound far to the right of everything would flatten all that moves.
    right = reach(shown)
    limited = shown["bound"].to_numpy(bool)
    bands = shown[limited]
    caps = (shown["capped"] & (shown["upper"] <= ROOM * right)).to_numpy(bool)
    out = shown["outside"].to_numpy(bool)
    whiskers = (shown["high"] > 0).to_numpy()
    known = (shown["before"] > 0).to_numpy()
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "y": _kept(names, limited),
            "x": np.maximum(bands["upper"] - bands["lower"], right * 0.002),
            "base": bands["lower"],
            "orientation": "h",
            "width": 0.86,
            "name": "its bounds",
            "marker": {"color": p.fade(p.muted, 0.18), "line": {"color": p.muted, "width": 1.2}},
            "customdata": bands["bounds"],
            "hovertemplate": "%{y}: %{customdata}<extra></extra>",
            "showlegend": bool(limited.any()),
        },
        {
            "type": "bar",
            "y": names,
            "x": shown["value"],
            "orientation": "h",
            "width": 0.44,
            "showlegend": False,
            "marker": {
                "color": [p.ai if name == AI else p.expert for name in shown["agent"]],
                "pattern": {
                    "shape": ["/" if b else "" for b in out],
                    "fgcolor": p.paper,
                    "size": 5,
                },
            },
            "customdata": shown["text"],
            "hovertemplate": "%{y}: %{customdata}<extra></extra>",
        },
        {
            "type": "scatter",
            "y": _kept(names, caps),
            "x": shown["upper"][caps],
            "mode": "markers",
            "marker": {
                "symbol": "line-ns-open",
                "size": 0.8 * row_height(shown),
                "color": p.text,
                "line": {"width": 3},
            },
            "name": "maximum",
            "hovertemplate": "%{y}, maximum: %{x:,.3~g}<extra></extra>",
            "showlegend": bool(caps.any()),
        },
        {
            "type": "scatter",
            "y": _kept(names, whiskers),
            "x": ((shown["low"] + shown["high"]) / 2)[whiskers],
            "error_x": {
                "type": "data",
                "array": ((shown["high"] - shown["low"]) / 2)[whiskers],
                "color": p.text,
                "thickness": 1.4,
                "width": 4,
            },
            "mode": "markers",
            # In the key it stands for the whisker, in the figure it lies on it.
            "marker": {
                "symbol": "line-ew-open", "size": 9, "color": p.text, "line": {"width": 1.4}
            },
            "name": "where the coming cases will put it (95 %)",
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "y": _kept(names, known),
            "x": shown["before"][known],
            "mode": "markers",
            "marker": {
                "symbol": "diamond-open", "size": 9, "color": p.text, "line": {"width": 1.6}
            },
            "name": "what it is compared with",
            "hovertemplate": "%{y}, compared with: %{x:,.3~g}<extra></extra>",
            "showlegend": bool(known.any()),
        },
    ]  # fmt: skip
    across: dict[str, Any] = {"range": [0, ROOM * right]}
    if share:  # no tick beyond everything, though there is room for the texts
        across |= {"tickformat": ".0%", "tickvals": [t / 10 for t in ticks(right)]}
    written = [
        {
            "x": text_at(row, right),
            "y": name,
            "text": f"<b>{row.text}</b>" + ("  ⚠ outside" if row.outside else ""),
            "showarrow": False,
            "xanchor": "left",
            "xshift": 8,
            "font": {"color": p.alarm if row.outside else p.text, "size": 13},
            "bgcolor": p.fade(p.paper, 0.75),
            "borderpad": 1,
        }
        for name, row in zip(names, shown.itertuples(), strict=True)
    ]
    # In one go: each later update walks the whole figure, and this one is drawn at every move.
    fig = go.Figure(
        {
            "data": traces,
            "layout": {
                "annotations": written,
                "barmode": "overlay",
                "bargap": 0.2,
                "xaxis": across,
                "yaxis": {"autorange": "reversed"},
            },
        }
    )
    finish(fig, theme, 88 + row_height(shown) * len(shown), axis, None)
    fig.update_layout(
        margin={"l": 8, "r": 8, "t": 26, "b": 4},
        legend_font_size=12,
        yaxis_showgrid=False,
    )
    return fig


def _kept(names: Sequence[str], kept: np.ndarray) -> list[str]:
    return [name for name, keep in zip(names, kept, strict=True) if keep]


def drawn(agents: pd.DataFrame) -> pd.DataFrame:
    """The AI first, then the experts; of many those out of bounds or with most work."""
    ai = agents["agent"] == AI
    experts = agents[~ai]
    if len(agents) > MOST_BARS:
        experts = experts.sort_values(["outside", "value"], ascending=False, kind="stable")
        experts = experts.head(MOST_BARS - 1)
    return pd.concat([agents[ai], experts], ignore_index=True)


def row_height(shown: pd.DataFrame) -> int:
    """Pixels of an agent's row."""
    return 34 if len(shown) <= _FEW else 27


def reach(shown: pd.DataFrame) -> float:
    """How far to the right the picture goes, before the room for the texts."""
    seen = [shown["value"].max(), shown["high"].max(), shown["before"].max()]
    lower = shown.loc[shown["bound"], "lower"].max()
    upper = shown.loc[shown["bound"], "upper"].max()
    reach = float(np.nanmax([*seen, lower, 1e-9]))
    return max(reach, min(float(np.nan_to_num(upper)), 1.6 * reach))


def text_at(row: Any, right: float) -> float:
    """Where a bar's text begins: right of its whisker, and of a mark that it would hide."""
    end = max(row.value, row.high)
    for mark in sorted((row.before, row.upper if row.bound else 0.0)):
        if end <= mark < end + 0.14 * right:
            end = mark
    return float(min(end, right))


def ticks(right: float) -> list[float]:
    """Where an axis of shares is marked, in tenths of all cases."""
    step = 2 if right > 0.5 else 1 if right > 0.25 else 0.5 if right > 0.12 else 0.2
    return [step * i for i in range(int(10 * min(ROOM * right, 1.0) / step + 1e-9) + 1)]


def small(names: Sequence[str], shares: pd.DataFrame, *, theme: Theme) -> go.Figure:
    """Workloads of up to four scenarios side by side, a small panel each.

    Args:
      names: of the scenarios.
      shares: agent, and a column of shares per place in `names`.
      theme: "light" or "dark".
    """
    from plotly.subplots import make_subplots

    p = PAINTS[theme]
    agents = distinct(list(shares["agent"]), 16)
    fig = make_subplots(
        rows=1,
        cols=len(names),
        shared_yaxes=True,
        horizontal_spacing=0.04,
        subplot_titles=distinct(list(names), 26),
    )
    most = float(np.nanmax(shares.drop(columns="agent").to_numpy(float)))
    for column in range(len(names)):
        values = shares.iloc[:, column + 1]
        fig.add_bar(
            x=values,
            y=agents,
            orientation="h",
            row=1,
            col=column + 1,
            marker={"color": [p.ai if a == AI else p.expert for a in shares["agent"]]},
            text=[f"{100 * v:.0f} %" for v in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
            showlegend=False,
        )
    titles = [a.to_plotly_json() for a in fig.layout.annotations]
    finish(fig, theme, 70 + 24 * len(agents), "", None)
    fig.update_layout(annotations=titles, margin={"l": 8, "r": 8, "t": 30, "b": 4})
    fig.update_annotations(font={"size": 13, "color": p.text})
    fig.update_xaxes(range=[0, 1.25 * max(most, 0.05)], tickformat=".0%", nticks=4)
    fig.update_yaxes(showgrid=False, autorange="reversed")
    return fig


def tiring(curves: pd.DataFrame, *, theme: Theme) -> go.Figure:
    """The stated curves: accuracy lost by a case read at that moment of the day.

    Args:
      curves: agent, load (cases a day), lost (points); a row per point drawn.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    fig = go.Figure()
    dashes = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
    for place, (agent, curve) in enumerate(curves.groupby("agent", sort=False)):
        fig.add_scatter(
            x=curve["load"],
            y=-curve["lost"],
            mode="lines",
            line={"color": p.expert, "width": 2.5, "dash": dashes[place % len(dashes)]},
            name=distinct([str(agent)], 26)[0],
            hovertemplate=(
                "case %{x:,.0f} of the day: %{y:.1f} points<extra>%{fullData.name}</extra>"
            ),
            showlegend=True,
        )
    finish(fig, theme, 190, "Cases read that day", "Points")
    fig.update_layout(margin={"l": 4, "r": 8, "t": 24, "b": 4}, legend={"font": {"size": 11}})
    fig.update_xaxes(nticks=5)
    fig.update_yaxes(nticks=4, rangemode="tozero")
    return fig
