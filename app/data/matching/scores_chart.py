"""The distribution of readers' scores or grades, with the cut. Numbers in, figure out."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, distinct, finish

_BINS = 40


def histogram(values: np.ndarray, counts: np.ndarray, cut: float, theme: Theme) -> go.Figure:
    """How many scores there are, those from the cut on in another colour.

    Args:
      values: different scores.
      counts: how often each was given.
      cut: scores from here on are answers of the positive class.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high, min(_BINS, max(len(values), 2)) + 1)
    if low < cut < high:  # no bar stands on both sides
        edges = np.unique(np.append(edges, cut))
    numbers, _ = np.histogram(values, edges, weights=counts)
    middles, widths = (edges[:-1] + edges[1:]) / 2, np.diff(edges)
    fig = go.Figure(
        go.Bar(
            x=middles,
            y=numbers,
            width=widths * 0.92,
            marker_color=[p.team if x >= cut else p.mix(p.muted, 0.5) for x in middles],
            hovertemplate="%{y:,.0f} scores near %{x:.3g}<extra></extra>",
        )
    )
    fig.add_vline(x=cut, line_color=p.alarm, line_width=2)
    finish(fig, theme, 200, "Score", "Scores")
    fig.update_layout(margin_t=8)
    return fig


def bars(
    names: Sequence[str], counts: Mapping[str, Sequence[int]], first: int, theme: Theme
) -> go.Figure:
    """Shares of grades, in the truth and among the answers, with the cut between two of them.

    Args:
      names: of the grades, lowest first.
      counts: how often each grade occurs, by what is counted.
      first: position of the first grade of the upper class.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    paints = dict(zip(("Ground truth", "Readers"), (p.muted, p.expert), strict=True))
    fig = go.Figure()
    for title, numbers in counts.items():
        total = max(sum(numbers), 1)
        paint = paints.get(title, p.expert)
        fig.add_bar(
            x=list(range(len(names))),
            y=[n / total for n in numbers],
            name=title,
            marker_color=[paint if i >= first else p.mix(paint, 0.4) for i in range(len(names))],
            customdata=[f"{n:,} of {sum(numbers):,}" for n in numbers],
            hovertemplate=f"{title}: %{{customdata}} (%{{y:.1%}})<extra></extra>",
        )
    fig.add_vline(x=first - 0.5, line_color=p.alarm, line_width=2)
    finish(fig, theme, 240, "Grade", "Share")
    fig.update_layout(bargap=0.25, hovermode="x")
    fig.update_xaxes(
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=distinct(names, 14),
        showgrid=False,
    )
    fig.update_yaxes(tickformat=".0%", rangemode="tozero")
    return fig
