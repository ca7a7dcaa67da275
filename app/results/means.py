"""Means over seeds with honest 95 % intervals: never narrower than what the test cases allow."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.intervals import fitted_interval, student_t


def mean_of(
    values: Sequence[float | None] | pd.Series, intervals: Sequence[Any] | np.ndarray
) -> tuple[float | None, tuple[float, float] | None]:
    """Mean share over seeds, with an interval within [0, 1]; see `mean_interval`."""
    kept = [(v, i) for v, i in zip(values, intervals, strict=True) if v is not None and v == v]
    if not kept:
        return None, None
    mean, interval = mean_interval([float(v) for v, _ in kept], [i for _, i in kept])
    return mean, (max(interval[0], 0.0), min(interval[1], 1.0)) if interval else None


def mean_interval(
    values: Sequence[float], intervals: Sequence[Any]
) -> tuple[float, tuple[float, float] | None]:
    """Mean over seeds with the wider of two 95 % intervals: over cases, and over seeds.

    All seeds are measured on the same test cases, so seeds that agree say nothing about other
    cases: two seeds that are right on the same six cases are not "100 % (100–100)".

    Args:
      values: one number per seed.
      intervals: of each, over test cases; None where unknown.
    """
    mean, low, high = over_seeds(values)
    known = [
        i for i in intervals if i is not None and all(x is not None and x == x for x in i)
    ]  # fmt: skip
    ends = [(low, high)] if len(values) > 1 else []
    if known:
        ends.append((float(np.mean([i[0] for i in known])), float(np.mean([i[1] for i in known]))))
    if not ends:
        return mean, None
    return mean, (min(e[0] for e in ends), max(e[1] for e in ends))


def mean_share(
    shares: Sequence[float], cases: Mapping[str, int], *, fitted: bool
) -> tuple[float, tuple[float, float] | None]:
    """Mean workload over seeds with its interval (`fitted_interval`).

    Args:
      shares: of each seed.
      cases: how many per split.
      fitted: whether prices that were fitted to validation cases brought it about; else only the
        test cases are a sample.
    """
    tests, on = cases.get("test") or 0, cases.get("validation") or 0 if fitted else 0
    ends = [fitted_interval(s, on, tests) if tests else None for s in shares]
    mean, interval = mean_of(shares, ends)
    return float(mean or 0.0), interval


def over_seeds(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and 95 % interval; without an end where there are fewer than two values."""
    mean, low, high = student_t(values)
    return mean, -math.inf if low is None else low, math.inf if high is None else high
