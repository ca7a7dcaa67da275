import pandas as pd
import pytest

from core.base.export import csv_text, safe_cell, without_quote


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_text_that_a_spreadsheet_would_run_is_escaped(start: str) -> None:
    text = csv_text(pd.DataFrame({"name": [f"{start}cmd()", "plain"]}))
    assert text.splitlines()[1:] == [f"'{start}cmd()", "plain"]


@pytest.mark.parametrize("name", ["-12", "-3.5e2", "+7", "-.5", "+1.", "007", "a-b", "'tis"])
def test_an_id_that_cannot_be_a_formula_is_left_alone(name: str) -> None:
    assert safe_cell(name) == name


@pytest.mark.parametrize("name", ["-2+3+cmd|' /C calc'!A0", "-1-", "+A1", "-1,5", "- 1", "'-12"])
def test_what_only_begins_like_a_number_is_escaped(name: str) -> None:
    assert safe_cell(name) == f"'{name}"
    assert without_quote(f"'{name}") == name


def test_numbers_are_left_alone() -> None:
    text = csv_text(pd.DataFrame({"x": [-1.5, 2.0], "n": [-3, 4]}))
    assert text == "x,n\n-1.5,-3\n2.0,4\n"


def test_numbers_among_texts_are_left_alone() -> None:
    assert csv_text(pd.DataFrame({"x": [-1.5, "-a", None]})) == 'x\n-1.5\n\'-a\n""\n'


def test_column_names_and_categories_are_escaped() -> None:
    frame = pd.DataFrame({"=x": pd.Categorical(["+a", "b"])})
    assert csv_text(frame) == "'=x\n'+a\nb\n"


def test_columns_of_the_same_name_are_kept_apart() -> None:
    frame = pd.DataFrame([["=a", 1]], columns=["x", "x"])
    assert csv_text(frame) == "x,x\n'=a,1\n"


def test_given_frame_is_not_changed() -> None:
    frame = pd.DataFrame({"=x": ["=a"]})
    csv_text(frame)
    assert frame.to_dict("list") == {"=x": ["=a"]}
