"""New cases outside the range of training, where what a model expects has no support."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float64

from core.base.report import Report, clip

_HALF = 0.5  # of the middle 90 % of train: how far beyond its minimum and maximum a value may lie
_NAMED = 3  # columns named for one case
_UNIT = 0.15  # how near, in powers of ten, two medians lie that differ by a unit


@dataclass(frozen=True, eq=False)
class Outside:
    """Which cases lie outside the range of training.

    Attributes:
      distance: of the column farthest outside: beyond the range of train, in units of the spread
        of its middle 90 %; 0 for cases within.
      columns: names of the columns that are outside, the farthest first, at most three; "" for
        cases within.
    """

    distance: Float64[np.ndarray, " N"]
    columns: np.ndarray

    @property
    def cases(self) -> Bool[np.ndarray, " N"]:
        """Which cases lie outside."""
        return np.asarray(self.distance > 0)


@dataclass
class Farthest:
    """Collects the columns of a table, and keeps the farthest of each case.

    Attributes:
      cases: how many.
    """

    cases: int
    _far: list[tuple[str, Float64[np.ndarray, " N"]]] = field(default_factory=list)

    def add(self, name: str, distance: Float64[np.ndarray, " N"]) -> None:
        """A column with the distance of each case, 0 within the range."""
        if (distance > 0).any():
            self._far.append((name, distance))

    def found(self) -> Outside:
        """Which cases lie outside, and by which columns."""
        if not self._far:
            return Outside(np.zeros(self.cases), np.full(self.cases, "", "<U1"))
        distance = np.stack([values for _, values in self._far])
        order = np.argsort(-distance, axis=0, kind="stable")[:_NAMED]
        titles = [clip(name, 60) for name, _ in self._far]
        columns = [
            ", ".join(titles[j] for j in order[:, i] if distance[j, i] > 0)
            for i in range(self.cases)
        ]
        return Outside(distance.max(axis=0), np.array(columns, str))


def distance_of(
    values: Float64[np.ndarray, " N"], low: float, high: float, spread: float | None
) -> Float64[np.ndarray, " N"]:
    """How far each value lies outside the range of train; 0 within it and its margin.

    The margin is half the spread; the whole range for heavy tails, whose next case often exceeds
    all before it.

    Args:
      values: of new cases.
      low: minimum of train.
      high: maximum of train.
      spread: of the middle 90 % of train; None for a heavy-tailed column.
    """
    unit = spread or high - low
    if not unit > 0:
        return np.zeros(len(values))
    margin = _HALF * unit if spread else unit
    with np.errstate(over="ignore", invalid="ignore"):
        beyond = np.maximum(low - values, values - high)
        return np.nan_to_num(np.where(beyond > margin, beyond / unit, 0.0), posinf=1e300)


def tell_range(
    name: str,
    values: Float64[np.ndarray, " n"],
    outside: Bool[np.ndarray, " n"],
    median: float,
    ends: tuple[float, float],
    report: Report,
) -> None:
    """A warning about a column with values outside the range of train.

    Args:
      name: of the column.
      values: of the new cases that have one.
      outside: which of them lie outside.
      median: of train.
      ends: the minimum and maximum of train.
      report: takes the warning.
    """
    count = int(outside.sum())
    now = float(np.median(values))
    found = (
        f"{count:,} of {len(values):,} cases from {values[outside].min():.4g} to "
        f"{values[outside].max():.4g}"
    )
    remedy = "check these cases; what the model expects of them has no support"
    if 2 * count > len(values) and median and now and (now > 0) == (median > 0):
        power = float(np.log10(now / median))
        if abs(power) > 1 - _UNIT and abs(power - round(power)) < _UNIT:
            times = f"{10 ** abs(round(power)):,}"
            remedy = (
                f"the values are about {times} times as {'large' if power > 0 else 'small'} as in "
                "training: check the unit"
            )
    report.warn(
        f"feature {clip(name)!r} has values outside the range of training",
        found=found,
        expected=f"about {ends[0]:.4g} to {ends[1]:.4g}",
        remedy=remedy,
        count=count,
    )
