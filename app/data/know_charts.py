"""Figures of what is known before training. No streamlit here: data in, figure out."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, finish, limits
from app.shared.reliability_chart import error_bars


def over_time(table: pd.DataFrame, *, x: str, experts: str, theme: Theme) -> go.Figure:
    """Accuracy per period with intervals, of the experts and of an external AI."""
    p = PAINTS[theme]
    fig = go.Figure()
    lines = [(experts, p.expert, "accuracy", "low", "high", -1)]
    if "ai" in table:
        lines.append(("external AI", p.ai, "ai", "ai_low", "ai_high", 1))
    # Side by side, so that intervals of the same period do not cover each other.
    gaps = table["start"].diff().dropna()
    apart = gaps.min() / 12 if len(lines) > 1 and len(gaps) else pd.Timedelta(0)
    for name, colour, value, low, high, side in lines:
        fig.add_scatter(
            x=table["start"] + side * apart,
            y=table[value],
            mode="lines+markers",
            name=name,
            marker={"size": 8, "color": colour},
            line={"color": colour, "width": 1.5},
            error_y=error_bars(table[value], table[low], table[high], colour),
            customdata=np.column_stack(
                [table["start"].dt.strftime("%Y-%m-%d"), table[low], table[high], table["cases"]]
            ),
            hovertemplate=(
                "from %{customdata[0]}: <b>%{y:.1%}</b> (%{customdata[1]:.1%}–%{customdata[2]:.1%})"
                ", %{customdata[3]:,} cases<extra></extra>"
            ),
        )
    finish(fig, theme, 380, x, "Accuracy")
    ends = table[[c for _, _, *columns, _ in lines for c in columns]].to_numpy(float)
    fig.update_yaxes(tickformat=".0%", range=list(limits(ends)))
    fig.update_layout(showlegend=True)
    return fig


def width(
    cases: np.ndarray,
    half: np.ndarray,
    *,
    today: tuple[float, float] | None,
    wanted: tuple[float, float],
    x: str,
    theme: Theme,
) -> go.Figure:
    """Half the width of an interval against the number of cases.

    Args:
      cases: from few to many.
      half: half widths, shares.
      today: cases and half width now; None without any case.
      wanted: cases and half width that are wanted.
      x: title below.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    fig = go.Figure()
    fig.add_scatter(
        x=cases,
        y=100 * half,
        mode="lines",
        name="width",
        line={"color": p.team, "width": 2.5},
        hovertemplate="%{x:,.0f} cases: ± %{y:.1f} points<extra></extra>",
        showlegend=False,
    )
    fig.add_hline(y=100 * wanted[1], line={"color": p.muted, "width": 1, "dash": "dash"})
    marks = [("wanted", wanted, p.good, "diamond")]
    if today is not None:
        marks.insert(0, ("today", today, p.ai, "circle"))
    # The curve falls, so above it to the right and below it to the left is room for one label each;
    # near the axis there is none below.
    upper, top = max(h for _, (_, h), _, _ in marks), float(half.max())
    first = next(name for name, (_, h), _, _ in marks if h == upper)
    low = {name for name, (_, h), _, _ in marks if h < 0.12 * top and h < 0.8 * upper}
    above = {first} | low
    for name, (n, h), colour, symbol in marks:
        fig.add_scatter(
            x=[n],
            y=[100 * h],
            mode="markers+text",
            name=name,
            text=[f"{name}: {n:,.0f}"],
            textposition="top right" if name in above else "bottom left",
            textfont={"color": p.text, "size": 13},
            cliponaxis=False,
            marker={"size": 12, "color": colour, "symbol": symbol},
            hovertemplate=f"{name}: %{{x:,.0f}} cases, ± %{{y:.1f}} points<extra></extra>",
            showlegend=False,
        )
    finish(fig, theme, 320, x, "95 % interval: ± points")
    ticks = _log_ticks(float(cases[0]), float(cases[-1]))
    fig.update_xaxes(
        type="log",
        tickmode="array",
        tickvals=ticks,
        ticktext=[f"{t:,}" for t in ticks],
        range=[np.log10(cases[0]), np.log10(cases[-1]) + 0.12],
    )
    fig.update_yaxes(rangemode="tozero")
    fig.update_layout(margin={"t": 24})
    return fig


def _log_ticks(low: float, high: float) -> list[int]:
    steps = [m * 10**e for e in range(8) for m in (1, 2, 5)]
    return [t for t in steps if low <= t <= high]


def shared(values: np.ndarray, *, theme: Theme) -> go.Figure:
    """How many pairs share how many cases."""
    p = PAINTS[theme]
    most = int(values.max(initial=0))
    step = max(-(-(most + 1) // 40), 1)
    edges = np.arange(0, most + step + 1, step)
    counts, _ = np.histogram(values, edges)
    ends = edges[1:] - 1
    names: Sequence[str] = [
        f"{a:,}" if a == b else f"{a:,}–{b:,}" for a, b in zip(edges[:-1], ends, strict=True)
    ]
    fig = go.Figure(
        go.Bar(
            x=(edges[:-1] + ends) / 2,
            y=counts,
            width=step * 0.9,
            marker={"color": p.expert},
            customdata=names,
            hovertemplate="%{customdata} shared cases: %{y:,} pairs<extra></extra>",
        )
    )
    finish(fig, theme, 260, "Cases that both annotated", "Pairs of experts")
    fig.update_layout(margin={"t": 8})
    fig.update_xaxes(tickformat=",d")
    fig.update_yaxes(tickformat=",d", rangemode="tozero")
    return fig
