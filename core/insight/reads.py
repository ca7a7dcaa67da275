"""Annotations as a list, and in how many cases two experts have something in common."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from core.dataset.annotation_set import AnnotationSet

# Additions that BLAS does, on one core, in the time of one of a sparse product.
_DENSE_IS_FASTER = 100
_BLOCK = 2**24  # numbers of a dense block: 64 MB, and a count that float32 holds exactly


class Reads(NamedTuple):
    """All annotations of a set, case by case.

    Attributes:
      case, expert: positions. said: the answer. right: whether it is the ground truth.
    """

    case: Int[np.ndarray, " R"]
    expert: Int[np.ndarray, " R"]
    said: Int[np.ndarray, " R"]
    right: Bool[np.ndarray, " R"]


def reads(dataset: AnnotationSet) -> Reads:
    """The annotations as a list."""
    case, expert = np.nonzero(dataset.annotated)
    said = dataset.annotations[case, expert]
    return Reads(case, expert, said, said == dataset.truth[case])


def shared_cases(dataset: AnnotationSet) -> Int[np.ndarray, "M M"]:
    """How many cases every two experts both annotated, all splits; on the diagonal, each alone."""
    table = reads(dataset)
    marks = Marks(table.case, table.expert)
    return in_common(marks, marks, len(dataset.experts))


class Marks(NamedTuple):
    """Which columns (experts) are marked in which rows; every pair at most once."""

    row: Int[np.ndarray, " R"]
    column: Int[np.ndarray, " R"]


def in_common(one: Marks, other: Marks, columns: int) -> Int[np.ndarray, "M M"]:
    """In how many rows column i of `one` and column j of `other` are both marked.

    The product of two tables of zeros and ones: a sparse one, or where that has too many terms
    (all experts read the same cases) a dense one, block by block.
    """
    from scipy.sparse import csr_array  # not needed by the first page

    rows = int(max(one.row.max(initial=-1), other.row.max(initial=-1))) + 1
    per_row = [np.bincount(marks.row, minlength=rows) for marks in (one, other)]
    both = np.flatnonzero((per_row[0] > 0) & (per_row[1] > 0))
    place = np.full(rows, -1)
    place[both] = np.arange(len(both))
    tables = []
    for marks in (one, other):
        kept = place[marks.row] >= 0
        where = place[marks.row[kept]], marks.column[kept]
        ones = np.ones(len(where[0]), np.int32)
        tables.append(csr_array((ones, where), shape=(len(both), columns)))
    terms = float((per_row[0][both].astype(float) * per_row[1][both]).sum())
    if terms * _DENSE_IS_FASTER < len(both) * columns**2:
        return np.asarray((tables[0].T.tocsr() @ tables[1]).toarray(), np.int32)
    counts = np.zeros((columns, columns), np.int32)
    step = max(_BLOCK // max(columns, 1), 1)
    for start in range(0, len(both), step):
        left, right = (t[start : start + step].toarray().astype(np.float32) for t in tables)
        counts += (left.T @ right).astype(np.int32)
    return counts
