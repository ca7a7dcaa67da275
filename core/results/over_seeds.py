"""Means over seeds with 95 % intervals that are never narrower than those over cases."""

from collections.abc import Sequence

import numpy as np

from core.evaluation.intervals import fitted_interval, student_t, wilson
from core.methods.rules import RULES
from core.results.figure import Figure
from core.results.models import Accuracy, Cases, Interval

FITTED = frozenset(name for name, rule in RULES.items() if rule.priced)


def wider(
    values: Sequence[float], intervals: Sequence[Interval | None]
) -> tuple[float, Interval | None]:
    """Mean over seeds with the wider of two intervals at each end: over cases, and over seeds.

    All seeds are measured on the same test cases, so agreement between seeds says nothing about
    other cases: two seeds that are right on the same six cases are not "100 % (100–100)".

    Args:
      values: one number per seed.
      intervals: of each, over test cases; None where unknown.
    """
    mean, low, high = student_t(values)
    ends = [] if low is None or high is None else [(low, high)]
    if known := [interval for interval in intervals if interval is not None]:
        below, above = np.mean(known, axis=0)
        ends.append((float(below), float(above)))
    if not ends:
        return mean, None
    return mean, (min(low for low, _ in ends), max(high for _, high in ends))


def over_seeds(shares: Sequence[Figure]) -> Figure:
    """`wider` of a share per seed, kept within [0, 1]; seeds without one are left out."""
    measured = [share for share in shares if share.value is not None]
    if not measured:
        return Figure(None, None)
    values = [share.value for share in measured if share.value is not None]
    mean, ends = wider(values, [share.interval for share in measured])
    return Figure(mean, None if ends is None else (max(ends[0], 0.0), min(ends[1], 1.0)))


def mean_workload(
    shares: Sequence[float], cases: Cases, rule: str, worth: Sequence[float | None] = ()
) -> Figure:
    """Mean workload over seeds with its interval (`fitted_interval`).

    Args:
      shares: of each seed.
      cases: how many per split.
      rule: if it uses prices fitted to validation cases, these count as a sample too; else only the
        test cases.
      worth: effective number of test cases of each (`Measured.workload_cases`); those of the
        validation cases are assumed to be reduced as much.
    """
    fitted_to = cases.validation if rule in FITTED else 0
    part = [1.0 if one is None else one / cases.test for one in worth] or [1.0] * len(shares)
    ends = [
        fitted_interval(s, p * fitted_to, p * cases.test) if cases.test else None
        for s, p in zip(shares, part, strict=True)
    ]
    return over_seeds([Figure(share, end) for share, end in zip(shares, ends, strict=True)])


def ai_alone(per_seed: Sequence[float], tests: float) -> Accuracy:
    """Accuracy over seeds of an AI that decides all test cases, `tests` independent ones."""
    return known(over_seeds([Figure(share, wilson(share * tests, tests)) for share in per_seed]))


def known(figure: Figure) -> Accuracy:
    """Converts a measured figure to an `Accuracy`."""
    assert figure.value is not None
    assert figure.interval is not None
    return Accuracy(accuracy=figure.value, interval=figure.interval)
