"""The bars of `charts.workload` as plain HTML, for the screen.

A chart whose figure changes is mounted anew in the browser, which takes longer than everything
else that a moved slider brings about; this is replaced in place. The report keeps the figure.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from app.charts.paint import PAINTS, Paint, Theme, distinct
from app.charts.workload import ROOM, drawn, reach, row_height, text_at, ticks
from app.words import escape_html
from core.dataset.annotation_set import AI

_STYLE = """
<style>
.cl-bars { font-size: 13px; color: %(text)s; }
.cl-bars .key { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; justify-content: center;
  font-size: 12px; padding-bottom: 0.3rem; }
.cl-bars .key span { display: flex; align-items: center; gap: 0.5rem; }
.cl-bars .key i { position: static; display: inline-block; transform: none; }
.cl-bars .key .band { width: 13px; height: 13px; }
.cl-bars .key .line { width: 13px; height: 0; border: none; border-top: 1.4px solid %(text)s; }
.cl-bars .rows { display: grid; grid-template-columns: max-content 1fr; column-gap: 6px; }
.cl-bars .name { color: %(muted)s; text-align: right; align-self: center; }
.cl-bars .track { position: relative; overflow: hidden; }
.cl-bars i { position: absolute; box-sizing: border-box; }
.cl-bars .grid { top: 0; bottom: 0; border-left: 1px solid %(grid)s; }
.cl-bars .band { top: 7%%; height: 86%%; background: %(band)s; border: 1.2px solid %(muted)s; }
.cl-bars .bar { top: 28%%; height: 44%%; left: 0; }
.cl-bars .outside { background-image: repeating-linear-gradient(135deg, transparent 0 4px,
  %(paper)s 4px 6px); }
.cl-bars .line { top: calc(50%% - 4px); height: 8px; border: solid %(text)s;
  border-width: 0 1.4px; background: linear-gradient(%(text)s, %(text)s) center / 100%% 1.4px
  no-repeat; }
.cl-bars .cap { top: 0; bottom: 0; width: 3px; margin-left: -1.5px; background: %(text)s;
  box-shadow: 0 0 0 1px %(paper)s; }
.cl-bars .key .cap { height: 15px; margin: 0; }
.cl-bars .mark { width: 9px; height: 9px; top: calc(50%% - 4.5px); margin-left: -4.5px;
  border: 1.6px solid %(text)s; transform: rotate(45deg); }
.cl-bars .key .mark { transform: rotate(45deg); margin: 0; }
.cl-bars b { position: absolute; top: 50%%; transform: translateY(-50%%); margin-left: 8px;
  padding: 0 2px; white-space: nowrap; font-weight: 600; background: %(veil)s; line-height: 1.2; }
.cl-bars b.breach { color: %(alarm)s; }
.cl-bars .axis { position: relative; height: 1.5rem; border-top: 1px solid %(grid)s;
  color: %(muted)s; }
.cl-bars .axis span { position: absolute; top: 0.2rem; transform: translateX(-50%%); }
.cl-bars .title { text-align: center; font-size: 14px; }
</style>
"""


def bars(agents: pd.DataFrame, *, axis: str, theme: Theme, share: bool, alt: str) -> str:
    """Who does how much: a bar per agent on its bounds, whiskers for the coming cases.

    Args:
      agents: as for `charts.workload.bars`, all numbers in one unit.
      axis: what the unit is.
      theme: "light" or "dark".
      share: whether the numbers are shares.
      alt: what the picture shows, for who does not see it.

    Returns:
      HTML with a style of its own; every text of the data is escaped.
    """
    p = PAINTS[theme]
    shown = drawn(agents)
    right = reach(shown)
    height = row_height(shown)
    at = _marks(right, share)
    lines = "".join(f'<i class="grid" style="left:{_percent(v, right)}"></i>' for v, _ in at)
    rows = "".join(
        f'<div class="name">{name}</div><div class="track" style="height:{height}px"'
        f' title="{escape_html(_hover(row))}">{lines}{"".join(_parts(row, right, p))}</div>'
        for name, row in zip(distinct(list(shown["agent"]), 18), shown.itertuples(), strict=True)
    )
    told = "".join(
        f'<span style="left:{_percent(value, right)}">{text}</span>' for value, text in at
    )
    style = _STYLE % {
        "text": p.text, "muted": p.muted, "grid": p.grid, "paper": p.paper, "alarm": p.alarm,
        "band": p.fade(p.muted, 0.18), "veil": p.fade(p.paper, 0.75),
    }  # fmt: skip
    return (
        f'{style}<div class="cl-bars" role="figure" aria-label="{escape_html(alt)}">'
        f'<div aria-hidden="true">{_key(shown)}<div class="rows">{rows}'
        f'<div></div><div class="axis">{told}</div>'
        f'<div></div><div class="title">{escape_html(axis)}</div></div></div></div>'
    )


def _percent(value: float, right: float) -> str:
    """Where a value lies across the track."""
    return f"{100 * min(max(value / (ROOM * right), 0.0), 1.0):.2f}%"


def _parts(row: Any, right: float, p: Paint) -> Iterator[str]:
    """What is drawn of one agent, back to front."""

    def across(low: float, high: float) -> str:
        left, end = (min(max(v / (ROOM * right), 0.0), 1.0) for v in (low, high))
        return f"left:{100 * left:.2f}%;width:{100 * (end - left):.2f}%"

    if row.bound:
        wide = max(row.upper, row.lower + 0.004 * right)
        yield f'<i class="band" style="{across(row.lower, wide)}"></i>'
    colour = p.ai if row.agent == AI else p.expert
    kind = "bar outside" if row.outside else "bar"
    yield f'<i class="{kind}" style="{across(0.0, row.value)};background-color:{colour}"></i>'
    if row.capped and row.upper <= ROOM * right:
        yield f'<i class="cap" style="left:{_percent(row.upper, right)}"></i>'
    if row.high > 0:
        yield f'<i class="line" style="{across(row.low, row.high)}"></i>'
    if row.before > 0:
        yield f'<i class="mark" style="left:{_percent(row.before, right)}"></i>'
    breach = ' class="breach"' if row.outside else ""
    text = escape_html(row.text) + ("\u2002⚠ outside" if row.outside else "")
    yield f'<b{breach} style="left:{_percent(text_at(row, right), right)}">{text}</b>'


def _key(shown: pd.DataFrame) -> str:
    """What the marks mean, of those that are there."""
    known = {
        "band": ("its bounds", shown["bound"].any()),
        "cap": ("maximum", (shown["capped"] & (shown["upper"] <= ROOM * reach(shown))).any()),
        "line": ("where the coming cases will put it (95 %)", (shown["high"] > 0).any()),
        "mark": ("what it is compared with", (shown["before"] > 0).any()),
    }
    told = "".join(
        f'<span><i class="{kind}"></i>{text}</span>'
        for kind, (text, there) in known.items()
        if there
    )
    return f'<div class="key">{told}</div>'


def _hover(row: Any) -> str:
    return f"{row.agent}: {row.text}, {row.bounds}"


def _marks(right: float, share: bool) -> list[tuple[float, str]]:
    """Values on the axis and how they are written."""
    if share:
        return [(t / 10, f"{10 * t:g}%") for t in ticks(right)]
    rough = ROOM * right / 6
    power = 10.0 ** np.floor(np.log10(max(rough, 1e-12)))
    step = next(power * f for f in (1, 2, 5, 10) if power * f >= rough)
    return [(step * i, f"{step * i:,.4g}") for i in range(int(ROOM * right / step * 0.97) + 1)]
