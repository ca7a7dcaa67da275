"""A rule's curve as means over seeds, and the accuracy of single agents."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.dataset.annotation_set import AI
from core.evaluation.areas import AreaDifference, area_of, compare
from core.evaluation.intervals import wilson
from core.results.figure import Figure
from core.results.models import Interval, RunResult
from core.results.over_seeds import over_seeds


class CurvePoint(NamedTuple):
    """A target's mean over the seeds that could be measured; coverage over all of them."""

    target: float | None
    coverage: float
    accuracy: float
    interval: Interval | None


class Single(NamedTuple):
    """An agent that decides every case alone."""

    name: str
    accuracy: float
    interval: Interval | None


def curve(result: RunResult, rule: str) -> list[CurvePoint]:
    """The points that could be measured, by realised coverage."""
    found = []
    for target in result.targets:
        points = result.at(rule, target)
        team = over_seeds([point.figure for point in points])
        if team.value is not None:
            coverage = float(np.mean([point.coverage for point in points]))
            found.append(CurvePoint(target, coverage, team.value, team.interval))
    return sorted(found, key=lambda point: point.coverage)


def singles(result: RunResult, rule: str) -> list[Single]:
    """The AI alone (as the rule's decisions use it), then each expert with a known accuracy."""
    found = [Single(AI, result.ai_accuracy[rule], result.ai_accuracy_interval[rule])]
    for name in result.experts:
        if (accuracy := result.expert_accuracy[name]) is not None:
            found.append(Single(name, accuracy, result.expert_accuracy_interval[name]))
    return found


class Deferred(NamedTuple):
    """An expert's share of the deferred test cases at a target; coverage is a mean over seeds."""

    target: float | None
    coverage: float
    expert: str
    share: Figure


def deferred(result: RunResult, rule: str) -> list[Deferred]:
    """Every included expert's share of the deferred cases along the curve.

    Targets at which some seed defers less than one case are left out.
    """
    tests, found = result.cases.test, []
    for target in result.targets:
        points = result.at(rule, target)
        left = [1.0 - point.coverage for point in points]
        if not points or min(left) * max(tests, 1) < 1 - 1e-9:
            continue
        coverage = float(np.mean([point.coverage for point in points]))
        for expert in result.included_experts:
            shares = [p.workload[expert] / rest for p, rest in zip(points, left, strict=True)]
            worth = [point.worth(expert) for point in points]
            cases = [
                rest * (tests if few is None else few)
                for rest, few in zip(left, worth, strict=True)
            ]
            figures = [
                Figure(share, wilson(share * n, n) if tests else None)
                for share, n in zip(shares, cases, strict=True)
            ]
            found.append(Deferred(target, coverage, expert, over_seeds(figures)))
    return found


def along_the_curve(found: Sequence[Deferred]) -> dict[str, Figure]:
    """Each expert's mean share over the targets.

    All points share the test cases, so the mean's interval is no narrower than theirs.
    """
    means = {}
    for expert in dict.fromkeys(one.expert for one in found):
        shares = [one.share for one in found if one.expert == expert]
        ends = [share.interval for share in shares if share.interval is not None]
        low, high = np.mean(ends, axis=0) if ends else (np.nan, np.nan)
        value = float(np.mean([share.value for share in shares if share.value is not None]))
        means[expert] = Figure(value, (float(low), float(high)) if ends else None)
    return means


def same_test_cases(first: RunResult, second: RunResult) -> bool:
    """Whether two runs were measured on the same cases, whatever they were trained on."""
    one, other = first.dataset, second.dataset
    if (first.cases.patients is None) != (second.cases.patients is None):
        return False  # a run from before patients were resampled has other resamples
    return one.content_hash == other.content_hash or one.test_cases == other.test_cases


def area_difference(
    first: tuple[RunResult, str, np.ndarray | None],
    second: tuple[RunResult, str, np.ndarray | None],
) -> AreaDifference | None:
    """How much larger the first run's area is; None where one is unknown.

    Args:
      first: a run, one of its rules, and its areas on every resample of the test cases, [S, R];
        None for runs whose resamples are not stored.
      second: likewise, the run to compare with.
    """
    alike = same_test_cases(first[0], second[0])
    areas = [
        area_of(
            run.auc_cac[rule],
            run.seeds,
            drawn,
            "same" if alike else run.dataset.content_hash,
        )
        for run, rule, drawn in (first, second)
    ]
    return compare(*areas)
