import numpy as np
import pandas as pd
import pytest

from core.encoding.column_numbers import numbers


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
    values, missing, text = numbers(pd.Series([cell, "7"], dtype=str), delimiter)
    assert values.tolist() == [value, 7.0]
    assert not missing.any()
    assert not text.any()


def test_points_are_thousands_beside_decimal_commas() -> None:
    assert numbers(pd.Series(["1.234", "1,5"], dtype=str), ";")[0].tolist() == [1234.0, 1.5]


@pytest.mark.parametrize(
    "cell", ["", "NA", "n/a", "NaN", "#DIV/0!", "inf", "-Infinity", "1e999", "?"]
)
def test_cell_without_a_finite_number_is_missing(cell: str) -> None:
    values, missing, text = numbers(pd.Series([cell, "1"], dtype=str), ",")
    assert np.isnan(values[0])
    assert missing.tolist() == [True, False]
    assert not text.any()


@pytest.mark.parametrize(("cell", "delimiter"), [("1,5", ","), ("abc", ";"), ("1 mg", ",")])
def test_cell_that_is_no_number_is_text(cell: str, delimiter: str) -> None:
    assert numbers(pd.Series([cell, "1"], dtype=str), delimiter)[2].tolist() == [True, False]
