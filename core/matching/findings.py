"""Several findings per case, said by rows that name one each, or by a column for each."""

from collections.abc import Mapping

import numpy as np

from core.matching.facts import Column
from core.matching.names import NOTHING_FOUND, plain
from core.matching.roles import ColumnRole, Role, TableRoles

_SEVERAL = 0.1  # of case–reader pairs with several answers: findings, no repeat reads
_MARKS = frozenset({"0", "1"})  # whether a finding is there


def findings_by_rows(case: Column, reader: Column, answer: Column) -> tuple[str, ...]:
    """Findings that the values of an answer name, where readers give a case several of them.

    Empty where nearly all case–reader pairs have one answer: another one is a repeat read then.
    """
    if len(answer.levels) < 3:
        return ()
    there = (case.codes >= 0) & (reader.codes >= 0) & (answer.codes >= 0)
    pairs = case.codes[there].astype(np.int64) * len(reader.levels) + reader.codes[there]
    both = np.unique(pairs * len(answer.levels) + answer.codes[there])
    _, different = np.unique(both // len(answer.levels), return_counts=True)
    if (different > 1).mean() < _SEVERAL:
        return ()
    return tuple(str(v) for v in answer.levels if plain(str(v)) not in NOTHING_FOUND)


def findings_by_columns(columns: Mapping[str, Column]) -> list[str]:
    """Columns that say of a finding each whether it is there; none of fewer than two.

    A column of zeros alone is one of them: nobody saw that finding.
    """
    marks = [name for name, column in columns.items() if column.filled and column.values <= _MARKS]
    return marks if len(marks) > 1 else []


def truths_of_findings(
    columns: Mapping[str, Mapping[str, Column]], guessed: Mapping[str, TableRoles]
) -> dict[str, TableRoles]:
    """The roles, with the truth of findings that readers answered in columns of the same name."""
    findings = {
        n
        for mine in guessed.values()
        if mine.having(Role.READER)
        for n, column in mine.columns.items()
        if column.role is Role.ANSWER and column.finding
    }
    found = dict(guessed)
    for table, mine in guessed.items():
        case = mine.having(Role.CASE)
        same = [n for n in mine.columns if n in findings and columns[table][n].values <= _MARKS]
        if len(same) > 1 and case and columns[table][case[0]].distinct:
            truths = {n: ColumnRole(role=Role.TRUTH, finding=n) for n in same}
            others = {
                n: ColumnRole(role=Role.FEATURE) if c.role is Role.TRUTH else c
                for n, c in mine.columns.items()
            }
            found[table] = mine.model_copy(update={"columns": {**others, **truths}})
    return found
