"""Colours and the common look of all figures.

Colours are Okabe–Ito's, or near them where contrast on the paper requires it: distinct with
every common colour blindness.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from core.base.names import isolated

Theme = Literal["light", "dark"]
FONT = "Source Sans, Source Sans Pro, sans-serif"


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours of one theme."""

    text: str
    muted: str
    grid: str
    paper: str
    ai: str
    team: str
    expert: str
    alarm: str
    good: str

    @property
    def css(self) -> str:
        """The colours as variables of a style, which our own HTML is drawn with."""
        own = {name: getattr(self, name) for name in self.__slots__}
        own |= {"band": self.fade(self.muted, 0.18), "veil": self.fade(self.paper, 0.88)}
        return ";".join(f"--{name}:{colour}" for name, colour in own.items())

    def fade(self, colour: str, alpha: float) -> str:
        """The colour with an opacity."""
        r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({r},{g},{b},{alpha})"

    def mix(self, colour: str, share: float) -> str:
        """So much of the colour on the paper, opaque: text on it can be chosen by contrast."""
        parts = [(int(colour[i : i + 2], 16), int(self.paper[i : i + 2], 16)) for i in (1, 3, 5)]
        return "rgb({},{},{})".format(*(round(share * a + (1 - share) * b) for a, b in parts))

    def ink(self, colour: str, share: float) -> str:
        """Text or paper colour, whichever reads better on so much of the colour."""
        mixed = self.mix(colour, share)[4:-1].split(",")
        ground = _luminance([int(part) for part in mixed])

        def contrast(ink: str) -> float:
            light = _luminance([int(ink[i : i + 2], 16) for i in (1, 3, 5)])
            return (max(light, ground) + 0.05) / (min(light, ground) + 0.05)

        return max((self.text, self.paper), key=contrast)


def _luminance(rgb: Sequence[int]) -> float:
    """Relative luminance (WCAG 2) of a colour, parts from 0 to 255."""
    parts = [v / 255 for v in rgb]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


PAINTS: Mapping[Theme, Paint] = {
    "light": Paint(
        "#16202A",
        "#55636F",
        "#E4E9EE",
        "#FFFFFF",
        "#B8520A",
        "#0072B2",
        "#00795A",
        "#B3261E",
        "#00795A",
    ),
    "dark": Paint(
        "#E8EEF4",
        "#A4B1BD",
        "#2A3540",
        "#10161D",
        "#F2A65A",
        "#56B4E9",
        "#3CCBA4",
        "#FF8A80",
        "#3CCBA4",
    ),
}


def limits(values: np.ndarray) -> tuple[float, float]:
    """Range of an accuracy axis: what is there and a little air, within [0, 1]."""
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    pad = max(0.02, 0.1 * float(np.ptp(values)))
    return max(float(values.min()) - pad, 0.0), min(float(values.max()) + pad, 1.01)


def short(name: str, most: int = 22) -> str:
    """A name that fits beside a figure, kept from being read as markup or moving figures."""
    return plain(cut(name, most))


def cut(name: str, most: int) -> str:
    """A name shortened in its middle: names that begin alike often differ at the end."""
    tail = (most - 1) // 2
    return (
        name if len(name) <= most else f"{name[: most - 1 - tail].rstrip()}…{name[-tail:].lstrip()}"
    )


def plain(text: str) -> str:
    """Other people's text in a figure: no tags, no fields of a template, isolated."""
    for sign, instead in (("&", "&amp;"), ("<", "&lt;"), ("%{", "%\u2060{")):
        text = text.replace(sign, instead)
    return isolated(text)


def distinct(names: Sequence[str], most: int = 22) -> list[str]:
    """Short names for a figure that differ where the names do: an axis would merge those alike."""
    return [plain(name) for name in apart(names, most)]


def apart(names: Sequence[str], most: int = 22) -> list[str]:
    """Names cut to a length, as texts, that differ where the names do."""
    found, met = [], Counter[str]()
    for label in (cut(name, most) for name in names):
        met[label] += 1
        found.append(label if met[label] == 1 else f"{label} ({met[label]})")
    return found


def add_diagonal(fig: go.Figure, theme: Theme, name: str) -> None:
    """Where one share equals the other."""
    fig.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name=name,
        line={"color": PAINTS[theme].muted, "dash": "dash", "width": 1.5},
        hoverinfo="skip",
    )


def finish(fig: go.Figure, theme: Theme, height: int, x: str, y: str | None) -> None:
    """One look for all figures."""
    p = PAINTS[theme]
    look = {
        "gridcolor": p.grid,
        "linecolor": p.grid,
        "zeroline": False,
        "automargin": True,
        "tickfont": {"color": p.muted, "size": 13},
        "fixedrange": True,
    }

    def dressed(name: str) -> dict[str, Any]:
        own = fig.layout[name].to_plotly_json()
        text = x if name.startswith("x") else y
        title = {"font": {"color": p.text, "size": 14}, "standoff": 10}
        if text is not None:
            title["text"] = text
        return own | look | {"title": own.get("title", {}) | title}

    axes = {"xaxis", "yaxis"} | {name for name in fig.layout if name[1:].startswith("axis")}
    # Everything in one assignment: merged one by one it takes six times as long, which is a third
    # of the time that a page full of figures takes to be drawn.
    fig.update_layout(
        overwrite=True,
        template="none",
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 14, "color": p.text},
        margin={"l": 8, "r": 16, "t": 36, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 13}},
        hoverlabel={
            "bgcolor": p.paper,
            "bordercolor": p.muted,
            "font": {"color": p.text, "size": 13, "family": FONT},
        },
        dragmode=False,
        **{name: dressed(name) for name in axes},
    )
