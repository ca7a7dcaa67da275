"""Figures of a comparison: curves, areas against missing rates, ranks over data sets."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.shared.looks import look
from app.shared.paint import PAINTS, Theme, finish, plain, short
from core.bench.ranks import Ranking

MOST_PANELS = 12
_COLUMNS = 3
_PANEL = 260  # pixels


def curves(
    frame: pd.DataFrame, styles: dict[str, int], names: dict[str, str], theme: Theme
) -> go.Figure:
    """Accuracy against coverage: a panel per data set, a line per method.

    Args:
      frame: columns data_set, method, coverage, accuracy, low, high (shares).
      styles: number of each method's look.
      names: what each is called.
      theme: "light" or "dark".
    """
    fig, places, height = _panels(frame, theme)
    for (data, method), rows in frame.groupby(["data_set", "method"], sort=False):
        if data not in places:
            continue
        fig.add_scatter(
            x=rows["coverage"],
            y=rows["accuracy"],
            customdata=rows[["low", "high"]],
            hovertemplate=(
                f"<b>{short(names[method], 40)}</b><br>AI takes %{{x:.1%}}<br>accuracy %{{y:.1%}} "
                "(%{customdata[0]:.1%}–%{customdata[1]:.1%})<extra></extra>"
            ),
            showlegend=data == _first(frame, method),
            **_line(method, styles, names, theme, 6),
            **places[data],
        )
    _finish(fig, theme, height, "Share of cases the AI takes", "Accuracy")
    fig.update_xaxes(range=[-0.03, 1.03], tickformat=".0%", dtick=0.5)
    fig.update_yaxes(tickformat=".3~p")
    return fig


def by_rate(
    frame: pd.DataFrame, styles: dict[str, int], names: dict[str, str], theme: Theme
) -> go.Figure:
    """Area against missing rate: a panel per data set, a line per method, 95 % intervals.

    Args:
      frame: columns data_set, method, missing_rate (a share), mean, half_width (areas × 100).
      styles: number of each method's look.
      names: what each is called.
      theme: "light" or "dark".
    """
    fig, places, height = _panels(frame, theme)
    for (data, method), rows in frame.groupby(["data_set", "method"], sort=False):
        if data not in places:
            continue
        ordered = rows.sort_values("missing_rate")
        # Moved apart a little: whiskers of methods that agree would hide one another.
        shift = 0.006 * (styles[method] - (len(styles) - 1) / 2)
        fig.add_scatter(
            x=ordered["missing_rate"] + shift,
            y=ordered["mean"],
            error_y={"array": ordered["half_width"].fillna(0.0), "thickness": 1.2, "width": 3},
            customdata=ordered[["missing_rate", "half_width"]],
            hovertemplate=(
                f"<b>{short(names[method], 40)}</b><br>%{{customdata[0]:.0%}} removed<br>"
                "%{y:.1f} ± %{customdata[1]:.1f}<extra></extra>"
            ),
            showlegend=data == _first(frame, method),
            **_line(method, styles, names, theme, 8),
            **places[data],
        )
    _finish(fig, theme, height, "Annotations removed", "Area under the curve")
    rates = sorted(frame["missing_rate"].unique())
    fig.update_xaxes(tickvals=rates, tickformat=".0%")
    return fig


def critical_difference(
    ranking: Ranking, styles: dict[str, int], names: dict[str, str], theme: Theme
) -> go.Figure:
    """Methods on an axis of mean ranks; bars join those that are not distinguishable.

    Args:
      ranking: with a critical difference.
      styles: number of each method's look.
      names: what each is called.
      theme: "light" or "dark".
    """
    p, fig = PAINTS[theme], go.Figure()
    methods = list(ranking.ranks)
    for place, method in enumerate(methods):
        own = look(styles[method], theme)
        fig.add_scatter(
            x=[ranking.ranks[method]],
            y=[-place],
            mode="markers+text",
            text=[f"  {short(names[method], 40)}, {ranking.ranks[method]:.2f}"],
            textposition="middle right",
            textfont={"color": p.text},
            marker={"size": 11, "symbol": own.symbol, "color": own.colour},
            hoverinfo="skip",
        )
    for number, group in enumerate(ranking.groups):
        fig.add_scatter(
            x=[ranking.ranks[group[0]] - 0.03, ranking.ranks[group[-1]] + 0.03],
            y=[0.9 + 0.45 * number] * 2,
            mode="lines",
            line={"color": p.text, "width": 5},
            hovertemplate=f"Not distinguishable: {plain(', '.join(group))}<extra></extra>",
        )
    if ranking.usable and ranking.critical is not None:
        top = 1.4 + 0.45 * len(ranking.groups)
        fig.add_scatter(
            x=[1, 1 + ranking.critical],
            y=[top, top],
            mode="lines+markers+text",
            text=["", f"  critical difference {ranking.critical:.2f}"],
            textposition="middle right",
            textfont={"color": p.muted},
            marker={"symbol": "line-ns-open", "size": 10, "color": p.muted},
            line={"color": p.muted, "width": 2},
            hoverinfo="skip",
        )
    height = 130 + 30 * (len(methods) + len(ranking.groups))
    finish(fig, theme, height, "Mean rank over data sets (1 is best)", "")
    fig.update_layout(showlegend=False)
    fig.update_xaxes(range=[0.8, len(methods) + 1.5], tickvals=list(range(1, len(methods) + 1)))
    fig.update_yaxes(visible=False)
    return fig


def _first(frame: pd.DataFrame, method: str) -> str:
    """The first data set that shows a method, which has its line in the legend."""
    return str(frame.loc[frame["method"] == method, "data_set"].iloc[0])


def _line(
    method: str, styles: dict[str, int], names: dict[str, str], theme: Theme, size: int
) -> dict[str, Any]:
    """A method's line with markers of a size, as it is in every panel."""
    own = look(styles[method], theme)
    return {
        "mode": "lines+markers",
        "name": short(names[method], 40),
        "legendgroup": method,
        "line": {"color": own.colour, "width": 2, "dash": own.dash},
        "marker": {"size": size, "symbol": own.symbol, "color": own.colour},
    }


def _panels(frame: pd.DataFrame, theme: Theme) -> tuple[go.Figure, dict[str, dict[str, int]], int]:
    data = list(dict.fromkeys(frame["data_set"]))[:MOST_PANELS]
    columns = min(len(data), _COLUMNS) or 1
    rows = -(-len(data) // columns) or 1
    fig = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[short(one, 40) for one in data],
        horizontal_spacing=0.07,
        vertical_spacing=0.22 / rows if rows > 1 else 0.1,
    )
    places = {one: {"row": i // columns + 1, "col": i % columns + 1} for i, one in enumerate(data)}
    return fig, places, rows * _PANEL + 110


def _finish(fig: go.Figure, theme: Theme, height: int, x: str, y: str) -> None:
    finish(fig, theme, height, x, y)
    fig.update_annotations(font={"size": 14, "color": PAINTS[theme].text})
    fig.update_layout(
        margin={"t": 84, "b": 8},
        # In pixels above the panels' titles, whatever the height.
        legend={"orientation": "h", "x": 0, "y": 1 + 34 / (height - 92), "yanchor": "bottom"},
    )
    # Axes of the inner panels say nothing that the first one does not.
    for axis in list(fig.select_yaxes())[1:]:
        axis.title.text = ""


def spoken(frame: pd.DataFrame, names: dict[str, str], value: str) -> str:
    """A figure in words: the best method per data set."""
    said: Sequence[str] = [
        f"{data}: highest {names[rows.loc[rows[value].idxmax(), 'method']]}."
        for data, rows in frame.dropna(subset=[value]).groupby("data_set", sort=False)
    ]
    return " ".join(said)
