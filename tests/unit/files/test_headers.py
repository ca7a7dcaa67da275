"""Column names below a title or over two rows, and notes below the table."""

import pytest

from core.base.report import Report
from core.files.csv_table import parse_table, table_of_cells
from core.files.header import find_header, footnotes

PLAIN = ["case,reader,grade", "c1,Ann,2", "c2,Ann,3", "c3,Bob,1"]


def read(lines: list[str], end: str = "\n") -> tuple[list[str], list[str], list[int], list[str]]:
    report = Report()
    table = parse_table(end.join(lines).encode(), "x.csv", report)
    frame = table.frame
    warned = [p.what for p in report.warnings]
    return list(frame.columns), frame.iloc[:, 0].tolist(), frame.index.tolist(), warned


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "above", [["A study of readers"], ["Study 7,,", ",,"], ['"Two\nlines",,', ""]]
)
def test_names_below_a_title(above: list[str], end: str) -> None:
    names, cases, rows, warned = read([*above, *PLAIN], end)
    assert names == ["case", "reader", "grade"]
    assert cases == ["c1", "c2", "c3"]
    assert len(warned) == 1
    if '"' not in above[0]:
        assert rows[0] == len(above) + 2


def test_a_title_does_not_hide_the_delimiter() -> None:
    names, *_ = read(["Lesestudie", *(line.replace(",", ";") for line in PLAIN)])
    assert names == ["case", "reader", "grade"]


def test_a_plain_table_is_left_alone() -> None:
    assert read(PLAIN)[3] == []
    assert find_header([["a", "b", "c"], ["", "", "1"], ["", "2", ""], ["1", "", ""]]).row == 0
    assert find_header([["a", ""], ["b", ""], ["c", ""]]).row == 0
    assert find_header([]).row == 0


def test_numbers_are_no_names() -> None:
    assert find_header([["Title", "", ""], ["1", "2", "3"], ["4", "5", "6"]]).row == 0


@pytest.mark.parametrize(
    "above",
    [["case,Ann,,Bob,", ",grade,sure,grade,sure"], ["Study,,,,", "case,Ann,,Bob,", ",g,s,g,s"]],
)
def test_two_rows_of_names_are_joined(above: list[str]) -> None:
    names, cases, rows, warned = read([*above, "c1,2,5,3,4", "c2,1,1,,", "c3,,,2,2"])
    assert names[0] == "case"
    assert [n.split()[0] for n in names[1:]] == ["Ann", "Ann", "Bob", "Bob"]
    assert len(set(names)) == 5
    assert cases == ["c1", "c2", "c3"]
    assert rows == [len(above) + i for i in (1, 2, 3)]
    assert warned


def test_values_are_no_second_row_of_names() -> None:
    rows = [
        ["case", "a", "", "b"],
        ["c1", "yes", "no", "no"],
        ["c2", "no", "", "yes"],
        ["c3", "no", "no", ""],
    ]
    assert find_header(rows).rows == 1


@pytest.mark.parametrize(
    "note",
    [
        "* read by two people",
        "Source: clinic 4",
        "n = 3 of 200 cases",
        "All grades were given without knowledge of the others",
    ],
)
def test_notes_below_are_left_out_and_said(note: str) -> None:
    _, cases, _, warned = read([*PLAIN, "", f'"{note}",,'])
    assert cases == ["c1", "c2", "c3"]
    assert len(warned) == 1


def test_rows_that_are_no_notes_stay() -> None:
    assert footnotes([["c1", "1", "2"], ["c2", "", ""]]) == 0
    assert footnotes([["c1", "1"], ["a long text in two columns", ""]]) == 0


def test_cells_of_a_spreadsheet() -> None:
    report = Report()
    cells = [["Study"], [], ["case", "label"], ["1", "a"], ["2", "b", ""], ["3", "a"]]
    table = table_of_cells(cells, "x.xlsx", report)
    assert list(table.frame.columns) == ["case", "label"]
    assert table.place(0) == "x.xlsx row 4"
