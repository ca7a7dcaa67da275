"""Features from text cells: numbers to about [0, 1], categories one-hot, fitted on train."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float32, Float64

from core.data.numbers import numbers
from core.data.report import FIRST_PLACES, Report, clip, listed

MOST_LEVELS = 50  # categories with a column of their own, the most common ones
# A column is heavy-tailed when its whole range is so many times the range of its middle 90 % or
# of its middle half: min–max would press the bulk of the cases together. Of 10,000 normal numbers
# the ratios are about 2 and 6, of exponential ones 3 and 9, of log-normal ones 10 and 34.
HEAVY_TAIL, HEAVY_TAIL_OF_HALF = 5.0, 15.0
_OUTSIDE = 0.25  # how far beyond [0, 1] a case outside the range of train may lie


class Encoded(NamedTuple):
    """Inputs and a name for each column."""

    values: Float32[np.ndarray, "N D"]
    names: tuple[str, ...]


@dataclass
class _Findings:
    """What happened to the columns, gathered so that each kind is told once."""

    imputed: dict[str, int] = field(default_factory=dict)
    infinite: dict[str, int] = field(default_factory=dict)
    constant: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    heavy: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    unseen: dict[str, int] = field(default_factory=dict)

    def tell(self, report: Report) -> None:
        if self.imputed:
            report.warn(
                "features have blank or missing cells",
                found=_counts(self.imputed),
                remedy="they get the median of train (categories: none), and a column that says so "
                "where train has such cases; fill them in if you can",
                count=sum(self.imputed.values()),
            )
        if self.infinite:
            report.warn(
                "features have infinite or NaN cells, which are taken as missing",
                found=_counts(self.infinite),
                remedy="they get the median of train",
                count=sum(self.infinite.values()),
            )
        if self.empty:
            report.warn(
                "features without any value in train are left out", found=listed(self.empty)
            )
        if self.texts:
            report.warn(
                "text columns with a different text in most cases are left out",
                found=listed(self.texts),
                remedy="call a column group_… to keep it beside the cases without using it",
            )
        if self.unseen:
            report.warn(
                "cases have categories that no train case has",
                found=_counts(self.unseen),
                remedy="they count as another category",
                count=sum(self.unseen.values()),
            )
        if self.constant:
            report.note(
                f"features with one value in all train cases are left out: {listed(self.constant)}"
            )
        if self.heavy:
            report.note(f"heavy-tailed features are scaled by rank: {listed(self.heavy)}")


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{clip(k, 60)!r} {v}" for k, v in list(found.items())[:8]) + (
        f" and {len(found) - 8} more columns" if len(found) > 8 else ""
    )


def encode(
    frame: pd.DataFrame,
    train: Bool[np.ndarray, " N"],
    *,
    delimiter: str,
    place: Callable[[int], str],
    report: Report,
) -> Encoded:
    """Encode columns of text.

    Numbers are scaled by the least and greatest value of train, or by rank where a heavy tail
    would press most cases together. A column with missing cells in train gets a second column
    that tells them.

    Args:
      frame: trimmed text, "" where blank.
      train: which rows to fit on.
      delimiter: of the file, which decides whether a comma may be a decimal comma.
      place: row position → where it is, for messages.
      report: takes errors (columns of mixed types), warnings and notes.
    """
    columns: list[np.ndarray] = []
    names: list[str] = []
    findings = _Findings()
    for name in frame.columns:
        text = frame[name]
        values, missing, no_number = numbers(text, delimiter)
        filled = int((~missing).sum())
        if no_number.sum() * 2 >= filled and no_number.any():
            for title, column in _categories(str(name), text.to_numpy(object), train, findings):
                names.append(title)
                columns.append(column)
            continue
        if no_number.any():
            rows = np.flatnonzero(no_number)
            report.error(
                f"feature {clip(name)!r} mixes numbers and text",
                found=f"{len(rows)} texts among {filled - len(rows)} numbers",
                expected="numbers only, or a category in every row",
                remedy="correct these cells or leave them blank; "
                "to use numbers as categories put a letter before each",
                count=len(rows),
                examples=[
                    f"{place(int(i))}: {clip(text.iloc[i], 40)!r}" for i in rows[:FIRST_PLACES]
                ],
            )
            continue
        words = int((missing & (text != "").to_numpy(bool)).sum())
        if words:
            findings.infinite[str(name)] = words
        if missing.sum() > words:
            findings.imputed[str(name)] = int(missing.sum()) - words
        for title, column in _number(str(name), values, missing, train, findings):
            names.append(title)
            columns.append(column)
    findings.tell(report)
    values = np.column_stack(columns) if columns else np.zeros((len(frame), 0))
    return Encoded(np.ascontiguousarray(values, dtype=np.float32), tuple(names))


def _number(
    name: str,
    values: Float64[np.ndarray, " N"],
    missing: Bool[np.ndarray, " N"],
    train: Bool[np.ndarray, " N"],
    findings: _Findings,
) -> list[tuple[str, np.ndarray]]:
    known = values[train & ~missing]
    if not len(known):
        findings.empty.append(name)
        return []
    result = []
    if known.min() < known.max():
        filled = np.where(missing, np.median(known), values)
        scaled, heavy = scale(filled, known)
        result.append((name, scaled))
        if heavy:
            findings.heavy.append(name)
    else:
        findings.constant.append(name)
    if missing[train].any():
        result.append((f"{name} (missing)", missing.astype(float)))
    return result


def scale(
    values: Float64[np.ndarray, " N"], train: Float64[np.ndarray, " n"]
) -> tuple[Float64[np.ndarray, " N"], bool]:
    """Map values to about [0, 1] by the train values, and whether that was done by rank.

    Args:
      values: finite numbers.
      train: finite numbers, at least two of them different.
    """
    # Sixteenths: sums and multiples of numbers near the end of float64 would overflow.
    values, train = values / 16, train / 16
    low, high = train.min(), train.max()
    if low == high:  # different only in the last bits of the smallest numbers
        return np.zeros(len(values)), False
    q_low, half_low, median, half_high, q_high = np.quantile(train, [0.05, 0.25, 0.5, 0.75, 0.95])
    middle = q_high - q_low
    if middle == 0:  # nearly all cases share one value: compare with a usual other value
        middle = np.median(np.abs(train - median)[train != median])
    half = (half_high - half_low) or np.inf
    if high - low > min(HEAVY_TAIL * middle, HEAVY_TAIL_OF_HALF * half):
        return _by_rank(values, train), True
    with np.errstate(over="ignore"):  # far outside a tiny range: clipped
        return np.clip((values - low) / (high - low), -_OUTSIDE, 1 + _OUTSIDE), False


def _by_rank(
    values: Float64[np.ndarray, " N"], train: Float64[np.ndarray, " n"]
) -> Float64[np.ndarray, " N"]:
    """Share of train below each value, from 0 at the least to 1 at the greatest, linear between."""
    steps, counts = np.unique(train, return_counts=True)
    rank = np.cumsum(counts) - counts / 2
    rank = (rank - rank[0]) / (rank[-1] - rank[0])
    # np.interp divides before it multiplies, which overflows between very close numbers.
    values = np.clip(values, steps[0], steps[-1])
    above = np.clip(np.searchsorted(steps, values, side="right"), 1, len(steps) - 1)
    share = (values - steps[above - 1]) / (steps[above] - steps[above - 1])
    return rank[above - 1] + share * (rank[above] - rank[above - 1])


def _categories(
    name: str, text: np.ndarray, train: Bool[np.ndarray, " N"], findings: _Findings
) -> list[tuple[str, np.ndarray]]:
    blank = text == ""
    if blank.any():
        findings.imputed[name] = int(blank.sum())
    codes, levels = pd.factorize(text)
    counts = np.bincount(codes[train & ~blank], minlength=len(levels))
    seen = np.flatnonzero(counts)
    known = int(counts.sum())
    if len(seen) > MOST_LEVELS and len(seen) > known / 2:
        findings.texts.append(name)
        return []
    if not len(seen):
        findings.empty.append(name)
        return []
    # Most common first, equal ones by name, so that the order of the rows does not matter.
    common = sorted(seen, key=lambda i: (-counts[i], str(levels[i])))[:MOST_LEVELS]
    kept = sorted(common, key=lambda i: str(levels[i]))
    unseen = ~blank & (counts[codes] == 0)
    if unseen.any():
        findings.unseen[name] = int(unseen.sum())
    result = []
    if len(seen) > 1:
        result = [(f"{name} = {levels[i]}", (codes == i).astype(float)) for i in kept]
    elif not blank[train].any():
        findings.constant.append(name)
    if len(seen) > len(kept):
        other = ~blank & ~np.isin(codes, kept)
        result.append((f"{name} = (other)", other.astype(float)))
    if blank[train].any():
        result.append((f"{name} (missing)", blank.astype(float)))
    return result
