import numpy as np
import pandas as pd
import pytest

from core.base.report import Report
from core.encoding.column_numbers import many_numbers, numbers
from core.encoding.encode import encode
from core.encoding.encoder import Encoder, NumberColumn
from tests.unit.reading.builders import bundle, case_rows, warnings_of


@pytest.mark.parametrize(
    ("cell", "delimiter", "value"),
    [
        ("1.5", ",", 1.5),
        ("-2e3", ",", -2000.0),
        ("1,5", ";", 1.5),
        ("-1,5", "\t", -1.5),
        (",5", ";", 0.5),
        ("1.234,5", ";", 1234.5),
        ("1,234.5", ",", 1234.5),
        ("1,234", ",", 1234.0),
        ("\u22123", ",", -3.0),
        ("1.5", ";", 1.5),
    ],
)
def test_number_as_people_write_it(cell: str, delimiter: str, value: float) -> None:
    values, missing, text, *_ = numbers(pd.Series([cell, "7"], dtype=str), delimiter)
    assert values.tolist() == [value, 7.0]
    assert not missing.any()
    assert not text.any()


def test_points_are_thousands_beside_decimal_commas() -> None:
    assert numbers(pd.Series(["1.234", "1,5"], dtype=str), ";")[0].tolist() == [1234.0, 1.5]


@pytest.mark.parametrize(
    "cell", ["", "NA", "n/a", "NaN", "#DIV/0!", "inf", "-Infinity", "1e999", "?"]
)
def test_cell_without_a_finite_number_is_missing(cell: str) -> None:
    values, missing, text, *_ = numbers(pd.Series([cell, "1"], dtype=str), ",")
    assert np.isnan(values[0])
    assert missing.tolist() == [True, False]
    assert not text.any()


@pytest.mark.parametrize(("cell", "delimiter"), [("1,5,0", ","), ("abc", ";"), ("1 mg", ",")])
def test_cell_that_is_no_number_is_text(cell: str, delimiter: str) -> None:
    assert numbers(pd.Series([cell, "1"], dtype=str), delimiter)[2].tolist() == [True, False]


def column(*cells: str) -> pd.Series:
    return pd.Series(cells, dtype=str)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (("0,352", "-1,143", "2"), [0.352, -1.143, 2.0]),  # no thousand begins with 0
        (("0,4", "12,25"), [0.4, 12.25]),
        (("1,234", "2,871"), [1234.0, 2871.0]),  # unclear: as it is usual between commas
        (("1,234.5", "871"), [1234.5, 871.0]),
        (("1,234,567", "1,234"), [1234567.0, 1234.0]),
    ],
)
def test_commas_between_commas(cells: tuple[str, ...], values: list[float]) -> None:
    found = numbers(column(*cells), ",")
    assert found.values.tolist() == values
    assert found.decimal_comma == (values[0] < 100)


def test_thousands_beside_decimal_commas_are_texts_that_are_listed() -> None:
    assert numbers(column("1,234.5", "0,5"), ",").no_number.tolist() == [False, True]


def test_one_column_makes_clear_what_commas_mean_in_the_others() -> None:
    cells = np.array([["1,234", "0,5", "3"], ["2,871", "1,5", "4"]], object)
    found = many_numbers(cells, ",")
    assert found.values.tolist() == [[1.234, 0.5, 3.0], [2.871, 1.5, 4.0]]
    assert found.decimal_commas == [True, True, False]


@pytest.mark.parametrize(
    ("cells", "unit", "values"),
    [
        (("10%", "12.5 %", ""), "%", [10.0, 12.5]),
        (("12 mm", "9mm"), "mm", [12.0, 9.0]),
        (("0,5 mg/dl", "1,25 mg/dl"), "mg/dl", [0.5, 1.25]),
        (("-3 °C", "NA"), "°C", [-3.0]),
    ],
)
def test_one_unit_behind_every_number(
    cells: tuple[str, ...], unit: str, values: list[float]
) -> None:
    found = numbers(column(*cells), ",")
    assert found.unit == unit
    assert found.values[~found.missing].tolist() == values
    assert not found.no_number.any()


@pytest.mark.parametrize("cells", [("12 mm", "1.2 cm"), ("10%", "0.1"), ("T1", "T2"), ("a", "b")])
def test_several_units_are_no_numbers(cells: tuple[str, ...]) -> None:
    found = numbers(column(*cells), ",")
    assert found.unit == ""
    assert found.no_number.any()


def fitted(*cells: str, delimiter: str = ",") -> tuple[Encoder, list[str]]:
    report = Report()
    train = np.ones(len(cells), bool)
    frame = pd.DataFrame({"x": column(*cells)})
    made = encode(frame, train, delimiter=delimiter, place=str, report=report)
    return made.encoder, [problem.what for problem in report.notes]


def new(encoder: Encoder, cell: str) -> tuple[float, list[str]]:
    report = Report()
    frame = pd.DataFrame({"x": column(cell)})
    values = encoder.apply(frame, delimiter=",", place=str, report=report).values
    return float(values[0, 0]), [problem.sentence() for problem in report.errors]


def test_new_cases_are_read_as_train_was() -> None:
    encoder, said = fitted("0,5", "1,0", "1,5")
    assert said == ["commas are read as decimal signs: 'x'"]
    kept = Encoder.from_dict(encoder.to_dict())
    assert new(kept, "1,234")[0] == pytest.approx(0.734)  # alone it could be a thousand


def test_new_cases_in_another_unit_are_refused() -> None:
    encoder, said = fitted("10 mm", "20 mm")
    assert said == ["numbers with a unit are read without it: 'x: mm'"]
    kept = Encoder.from_dict(encoder.to_dict())
    assert new(kept, "15 mm") == (0.5, [])
    assert new(kept, "15") == (0.5, [])
    _, errors = new(kept, "1.5 cm")
    assert "another unit than in training: found 'cm', expected 'mm'" in errors[0]


def test_columns_without_a_unit_are_stored_as_before() -> None:
    (stored,) = fitted("1", "2")[0].to_dict()["columns"]
    assert {"unit", "decimal_comma"}.isdisjoint(stored)
    assert isinstance(fitted("1", "2")[0].columns[0], NumberColumn)


def test_commas_that_may_be_decimal_signs_are_said() -> None:
    rows = [r.rsplit(",", 2)[0] for r in case_rows()]
    unclear = [f'{r},"{i + 1},{i:03d}"' for i, r in enumerate(rows)]
    files = bundle(["case_id,split,label,dose", *unclear[1:]])
    assert "are read as thousands: found 'dose'" in warnings_of(files)
    clear = [*unclear[1:-1], f'{rows[-1]},"0,5"']
    assert "thousands" not in warnings_of(bundle(["case_id,split,label,dose", *clear]))
