"""ODS reads like XLSX: titles, merged, repeated and typed cells, blank columns and rows."""

import io

import pandas as pd
import pytest

from core.base.report import DataError, Report
from core.files.sheets import read_tables
from tests.unit.files.ods import cell, covered, ods, row

FRAME = pd.DataFrame(
    {
        "Case": ["007", "8", "9"],
        "Size": [1.5, 2.0, None],
        "Read at": pd.to_datetime(["2026-01-02", "2026-01-02 03:04", "2026-01-03"], format="mixed"),
        "Sure": [True, False, True],
    }
)


def test_typed_cells_read_as_in_xlsx() -> None:
    out = io.BytesIO()
    FRAME.to_excel(out, index=False)
    rows = [
        row(*(cell("" if v != v else v) for v in values))
        for values in FRAME.astype(object).itertuples(index=False)
    ]
    (wanted,) = read_tables(out.getvalue(), "t.xlsx", Report())
    report = Report()
    (table,) = read_tables(ods([row(*map(cell, FRAME.columns)), *rows]), "t.ods", report)
    assert table.frame.equals(wanted.frame)
    assert not report.problems


def test_a_title_two_rows_of_names_and_a_blank_column() -> None:
    head = [
        row(cell("Study of 2026", columns=5), covered(4)),
        row(),
        row(
            cell("Case", rows=2), cell("Reads", columns=2), covered(), cell(), cell("Truth", rows=2)
        ),
        row(covered(), cell("Ng"), cell("Roy"), cell(), covered()),
    ]
    body = [row(cell(f"c{i}"), cell("b", repeat=2), cell(), cell("m")) for i in range(3)]
    same = row(cell("c9"), cell("m", repeat=2), cell(), cell("b"), repeat=2)
    report = Report()
    (table,) = read_tables(ods([*head, *body, same]), "t.ods", report)
    assert list(table.frame.columns) == ["Case", "Reads Ng", "Reads Roy", "Truth"]
    assert table.frame.to_numpy().tolist() == [
        *([f"c{i}", "b", "b", "m"] for i in range(3)),
        *[["c9", "m", "m", "b"]] * 2,
    ]
    assert table.place(0) == "t.ods row 5"
    assert len(report.warnings) == 2


def test_more_cells_than_a_machine_holds_are_refused() -> None:
    far = "".join([cell(repeat=16_383), cell("x")])
    with pytest.raises(DataError, match="16,384 cells"):
        read_tables(ods([f'<table:table-row table:number-rows-repeated="1000000">{far}'
                         "</table:table-row>"]), "t.ods", Report())  # fmt: skip
