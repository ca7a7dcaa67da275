"""The bars of Workload as HTML: what stands where, and that texts stay texts."""

import re
from itertools import pairwise

import pandas as pd
import pytest

from app.charts import workload as charts
from app.charts.paint import Theme
from app.charts.workload_html import bars


def agents(**changes: list[object]) -> pd.DataFrame:
    columns: dict[str, list[object]] = {
        "agent": ["Ann", "AI"],
        "value": [0.25, 0.5],
        "lower": [0.1, 0.0],
        "upper": [0.4, 1.0],
        "low": [0.2, 0.4],
        "high": [0.3, 0.6],
        "before": [0.0, 1.0],
        "text": ["25.0 %", "50.0 %"],
        "outside": [False, False],
        "bounds": ["10.0–40.0 %", "any share"],
        "bound": [True, False],
        "capped": [True, False],
    }
    return pd.DataFrame(columns | changes)


def drawn(shown: pd.DataFrame, axis: str = "Share of the cases", *, share: bool = True) -> str:
    html = bars(shown, axis=axis, theme="light", share=share, alt="who does how much")
    return html.split("</style>")[1]


def across(html: str, kind: str) -> list[tuple[float, float]]:
    found = re.findall(rf'class="{kind}" style="left:([\d.]+)%;width:([\d.]+)%', html)
    return [(float(left), float(width)) for left, width in found]


def test_bars_bands_and_whiskers_lie_on_one_scale() -> None:
    html = drawn(agents())
    (_, ai), (_, ann) = across(html, "bar")
    assert ai == pytest.approx(2 * ann, abs=0.02)
    unit = ann / 0.25
    ((left, width),) = across(html, "band")
    assert (left, width) == pytest.approx((0.1 * unit, 0.3 * unit), abs=0.02)
    assert across(html, "line")[1] == pytest.approx((0.2 * unit, 0.1 * unit), abs=0.02)
    ticks = re.findall(r'<span style="left:([\d.]+)%">(\d+)%</span>', html)
    assert [float(left) for left, _ in ticks] == pytest.approx(
        [int(text) / 100 * unit for _, text in ticks], abs=0.02
    )


def test_a_maximum_is_a_line_with_a_name_where_there_is_one() -> None:
    html = drawn(agents())
    (_, (_, ann)) = across(html, "bar")
    (left,) = re.findall(r'class="cap" style="left:([\d.]+)%"', html)
    assert float(left) == pytest.approx(0.4 * ann / 0.25, abs=0.02)
    assert "</i>maximum</span>" in html
    free = drawn(agents(capped=[False, False]))  # a minimum alone is a band and no line
    assert 'class="cap"' not in free
    assert "maximum" not in free


def test_a_maximum_far_to_the_right_is_not_drawn_where_it_is_not() -> None:
    html = drawn(agents(value=[0.05, 0.1], high=[0.06, 0.1], before=[0.0, 0.0], upper=[0.9, 1.0]))
    assert 'class="cap"' not in html
    assert "maximum" not in html


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figure_of_the_report_has_the_line_too(theme: Theme) -> None:
    figure = charts.bars(agents(), axis="Share", theme=theme, share=True)
    (line,) = [t for t in figure.data if t.name == "maximum"]
    assert list(line.y) == ["Ann"]
    assert list(line.x) == [0.4]
    assert line.showlegend
    free = charts.bars(agents(capped=[False, False]), axis="Share", theme=theme, share=True)
    (line,) = [t for t in free.data if t.name == "maximum"]
    assert not line.showlegend


def test_a_breach_is_said_in_words() -> None:
    assert "outside</b>" not in drawn(agents())
    html = drawn(agents(outside=[True, False]))
    assert html.count("⚠ outside</b>") == 1
    assert 'class="bar outside"' in html


def test_names_and_units_stay_texts() -> None:
    html = drawn(agents(agent=['<b onclick="x">Eve</b>', "AI"]), axis="<i>cost</i>")
    assert "<b onclick" not in html
    assert "<i>cost" not in html


def test_other_units_have_round_marks() -> None:
    html = drawn(agents(value=[37.0, 110.0], high=[40.0, 130.0], before=[0.0, 0.0]), share=False)
    marks = [t.replace(",", "") for t in re.findall(r'<span style="left:[\d.]+%">([^<]+)<', html)]
    steps = {float(b) - float(a) for a, b in pairwise(marks)}
    assert steps == {50.0}
