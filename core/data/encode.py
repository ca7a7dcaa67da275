"""Features from text cells: numbers to about [0, 1], categories one-hot, fitted on train."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

from core.data.encoder import (
    CategoryColumn,
    Columns,
    Encoded,
    Encoder,
    Findings,
    NumberColumn,
    Scaling,
    encoded,
    tell_texts,
)
from core.data.numbers import numbers
from core.data.report import Report

MOST_LEVELS = 50  # categories with a column of their own, the most common ones
# A column is heavy-tailed when its whole range is so many times the range of its middle 90 % or
# of its middle half: min–max would press the bulk of the cases together. Of 10,000 normal numbers
# the ratios are about 2 and 6, of exponential ones 3 and 9, of log-normal ones 10 and 34.
HEAVY_TAIL, HEAVY_TAIL_OF_HALF = 5.0, 15.0


def encode(
    frame: pd.DataFrame,
    train: Bool[np.ndarray, " N"],
    *,
    delimiter: str,
    place: Callable[[int], str],
    report: Report,
) -> Encoded:
    """Encode columns of text, and keep how it was done for cases that come later.

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
    found: Columns = []
    columns: list[NumberColumn | CategoryColumn] = []
    findings = Findings()
    for name in map(str, frame.columns):
        text = frame[name]
        values, missing, no_number = numbers(text, delimiter)
        filled = int((~missing).sum())
        if no_number.sum() * 2 >= filled and no_number.any():
            cells = text.to_numpy(object)
            findings.blank(name, cells == "")
            if (category := _fit_category(name, cells, train, findings)) is not None:
                # Told even where nothing becomes of it: what no train case has is found here.
                if made := category.encode(cells, findings):
                    columns.append(category)
                    found += made
            continue
        if no_number.any():
            tell_texts(name, text, no_number, filled, place, report)
            continue
        findings.missing(name, text, missing)
        if (number := _fit_number(name, values, missing, train, findings)) is not None:
            columns.append(number)
            found += number.encode(values, missing)
    findings.tell(report)
    used = {column.name for column in columns}
    left_out = tuple(str(name) for name in frame.columns if str(name) not in used)
    return encoded(found, len(frame), Encoder(columns=tuple(columns), left_out=left_out))


def _fit_number(
    name: str,
    values: Float64[np.ndarray, " N"],
    missing: Bool[np.ndarray, " N"],
    train: Bool[np.ndarray, " N"],
    findings: Findings,
) -> NumberColumn | None:
    known = values[train & ~missing]
    if not len(known):
        findings.empty.append(name)
        return None
    scaling = None
    if known.min() < known.max():
        scaling, heavy = fit_scaling(known)
        if heavy:
            findings.heavy.append(name)
    else:
        findings.constant.append(name)
    indicator = bool(missing[train].any())
    if scaling is None and not indicator:
        return None
    return NumberColumn(
        name=name, median=float(np.median(known)), scaling=scaling, indicator=indicator
    )


def fit_scaling(train: Float64[np.ndarray, " n"]) -> tuple[Scaling, bool]:
    """How to map numbers to about [0, 1], and whether that is by rank.

    Args:
      train: finite numbers, at least two of them different.
    """
    train = train / 16
    low, high = float(train.min()), float(train.max())
    if low == high:  # different only in the last bits of the smallest numbers
        return Scaling(steps=(low,)), False
    q_low, half_low, median, half_high, q_high = np.quantile(train, [0.05, 0.25, 0.5, 0.75, 0.95])
    middle = q_high - q_low
    if middle == 0:  # nearly all cases share one value: compare with a usual other value
        middle = np.median(np.abs(train - median)[train != median])
    half = (half_high - half_low) or np.inf
    if high - low > min(HEAVY_TAIL * middle, HEAVY_TAIL_OF_HALF * half):
        steps, counts = np.unique(train, return_counts=True)
        return Scaling(steps=tuple(steps.tolist()), counts=tuple(counts.tolist())), True
    return Scaling(steps=(low, high)), False


def scale(
    values: Float64[np.ndarray, " N"], train: Float64[np.ndarray, " n"]
) -> tuple[Float64[np.ndarray, " N"], bool]:
    """Map values to about [0, 1] by the train values, and whether that was done by rank.

    Args:
      values: finite numbers.
      train: finite numbers, at least two of them different.
    """
    scaling, heavy = fit_scaling(train)
    return scaling(values), heavy


def _fit_category(
    name: str, text: np.ndarray, train: Bool[np.ndarray, " N"], findings: Findings
) -> CategoryColumn | None:
    blank = text == ""
    codes, levels = pd.factorize(text)
    counts = np.bincount(codes[train & ~blank], minlength=len(levels))
    seen = np.flatnonzero(counts)
    known = int(counts.sum())
    if len(seen) > MOST_LEVELS and len(seen) > known / 2:
        findings.texts.append(name)
        return None
    if not len(seen):
        findings.empty.append(name)
        return None
    # Most common first, equal ones by name, so that the order of the rows does not matter.
    common = sorted(seen, key=lambda i: (-counts[i], str(levels[i])))[:MOST_LEVELS]
    kept = sorted(common, key=lambda i: str(levels[i]))
    indicator = bool(blank[train].any())
    if len(seen) == 1 and not indicator:
        findings.constant.append(name)
    return CategoryColumn(
        name=name,
        levels=tuple(str(levels[i]) for i in kept) if len(seen) > 1 else (),
        seen=tuple(sorted(str(levels[i]) for i in seen)),
        other=len(seen) > len(kept),
        indicator=indicator,
    )
