"""The picture of who annotated which cases. No streamlit here: data in, figure out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, finish, short
from core.insight.pattern import Picture

NAMED_ROWS = 30  # experts that are named beside the picture; more are named under the pointer
_NAMED_PARTS = 15  # classes or splits with a name below the picture
_MARKED = 40  # cases that are few enough for a mark in every cell
_HOVERED = 6000  # cells that are few enough to name the case in each
# Steps of the share annotated and of the share right, where cells are put together.
_FILLED, _LEVELS = 8, 4


@dataclass(frozen=True, slots=True)
class PatternPaint:
    """Colours of the picture: far apart in lightness too, so that they differ without hue."""

    missing: str
    right: str
    wrong: str


PATTERN: dict[Theme, PatternPaint] = {
    "light": PatternPaint("#EAEFF3", "#005389", "#DE8A00"),
    "dark": PatternPaint("#1D2731", "#2F7FC1", "#FFD27A"),
}


def draw(
    drawn: Picture,
    experts: Sequence[str],
    cases: Sequence[str],
    parts: Sequence[tuple[str, int]] = (),
    *,
    theme: Theme,
) -> go.Figure:
    """Cases × experts: missing, right and wrong annotations.

    Args:
      drawn: counts per cell, in order.
      experts: all experts' names, by position.
      cases: all case ids, by position.
      parts: names of the runs of cases and how many cases each has, from left to right.
      theme: "light" or "dark".
    """
    p, ink = PAINTS[theme], PATTERN[theme]
    rows, columns = drawn.annotated.shape
    single = drawn.per_row == drawn.per_column == 1
    z, colours = _codes(drawn, ink, single)
    steps = len(colours)
    scale = [[(i + side) / steps, c] for i, c in enumerate(colours) for side in (0, 1)]
    names = [
        short(", ".join(_row_names(drawn, experts, r)), 22 if drawn.per_row == 1 else 70)
        for r in range(rows)
    ]
    gap = 1 if columns <= 120 else 0
    marks = np.array(["", "✓", "✗"])[z] if single and columns <= _MARKED and rows <= 15 else None
    customdata, hover = _hover(drawn, names, cases)
    fig = go.Figure(
        go.Heatmap(
            z=z,
            x=np.arange(columns),
            y=np.arange(rows),
            zmin=-0.5,
            zmax=steps - 0.5,
            colorscale=scale,
            showscale=False,
            xgap=gap,
            ygap=1 if rows <= 40 else 0,
            text=marks,
            texttemplate="%{text}" if marks is not None else None,
            customdata=customdata,
            hovertemplate=hover + "<extra></extra>",
        )
    )
    height = int(np.clip(rows * (26 if rows <= 12 else 16 if rows <= 30 else 5), 60, 520)) + 92
    what = "Cases" + (f", {drawn.per_column} side by side" if drawn.per_column > 1 else "")
    finish(fig, theme, height, what, None)
    legend = [("right annotation", ink.right), ("wrong annotation", ink.wrong)]
    if not single:
        legend.insert(1, ("half right, half wrong", _blend(ink.wrong, ink.right, 0.5)))
    for label, colour in (*legend, ("missing", ink.missing)):
        fig.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=label,
            marker={
                "symbol": "square",
                "size": 13,
                "color": colour,
                "line": {"color": p.muted, "width": 1},
            },
        )
    fig.update_xaxes(showgrid=False, showticklabels=False, ticks="", range=[-0.5, columns - 0.5])
    fig.update_yaxes(showgrid=False, ticks="", range=[rows - 0.5, -0.5])
    # Also where they are not written, the names are what the pointer says.
    fig.update_yaxes(tickmode="array", tickvals=list(range(rows)), ticktext=names)
    if rows > NAMED_ROWS or drawn.per_row > 1:
        each = f", {drawn.per_row} in a row" if drawn.per_row > 1 else ""
        fig.update_yaxes(showticklabels=False, title=f"{len(experts):,} experts{each}")
    _mark_parts(fig, parts, drawn.per_column, theme)
    return fig


def _codes(drawn: Picture, ink: PatternPaint, single: bool) -> tuple[np.ndarray, list[str]]:
    """A code per cell and a colour per code: missing first."""
    if single:
        z = drawn.annotated * (2 - drawn.right)
        return z.astype(np.uint8), [ink.missing, ink.right, ink.wrong]
    share = drawn.annotated / drawn.cells
    # By the root of the share: a few per cent are seen, and still far from full.
    level = np.ceil(np.sqrt(share) * _FILLED - 1e-9).astype(int)
    right = np.divide(
        drawn.right, drawn.annotated, out=np.zeros(share.shape), where=drawn.annotated > 0
    )
    z = np.where(level > 0, 1 + (level - 1) * (_LEVELS + 1) + np.rint(right * _LEVELS), 0)
    colours = [ink.missing]
    for a in range(1, _FILLED + 1):
        for r in range(_LEVELS + 1):
            full = _blend(ink.wrong, ink.right, r / _LEVELS)
            colours.append(_blend(ink.missing, full, a / _FILLED))
    return z.astype(np.uint8), colours


def _blend(first: str, second: str, share: float) -> str:
    parts = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round((1 - share) * a + share * b):02X}" for a, b in parts)


def _row_names(drawn: Picture, experts: Sequence[str], row: int) -> list[str]:
    inside = drawn.experts[row * drawn.per_row : (row + 1) * drawn.per_row]
    return [experts[e] for e in inside]


def _hover(
    drawn: Picture, names: Sequence[str], cases: Sequence[str]
) -> tuple[list[list[str]] | np.ndarray, str]:
    """What the pointer says of each cell: data, and a template for it."""
    single = drawn.per_row == drawn.per_column == 1
    if not single or drawn.annotated.size > _HOVERED:
        counts = np.stack([drawn.annotated, drawn.cells, drawn.right], axis=2)
        said = "%{customdata[0]} of %{customdata[1]} annotated, %{customdata[2]} right"
        return counts, "%{y}: " + said
    verdicts = np.array(("missing", "right", "wrong"))[drawn.annotated * (2 - drawn.right)]
    ids = [short(cases[i], 40) for i in drawn.cases]
    texts = [
        [f"{name}, {case}: {verdict}" for case, verdict in zip(ids, row, strict=True)]
        for name, row in zip(names, verdicts, strict=True)
    ]
    return texts, "%{customdata}"


def _mark_parts(
    fig: go.Figure, parts: Sequence[tuple[str, int]], per_column: int, theme: Theme
) -> None:
    """Lines between runs of cases and their names below."""
    if not parts:
        return
    ends = np.cumsum([size for _, size in parts]) / per_column - 0.5
    starts = np.append(-0.5, ends[:-1])
    for place in ends[:-1]:
        fig.add_vline(x=float(place), line={"color": PAINTS[theme].text, "width": 1.5})
    if len(parts) <= _NAMED_PARTS:
        fig.update_xaxes(
            showticklabels=True,
            tickmode="array",
            tickvals=list((starts + ends) / 2),
            ticktext=[short(name, 14) for name, _ in parts],
        )
