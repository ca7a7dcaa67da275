"""The distribution of readers' scores, with the cut. No streamlit here: numbers in, figure out."""

import numpy as np
import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, finish

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
