"""Workloads as bars on their bounds: one figure for every page and every report.

It is HTML, not Plotly. A Plotly figure that changes is mounted anew in the browser, which takes
longer than everything else that a moved slider brings about; this is replaced in place. It also
prints, follows the reader's theme, and tells its numbers to screen readers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.shared import bar_rows, templates
from app.shared.amounts import UNITS
from app.shared.bar_rows import Bar
from app.shared.operating_point import OperatingPoint
from app.shared.paint import PAINTS, Theme, apart
from core.dataset.annotation_set import AI
from core.scenarios.answer import Answer

COMING, INTERVAL = "95 % prediction interval for upcoming cases", "95 % interval"
MOST_BARS = 14  # agents with a bar of their own
_FEW = 6  # agents up to which rows are tall
_ROOM = 1.24  # of the greatest value: space for the texts beside the bars
_LONGEST = 18  # letters of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something drawn across a row: what it is, where it begins and ends, in per cent."""

    kind: str
    left: float
    width: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An agent's row: its bar, its cut name, what is drawn back to front, where its text begins."""

    bar: Bar
    name: str
    marks: Sequence[Mark]
    text_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Bars ready to be drawn.

    Attributes:
      title: above it, empty for none. axis: what the unit is. alt: all of it in words.
      key: kinds of marks that are drawn, and what they mean.
      ticks: where the axis is marked, in per cent, and how. height: of a row, in pixels.
    """

    title: str
    axis: str
    alt: str
    key: Sequence[tuple[str, str]]
    ticks: Sequence[tuple[float, str]]
    height: int
    rows: Sequence[Row]


def of_point(point: OperatingPoint) -> Figure:
    """Who does how much at an operating point."""
    (shown,) = drawn(bar_rows.of_point(point))
    return _figure(shown, "share", INTERVAL, reach(shown))


def of_answer(answer: Answer, unit: str) -> Figure:
    """Who does how much in a scenario, in a unit of `UNITS`."""
    (shown,) = drawn(bar_rows.of_answer(answer, unit))
    return _figure(shown, unit, COMING, reach(shown), total=bar_rows.total(answer, unit))


def side_by_side(answers: Mapping[str, Answer]) -> list[Figure]:
    """A figure per scenario, by name, of the same agents on the same scale.

    They are in the unit in which bounds are typed, in shares where the scenarios differ in it.
    """
    units = {answer.scenario.unit for answer in answers.values()}
    unit = units.pop() if len(units) == 1 else "share"
    shown = drawn(*(bar_rows.of_answer(answer, unit) for answer in answers.values()))
    right = max(map(reach, shown))
    return [
        _figure(one, unit, COMING, right, title=title)
        for title, one in zip(answers, shown, strict=True)
    ]


def html(theme: Theme, *figures: Figure, clickable: bool = False) -> str:
    """Figures for the screen, with their style and the theme's colours.

    Args:
      theme: of the screen.
      figures: side by side.
      clickable: whether a row is a button for what `bar_clicks` does; one figure on a page.
    """
    return templates.render(
        "shared/workload_screen.html.jinja",
        figures=figures,
        colours=PAINTS[theme].css,
        clickable=clickable,
    )


def drawn(*scenarios: Sequence[Bar]) -> list[list[Bar]]:
    """The bars there is room for, of the same agents in each: the AI first.

    Of many experts those outside their bounds or with most work, none without any.
    """
    agents = range(len(scenarios[0]))

    def busy(n: int) -> tuple[bool, float]:
        return any(b[n].outside for b in scenarios), max(b[n].value for b in scenarios)

    ai = [n for n in agents if scenarios[0][n].agent == AI]
    experts = [n for n in agents if n not in ai]
    if len(agents) > MOST_BARS:
        experts = sorted(experts, key=busy, reverse=True)[: MOST_BARS - 1]
        experts = [n for n in experts if busy(n) > (False, 0.0)]
    return [[b[n] for n in ai + experts] for b in scenarios]


def reach(shown: Sequence[Bar]) -> float:
    """How far to the right the picture goes, before the room for the texts.

    A maximum far to the right of everything else would flatten all that moves; it stays outside.
    """
    ends = [(b.value, b.lower or 0.0, b.before or 0.0, (b.interval or (0, 0))[1]) for b in shown]
    seen = max(max(max(end) for end in ends), 1e-9)
    return max(seen, min(max(b.upper or 0.0 for b in shown), 1.6 * seen))


def _figure(
    shown: Sequence[Bar], unit: str, interval: str, right: float, title: str = "", total: str = ""
) -> Figure:
    names, axis = apart([bar.agent for bar in shown], _LONGEST), f"{UNITS[unit]}{total}"
    rows = [
        Row(
            bar=bar,
            name=name,
            marks=_marks(bar, right),
            text_at=_across(_text_at(bar, right), right),
        )
        for bar, name in zip(shown, names, strict=True)
    ]
    kinds = {mark.kind for row in rows for mark in row.marks}
    meaning = {
        "band": "its bounds",
        "cap": "maximum",
        "line": interval,
        "before": "what it is compared with",
    }
    return Figure(
        title=title,
        axis=axis,
        alt=f"{axis} per agent{f', {title}' if title else ''}. "
        + " ".join(f"{bar.said}." for bar in shown),
        key=[(kind, text) for kind, text in meaning.items() if kind in kinds],
        ticks=[(_across(value, right), text) for value, text in _ticks(right, unit == "share")],
        height=34 if len(shown) <= _FEW else 27,
        rows=rows,
    )


def _across(value: float, right: float) -> float:
    """Where a value lies across a row, in per cent."""
    return round(100 * min(max(value / (_ROOM * right), 0.0), 1.0), 2)


def _marks(bar: Bar, right: float) -> list[Mark]:
    def mark(kind: str, low: float, high: float) -> Mark:
        left = _across(low, right)
        return Mark(kind=kind, left=left, width=round(_across(high, right) - left, 2))

    marks = []
    if bar.lower is not None or bar.upper is not None:
        low, high = bar.lower or 0.0, bar.whole if bar.upper is None else bar.upper
        marks.append(mark("band", low, max(high, low + 0.004 * right)))
    colour = "ai" if bar.agent == AI else "expert"
    marks.append(mark(f"bar {colour}{' outside' if bar.outside else ''}", 0.0, bar.value))
    if bar.upper is not None and bar.upper <= _ROOM * right:
        marks.append(mark("cap", bar.upper, bar.upper))
    if bar.interval is not None:
        marks.append(mark("line", *bar.interval))
    if bar.before is not None:
        marks.append(mark("before", bar.before, bar.before))
    return marks


def _text_at(bar: Bar, right: float) -> float:
    """Where a bar's text begins: right of its interval, and of a mark that it would hide."""
    end = max(bar.value, (bar.interval or (0.0, 0.0))[1])
    for mark in sorted((bar.before or 0.0, bar.upper or 0.0)):
        if end <= mark < end + 0.14 * right:
            end = mark
    return min(end, right)


def _ticks(right: float, share: bool) -> list[tuple[float, str]]:
    """Values on the axis and how they are written; of shares none beyond all cases."""
    rough = right / 5 if share else _ROOM * right / 6
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * f for f in (1, 2, 5, 10) if power * f >= rough * (1 - 1e-9))
    last = min(_ROOM * right, 1.0) if share else 0.97 * _ROOM * right
    values = [step * i for i in range(int(last / step + 1e-9) + 1)]
    return [(v, f"{100 * v:.4g}%" if share else f"{v:,.4g}") for v in values]
