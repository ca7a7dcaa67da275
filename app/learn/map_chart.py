"""Pictures of the lesson's square: cases, regions, the gating model as a map."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.shared.paint import PAINTS, Theme, finish
from core.lesson.world import AI_CENTRE, PLACES, RADIUS, Box, Place, Setting

AGENTS = ("A", "B", "C", "AI")
# Told apart with every common colour blindness, dark enough for a projector on white.
_COLOURS = {
    "light": ("#0072B2", "#00795A", "#B5488C", "#C25A00"),
    "dark": ("#56B4E9", "#3CCBA4", "#E39AC8", "#F2A65A"),
}
SYMBOLS = ("circle", "square", "triangle-up")
CLASSES = ("circle", "square", "triangle")
HEIGHT = 430
_HIDDEN = {"visible": False, "range": [-1.04, 1.04], "fixedrange": True}


def colours(theme: Theme) -> tuple[str, ...]:
    """A colour per agent, the AI last."""
    return _COLOURS[theme]


def square(theme: Theme, height: int = HEIGHT, *, legend: bool = True) -> go.Figure:
    """An empty square with equal scales, and room above for a legend if there is one."""
    fig = go.Figure()
    finish(fig, theme, height, "", "")
    fig.update_layout(
        xaxis=_HIDDEN | {"constrain": "domain"},
        yaxis=_HIDDEN | {"scaleanchor": "x"},
        margin={"l": 4, "r": 4, "t": 40 if legend else 4, "b": 4},
        legend={"font": {"size": 15}, "itemclick": False, "itemdoubleclick": False},
        hovermode="closest",
    )
    return fig


def add_cases(
    fig: go.Figure,
    theme: Theme,
    inputs: np.ndarray,
    truth: np.ndarray,
    *,
    colour: Sequence[str] | str | None = None,
    filled: np.ndarray | None = None,
    numbers: np.ndarray | None = None,
    size: int = 9,
    legend: bool = True,
) -> None:
    """Cases: the symbol is their class.

    Args:
      fig: a square.
      theme: light or dark.
      inputs: positions.
      truth: classes.
      colour: one, or one per case; muted if left out.
      filled: which are filled; all if left out.
      numbers: of the cases, for a click; counted from 1 if left out.
      size: of a case in pixels.
      legend: whether the classes are explained.
    """
    p = PAINTS[theme]
    each = (
        np.asarray([colour or p.muted] * len(truth))
        if isinstance(colour, str | None)
        else (np.asarray(colour))
    )
    full = np.ones(len(truth), bool) if filled is None else filled
    which = np.arange(1, len(truth) + 1) if numbers is None else numbers
    for c in range(int(truth.max(initial=-1)) + 1):
        at = truth == c
        shape = np.where(full[at], SYMBOLS[c], f"{SYMBOLS[c]}-open")
        fig.add_scatter(
            x=inputs[at, 0],
            y=inputs[at, 1],
            mode="markers",
            name=f"class {CLASSES[c]}",
            customdata=which[at],
            showlegend=legend,
            marker={
                "symbol": shape,
                "color": each[at],
                "size": size,
                "line": {"color": each[at], "width": np.where(full[at], 0.5, 1.8)},
            },
            hovertemplate="case %{customdata}<extra></extra>",
        )


def add_chosen(fig: go.Figure, theme: Theme, position: np.ndarray, number: int) -> None:
    """A ring around the case that is followed, and its number."""
    p = PAINTS[theme]
    fig.add_scatter(
        x=[position[0]],
        y=[position[1]],
        mode="markers+text",
        text=[f"<b>{number}</b>"],
        textposition="top center" if position[1] < 0.85 else "bottom center",
        textfont={"size": 17, "color": p.text},
        marker={
            "symbol": "circle-open",
            "size": 21,
            "color": p.text,
            "line": {"width": 3, "color": p.text},
        },
        hoverinfo="skip",
        showlegend=False,
    )


def world(setting: Setting, inputs: np.ndarray, truth: np.ndarray, theme: Theme) -> go.Figure:
    """All train cases, with a ring where each agent is good."""
    fig = square(theme)
    add_cases(fig, theme, inputs, truth)
    regions = [_region(place) for place in setting.places]
    regions += [_circle(AI_CENTRE, setting.reach) if setting.reach > 0 else None]
    met: list[tuple[float, float]] = []
    for name, region, colour in zip(AGENTS, regions, colours(theme), strict=True):
        if region is None:
            continue
        left, right, bottom, top = region
        centre = (left + right) / 2, (bottom + top) / 2
        shift = 0.2 * met.count(centre)
        met.append(centre)
        drawn = name != "AI" and isinstance(setting.places[AGENTS.index(name)], Box)
        fig.add_shape(
            type="rect" if drawn else "circle",
            x0=left,
            x1=right,
            y0=bottom,
            y1=top,
            line={"color": colour, "width": 3, "dash": "dash" if name == "AI" else "solid"},
            fillcolor=PAINTS[theme].fade(colour, 0.1),
            layer="below",
        )
        fig.add_annotation(
            x=centre[0],
            y=centre[1] - shift,
            text=f"<b>{name}</b>",
            showarrow=False,
            font={"size": 24, "color": colour},
            bgcolor=PAINTS[theme].fade(PAINTS[theme].paper, 0.8),
        )
    return fig


def _region(place: Place) -> tuple[float, float, float, float] | None:
    """Left, right, bottom and top of a region of skill; None where there is none."""
    if isinstance(place, Box):
        return place.edges
    centre = PLACES[place]
    return None if centre is None else _circle(centre, RADIUS)


def _circle(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    x, y = centre
    return x - radius, x + radius, y - radius, y + radius


def who_is_right(
    inputs: np.ndarray, truth: np.ndarray, right: np.ndarray, theme: Theme
) -> go.Figure:
    """A small square per agent: a filled case is one it is right about."""
    fig = go.Figure()
    for n, (name, colour) in enumerate(zip(AGENTS, colours(theme), strict=True)):
        axis = "" if n == 0 else str(n + 1)
        for correct in (False, True):
            at = right[:, n] == correct
            fig.add_scatter(
                x=inputs[at, 0],
                y=inputs[at, 1],
                xaxis=f"x{axis}",
                yaxis=f"y{axis}",
                mode="markers",
                showlegend=False,
                hoverinfo="skip",
                marker={
                    "symbol": "circle" if correct else "x-thin",
                    "size": 6,
                    "color": colour if correct else PAINTS[theme].muted,
                    "line": {"width": 0 if correct else 1, "color": PAINTS[theme].muted},
                },
            )
        share = right[:, n].mean()
        fig.add_annotation(
            xref=f"x{axis} domain",
            yref=f"y{axis} domain",
            x=0,
            y=1.0,
            yanchor="bottom",
            text=f"<b>{name}</b> right about {100 * share:.0f}\u202f%",
            showarrow=False,
            font={"size": 16, "color": colour},
        )
    finish(fig, theme, HEIGHT, "", "")
    spans = {"left": [0.0, 0.47], "right": [0.53, 1.0]}
    layout = {}
    for n in range(4):
        axis = "" if n == 0 else str(n + 1)
        layout[f"xaxis{axis}"] = _HIDDEN | {
            "domain": spans["left" if n % 2 == 0 else "right"],
            "anchor": f"y{axis}",
            "constrain": "domain",
        }
        layout[f"yaxis{axis}"] = _HIDDEN | {
            "domain": [0.53, 0.95] if n < 2 else [0.0, 0.42],
            "anchor": f"x{axis}",
            "scaleanchor": f"x{axis}",
        }
    fig.update_layout(margin={"l": 4, "r": 4, "t": 20, "b": 4}, **layout)
    return fig


def mixed(gate: np.ndarray, theme: Theme) -> np.ndarray:
    """A colour per row of g: the agents' colours in its proportions, [n, 3], 0 to 255."""
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours(theme)])
    paper = np.array([int(PAINTS[theme].paper[i : i + 2], 16) for i in (1, 3, 5)])
    # Pale, so that cases can be seen on it; paler where no agent stands out.
    clear = 0.3 + 0.55 * gate.max(1, keepdims=True)
    return np.asarray(np.round(clear * (gate @ rgb) + (1 - clear) * paper), np.uint8)


def gating_map(gate: np.ndarray, theme: Theme, height: int = HEIGHT) -> go.Figure:
    """The square coloured by whom the gating model chooses.

    Args:
      gate: g on the cells of a map, row by row from below.
      theme: light or dark.
      height: in pixels.
    """
    fig = square(theme, height)
    side = round(len(gate) ** 0.5)
    cell = 2.0 / side
    fig.add_image(
        z=mixed(gate, theme).reshape(side, side, 3),
        x0=-1 + cell / 2,
        y0=-1 + cell / 2,
        dx=cell,
        dy=cell,
        zsmooth="fast",
        hoverinfo="skip",
    )
    for name, colour in zip(AGENTS, colours(theme), strict=True):
        fig.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=name,
            marker={"symbol": "square", "size": 15, "color": colour},
        )
    fig.update_layout(xaxis=_HIDDEN | {"constrain": "domain"}, yaxis=_HIDDEN | {"scaleanchor": "x"})
    return fig
