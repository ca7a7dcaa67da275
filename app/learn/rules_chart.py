"""How far the AI's share on new cases is from the share that was wanted, rule by rule."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, finish

_SYMBOLS = {"gate": "x", "posthoc": "diamond-open", "priced": "square", "value": "circle"}
_APART = 1.4  # per cent between marks of one target, which would cover one another


def off_target(
    found: Mapping[str, Sequence[tuple[float, float]]],
    names: Mapping[str, str],
    theme: Theme,
) -> go.Figure:
    """Realised minus wanted share of the AI, in points, a mark per rule and target.

    Args:
      found: of each rule, pairs of wanted and realised shares.
      names: of the rules.
      theme: light or dark.
    """
    fig, p = go.Figure(), PAINTS[theme]
    paints = {"gate": p.alarm, "posthoc": p.muted, "priced": p.team, "value": p.good}
    for n, (rule, pairs) in enumerate(found.items()):
        fig.add_scatter(
            x=[100 * wanted + _APART * (n - 1.5) for wanted, _ in pairs],
            y=[100 * (got - wanted) for wanted, got in pairs],
            mode="markers",
            name=names[rule],
            marker={
                "symbol": _SYMBOLS[rule],
                "size": 13,
                "color": paints[rule],
                "line": {"width": 2, "color": paints[rule]},
            },
            hovertemplate="%{y:.1f} points<extra></extra>",
        )
    most = max(5.0, *(100 * abs(b - a) for pairs in found.values() for a, b in pairs))
    fig.add_hline(y=0, line={"color": p.text, "width": 2})
    finish(fig, theme, 430, "AI's share wanted, %", "points off target on new cases")
    ticks = {"size": 15, "color": p.muted}
    fig.update_layout(
        xaxis={"range": [-4, 104], "tickfont": ticks, "dtick": 20},
        yaxis={"range": [-1.15 * most, 1.15 * most], "tickfont": ticks},
        margin={"t": 90},
        legend={"font": {"size": 14}, "itemclick": False, "itemdoubleclick": False},
    )
    return fig
