"""A curve as small as a word. No streamlit and no plotly here: numbers in, SVG text out."""

from collections.abc import Sequence

from app.shared import words
from app.shared.paint import PAINTS, Theme

WIDTH, HEIGHT = 132, 36  # in pixels
_PAD = 4.0  # room for the dot at the highest point
_LEAST_SPAN = 0.02  # shares: a curve flatter than this is drawn flat


def spoken(values: Sequence[float]) -> str:
    """What a sparkline shows, in words."""
    if not values:
        return "No curve."
    if len(values) == 1:
        return f"One point: accuracy {words.percent(values[0])}."
    return (
        f"Accuracy along the curve: {words.percent(values[0])} where the AI takes least, "
        f"at most {words.percent(max(values))}, {words.percent(values[-1])} where it takes most."
    )


def svg(values: Sequence[float], *, theme: Theme) -> str:
    """A line through the values, a dot on the highest; nothing drawn where there is none.

    Args:
      values: accuracies along the curve, shares.
      theme: "light" or "dark".
    """
    p = PAINTS[theme]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">'
    ]
    if values:
        places = _places(values)
        if len(places) > 1:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            floor = f"{places[-1][0]:.1f},{HEIGHT} {places[0][0]:.1f},{HEIGHT}"
            parts.append(
                f'<polygon points="{line} {floor}" fill="{p.team}" fill-opacity="0.12"/>'
                f'<polyline points="{line}" fill="none" stroke="{p.team}" stroke-width="2" '
                'stroke-linejoin="round" stroke-linecap="round"/>'
            )
        x, y = min(places, key=lambda place: place[1])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{p.team}"/>')
    return "".join([*parts, "</svg>"])


def _places(values: Sequence[float]) -> list[tuple[float, float]]:
    """Where the values lie in the picture: left to right, high ones up."""
    low, high = min(values), max(values)
    if high - low < _LEAST_SPAN:
        middle = (low + high) / 2
        low, high = middle - _LEAST_SPAN / 2, middle + _LEAST_SPAN / 2
    step = (WIDTH - 2 * _PAD) / max(len(values) - 1, 1)
    start = _PAD if len(values) > 1 else WIDTH / 2
    room = HEIGHT - 2 * _PAD
    return [
        (start + i * step, _PAD + room * (high - value) / (high - low))
        for i, value in enumerate(values)
    ]
