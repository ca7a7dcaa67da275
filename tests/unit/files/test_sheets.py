"""Table files of every kind give the same table."""

import io
import json
from datetime import date, datetime

import pandas as pd
import pytest

from core.base.report import DataError, Report
from core.files.sheets import cell_text, read_tables

FRAME = pd.DataFrame(
    {"case": ["007", "8", "9"], "grade": [1.0, None, 2.5], "ok": [True, False, True]}
)
TEXT = [["007", "1", "true"], ["8", "", "false"], ["9", "2.5", "true"]]


def spreadsheet(ending: str, frames: dict[str, pd.DataFrame]) -> bytes:
    out = io.BytesIO()
    with pd.ExcelWriter(out, engine="openpyxl") as writer:
        for name, frame in frames.items():
            frame.to_excel(writer, sheet_name=name, index=False)
    return out.getvalue()


def parquet() -> bytes:
    return FRAME.to_parquet(None)  # type: ignore[return-value]


def lines() -> bytes:
    return FRAME.to_json(orient="records", lines=True).encode()


KINDS = {
    "t.xlsx": lambda: spreadsheet("xlsx", {"one": FRAME, "empty": pd.DataFrame()}),
    "t.parquet": parquet,
    "t.jsonl": lines,
    "lines.json": lines,
    **{
        f"{orient}.json": lambda orient=orient: FRAME.to_json(orient=orient).encode()
        for orient in ("records", "columns", "index", "split", "table")
    },
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_gives_the_same_table(name: str) -> None:
    report = Report()
    (table,) = read_tables(KINDS[name](), name, report)
    assert list(table.frame.columns) == ["case", "grade", "ok"]
    assert table.frame.to_numpy().tolist() == TEXT
    assert not report.problems


def test_several_sheets_are_several_tables() -> None:
    tables = read_tables(spreadsheet("xlsx", {"a": FRAME, "b": FRAME}), "t.xlsx", Report())
    assert [t.name for t in tables] == ["t.xlsx/a", "t.xlsx/b"]


def test_ids_that_lost_digits_are_noticed() -> None:
    report = Report()
    frame = pd.DataFrame({"case": [609398123456789012.0, 1.0], "label": ["a", "b"]})
    read_tables(spreadsheet("xlsx", {"a": frame}), "t.xlsx", report)
    assert [p.count for p in report.warnings] == [1]


def test_objects_inside_become_columns() -> None:
    records = [{"data": {"image": "a.png"}, "accept": ["x"]}, {"data": {"image": "b.png"}}]
    (table,) = read_tables(json.dumps(records).encode(), "t.json", Report())
    assert table.frame.to_numpy().tolist() == [["a.png", "x"], ["b.png", ""]]


@pytest.mark.parametrize(
    ("name", "data"),
    [("t.xlsx", b"PK\3\4 no zip"), ("t.xls", b"no sheet"), ("t.parquet", b"PAR1"),
     ("t.json", b'{"a": 1}'), ("t.json", b"[1, 2]"), ("t.jsonl", b"{"), ("t.docx", b"x")],
)  # fmt: skip
def test_damaged_and_other_files_are_refused(name: str, data: bytes) -> None:
    with pytest.raises(DataError):
        read_tables(data, name, Report())


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.1, "0.1"), (None, ""), (float("nan"), ""), (True, "true"),
     (date(2026, 1, 2), "2026-01-02"), (datetime(2026, 1, 2), "2026-01-02"),
     (datetime(2026, 1, 2, 3, 4), "2026-01-02 03:04:00"), (float("inf"), "inf")],
)  # fmt: skip
def test_typed_cells_as_text(value: object, text: str) -> None:
    assert cell_text(value) == text


NAMED = FRAME.set_index("case")


@pytest.mark.parametrize("orient", ["columns", "index", "split", "table"])
def test_rows_that_have_names_keep_them(orient: str) -> None:
    (table,) = read_tables(NAMED.to_json(orient=orient).encode(), "t.json", Report())
    assert list(table.frame.columns)[1:] == ["grade", "ok"]
    assert table.frame.to_numpy().tolist() == TEXT


def test_names_of_rows_in_parquet_are_kept_whether_named_or_not() -> None:
    for name, title in (("case", "case"), (None, "index")):
        frame = NAMED.rename_axis(name)
        (table,) = read_tables(frame.to_parquet(None), "t.parquet", Report())
        assert table.frame[title].tolist() == ["007", "8", "9"]
        assert table.name == "t.parquet"
    counted = FRAME.set_index(pd.Index([0, 1, 2]))
    (table,) = read_tables(counted.to_parquet(None), "t.parquet", Report())
    assert list(table.frame.columns) == ["case", "grade", "ok"]


def test_columns_called_by_numbers_are_columns() -> None:
    answers = pd.DataFrame({0: [1, 0, 1], 1: [0, 0, 1]}, index=[5, 6, 9])
    (table,) = read_tables(answers.to_json().encode(), "t.json", Report())
    assert table.frame.to_numpy().tolist() == [["5", "1", "0"], ["6", "0", "0"], ["9", "1", "1"]]


def test_lists_by_column_are_a_table() -> None:
    (table,) = read_tables(json.dumps(FRAME.astype(object).where(FRAME.notna(), None)
                           .to_dict("list")).encode(), "t.json", Report())  # fmt: skip
    assert table.frame.to_numpy().tolist() == TEXT
