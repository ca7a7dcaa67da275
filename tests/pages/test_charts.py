import numpy as np
import pytest

from app.shared import chart_labels, curve_tables, operating_point, words
from app.shared import curve_chart as charts
from app.shared import point_chart as charts_point
from app.shared.paint import PAINTS, Theme, cut
from app.tradeoffs import comparison, picker, sharing
from app.tradeoffs import comparison_chart as charts_compare
from core.results.curve import deferred, singles
from tests.pages.fixtures import make_result


def luminance(colour: str) -> float:
    """WCAG's relative luminance of a colour like `#0072B2`."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["text", "muted", "ai", "team", "expert", "alarm"])
def test_every_colour_of_letters_meets_contrast_aa_on_its_paper(theme: Theme, name: str) -> None:
    paint = PAINTS[theme]
    light, dark = sorted((luminance(getattr(paint, name)), luminance(paint.paper)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_point_has_a_ring_around_its_mark(theme: Theme) -> None:
    result = make_result(seeds=3)
    mean = curve_tables.curve_mean(result, "value")
    point = operating_point.operating_point(result, "value", 0.5)
    at = picker.ringed(point)
    figures = [
        charts.curve(
            curve_tables.curve_points(result, "value"),
            mean,
            [],
            rule="value",
            theme=theme,
            chosen=at,
        ),
        charts_compare.compare(
            [comparison.line(result, "a run", "Run", "value", 0)], [], theme=theme, chosen=at
        ),
    ]
    for figure in figures:
        ring, curve = next(t for t in figure.data if t.name == charts.CHOSEN), figure.data[-1]
        assert (0.5, ring.x[0], ring.y[0]) in [
            (data[0], pytest.approx(x), pytest.approx(y))
            for data, x, y in zip(curve.customdata, curve.x, curve.y, strict=True)
        ]
        assert ring.customdata[0][0] == 0.5
        assert ring.marker.size > curve.marker.size + 4
        assert ring.marker.color == PAINTS[theme].text
    assert words.percent(point.accuracy) in picker.ringed_words(point)


def test_labels_of_close_lines_are_kept_apart() -> None:
    placed = sorted(chart_labels.apart([0.80, 0.801, 0.802, 0.5], 0.02))
    assert min(np.diff(placed)) >= 0.02 - 1e-6
    assert placed[0] == pytest.approx(0.5)


def test_labels_at_the_top_stay_within_the_figure() -> None:
    placed = sorted(chart_labels.apart([1.0, 1.0, 0.99, 0.98], 0.03, 0.5, 1.0))
    assert placed[-1] <= 1.0
    assert min(np.diff(placed)) >= 0.03 - 1e-6


def test_rules_differ_by_dash_and_marker_not_by_colour_alone() -> None:
    assert len(set(charts.DASHES.values())) == 3
    assert len(set(charts.SYMBOLS.values())) == 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_run_with_one_point_is_drawn_with_its_interval(theme: Theme) -> None:
    result = make_result(bounds={"AI": (0.2, 0.4)}, seeds=3)
    mean = curve_tables.curve_mean(result, "value")
    figure = charts.curve(
        curve_tables.curve_points(result, "value"),
        mean,
        singles(result, "value"),
        rule="value",
        theme=theme,
    )
    team = figure.data[-1]
    assert team.mode == "markers"
    assert team.error_y.array[0] == pytest.approx(mean["high"][0] - mean["accuracy"][0])


def test_confusion_is_shaded_by_the_share_of_the_true_class() -> None:
    figure = charts_point.confusion(np.array([[3, 1], [0, 0]]), ["a", "b"], theme="light")
    assert np.asarray(figure.data[0].z).tolist() == [[0.75, 0.25], [0.0, 0.0]]


def test_answers_of_no_class_have_columns_but_no_rows_in_the_confusion() -> None:
    counts = np.array([[3, 1, 0, 4], [0, 5, 2, 0]])
    figure = charts_point.confusion(counts, ["a", "b", "hedge", "unsure"], theme="light")
    assert np.asarray(figure.data[0].z).shape == (2, 4)
    assert [int(data[0]) for data in figure.data[1].customdata] == counts.ravel().tolist()
    assert figure.layout.xaxis.ticktext == ("a", "b", "hedge", "unsure")
    assert figure.layout.yaxis.ticktext == ("a", "b")
    many = np.eye(60, 61, dtype=int)
    many[7, 60] = 3
    kept = charts_point.mistaken(many)
    assert len(kept) == 41
    assert {7, 60} <= set(kept)


def test_counts_in_the_confusion_are_written_where_they_can_be_read() -> None:
    theme: Theme
    for theme in ("light", "dark"):
        figure = charts_point.confusion(np.array([[9, 1], [0, 0]]), ["a", "b"], theme=theme)
        nine, one, *_ = figure.layout.annotations
        assert (nine.text, one.text) == ("9", "1")
        assert nine.font.color == PAINTS[theme].paper
        assert one.font.color == PAINTS[theme].text


def test_runs_in_a_figure_differ_by_colour_dash_and_marker_and_are_readable() -> None:
    assert len(set(charts_compare.DASHES)) == len(set(charts_compare.SYMBOLS)) == 6
    looks = [charts_compare.look(style, "light") for style in range(216)]
    assert len(set(looks)) == 216
    assert all(len({one[part] for one in looks[:6]}) == 6 for part in range(4))
    assert len({(one.colour, one.dash) for one in looks[:36]}) == 36
    theme: Theme
    for theme in ("light", "dark"):
        paper = luminance(PAINTS[theme].paper)
        assert len(set(charts_compare.COLOURS[theme])) == 6
        for colour in charts_compare.COLOURS[theme]:
            light, dark = sorted((luminance(colour), paper), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_long_name_keeps_the_end_that_tells_it_apart() -> None:
    name = cut("First reading of three hospitals, experts balanced", 30)
    assert len(name) <= 30
    assert name.startswith("First reading")
    assert name.endswith("rts balanced")
    assert cut("Short", 30) == "Short"
    assert cut("Consultant radiologist Ames", 12) == "Consul…Ames"


def test_every_cell_of_the_confusion_has_a_mark_to_click() -> None:
    figure = charts_point.confusion(np.array([[3, 1], [0, 0]]), ["a", "b"], theme="light")
    marks = figure.data[1]
    assert list(zip(marks.y, marks.x, strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [data[0] for data in marks.customdata] == ["3", "1", "0", "0"]
    assert marks.hoverinfo is None  # what is skipped is never clicked


def test_the_right_margin_is_as_wide_as_the_longest_label() -> None:
    result = make_result()
    mean, points = (
        f(result, "value") for f in (curve_tables.curve_mean, curve_tables.curve_points)
    )
    everyone = singles(result, "value")
    margins = []
    for shown in (everyone, []):
        figure = charts.curve(points, mean, shown, rule="value", theme="light")
        margins.append(figure.layout.margin.r)
    assert margins[0] > 100 > margins[1]


def test_dozens_of_experts_are_lines_with_the_busiest_named() -> None:
    table = sharing.frame(deferred(make_result(experts=30), "value"))
    figure = charts_compare.sharing({"Free": table, "Balanced": table}, theme="light")
    said = [t.name for t in figure.data if t.showlegend]
    assert sorted(said) == ["busiest expert", "equal shares, 3.3\u202f% each", "other experts"]
    assert sum(t.name == "busiest expert" for t in figure.data) == 2
