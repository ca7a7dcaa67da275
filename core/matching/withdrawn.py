"""Answers that a crowd platform or a reviewer did not accept: they are left out."""

from collections.abc import Sequence

import numpy as np

from core.base.report import Report, clip, listed
from core.files.table import Table
from core.matching.facts import Column
from core.matching.names import SURE, plain, role_score
from core.matching.roles import Role

_NAMES = frozenset(
    f"{of} status" for of in ("assignment", "annotation", "answer", "review", "submission", "work")
)
_ACCEPTED = frozenset({"approved", "accepted", "submitted", "completed", "complete", "done"})
_WITHDRAWN = frozenset(
    {"rejected", "declined", "cancelled", "canceled", "returned", "abandoned", "expired"}
)


def without_withdrawn(table: Table, report: Report) -> Table:
    """The table without the rows whose status says that the answer does not count.

    A column of statuses is called so, and holds nothing else. A column called just “status” may
    as well be a finding; it is one of statuses only beside a column of readers.

    Args:
      table: of any kind.
      report: takes a warning with the number of rows.
    """
    names = [str(name) for name in table.frame.columns]
    for name in names:
        called = plain(name)
        if called not in _NAMES and not (called == "status" and _names_readers(names)):
            continue
        column = Column(table, name)
        said = np.array([plain(str(level)) for level in column.levels])
        out = np.isin(said, sorted(_WITHDRAWN))
        if not out.any() or not (out | np.isin(said, sorted(_ACCEPTED))).all():
            continue
        gone = np.append(out, False)[column.codes]  # the code of a blank is -1
        report.warn(
            f"answers that were not accepted are left out of {table.name}",
            found=f"{int(gone.sum()):,} of {len(gone):,} rows, {listed(column.levels[out])} in the "
            f"column {clip(name, 60)!r}",
            remedy="to use them, remove this column from the file",
            count=int(gone.sum()),
        )
        table = table.rows(~gone)
    return table


def _names_readers(names: Sequence[str]) -> bool:
    return any(role_score(name, Role.READER) >= SURE for name in names)
