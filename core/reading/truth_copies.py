"""Columns that repeat the ground truth or an expert's answers."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int

from core.reading.annotations import Annotations
from core.reading.labels import alike

FEWEST = 20  # cases from which a copy of the truth is noticed
_FEWEST_ANSWERS = 10  # of an expert
_FEWEST_OF_A_KIND = 5  # cases of the second largest class
_MOST_ERRORS = 0.01  # of the cases; a feature that is right in 97 % is a good feature
_MOST_MISSED = 0.05  # of the cases outside the largest class
_RARE = 3  # cases of a value
MOST_LEVELS = 10_000  # codes of diseases are many, and lists of findings more
_BY_CHANCE = 0.01  # how likely any of the columns may do as well by chance
# Nor may a good feature be taken for a copy, which is right in all of a few cases now and then. As
# right as this a feature may be that has a value for each class, that has more values, and one of
# numbers; the last is as plain a copy as the first where wide gaps divide the classes.
_ONE_EACH, _MORE_VALUES, _NUMBERS = 0.8, 0.9, 0.95
_BY_LUCK = 0.05
_WIDE = 0.5  # of the range of the numbers of a class
_COVERED = 0.8  # of the cells of a column and of an expert's answers, those of the same cases
_SAMPLE, _SMALL_SAMPLE, _SAMPLE_CELLS = 2000, 100, 2_000_000
_SLACK = 0.03  # more errors are possible among some of the cases


class Copy(NamedTuple):
    """How well a column repeats the truth: `right` of `cases` train cases."""

    right: int
    cases: int


class Levels(NamedTuple):
    """A column's different values: a code for each case, −1 where blank, and their number."""

    codes: Int[np.ndarray, " N"]
    number: int


def levels_of(cells: np.ndarray) -> Levels:
    """The different values of a column; 1 and 1.0 are two, as in the file."""
    codes, found = pd.factorize(cells)
    blank = np.flatnonzero(found == "")
    if len(blank):
        codes = np.where(codes == blank[0], -1, codes - (codes > blank[0]))
    return Levels(codes, len(found) - len(blank))


def repeats_truth(
    levels: Levels | None,
    filled: Bool[np.ndarray, " n"],
    values: Float64[np.ndarray, " n"] | None,
    truth: Int[np.ndarray, " n"],
    columns: int,
) -> Copy | None:
    """How well a column alone predicts the truth of the train cases, or follows from it.

    A column of few values predicts the class that is most common with each of them; a column of
    numbers by thresholds, an interval for each class. Blank cells are left out, then a value.

    Args:
      levels: the column's values where they are few, of the train cases.
      filled: which of them have a value.
      values: the numbers, NaN where missing; None for texts.
      truth: of the train cases.
      columns: how many are looked at: one of many does well by chance.

    Returns:
      The best that was found, None where it is not implausibly good.
    """
    ways = []
    if levels is not None:
        ways.append(_by_levels(levels.codes[filled], truth[filled], columns))
        if not filled.all():
            ways.append(_by_levels(levels.codes + 1, truth, columns))
    if values is not None:
        known = np.isfinite(values)
        ways.append(_by_thresholds(values[known], truth[known], columns))
    if not filled.all():
        ways.append(_by_levels(filled.astype(np.int64), truth, columns))
    found = [way for way in ways if way is not None]
    return max(found, key=lambda copy: copy.cases) if found else None


def _by_levels(
    codes: Int[np.ndarray, " n"], truth: Int[np.ndarray, " n"], columns: int
) -> Copy | None:
    if len(codes) < FEWEST:
        return None
    levels, classes = int(codes.max()) + 1, int(truth.max()) + 1
    table = np.bincount(codes * classes + truth, minlength=levels * classes)
    table = table.reshape(levels, classes)
    # Rare values count as one: each "predicts" the few cases that it has.
    rare = table.sum(axis=1) < _RARE
    table = np.vstack([table[~rare], table[rare].sum(axis=0)])
    table = table[table.sum(axis=1) > 0]
    if not 2 <= len(table) <= len(codes) / 4:
        return None
    return _good(table, columns) or _good(table.T, columns)


def _good(table: Int[np.ndarray, "L C"], columns: int) -> Copy | None:
    """Whether rows predict columns better than is plausible."""
    rows = table[table.sum(axis=1) > 0]
    counts = table.sum(axis=0)
    right = int(rows.max(axis=1).sum())
    there = int((counts > 0).sum())
    family = len(rows) * math.log(max(there, 1))
    usual = _ONE_EACH if len(rows) == there else _MORE_VALUES
    return _plausible_copy(right, counts, family, columns, usual)


def _by_thresholds(
    values: Float64[np.ndarray, " n"], truth: Int[np.ndarray, " n"], columns: int
) -> Copy | None:
    counts = np.bincount(truth)
    there = np.flatnonzero(counts)
    if len(values) < FEWEST or len(there) < 2:
        return None
    middle = [float(np.median(values[truth == c])) for c in there]
    order = there[np.argsort(middle, kind="stable")]
    cuts = [_cut(values, truth, int(a), int(b)) for a, b in pairwise(order)]
    if sorted(cuts) != cuts:
        return None
    right = int((order[np.searchsorted(cuts, values)] == truth).sum())
    usual = _ONE_EACH if _far_apart([values[truth == c] for c in order]) else _NUMBERS
    return _plausible_copy(right, counts, math.lgamma(len(there) + 1), columns, usual)


def _far_apart(groups: Sequence[np.ndarray]) -> bool:
    """Whether numbers of classes, in ascending order, have wide gaps between them."""
    return all(
        high.min() - low.max() >= _WIDE * max(np.ptp(low), np.ptp(high)) and high.min() > low.max()
        for low, high in pairwise(groups)
    )


def _cut(values: np.ndarray, truth: np.ndarray, low: int, high: int) -> float:
    """The best value up to which a case is of class `low`, and above it of class `high`."""
    either = (truth == low) | (truth == high)
    order = np.argsort(values[either], kind="stable")
    ordered, is_high = values[either][order], truth[either][order] == high
    errors = np.cumsum(is_high) + (~is_high).sum() - np.cumsum(~is_high)
    last = np.append(np.diff(ordered) > 0, True)
    return float(ordered[last][np.argmin(errors[last])])


def _plausible_copy(
    right: int, counts: Int[np.ndarray, " C"], family: float, columns: int, usual: float
) -> Copy | None:
    """A copy, if so few errors are no chance and no luck of a good feature.

    By chance: of all ways to deal out the classes to the cases, one agrees with any given
    prediction; `family` is the log of how many predictions a column could have made, and each
    error may be anywhere. By luck: any of the columns that are right in `usual` of the cases.
    """
    n = int(counts.sum())
    wrong, largest = n - right, np.sort(counts)[::-1]
    if n < FEWEST or len(largest) < 2 or largest[1] < _FEWEST_OF_A_KIND:
        return None
    if wrong > _MOST_ERRORS * n or wrong > _MOST_MISSED * (n - largest[0]):
        return None
    errors = math.log(max(columns, 1)) + _ways((wrong, right))
    by_chance = errors + family + wrong * math.log((counts > 0).sum()) - _ways(counts)
    by_luck = errors + right * math.log(usual) + wrong * math.log(1 - usual)
    rare = by_chance < math.log(_BY_CHANCE) and by_luck < math.log(_BY_LUCK)
    return Copy(right, n) if rare else None


def _ways(counts: Sequence[int] | np.ndarray) -> float:
    """The log of how many ways there are to put so many cases into each class."""
    return math.lgamma(int(sum(counts)) + 1) - sum(math.lgamma(int(n) + 1) for n in counts)


def sample_of(rows: Int[np.ndarray, " n"], columns: int) -> Int[np.ndarray, " s"]:
    """Some of the rows, which show of most columns that they are no copies."""
    most = max(min(_SAMPLE, _SAMPLE_CELLS // max(columns, 1)), _SMALL_SAMPLE)
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def halves_apart(
    values: Float64[np.ndarray, "s D"], truth: Int[np.ndarray, " s"]
) -> Bool[np.ndarray, " D"]:
    """Columns in which the middle halves of the two most common classes do not overlap.

    No other column of numbers can predict the truth by thresholds.

    Args:
      values: NaN where missing.
      truth: of the same cases.
    """
    ends = []
    column = np.arange(values.shape[1])
    for c in np.argsort(np.bincount(truth, minlength=2), kind="stable")[::-1][:2]:
        ordered = np.sort(values[truth == c], axis=0)
        if not len(ordered):
            return np.zeros(len(column), bool)
        known = np.isfinite(ordered).sum(axis=0)
        low, high = known // 4, np.maximum(known * 3 // 4 - 1, 0)
        ends.append((ordered[np.minimum(low, len(ordered) - 1), column], ordered[high, column]))
    (low, high), (low2, high2) = ends
    return np.asarray((high <= low2) | (high2 <= low))


def answers_of(
    name: str,
    levels: Levels,
    answers: Annotations,
    given: Int[np.ndarray, " M"],
    classes: int,
    columns: int,
) -> tuple[str, Copy] | None:
    """The expert whose answers a column repeats, whatever its words for them, and how well.

    Args:
      name: of the column.
      levels: of the column, all cases.
      answers: of the experts.
      given: how many of each.
      classes: how many there are.
      columns: how many are looked at.
    """
    classes += len(answers.extra)
    filled = levels.codes >= 0
    n = int(filled.sum())
    if not 2 <= levels.number <= classes + 2:
        return None
    near = (given >= _COVERED * n) & (n >= _COVERED * given) & (given >= _FEWEST_ANSWERS)
    for expert in np.flatnonzero(near):
        both = np.flatnonzero(filled & answers.annotated[:, expert])
        if len(both) < max(_FEWEST_ANSWERS, _COVERED * n, _COVERED * given[expert]):
            continue
        for rows in (both[:: max(len(both) // 500, 1)], both):
            table = np.bincount(
                levels.codes[rows] * classes + answers.values[rows, expert],
                minlength=levels.number * classes,
            ).reshape(levels.number, classes)
            right = min(int(table.max(axis=1).sum()), int(table.max(axis=0).sum()))
            slack = _SLACK if len(rows) < len(both) else 0.0
            if len(rows) - right > (_MOST_ERRORS + slack) * len(rows):
                break
        else:
            said = np.sort(table.sum(axis=0))[::-1]
            tried = math.log(columns * len(given)) + levels.number * math.log(classes)
            named = alike(answers.experts[int(expert)]) in alike(name)
            if said[1] > 1 and (named or tried - _ways(said) < math.log(_BY_CHANCE)):
                return answers.experts[int(expert)], Copy(right, len(both))
    return None
