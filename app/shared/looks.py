"""How things beside one another are told apart: by colour, dash and marker."""

from collections.abc import Mapping
from typing import NamedTuple

from app.shared.paint import Theme

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
GLYPHS = ("●", "◆", "■", "▲", "✖", "★")
COLOURS: Mapping[Theme, tuple[str, ...]] = {
    "light": ("#0072B2", "#A0378A", "#8A6100", "#B3261E", "#3D4A57", "#5B6900"),
    "dark": ("#56B4E9", "#E59BCB", "#E8C547", "#FF8A80", "#C7D2DC", "#B5CC5A"),
}


class Look(NamedTuple):
    """How one run is drawn, wherever it stands among others."""

    colour: str
    dash: str
    symbol: str
    glyph: str


def look(style: int, theme: Theme) -> Look:
    """The look of a number: the first six differ in everything, the first 216 in something.

    After six the colours come round again with other dashes and markers.
    """
    many = len(SYMBOLS)
    turn, place = divmod(style, many)
    dash, symbol = (place + turn) % many, (place + 2 * turn + turn // many) % many
    return Look(COLOURS[theme][place], DASHES[dash], SYMBOLS[symbol], GLYPHS[symbol])
