import numpy as np
import pandas as pd
import pytest

from core.base.report import Report
from core.encoding.encode import Encoded, encode
from core.encoding.encoder import Encoder
from tests.unit.reading.builders import scaled


def encoded(
    train: list[str], test: list[str], report: Report | None = None, delimiter: str = ","
) -> Encoded:
    report = Report() if report is None else report
    frame = pd.DataFrame({"x": [*train, *test]}, dtype=str)
    mask = np.arange(len(frame)) < len(train)
    return encode(frame, mask, delimiter=delimiter, place=lambda i: f"row {i + 2}", report=report)


def test_numbers_are_scaled_by_the_range_of_train_alone() -> None:
    assert encoded(["10", "20", "15"], ["12.5"]).values[:, 0].tolist() == [0, 1, 0.5, 0.25]


def test_test_cases_far_outside_the_range_are_kept_near_it() -> None:
    values = encoded(["0", "1", "0.5"], ["1e9", "-1e9", "1.1"]).values[3:, 0]
    assert values.tolist() == pytest.approx([1.25, -0.25, 1.1])


def test_missing_numbers_get_the_median_and_an_indicator() -> None:
    report = Report()
    result = encoded(["0", "1", "4", ""], ["", "2"], report)
    assert result.names == ("x", "x (missing)")
    assert result.values[:, 0].tolist() == [0, 0.25, 1, 0.25, 0.25, 0.5]
    assert result.values[:, 1].tolist() == [0, 0, 0, 1, 1, 0]
    assert "'x' 2" in report.warnings[0].found


def test_no_indicator_where_train_has_no_missing_number() -> None:
    assert encoded(["0", "1"], [""]).names == ("x",)


@pytest.mark.parametrize("cell", ["NaN", "inf", "-inf", "1e400"])
def test_number_that_is_not_finite_is_imputed_with_a_warning(cell: str) -> None:
    report = Report()
    assert np.isfinite(encoded(["0", "1", cell, "0.5"], [cell], report).values).all()
    assert "infinite or NaN" in report.warnings[0].what


def test_test_cases_do_not_change_the_encoding_of_train() -> None:
    train = ["1", "2", "", "5"]
    a, b = encoded(train, ["3"]), encoded(train, ["1000"])
    np.testing.assert_array_equal(a.values[:4], b.values[:4])


def test_one_enormous_value_does_not_press_the_others_together() -> None:
    numbers = np.arange(100.0)
    result = encoded([*map(str, numbers), "1e300"], []).values[:, 0]
    assert np.diff(result).min() > 0.005
    assert (result.min(), result.max()) == (0, 1)


def test_heavy_tail_is_scaled_by_rank_and_noted() -> None:
    report = Report()
    rng = np.random.default_rng(0)
    result = encoded([f"{v:.6g}" for v in np.exp(3 * rng.normal(size=200))], [], report)
    assert np.quantile(result.values, 0.5) == pytest.approx(0.5, abs=0.02)
    assert "by rank" in report.notes[0].what


@pytest.mark.parametrize("kind", ["normal", "uniform", "exponential"])
def test_usual_numbers_are_scaled_linearly(kind: str) -> None:
    values = getattr(np.random.default_rng(0), kind)(size=2000)
    assert not scaled(values, values)[1]


def test_rare_flag_is_not_heavy_tailed() -> None:
    flag = (np.arange(200) == 7).astype(float)
    found, heavy = scaled(flag, flag)
    assert not heavy
    np.testing.assert_array_equal(found, flag)


def test_scale_keeps_the_order() -> None:
    train = np.exp(3 * np.random.default_rng(1).normal(size=300))
    points = np.sort(train)
    assert (np.diff(scaled(points, train)[0]) > 0).all()


def test_range_beyond_float64_does_not_overflow() -> None:
    train = np.array([-1.7e308, 0.0, 1.7e308])
    assert scaled(train, train)[0].tolist() == [0, 0.5, 1]


def test_constant_column_is_dropped_with_a_note() -> None:
    report = Report()
    assert encoded(["5", "5"], ["6"], report).names == ()
    assert "'x'" in report.notes[0].what


def test_column_without_a_value_in_train_is_dropped_with_a_warning() -> None:
    report = Report()
    assert encoded(["", "NA"], ["6"], report).names == ()
    assert any("without any value" in p.what for p in report.warnings)


def test_categories_get_a_column_each() -> None:
    result = encoded(["red", "NA", "red"], ["NA"])
    assert result.names == ("x = NA", "x = red")
    assert result.values.tolist() == [[0, 1], [1, 0], [0, 1], [1, 0]]


def test_category_unseen_in_train_is_none_of_the_known_and_warned_about() -> None:
    report = Report()
    result = encoded(["a", "b", "a"], ["c"], report)
    assert result.values[3].tolist() == [0, 0]
    assert "no train case has" in report.warnings[0].what


def test_blank_category_gets_an_indicator() -> None:
    result = encoded(["a", "b", ""], ["", "a"])
    assert result.names == ("x = a", "x = b", "x (missing)")
    assert result.values[3].tolist() == [0, 0, 1]


def test_rare_categories_beyond_fifty_share_a_column() -> None:
    train = [f"k{i:03d}" for i in range(60) for _ in range(3 if i < 50 else 2)]
    result = encoded(train, ["new"])
    assert len(result.names) == 51
    assert result.names[-1] == "x = (other)"
    assert result.values[-1].tolist() == [0] * 50 + [1]


def test_text_different_in_most_cases_is_left_out() -> None:
    report = Report()
    assert encoded([f"note about {i}" for i in range(80)], [], report).names == ()
    assert "different text" in report.warnings[0].what


def test_numbers_mixed_with_text_are_refused_with_places() -> None:
    report = Report()
    encoded(["1", "2", "3", "4 mg", "5", "six", "7"], [], report)
    assert report.errors[0].examples == ("row 5: '4 mg'", "row 7: 'six'")


def test_decimal_commas_are_numbers_where_semicolons_separate() -> None:
    assert encoded(["1,0", "2,0"], ["1,5"], delimiter=";").values[:, 0].tolist() == [0, 1, 0.5]


def test_order_of_the_rows_does_not_change_the_columns() -> None:
    a = encoded(["a", "b", "c", "b"], [])
    b = encoded(["b", "c", "b", "a"], [])
    assert a.names == b.names


def test_numbers_too_close_for_a_slope_between_them_are_taken_as_one() -> None:
    close = np.append(np.arange(40) * 3.2e-321, 1.0)  # 13 bits apart, a quarter kept
    found, heavy = scaled(close[:-1] + 1.6e-321, close)
    assert heavy
    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0).all()
    assert found.max() < 1


def coded(column: str, values: list[str]) -> tuple[Encoded, Report]:
    report = Report()
    frame = pd.DataFrame({column: values})
    train = np.arange(len(values)) < len(values) - 2
    return encode(frame, train, delimiter=",", place=str, report=report), report


def test_numbers_that_cannot_be_measured_stand_for_missing() -> None:
    ages = [str(30 + i) for i in range(20)]
    made, report = coded("age", [*ages, "999", "-9", "999", "-9"])
    (problem,) = [p for p in report.warnings if "stand for missing" in p.what]
    assert (problem.count, "999" in problem.found, "-9" in problem.found) == (4, True, True)
    assert made.values[:, 0].max() <= 1  # the scale is that of ages
    assert made.values[-1, 1] == 1  # marked as missing
    again = made.encoder.apply(
        pd.DataFrame({"age": ["999", "49"]}), delimiter=",", place=str, report=Report()
    )
    assert again.values.tolist() == [made.values[-2].tolist(), [1.0, 0.0]]
    assert Encoder.from_dict(made.encoder.to_dict()) == made.encoder


@pytest.mark.parametrize(
    "values",
    [
        [*(str(i) for i in range(80, 100)), "99", "99"],  # an age of 99 is one
        [*(str(i - 5) for i in range(20)), "-1", "-1"],  # others are below zero, too
        [*(str(i) for i in range(20)), "-1", "-1"],  # and 0 is next to -1
        [*(str(i) for i in range(1, 20)), "-9"],  # once is a slip, to be seen
    ],
    ids=["near the others", "negative numbers", "next to the others", "once"],
)
def test_numbers_that_may_be_measured_stay(values: list[str]) -> None:
    made, report = coded("x", values)
    assert not report.warnings
    assert made.names == ("x",)


def test_several_units_in_one_column_are_refused_with_their_counts() -> None:
    _, report = coded(
        "size", [*(f"{i} mm" for i in range(20)), *(f"{i / 10} cm" for i in range(5))]
    )
    (problem,) = report.errors
    assert "mm 20, cm 5" in problem.found
    assert problem.choices[0].value == ["size"]
    _, report = coded("stage", ["1a", "2b", "3a"] * 8)  # a category
    assert not report.errors
