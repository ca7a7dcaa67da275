"""Which new cases lie outside the range of training, and what is said about it."""

import json

import numpy as np
import pandas as pd
import pytest

from core.base.report import Report
from core.encoding.encode import encode
from core.encoding.encoder import Encoded, Encoder
from core.encoding.pixels import light_ranges, outside_light
from core.encoding.ranges import Range, Ranging

RNG = np.random.default_rng(0)
HEIGHT = RNG.normal(1.7, 0.1, 300)  # metres
SIZE = np.exp(RNG.normal(2, 0.5, 300))  # millimetres, skewed


def texts(values: np.ndarray) -> list[str]:
    return [f"{v:.6g}" for v in values]


def fitted(**cells: list[str]) -> Encoder:
    frame = pd.DataFrame(cells, dtype=str)
    everything = np.ones(len(frame), bool)
    report = Report()
    return encode(frame, everything, delimiter=",", place=str, report=report).encoder


def applied(encoder: Encoder, **cells: list[str]) -> tuple[Encoded, Report]:
    report = Report()
    frame = pd.DataFrame(cells, dtype=str)
    return encoder.apply(frame, delimiter=",", place=str, report=report), report


def table() -> Encoder:
    colours = [["red", "blue"][i % 2] for i in range(300)]
    return fitted(height=texts(HEIGHT), size=texts(SIZE), colour=colours)


def outside(encoder: Encoder, **cells: list[str]) -> tuple[tuple[str, ...], ...]:
    found = applied(encoder, **cells)[0].outside
    assert found is not None
    assert found.cases.tolist() == [bool(columns) for columns in found.columns]
    return found.columns


def test_a_number_far_beyond_train_and_an_unseen_category_are_outside() -> None:
    cells = {
        "height": ["1.7", "1720", "1.7", "", "1720"],
        "size": ["7", "7", "7", "7", "7"],
        "colour": ["red", "red", "green", "", "green"],
    }
    assert outside(table(), **cells) == ((), ("height",), ("colour",), (), ("height", "colour"))


def test_the_distance_is_that_of_the_farthest_column_in_spreads() -> None:
    encoder = fitted(x=texts(np.linspace(0, 100, 101)), y=texts(np.linspace(0, 1, 101)))
    made, _ = applied(encoder, x=["1000", "50"], y=["91", "0.5"])
    assert made.outside is not None
    assert made.outside.distance == pytest.approx([100, 0])  # 90 beyond, of a spread of 0.9
    assert made.outside.columns == (("y", "x"), ())


@pytest.mark.parametrize(("value", "is_outside"), [(189, False), (191, True), (-91, True)])
def test_a_margin_of_one_spread_is_ordinary(value: float, is_outside: bool) -> None:
    made = Range.of(np.linspace(0, 100, 1001)).beyond(np.array([float(value)]))
    assert (made > 0).tolist() == [is_outside]


def test_ordinary_new_cases_are_hardly_ever_outside() -> None:
    rng, flagged = np.random.default_rng(1), []
    for draw in (rng.standard_normal, rng.standard_exponential, lambda n: rng.poisson(0.1, n)):
        train, new = draw(20 * 1000).reshape(1000, 20), draw(20 * 1000).reshape(1000, 20)
        ranges = [Range.of(column) for column in train.T.astype(float)]
        far = [of.beyond(x) for of, x in zip(ranges, new.T.astype(float), strict=True)]
        flagged.append((np.array(far) > 0).any(axis=0).mean())
    assert max(flagged) < 0.01


@pytest.mark.parametrize(
    ("name", "times", "said"),
    [
        ("height", 1000, "1,000 times larger"),
        ("height", 0.01, "100 times smaller"),
        ("size", 10, "10 times larger"),
        ("size", 0.001, "1,000 times smaller"),  # within the range: only the median tells
    ],
)
def test_another_unit_is_named_and_its_cases_are_outside(
    name: str, times: float, said: str
) -> None:
    cells = {"height": HEIGHT[:20], "size": SIZE[:20]}
    cells[name] = cells[name] * times
    made, report = applied(
        table(), colour=["red"] * 20, **{key: texts(values) for key, values in cells.items()}
    )
    assert made.outside is not None
    assert set(made.outside.columns) == {(name,)}
    (warning,) = report.warnings
    assert warning.count == 20
    assert "another unit" in warning.what
    assert said in warning.remedy


def test_another_unit_of_some_cases_is_named_too() -> None:
    cells = np.append(1000 * HEIGHT[:6], HEIGHT[6:20])
    made, report = applied(table(), height=texts(cells), size=["7"] * 20, colour=["red"] * 20)
    assert made.outside is not None
    assert made.outside.cases.tolist() == [True] * 6 + [False] * 14
    assert "1,000 times larger" in report.warnings[0].remedy


def test_few_cases_say_nothing_about_a_unit() -> None:
    assert Range.of(SIZE).unit(np.array([0.007] * 4)) == 0
    assert Range.of(SIZE).unit(np.array([0.007] * 5)) == -3


def test_the_warning_says_how_many_cases_what_was_found_and_the_range() -> None:
    encoder = fitted(x=[str(i) for i in range(101)])
    _, report = applied(encoder, x=["50", "70", "-300", "420", "20", ""])
    (warning,) = [w for w in report.warnings if "range" in w.what]
    assert warning.found == "-300 to 420 in 2 of 6 cases"
    assert (warning.expected, warning.count) == ("about 0 to 100", 2)


def test_many_columns_outside_are_said_in_a_few_warnings() -> None:
    names = [f"x{i}" for i in range(40)]
    encoder = fitted(**{name: [str(i) for i in range(50)] for name in names})
    made, report = applied(encoder, **{name: ["1e6", "3"] for name in names})
    assert made.outside is not None
    assert [len(columns) for columns in made.outside.columns] == [5, 0]
    assert [w.count for w in report.warnings] == [1, 1, 1, 1, 1, 35]


def test_new_categories_of_a_column_with_too_many_to_count_are_ordinary() -> None:
    encoder = fitted(zip=[f"z{i % 60}" for i in range(300)])
    assert outside(encoder, zip=["z99"]) == ((),)


def test_columns_that_hardly_differ_in_train_and_extreme_numbers_do_no_harm() -> None:
    near = [repr(1.0), repr(np.nextafter(1.0, 2))] * 5
    encoder = fitted(near=near, tiny=["0", "1e-300"] * 5, x=["-1e308", "1e308"] * 5)
    # The inputs of `tiny` are all 0, whatever its numbers are.
    assert outside(encoder, near=["1e308"], tiny=["1e300"], x=["0"]) == (("near",),)


def test_an_encoding_stored_before_quantiles_were_kept_uses_the_whole_range() -> None:
    encoder = fitted(x=[str(i) for i in range(101)])
    plain = json.loads(json.dumps(encoder.to_dict()))
    again = Encoder.from_dict(plain)
    assert again == encoder
    del plain["columns"][0]["middle"]
    old = Encoder.from_dict(plain)
    assert old.to_dict()["columns"][0].keys() == plain["columns"][0].keys()
    assert outside(old, x=["150", "250", "-150"]) == ((), ("x",), ("x",))


def test_images_of_another_brightness_or_contrast_are_outside() -> None:
    images = RNG.integers(100, 140, (50, 8, 8, 3)).astype(np.uint8)
    ranges, report = light_ranges(images), Report()
    new = np.concatenate([images[:1], images[:1] // 100, np.full((1, 8, 8, 3), 120, np.uint8)])
    found = outside_light(new, ranges, report)
    assert found.columns[0] == ()
    assert "brightness" in found.columns[1]
    assert found.columns[2] == ("contrast",)
    assert len(report.warnings) == 2


def test_no_cases_have_no_distance() -> None:
    ranging = Ranging(0)
    ranging.numbers("x", Range.of(np.arange(9.0)), np.empty(0), np.empty(0, bool))
    assert ranging.found(Report()).columns == ()
