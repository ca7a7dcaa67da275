"""Columns of numbers, many at once, fitted on train cases."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int64

from core.encoding.encoder import NumberColumn

# A column is heavy-tailed when its whole range is so many times the range of its middle 90 % or
# of its middle half: min–max would press the bulk of the cases together. Of 10,000 normal numbers
# the ratios are about 2 and 6, of exponential ones 3 and 9, of log-normal ones 10 and 34.
HEAVY_TAIL, HEAVY_TAIL_OF_HALF = 5.0, 15.0
_SAME = 1e-300  # numbers as close as this are one: a slope between them would overflow


class FittedNumbers(NamedTuple):
    """What is known of D columns of numbers from their train cases.

    Attributes:
      ordered: the known numbers in ascending order, then NaN.
      known: how many are known. varies: whether two of them differ.
      median: of them. heavy: whether they are scaled by rank.
      indicator: whether any is missing.
      middle: the 5 % and 95 % quantiles, in sixteenths.
    """

    ordered: Float64[np.ndarray, "n D"]
    known: Int64[np.ndarray, " D"]
    varies: Bool[np.ndarray, " D"]
    median: Float64[np.ndarray, " D"]
    heavy: Bool[np.ndarray, " D"]
    indicator: Bool[np.ndarray, " D"]
    middle: Float64[np.ndarray, "D 2"]

    def column(self, j: int, name: str) -> NumberColumn | None:
        """Column j as it was fitted; None where it tells nothing."""
        indicator = bool(self.indicator[j])
        steps: tuple[float, ...] | None = None
        counts: tuple[int, ...] | None = None
        if self.varies[j]:
            train = self.ordered[: self.known[j], j] / 16
            steps, counts = (float(train[0]), float(train[-1])), ()
            if steps[1] - steps[0] <= _SAME:
                steps = steps[:1]
            elif self.heavy[j]:
                # np.unique of what is sorted already.
                first = np.flatnonzero(np.append(True, np.diff(train) > _SAME))
                steps = tuple(train[first].tolist())
                counts = tuple(np.diff(np.append(first, len(train))).tolist())
        elif not indicator:
            return None
        return NumberColumn(
            name=name,
            median=float(self.median[j]),
            steps=steps,
            counts=counts,
            indicator=indicator,
            middle=(float(self.middle[j, 0]), float(self.middle[j, 1])) if steps else None,
        )


def fit_numbers(
    train: Float64[np.ndarray, "n D"], missing: Bool[np.ndarray, "n D"]
) -> FittedNumbers:
    """Fit columns of numbers.

    Args:
      train: the numbers of the train cases, finite where not missing.
      missing: which are unknown.
    """
    ordered = np.sort(np.where(missing, np.nan, train), axis=0)
    known = np.asarray((~missing).sum(axis=0), np.int64)
    column = np.arange(train.shape[1])
    if not len(ordered):
        ordered = np.full((1, train.shape[1]), np.nan)
    last = np.maximum(known - 1, 0)
    low, high = ordered[0], ordered[last, column]
    middle_two = ordered[[last // 2, np.minimum(known // 2, last)], column]
    varies = (known > 0) & (low < high)
    quantiles = _quantiles(ordered / 16, known, (0.05, 0.25, 0.5, 0.75, 0.95))
    return FittedNumbers(
        ordered=ordered,
        known=known,
        varies=varies,
        # SimpleImputer has the same medians and indicators, 3 to 8× slower on up to 20 columns.
        median=np.mean(middle_two, axis=0),
        heavy=varies & _heavy(ordered / 16, known, quantiles),
        indicator=np.asarray(missing.any(axis=0)),
        middle=np.column_stack([quantiles[0], quantiles[-1]]),
    )


def _heavy(
    ordered: Float64[np.ndarray, "n D"],
    known: Int64[np.ndarray, " D"],
    quantiles: Sequence[Float64[np.ndarray, " D"]],
) -> np.ndarray:
    q_low, half_low, median, half_high, q_high = quantiles
    span = ordered[np.maximum(known - 1, 0), np.arange(len(known))] - ordered[0]
    middle, half = q_high - q_low, half_high - half_low
    # Nearly all cases share one value: compare with a usual other value.
    for j in np.flatnonzero((middle == 0) & (span > 0)):
        column = ordered[: known[j], j]
        middle[j] = np.median(np.abs(column - median[j])[column != median[j]])
    half[half == 0] = np.inf
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(span > np.minimum(HEAVY_TAIL * middle, HEAVY_TAIL_OF_HALF * half))


def _quantiles(
    ordered: Float64[np.ndarray, "n D"], known: Int64[np.ndarray, " D"], at: Sequence[float]
) -> list[Float64[np.ndarray, " D"]]:
    """`np.quantile` of each column's known numbers, to the last bit.

    Of 300 × 3,000 numbers `np.nanquantile` takes 350 times as long, `scipy.stats.quantile` 20
    times, and that gives equal numbers a spread of 6e-17, which would count as a heavy tail.
    """
    last, column = np.maximum(known - 1, 0), np.arange(len(known))
    found = []
    for share in at:
        position = last * share
        below = np.floor(position).astype(np.int64)
        part = position - below
        low = ordered[below, column]
        high = ordered[np.minimum(below + 1, last), column]
        # As NumPy rounds: from the nearer end.
        near_low, near_high = low + (high - low) * part, high - (high - low) * (1 - part)
        found.append(np.where(part >= 0.5, near_high, near_low))
    return found
