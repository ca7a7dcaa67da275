"""Several annotations of one case by one expert: which of them counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd
from jaxtyping import Int, Int32, Int64

from core.base.report import FIRST_PLACES, Choice, Report, clip
from core.reading import dates, lost_digits
from core.reading.labels import places
from core.reading.options import Repeats
from core.reading.rows import Rows

_FINDINGS = (
    *("finding", "findings", "pathology", "disease", "diagnosis", "question", "task", "target"),
    *("attribute", "category", "lesion", "region", "structure", "observation", "befund"),
)
_MOST_TIMES = 4  # columns of dates and times that are combined


@dataclass(frozen=True, slots=True)
class _Readings:
    """Annotations sorted by case and expert, and in each of these from the first to the last.

    Attributes:
      order: their positions. start: of each pair of case and expert in `order`, and the end.
      codes: the labels, in this order. how: what says which is the first, in words.
    """

    order: Int64[np.ndarray, " R"]
    start: Int64[np.ndarray, " P+1"]
    codes: Int32[np.ndarray, " R"]
    how: str

    def kept(self, which: Repeats) -> Int64[np.ndarray, " P"]:
        """The position in `order` of the annotation that counts, for each pair."""
        if which in ("refuse", "first"):
            return self.start[:-1]
        if which == "last":
            return self.start[1:] - 1
        pair = self.pair
        # The last of each label of a pair, and how often the pair has the label.
        by = np.lexsort((np.arange(len(pair)), self.codes, pair))
        new = np.diff(pair[by], prepend=-1) | np.diff(self.codes[by], prepend=-1)
        first = np.flatnonzero(new)
        times = np.diff(first, append=len(by))
        last = by[first + times - 1]
        best = np.lexsort((last, times, pair[last]))
        return last[best][np.flatnonzero(np.diff(pair[last][best], append=-1))]

    @property
    def pair(self) -> Int64[np.ndarray, " R"]:
        """The pair of case and expert of each annotation."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def left_out(self, which: Repeats) -> int:
        """How many annotations say something else than the one that counts."""
        return int((self.codes != self.codes[self.kept(which)][self.pair]).sum())


def one_each(
    rows: Rows,
    use: Int[np.ndarray, " R"],
    cell: Int64[np.ndarray, " R"],
    codes: Int32[np.ndarray, " R"],
    which: Repeats,
    report: Report,
) -> Int[np.ndarray, " P"]:
    """Which annotations count: one for each pair of case and expert, as positions in `use`.

    Args:
      rows: all annotations.
      use: rows that have a label and a case.
      cell: number of the pair of case and expert of each of them.
      codes: their labels.
      which: of several with different labels counts.
      report: takes an error where there are such and none was chosen, else a warning.
    """
    pairs, first = np.unique(cell, return_index=True)
    if len(first) == len(use):
        return first
    numbers = np.searchsorted(pairs, cell)
    differs = np.zeros(len(first), bool)
    other = codes != codes[first][numbers]
    differs[numbers[other]] = True
    same = np.setdiff1d(np.flatnonzero(~differs[numbers]), first)
    result = first
    if differs.any():
        readings = _sorted(rows, use, numbers, codes, differs)
        result = readings.order[readings.kept(which)]
        if which == "refuse":
            _ask(rows, use, np.flatnonzero(other), int(differs.sum()), readings, report)
        else:
            report.warn(
                "experts gave the same case different labels",
                found=f"{differs.sum():,} pairs of a case and an expert",
                remedy=f"{_words(which, readings)} counts, as chosen; "
                f"{readings.left_out(which):,} other labels are left out",
                count=int(differs.sum()),
                examples=places(rows.place, use[other], rows.case),
            )
    if len(same):
        report.warn(
            "annotations are repeated",
            found=f"{len(same)} repeated annotations",
            remedy="the repetitions were dropped",
            count=len(same),
            examples=places(rows.place, use[same]),
        )
    return result


def _sorted(
    rows: Rows, use: np.ndarray, numbers: np.ndarray, codes: np.ndarray, differs: np.ndarray
) -> _Readings:
    how, when = "in the order of the rows", np.zeros(len(use))
    told_apart = 0
    among = differs[numbers]
    for name, texts in _times(rows, use):
        found = dates.seconds(texts)
        if found is None or np.isnan(found[among]).any():
            continue
        apart = pd.Series(found[among]).groupby(numbers[among]).nunique().gt(1).sum()
        if apart > told_apart:
            told_apart, how, when = int(apart), f"by {name}", found
    order = np.lexsort((np.arange(len(use)), when, numbers))
    start = np.searchsorted(numbers[order], np.arange(len(differs) + 1))
    return _Readings(order, start, codes[order], how)


def _times(rows: Rows, use: np.ndarray) -> Iterator[tuple[str, pd.Series]]:
    """Columns that may say when each annotation was made, single ones first."""
    if rows.more is None:
        return
    names = [c for c in rows.more.columns if dates.says_when(str(c))][:_MOST_TIMES]
    more = rows.more[names].iloc[use]
    for name in names:
        yield repr(clip(name, 40)), more[name]
    for day, time in permutations(names, 2):
        both = (more[day] + " " + more[time]).where((more[day] != "") & (more[time] != ""), "")
        yield f"{clip(day, 40)!r} and {clip(time, 40)!r}", both


def _ask(
    rows: Rows, use: np.ndarray, other: np.ndarray, pairs: int, readings: _Readings, report: Report
) -> None:
    timed = readings.how.startswith("by ")
    remedy = "choose which one counts" + (
        ", or use a name per reading (A-1, A-2)"
        if timed
        else "; where they are several findings in one case, make a data set per finding, "
        "because a case takes one label: --finding NAME reads one"
    )
    if column := _findings(rows, use, readings):
        remedy = (
            f"a case takes one label: make a data set per value of {clip(column, 40)!r}, with the "
            "annotations and the ground truth of that finding"
        )
    if shortened := lost_digits.rounded(rows.expert.iloc[use[other]]):
        remedy = f"{clip(shortened[0])!r} may be several experts: {lost_digits.REMEDY}"
    report.error(
        "an expert gave the same case two different labels",
        found=f"{len(other)} contradictions in {pairs:,} pairs of a case and an expert",
        expected="one annotation per case and expert",
        remedy=remedy,
        count=len(other),
        examples=[
            f"{rows.place(int(i))} (case {clip(rows.case.iloc[int(i)], 40)!r}, "
            f"expert {clip(rows.expert.iloc[int(i)], 40)!r})"
            for i in use[other][:FIRST_PLACES]
        ],
        choices=[]
        if shortened
        else [
            Choice(
                "repeats",
                which,
                f"{_words(which, readings)} counts; {readings.left_out(which):,} other labels are "
                "left out",
            )
            for which in ("first", "last", "majority")
        ],
    )


def _words(which: Repeats, readings: _Readings) -> str:
    if which == "majority":
        return f"the most frequent one, of equally frequent ones the last {readings.how},"
    return f"the {which} one {readings.how}"


def _findings(rows: Rows, use: np.ndarray, readings: _Readings) -> str | None:
    """The column that says what a label is about, where it tells the labels of a pair apart."""
    if rows.more is None:
        return None
    for name in rows.more.columns:
        parts = str(name).casefold().replace("-", "_").replace(" ", "_").split("_")
        if not set(parts) & set(_FINDINGS):
            continue
        values = rows.more[name].iloc[use[readings.order]]
        several = values.groupby(readings.pair).nunique()
        if (several > 1).any():
            return str(name)
    return None
