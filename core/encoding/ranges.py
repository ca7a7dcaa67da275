"""The range of train cases, and new cases outside it, where a model's expectations do not hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float64
from pydantic import TypeAdapter

from core.base.report import Problem, Report, clip, listed

# Margins of 0, ¼, ½ and 1 spread were compared on validation cases; this is the smallest of them
# that flags at most 1 % of ordinary ones in every real table.
_MARGIN = 1.0
_MARGIN_OF_RANGE = 0.5  # of the whole range, where that is more: a heavy tail goes on
_DECADE = 0.15  # how near to a power of ten, in powers of ten, the ratio of two medians must be
_MEDIAN_OF = 5  # values that a median must have, to say anything about a unit
_NAMED = 5  # columns named for one case, and columns with a warning of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The values of a column in train cases.

    Attributes:
      minimum, median, maximum: of them.
      middle: their 5 % and 95 % quantiles; None where they were not kept.
    """

    minimum: float
    median: float
    maximum: float
    middle: tuple[float, float] | None

    @classmethod
    def of(cls, values: Float[np.ndarray, " n"]) -> "Range":
        """The range of some values."""
        low, q_low, median, q_high, high = np.quantile(values, [0, 0.05, 0.5, 0.95, 1]).tolist()
        return cls(minimum=low, median=median, maximum=high, middle=(q_low, q_high))

    def beyond(self, values: Float64[np.ndarray, " N"]) -> Float64[np.ndarray, " N"]:
        """How far values lie beyond the minimum or maximum, in spreads of the middle 90 %.

        Within a margin around both ends it is 0: one spread, or half of the whole range where that
        is more.
        """
        whole = self.maximum - self.minimum
        spread = (self.middle[1] - self.middle[0] if self.middle else 0.0) or whole
        if not spread > 0:
            return np.zeros(len(values))
        with np.errstate(over="ignore"):  # far outside a tiny range: infinite
            far = np.maximum(self.minimum - values, values - self.maximum)
            far = np.where(far > max(_MARGIN * spread, _MARGIN_OF_RANGE * whole), far / spread, 0)
        return np.minimum(far, np.finfo(np.float32).max)

    def unit(self, values: Float64[np.ndarray, " n"]) -> int:
        """The power of ten that new values seem to be multiplied by, as in another unit; else 0.

        It compares medians, so it also finds what no single value shows: millimetres of 0.5 to 60
        given in metres lie within the range.
        """
        if len(values) < _MEDIAN_OF or self.middle is None:
            return 0
        median = float(np.median(values))
        if self.middle[0] <= median <= self.middle[1] or not median * self.median > 0:
            return 0
        decades = float(np.log10(median / self.median))
        return round(decades) if abs(decades - round(decades)) < _DECADE else 0


def ranges_of(plain: Mapping[str, Any] | None) -> dict[str, Range] | None:
    """Ranges by name that were stored as plain values; None for none.

    Raises:
      ValueError: they are not ranges.
    """
    return None if plain is None else _STORED.validate_python(plain)


_STORED = TypeAdapter(dict[str, Range])


@dataclass(frozen=True, eq=False)
class Outside:
    """Which new cases lie outside the range of training.

    Attributes:
      distance: of the column farthest outside, see `Range.beyond`; at least 1 for a category that
        no train case has and for a column in another unit; 0 for cases within the range.
      columns: names of the columns that are outside, the farthest first, at most five.
    """

    distance: Float[np.ndarray, " N"]
    columns: tuple[tuple[str, ...], ...]

    @property
    def cases(self) -> Bool[np.ndarray, " N"]:
        """Which cases lie outside."""
        return np.asarray(self.distance > 0)


@dataclass
class Ranging:
    """Compares new cases with the ranges of train, a column at a time.

    Attributes:
      cases: how many.
    """

    cases: int
    _names: list[str] = field(default_factory=list)
    _warnings: list[tuple[str, Problem]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._far = np.zeros((self.cases, _NAMED), np.float32)
        self._which = np.zeros((self.cases, _NAMED), np.int32)

    def numbers(
        self,
        name: str,
        of: Range,
        values: Float64[np.ndarray, " N"],
        missing: Bool[np.ndarray, " N"],
        *,
        scale: float = 1.0,
        units: bool = True,
    ) -> None:
        """Compare a column of numbers.

        Args:
          name: of the column.
          of: its range.
          values: of the new cases.
          missing: which of them are unknown.
          scale: what one means in the file.
          units: whether its numbers can be in another unit.
        """
        far = np.where(missing, 0.0, of.beyond(values))
        power = of.unit(values[~missing]) if units else 0
        if power:
            far[~missing] = np.maximum(far[~missing], 1.0)
        count = int((far > 0).sum())
        if not count:
            return
        self._add(name, far)
        found = values[far > 0] * scale
        power = power or (of.unit(values[far > 0]) if units else 0)  # of some cases only
        what = f"{clip(name)!r} has values outside the range of training"
        remedy = "check these cells: what the model expects does not hold for these cases"
        if power:
            times, than = f"{10 ** abs(power):,} times", ("larger", "smaller")[power < 0]
            what = f"{clip(name)!r} looks like another unit than in training"
            remedy = (
                f"the median of these is about {times} {than} than that of training: convert them"
            )
        problem = Problem(
            "warning",
            what,
            found=f"{found.min():,.6g} to {found.max():,.6g} in {count:,} of {self.cases:,} cases",
            expected=f"about {scale * of.minimum:,.6g} to {scale * of.maximum:,.6g}",
            remedy=remedy,
            count=count,
        )
        self._warnings.append((name, problem))

    def categories(self, name: str, unseen: Bool[np.ndarray, " N"]) -> None:
        """Add a column of categories: which cases have one that no train case has."""
        if unseen.any():
            self._add(name, unseen.astype(float))

    def found(self, report: Report) -> Outside:
        """Which cases lie outside; warnings about the columns with the most of them."""
        order = sorted(self._warnings, key=lambda warning: -warning[1].count)
        report.problems += [problem for _, problem in order[:_NAMED]]
        if rest := order[_NAMED:]:
            report.warn(
                f"{len(rest):,} more columns have values outside the range of training",
                found=listed(name for name, _ in rest),
                count=len(rest),
            )
        columns = tuple(
            tuple(self._names[j] for j in which[: int((far > 0).sum())])
            for far, which in zip(self._far, self._which, strict=True)
        )
        return Outside(self._far[:, 0], columns)

    def _add(self, name: str, far: Float64[np.ndarray, " N"]) -> None:
        """Keeps the farthest columns of each case only: a table may have a hundred thousand."""
        rows = np.flatnonzero(far > 0)
        self._names.append(name)
        far_too = np.column_stack([self._far[rows], far[rows]])
        which = np.column_stack([self._which[rows], np.full(len(rows), len(self._names) - 1)])
        order = np.argsort(-far_too, axis=1, kind="stable")[:, :_NAMED]
        self._far[rows] = np.take_along_axis(far_too, order, axis=1)
        self._which[rows] = np.take_along_axis(which, order, axis=1)


def listed_columns(columns: Sequence[str]) -> str:
    """The names of a case's columns in one text, empty for a case within the range."""
    return "; ".join(clip(name, 60) for name in columns)
