"""Tables of a column per class with 0 and 1, beside a table that writes the classes as words."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.base.report import Report
from core.files.table import Table
from core.matching.facts import Column
from core.matching.names import names_truth

_TRUTH, _NONE = "ground truth", "No finding"


def marks_as_rows(tables: Sequence[Table], report: Report) -> list[Table]:
    """The tables, with those of marks as the ground truth in words: a row per case and class.

    Such a table is called like one of truths or labels. Its first column holds case ids, all
    different, the others nothing but marks, and at least two of these are called like values of a
    column of another table. A case without any mark has no finding.
    """
    found = []
    for table in tables:
        columns = [Column(table, str(name)) for name in table.frame.columns]
        others = [other for other in tables if other is not table]
        if (
            names_truth(table.name)
            and len(columns) > 2
            and columns[0].distinct
            and all(map(_marks, columns[1:]))
        ):
            words = [column.name for column in columns[1:]]
            if any(_says(other, words) for other in others):
                report.note(f"{table.name} holds the ground truth, a column of 0 and 1 per class")
                table = _rows(table, columns[0], columns[1:])
        found.append(table)
    return found


def _marks(column: Column) -> bool:
    return column.filled == column.rows and set(np.unique(column.numbers)) <= {0.0, 1.0}


def _says(table: Table, words: Sequence[str]) -> bool:
    """Whether a column writes at least two of the words."""
    same = {word.casefold() for word in words}
    for name in table.frame.columns:
        levels = Column(table, str(name)).levels
        if len(levels) < 10_000 and len({str(v).casefold() for v in levels} & same) > 1:
            return True
    return False


def _rows(table: Table, case: Column, classes: Sequence[Column]) -> Table:
    marks = np.stack([column.numbers[column.codes] for column in classes], axis=1) > 0
    marks = np.concatenate([marks, ~marks.any(axis=1, keepdims=True)], axis=1)
    row, which = np.nonzero(marks)
    words = np.array([*(column.name for column in classes), _NONE], object)
    frame = pd.DataFrame(
        {case.name: table.frame[case.name].to_numpy(object)[row], _TRUTH: words[which]},
        index=table.frame.index[row],
        dtype=object,
    )
    return Table(table.name, frame, table.delimiter)
