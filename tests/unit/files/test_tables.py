import pytest

from core.base.report import DataError, Report
from core.files.csv_table import parse_table
from core.files.table import Table

PLAIN = "case_id,label\nc1,NA\nc2,none\n"


def table(data: bytes | str, report: Report | None = None) -> Table:
    raw = data.encode() if isinstance(data, str) else data
    return parse_table(raw, "t.csv", report or Report(), expect=("case_id", "label"))


def rows(data: bytes | str) -> list[list[str]]:
    frame = table(data).frame
    return [list(frame.columns), *frame.to_numpy(object).tolist()]


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.rstrip("\n").encode(),
        ("\n\n" + PLAIN + "\n\n").encode(),
        PLAIN.replace("c2", " c2 ").replace("label", " label ").encode(),
        ("sep=;\r\n" + PLAIN.replace(",", ";")).encode(),
        PLAIN.replace("\n", ",,\n").encode(),
        (PLAIN + ",\n").encode(),
        PLAIN.replace("c1", '"c1"').replace("NA", '"NA"').encode(),
        PLAIN.replace("c1", '="c1"').encode(),
    ],
)
def test_same_cells_however_the_table_was_saved(data: bytes) -> None:
    assert rows(data) == [["case_id", "label"], ["c1", "NA"], ["c2", "none"]]


def test_cells_stay_text() -> None:
    assert rows("case_id,label\n007,1e5\nNaN,\n") == [
        ["case_id", "label"],
        ["007", "1e5"],
        ["NaN", ""],
    ]


def test_quoted_cells_keep_delimiters_and_line_ends() -> None:
    assert rows('case_id,label\nc1,"a, ""b""\nc"\n')[1] == ["c1", 'a, "b"\nc']


def test_short_rows_are_blank_at_the_end() -> None:
    assert rows("case_id,label,x\nc1,a\n")[1] == ["c1", "a", ""]


def test_delimiter_is_told_by_the_known_columns() -> None:
    assert table("case_id;label;a,b,c,d\n1;2;3\n").delimiter == ";"


def test_row_numbers_are_those_of_a_spreadsheet() -> None:
    assert table("case_id,label\nc1,a\n\nc2,b\n").place(1) == "t.csv row 4"


def test_windows_code_page_is_read_with_a_warning() -> None:
    report = Report()
    assert table("case_id,label\nMüller,a\n".encode("cp1252"), report).frame.iloc[0, 0] == "Müller"
    assert "Windows-1252" in report.warnings[0].what


def test_row_number_column_of_a_data_frame_is_ignored_with_a_warning() -> None:
    report = Report()
    assert list(table(",case_id,label\n0,c1,a\n1,c2,b\n", report).frame.columns) == [
        "case_id",
        "label",
    ]
    assert "row numbers" in report.warnings[0].what


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"\xff\xfe", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x81\x90", "not a text file"),
        (b"a,b\n1,\x00\n", "not a text file"),
        (b"case_id,label\nc1,a,b\n", "more cells than the header"),
        (b'case_id,label\nc1,"a\nc2,b\n', "never closed"),
        (b"case_id,label,label\nc1,a,b\n", "duplicate column names"),
        (b"case_id,,label\nc1,x,a\n", "without a name"),
    ],
)
def test_table_that_cannot_be_read(data: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        table(data)


def test_too_long_rows_are_named() -> None:
    with pytest.raises(DataError, match="row 3"):
        table("case_id,label\nc1,a\nc2,b,c\n")


@pytest.mark.parametrize("header", ["Case_ID", "case id", "CASE-ID"])
def test_known_column_is_found_whatever_its_capitals(header: str) -> None:
    assert table(f"{header},label\nc1,a\n").find("case_id") == header
