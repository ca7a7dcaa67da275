"""Intervals for sample estimates: Wilson, Student t, bootstrap over cases or patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from jaxtyping import Float, Int, Shaped, UInt
from scipy.special import stdtrit

from core.base.shares import NORMAL, fitted_interval, wilson

__all__ = [
    "BootstrapWeights",
    "Difference",
    "combined_interval",
    "distinguishable",
    "fitted_interval",
    "outside",
    "paired_difference",
    "percentile_interval",
    "student_t",
    "unpaired_interval",
    "wilson",
]


def student_t(values: Sequence[float]) -> tuple[float, float | None, float | None]:
    """Mean and its 95 % interval over independent repetitions (seeds).

    Returns:
      Mean, low, high; low and high are None for fewer than two values.
    """
    numbers = np.asarray(values, np.float64)
    mean = float(numbers.mean())
    if len(numbers) < 2:
        return mean, None, None
    error = float(numbers.std(ddof=1)) / np.sqrt(len(numbers))
    # SciPy's ttest_1samp and t.interval: the same ends, over 20× slower.
    half = float(stdtrit(len(numbers) - 1, 0.975)) * error
    return mean, mean - half, mean + half


@dataclass(frozen=True)
class BootstrapWeights:
    """How often each case is drawn in each resample, drawn once and used for every figure.

    Using the same weights for two ways to decide makes their difference paired. With stored weights
    a new figure costs one matrix product; drawing them again would take a hundred times as long.
    Where patients are known, they are drawn with all their cases (cluster bootstrap), so that
    resamples differ in size. Fewer are drawn than there are (`_drawn_of`), because percentiles of
    as many cover too rarely with few patients: 86 to 90 % instead of 95 % with 12. Where all cases
    are of one patient, one case is drawn: together they say no more about other patients.

    Attributes:
      cases: n. resamples: R. seed: of the draws.
      patients: number of the patient of each case; empty where none are known.
    """

    cases: int
    resamples: int = 1000
    seed: int = 0
    patients: tuple[int, ...] = ()

    @classmethod
    def by_patient(cls, cases: int, patients: Int[np.ndarray, " n"] | None, seed: int = 0) -> Self:
        """Weights for some cases.

        Args:
          cases: n.
          patients: number of the patient of each case (`core.dataset.patients.clusters`).
          seed: of the draws.
        """
        return cls(cases, seed=seed, patients=() if patients is None else tuple(patients.tolist()))

    @cached_property
    def counts(self) -> Float[np.ndarray, "R n"]:
        """Draws per resample and case, float32 for the matrix product (exact to 2²⁴)."""
        rng = np.random.default_rng([self.seed, self.cases])
        out = np.empty((self.resamples, self.cases), np.float32)
        patients = np.array(self.patients, int)
        several = patients.any()
        units = int(patients.max()) + 1 if several else self.cases
        draws = _drawn_of(units) if several else 1 if len(patients) else units
        for row in out:
            drawn = np.bincount(rng.integers(0, units, draws), minlength=units)
            row[:] = drawn[patients] if several else drawn
        return out

    @cached_property
    def drawn(self) -> Float[np.ndarray, " R"]:
        """Cases in each resample: n, unless patients are drawn."""
        return self.counts.sum(1, dtype=np.float64)

    def totals(self, columns: Shaped[np.ndarray, "n J"]) -> Float[np.ndarray, "R J"]:
        """Sum of each column over the cases of each resample."""
        return (self.counts @ np.ascontiguousarray(columns, np.float32)).astype(np.float64)

    @cached_property
    def _by_case(self) -> UInt[np.ndarray, "n R"]:
        """The same transposed, with 16-bit numbers where no sum exceeds them."""
        most = self.drawn.max(initial=0) if self.patients else self.cases
        kind = np.uint16 if most < 2**16 else np.uint32
        return np.ascontiguousarray(self.counts.T.astype(kind))

    def cells(self, cell: Int[np.ndarray, " n"], count: int) -> Float[np.ndarray, "R J"]:
        """Draws per resample of the cases in each of `count` cells.

        Like `totals` with one column per cell, but five times faster, as each case is added once.

        Args:
          cell: of each case, −1 for none.
          count: how many cells there are.
        """
        from scipy import sparse  # not needed by the first page

        # NumPy uses a radix sort for 16 bits.
        cell = np.asarray(cell, np.int16 if count < 2**15 else np.int64)
        order = np.argsort(cell, kind="stable")
        starts = np.searchsorted(cell[order], np.arange(count + 1))
        inside = order[starts[0] :]
        drawn = self._by_case
        one = np.ones(len(inside), drawn.dtype)
        pick = sparse.csr_array((one, inside, starts - starts[0]), shape=(count, self.cases))
        return (pick @ drawn).T.astype(np.float64)

    def among(self, rows: Int[np.ndarray, " p"]) -> "BootstrapWeights":
        """The same resamples restricted to some cases, in that order.

        Figures of a subset stay paired with those of the whole.
        """
        return _Part(self.cases, self.resamples, self.seed, self.patients, whole=self, rows=rows)


def _drawn_of(patients: int) -> int:
    """How many patients are drawn in a resample so that its variance is that of Student's t.

    Resamples of G patients vary by (G − 1)/G of the unbiased variance, and percentiles are those of
    a normal distribution; both are made up for by drawing (G − 1)(z/t)² (Rao & Wu 1988 for G − 1).
    """
    t = float(stdtrit(patients - 1, 0.975))
    return max(round((patients - 1) * (NORMAL / t) ** 2), 1)


@dataclass(frozen=True, eq=False)
class _Part(BootstrapWeights):
    """Resamples restricted to some cases: the number of draws varies between resamples."""

    whole: BootstrapWeights | None = None
    rows: Int[np.ndarray, " p"] | None = None

    def totals(self, columns: Shaped[np.ndarray, "p J"]) -> Float[np.ndarray, "R J"]:
        assert self.whole is not None
        full = np.zeros((self.cases, columns.shape[1]), np.float32)
        full[self.rows] = columns
        return self.whole.totals(full)

    def cells(self, cell: Int[np.ndarray, " p"], count: int) -> Float[np.ndarray, "R J"]:
        assert self.whole is not None
        full = np.full(self.cases, -1)
        full[self.rows] = cell
        return self.whole.cells(full, count)


def percentile_interval(replicates: Shaped[np.ndarray, " R"]) -> tuple[float, float] | None:
    """The middle 95 % of bootstrap replicates; None without finite ones."""
    finite = replicates[np.isfinite(replicates)]
    if not len(finite):
        return None
    low, high = np.quantile(finite, (0.025, 0.975))
    return float(low), float(high)


def combined_interval(
    parts: Sequence[tuple[float, float, float]], weights: Sequence[float]
) -> tuple[float, float] | None:
    """Interval of a weighted mean of independently measured shares, from their intervals.

    The method of variance estimates recovery (Zou & Donner 2008): as accurate as its parts, so
    valid at 0 and 1 too with Wilson's intervals. Assumes that the parts are independent.

    Args:
      parts: (share, low, high) of each.
      weights: of each, any scale.

    Returns:
      Low and high; None without parts or weight.
    """
    w = np.asarray(weights, np.float64)
    if not len(parts) or w.sum() <= 0:
        return None
    w = w / w.sum()
    share, low, high = np.asarray(parts, np.float64).T
    mean = float(w @ share)
    below, above = (float(np.sqrt(np.sum((w * (share - end)) ** 2))) for end in (low, high))
    return max(mean - below, 0.0), min(mean + above, 1.0)


def unpaired_interval(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float]:
    """Interval of a difference of two unpaired figures (square and add, Newcombe 1998).

    Args:
      first: a figure with the ends of its interval.
      second: the figure to subtract.
    """
    (a, low_a, high_a), (b, low_b, high_b) = first, second
    below, above = np.hypot(a - low_a, high_b - b), np.hypot(high_a - a, b - low_b)
    return a - b - float(below), a - b + float(above)


SHOWN_AREA = 0.1  # areas × 100 and cases of 1,000 are shown with one decimal
SHOWN = 1e-3  # shares are shown in per cent, differences of them in points, with one decimal


def distinguishable(interval: Sequence[float] | None, resolution: float) -> bool:
    """Whether an interval, as displayed, excludes zero.

    An end that is displayed as zero counts as zero: "0.0 to 10.2" must not be called a difference.

    Args:
      interval: low and high of a difference; None if unknown.
      resolution: the smallest displayed step, in the interval's unit: 0.001 for shares displayed
        in per cent with one decimal, 0.1 for numbers with one decimal.
    """
    if interval is None:
        return False
    edge = 0.5 * resolution * (1 + 1e-9)  # rounded to zero, half-way included
    low, high = interval
    return bool(low > edge or high < -edge)


def outside(seen: Sequence[float], lower: float, upper: float) -> bool:
    """Whether a workload misses its bounds by more than chance explains.

    Args:
      seen: the workload's interval (`fitted_interval`).
      lower: minimum share.
      upper: maximum share.

    Returns:
      Whether interval and bounds, as displayed, do not overlap.
    """
    low, high = seen
    return bool(high < lower - 0.5 * SHOWN or low > upper + 0.5 * SHOWN)


class Difference(NamedTuple):
    """A paired difference and whether it is distinguishable from zero.

    Attributes:
      difference: first minus second. interval: its middle 95 %.
      distinguishable: whether the interval, as displayed, excludes zero.
    """

    difference: float
    interval: tuple[float, float]
    distinguishable: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "difference": float(self.difference),
            "interval": [float(end) for end in self.interval],
            "distinguishable": bool(self.distinguishable),
        }


def paired_difference(
    first: float | None,
    second: float | None,
    first_replicates: Shaped[np.ndarray, " R"],
    second_replicates: Shaped[np.ndarray, " R"],
    resolution: float = SHOWN,
) -> Difference | None:
    """Difference of two figures of the same cases, by bootstrap with the same weights.

    Args:
      first: one figure, for example a team's accuracy.
      second: the other.
      first_replicates: the first, resampled with some `BootstrapWeights`.
      second_replicates: the second, resampled with the same.
      resolution: see `distinguishable`.

    Returns:
      The difference; None where a figure could not be measured.
    """
    interval = percentile_interval(first_replicates - second_replicates)
    if first is None or second is None or interval is None:
        return None
    return Difference(first - second, interval, distinguishable(interval, resolution))
