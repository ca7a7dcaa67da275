"""The AI's share that rules reach on new cases, against the share that was wanted."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, add_diagonal, finish

SYMBOLS = {"gate": "x", "posthoc": "diamond-open", "priced": "square", "value": "circle"}


def reached(
    found: Mapping[str, Sequence[tuple[float, float]]],
    names: Mapping[str, str],
    theme: Theme,
) -> go.Figure:
    """Realised against wanted coverage, a mark per rule and target.

    Args:
      found: of each rule, pairs of wanted and realised coverage.
      names: of the rules.
      theme: light or dark.
    """
    fig, p = go.Figure(), PAINTS[theme]
    add_diagonal(fig, theme, "as wanted")
    paints = {"gate": p.alarm, "posthoc": p.muted, "priced": p.team, "value": p.good}
    for rule, pairs in found.items():
        fig.add_scatter(
            x=[wanted for wanted, _ in pairs],
            y=[got for _, got in pairs],
            mode="markers",
            name=names[rule],
            marker={
                "symbol": SYMBOLS[rule],
                "size": 14,
                "color": paints[rule],
                "line": {"width": 2, "color": paints[rule]},
            },
            hovertemplate="wanted %{x:.0%}, reached %{y:.1%}<extra></extra>",
        )
    finish(fig, theme, 400, "AI's share wanted", "AI's share on new cases")
    ends = {"range": [0, 1], "tickformat": ".0%", "tickfont": {"size": 15, "color": p.muted}}
    fig.update_layout(
        xaxis=ends,
        yaxis=ends,
        margin={"t": 84},
        legend={"font": {"size": 14}, "itemclick": False, "itemdoubleclick": False},
    )
    return fig
