"""Which column of a table holds the case ids."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.matching.facts import Column
from core.matching.names import SURE, names_person, role_score
from core.matching.roles import Role

Columns = Mapping[str, Column]


def case_columns(columns: Mapping[str, Columns]) -> dict[str, Column | None]:
    """The column of case ids of each table; the one whose values meet those of other tables."""
    best: dict[str, Column | None] = {}
    for name, own in columns.items():
        if (read := _case_of_rows(own)) is not None:
            best[name] = read
            continue
        others = [c for other, theirs in columns.items() if other != name for c in theirs.values()]
        scores = {column: _case_score(c, others) for column, c in own.items()}
        top = max(scores, key=scores.__getitem__, default=None)
        best[name] = own[top] if top is not None and scores[top] > 0 else None
    return best


def _case_of_rows(own: Columns) -> Column | None:
    """The case ids of a table of a row per answer: each reader has a row of each case at most.

    Such a table may also number its rows; what is not repeated is no case then.
    """
    readers = [
        c
        for c in own.values()
        if role_score(c.name, Role.READER) >= 0.3
        and 2 <= len(c.levels) <= c.rows / 3
        and c.filled == c.rows
        # A column of answers is called after its reader, too.
        and not any(d.labels and c.values & d.values and d is not c for d in own.values())
    ]
    if len(readers) != 1:
        return None
    reader = readers[0]
    found: dict[str, float] = {}
    for name, column in own.items():
        if column is reader or column.distinct or column.filled < column.rows or column.dates:
            continue
        pairs = column.codes.astype(np.int64) * len(reader.levels) + reader.codes
        once = len(np.unique(pairs)) >= 0.9 * column.rows
        if len(column.levels) < 3 or not once or not _may_be_ids(column):
            continue
        said = role_score(name, Role.CASE)
        steady = any(
            c.labels and c is not column and c is not reader and c.constant_within(column)
            for c in own.values()
        )
        if said or steady or not column.numeric:
            found[name] = said + 0.5 * steady + 0.25 * (not column.numeric)
    return own[max(found, key=found.__getitem__)] if found else None


def _may_be_ids(column: Column) -> bool:
    """Whether the values may be ids: no measurements and nothing of another role."""
    others = max(role_score(column.name, r) for r in (Role.PATIENT, Role.SCORE, Role.DATE))
    return not _measured(column) and others < SURE


def _measured(column: Column) -> bool:
    """Whether the values are numbers with decimals; "7.0" is a whole one."""
    some = (v for v in column.levels[:50] if v[-2:] != ".0")
    return column.numeric and any("." in v or "," in v for v in some)


def _case_score(column: Column, others: Sequence[Column]) -> float:
    share = len(column.levels) / max(column.filled, 1)
    if column.filled < column.rows or len(column.levels) < 3 or column.dates:
        return 0.0
    if _measured(column):
        return 0.0
    said = role_score(column.name, Role.CASE)
    meets = max((_overlap(column, c) for c in others), default=0.0) if said or share > 0.3 else 0.0
    if names_person(column.name) or (not said and meets < 0.5 and (others or not _counts(column))):
        return 0.0
    person = role_score(column.name, Role.READER) + role_score(column.name, Role.PATIENT)
    # Numbers meet by chance: 1 to 60 are cases here and ages there.
    return said + 0.5 * share + (0.5 if column.numeric else 1.0) * meets - person


def _counts(column: Column) -> bool:
    """Whether the values are names of rows: different texts, or numbers that count up."""
    if not column.distinct:
        return False
    first = column.numbers[0]
    return not column.numeric or bool(
        first in (0, 1) and (column.numbers == first + np.arange(len(column.numbers))).all()
    )


def _overlap(one: Column, other: Column) -> float:
    if len(one.levels) < 3 or len(other.levels) < 3:
        return 0.0
    return len(one.values & other.values) / min(len(one.values), len(other.values))
