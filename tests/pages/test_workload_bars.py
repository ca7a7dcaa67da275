"""Workloads as bars, on screen and in reports: what stands where, and that texts stay texts."""

import re
from itertools import pairwise
from typing import Any

import pytest

from app.shared import workload_bars as charts
from app.shared.bar_rows import Bar
from app.shared.paint import PAINTS, Theme
from tests.pages.hostile import HEBREW


def ann(**changes: Any) -> Bar:
    values: dict[str, Any] = {
        "agent": "Ann",
        "value": 0.25,
        "interval": (0.2, 0.3),
        "lower": 0.1,
        "upper": 0.4,
        "text": "25.0 %",
        "bounds": "10.0–40.0 %",
        "more": "95 % interval 20.0–30.0 %",
    }
    return Bar(**{**values, **changes})


def ai(**changes: Any) -> Bar:
    values: dict[str, Any] = {
        "agent": "AI",
        "value": 0.5,
        "interval": (0.4, 0.6),
        "lower": None,
        "upper": None,
        "before": 1.0,
        "text": "50.0 %",
        "bounds": "any share",
    }
    return Bar(**{**values, **changes})


def drawn(*bars: Bar, unit: str = "share", theme: Theme = "light") -> str:
    (shown,) = charts.drawn(bars)
    figure = charts._figure(shown, unit, charts.INTERVAL, charts.reach(shown))
    return charts.html(theme, figure).split("</style>")[1]


def across(html: str, kind: str) -> list[tuple[float, float]]:
    found = re.findall(rf'<i class="{kind}" style="left:([\d.]+)%;width:([\d.]+)%', html)
    return [(float(left), float(width)) for left, width in found]


def test_bars_bands_and_intervals_lie_on_one_scale() -> None:
    html = drawn(ann(), ai())
    ((_, first),), ((_, second),) = across(html, "bar ai"), across(html, "bar expert")
    assert first == pytest.approx(2 * second, abs=0.02)
    unit = second / 0.25
    ((left, width),) = across(html, "band")
    assert (left, width) == pytest.approx((0.1 * unit, 0.3 * unit), abs=0.03)
    assert across(html, "line")[1] == pytest.approx((0.2 * unit, 0.1 * unit), abs=0.03)
    assert across(html, "before")[0][0] == pytest.approx(unit, abs=0.02)
    ticks = re.findall(r'<span style="left:([\d.]+)%">(\d+)%</span>', html)
    assert [float(left) for left, _ in ticks] == pytest.approx(
        [int(text) / 100 * unit for _, text in ticks], abs=0.02
    )
    assert ticks[-1][1] == "100"


def test_a_maximum_is_a_line_with_a_name_where_there_is_one() -> None:
    html = drawn(ann(), ai())
    ((_, width),) = across(html, "bar expert")
    ((left, _),) = across(html, "cap")
    assert left == pytest.approx(0.4 * width / 0.25, abs=0.02)
    assert "</i>maximum</span>" in html
    free = drawn(ann(upper=None), ai())  # a minimum alone is a band up to all cases and no line
    assert sum(across(free, "band")[0]) == pytest.approx(width / 0.25, abs=0.05)
    assert 'class="cap"' not in free
    assert "maximum" not in free


def test_a_maximum_far_to_the_right_is_not_drawn_where_it_is_not() -> None:
    html = drawn(
        ann(value=0.05, interval=(0.04, 0.06), lower=None, upper=0.9),
        ai(value=0.1, interval=(0.1, 0.1), before=None),
    )
    assert 'class="cap"' not in html
    assert "maximum" not in html


def test_a_breach_is_said_in_words() -> None:
    assert "⚠" not in drawn(ann(), ai())
    html = drawn(ann(value=0.5, outside=True), ai())
    assert html.count("⚠ above its maximum</span>") == 1
    assert len(across(html, "bar expert outside")) == 1
    assert "⚠ below its minimum" in drawn(ann(value=0.05, outside=True), ai())


def test_hovering_and_screen_readers_give_the_numbers() -> None:
    html = drawn(ann(), ai())
    assert 'title="Ann: 25.0 %, 10.0–40.0 %; 95 % interval 20.0–30.0 %"' in html
    (alt,) = re.findall(r'role="figure" aria-label="([^"]*)"', html)
    assert alt == "Share of the cases per agent. AI: 50.0 %, any share. Ann: 25.0 %, 10.0–40.0 %."


def test_a_row_on_screen_is_a_button_for_its_agent_and_none_in_a_report() -> None:
    (shown,) = charts.drawn([ann(place=0), ai(place=1)])
    figure = charts._figure(shown, "share", charts.INTERVAL, charts.reach(shown))
    html = charts.html("light", figure, clickable=True)
    buttons = re.findall(r'<button [^>]*data-agent="(\d)" aria-label="([^"]*)"', html)
    assert buttons == [("1", "AI: show its cases"), ("0", "Ann: show its cases")]
    assert re.findall(r'class="track"[^>]*data-agent="(\d)"', html) == ["1", "0"]
    assert "data-agent" not in drawn(ann(), ai())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_those_of_the_theme(theme: Theme) -> None:
    assert f"--expert:{PAINTS[theme].expert}" in drawn(ann(), ai(), theme=theme)


def test_names_and_texts_stay_texts() -> None:
    html = drawn(ann(agent='<b onclick="x">Eve & Co</b>', text="<i>1</i>"), ai())
    assert "<b onclick" not in html
    assert "<i>1" not in html
    assert "&amp;amp;" not in html
    hebrew = drawn(ann(agent=HEBREW), ai())
    assert HEBREW in hebrew
    assert not re.search(rf"(?<!\u2068){HEBREW}", hebrew)


def test_other_units_have_round_marks() -> None:
    html = drawn(
        ann(value=37.0, interval=(35.0, 40.0), lower=None, upper=None),
        ai(value=110.0, interval=(90.0, 130.0), before=None),
        unit="cases",
    )
    marks = [t.replace(",", "") for t in re.findall(r'<span style="left:[\d.]+%">([^<]+)<', html)]
    steps = {float(b) - float(a) for a, b in pairwise(marks)}
    assert steps == {50.0}


def test_of_many_agents_those_outside_and_with_most_work_are_drawn() -> None:
    experts = [ann(agent=f"Reader {n}", value=n / 1000, outside=n == 1) for n in range(40)]
    (shown,) = charts.drawn([*experts, ai()])
    assert [bar.agent for bar in shown[:3]] == ["AI", "Reader 1", "Reader 39"]
    assert len(shown) == charts.MOST_BARS
    idle = [ann(agent=f"Reader {n}", value=0.0) for n in range(40)]
    assert [bar.agent for bar in charts.drawn([*idle, ai()])[0]] == ["AI"]
    first, second = charts.drawn([*experts, ai()], [*reversed(experts), ai()])
    assert len(first) == len(second)


def test_two_names_that_are_cut_alike_are_told_apart() -> None:
    html = drawn(*(ann(agent=f"consultant radiologist {n}") for n in ("Ames", "Bohr")), ai())
    names = re.findall(r'class="name">([^<]+)<', html)
    assert len(set(names)) == 3
    assert max(map(len, names)) <= 18
