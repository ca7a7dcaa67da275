"""Compares the areas under two curves: paired by test case and by seed where that is valid."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple, Protocol

import numpy as np
from jaxtyping import Float
from scipy.special import stdtrit

from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.patients import clusters
from core.evaluation.intervals import (
    SHOWN_AREA,
    distinguishable,
    percentile_interval,
    student_t,
    unpaired_interval,
)

Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Area:
    """AUC-CAC × 100 of one rule of one run.

    Attributes:
      per_seed: the area of each seed, None where it could not be measured.
      seeds: which seeds these are.
      interval: 95 % of their mean, None if unknown.
      replicates: of every seed on the same resamples of the test cases; None where the run
        stored none.
      test_cases: `cases_key` of the cases it was measured on, empty where unknown.
    """

    per_seed: tuple[float | None, ...]
    seeds: tuple[int, ...]
    interval: Interval | None = None
    replicates: Float[np.ndarray, "S R"] | None = None
    test_cases: str = ""

    @property
    def known(self) -> list[float]:
        """Areas of the seeds that could be measured."""
        return [area for area in self.per_seed if area is not None]


class AreaDifference(NamedTuple):
    """First minus second, and how it was paired.

    Attributes:
      difference: of the mean areas × 100.
      interval: 95 %: the widest of those available.
      by_cases: whether one interval comes from the same resamples of the same test cases.
      by_seeds: whether one comes from pairs of the same seed.
    """

    difference: float
    interval: Interval | None
    by_cases: bool
    by_seeds: bool

    @property
    def distinguishable(self) -> bool:
        """Whether the interval, as displayed with one decimal, excludes zero."""
        return distinguishable(self.interval, SHOWN_AREA)


def compare(first: Area, second: Area) -> AreaDifference | None:
    """How much larger the first area is, with a 95 % interval.

    On the same test cases the difference is paired: over cases by the same resamples for both,
    over the same seeds by Student's t of their differences, and the interval spans both, since
    neither kind of chance includes the other. Different seeds give Welch's interval instead of
    the paired one. On different test cases nothing pairs, and the two intervals are combined
    (square and add, Newcombe 1998).

    Returns:
      The difference; None where an area could not be measured at all.
    """
    if not first.known or not second.known:
        return None
    same_cases = bool(first.test_cases) and first.test_cases == second.test_cases
    same_seeds = first.seeds == second.seeds and None not in (*first.per_seed, *second.per_seed)
    difference = float(np.mean(first.known) - np.mean(second.known))
    if not same_cases:
        return AreaDifference(difference, _unpaired(first, second), False, False)
    found: list[Interval] = []
    over_cases = _over_cases(first, second)
    if over_cases is not None:
        found.append(over_cases)
    by_seeds = same_seeds and len(first.seeds) > 1
    if by_seeds:
        differences = [a - b for a, b in zip(first.known, second.known, strict=True)]
        # Their mean may differ from the difference of means in the last digit.
        _, low, high = student_t(differences)
        assert low is not None
        assert high is not None
        found.append((low, high))
    elif len(first.known) > 1 and len(second.known) > 1:
        found.append(_welch(first.known, second.known))
    elif over_cases is None:
        combined = _unpaired(first, second)
        found += [combined] if combined is not None else []
    interval = (min(low for low, _ in found), max(high for _, high in found)) if found else None
    return AreaDifference(difference, interval, over_cases is not None, by_seeds)


class Summarised(Protocol):
    """What a comparison needs of `curves.Summary` and of `RuleArea` in a result."""

    @property
    def interval(self) -> Interval | None:
        """95 %."""

    @property
    def per_seed(self) -> tuple[float | None, ...]:
        """Every seed's area."""


def between_rules(
    areas: Mapping[str, Summarised],
    seeds: Sequence[int],
    replicates: Mapping[str, Float[np.ndarray, "S R"]],
) -> dict[str, dict[str, AreaDifference]]:
    """Every rule's area minus every other rule's of the same run, where both are known.

    Args:
      areas: `curves.summarise`.
      seeds: of the run.
      replicates: `curves.resampled_areas`.

    Returns:
      {rule: {other: rule minus other}}.
    """
    own = {
        rule: area_of(entry, seeds, replicates.get(rule), "one run")
        for rule, entry in areas.items()
    }
    found: dict[str, dict[str, AreaDifference]] = {rule: {} for rule in own}
    for rule, other in permutations(own, 2):
        if (difference := compare(own[rule], own[other])) is not None:
            found[rule][other] = difference
    return found


def area_of(
    entry: Summarised,
    seeds: Sequence[int],
    replicates: Float[np.ndarray, "S R"] | None,
    test_cases: str,
) -> Area:
    """An `Area` from a summary and its seeds, replicates and test cases."""
    return Area(entry.per_seed, tuple(seeds), entry.interval, replicates, test_cases)


def cases_key(dataset: AnnotationSet) -> str:
    """A key for a data set's test cases: their ids, truth, annotations and patients.

    Data sets that differ in train only (variants with other missing rates) have the same one.
    """
    test = dataset.index(Split.TEST)
    digest = hashlib.sha256()
    annotated = dataset.annotated[test]
    for array in (
        dataset.truth[test],
        annotated,
        np.where(annotated, dataset.annotations[test], 0),
    ):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    for texts in (dataset.case_ids[test], dataset.classes, dataset.experts):
        digest.update("\x1f".join(map(str, texts)).encode() + b"\x1e")
    if (patients := clusters(dataset.groups, test)) is not None:
        digest.update(patients.tobytes())
    return digest.hexdigest()[:16]


def _over_cases(first: Area, second: Area) -> Interval | None:
    if first.replicates is None or second.replicates is None:
        return None
    if first.replicates.shape[1] != second.replicates.shape[1]:
        return None
    return percentile_interval(first.replicates.mean(0) - second.replicates.mean(0))


def _welch(first: Sequence[float], second: Sequence[float]) -> Interval:
    """Student's t for two independent samples whose variances may differ (Welch 1947)."""
    parts = [float(np.var(values, ddof=1)) / len(values) for values in (first, second)]
    difference, error = float(np.mean(first) - np.mean(second)), float(np.sqrt(sum(parts)))
    if not error:
        return difference, difference
    pairs = zip(parts, (first, second), strict=True)
    freedom = sum(parts) ** 2 / sum(part**2 / (len(values) - 1) for part, values in pairs)
    # SciPy's ttest_ind: the same ends, 15× slower.
    half = float(stdtrit(freedom, 0.975)) * error
    return difference - half, difference + half


def _unpaired(first: Area, second: Area) -> Interval | None:
    if first.interval is None or second.interval is None:
        return None
    means = float(np.mean(first.known)), float(np.mean(second.known))
    return unpaired_interval((means[0], *first.interval), (means[1], *second.interval))
