"""Summary of a finished run for lists: its areas and a sparkline of its curve."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.base.files import to_plain
from core.results.models import Point, RunResult

_MOST_POINTS = 100  # of a sparkline, which is a hundred pixels wide
_DIGITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A finished run in a few numbers.

    Attributes:
      areas: rule → mean AUC-CAC (× 100), the run's main rule first.
      intervals: rule → its 95 % interval, rules without one left out.
      spark: accuracy of the first rule along the curve, mean over seeds, by realised coverage.
    """

    areas: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    spark: tuple[float, ...]


def glance(result: RunResult) -> Glance:
    """The summary of a result; unmeasured rules and points are left out."""
    known = [(rule, result.auc_cac[rule]) for rule in result.rules]
    return Glance(
        areas={rule: area.mean for rule, area in known if area.mean is not None},
        intervals={rule: area.interval for rule, area in known if area.interval is not None},
        spark=_spark(result.of_rule(result.rules[0])),
    )


def glance_tags(result: RunResult) -> dict[str, str]:
    """A glance as tags of the run, so that lists need not open every result."""
    seen = glance(result)
    values = {"areas": seen.areas, "area_intervals": seen.intervals, "spark": seen.spark}
    return {name: json.dumps(_short(value)) for name, value in values.items()}


def glance_of(tags: Mapping[str, str]) -> Glance | None:
    """The glance written by `glance_tags`; None for a run that has none yet.

    Raises:
      ValueError, TypeError, AttributeError: the tags hold something else.
    """
    if not tags.get("spark"):
        return None
    intervals = json.loads(tags.get("area_intervals") or "{}")
    return Glance(
        areas={rule: float(mean) for rule, mean in json.loads(tags.get("areas") or "{}").items()},
        intervals={rule: (float(low), float(high)) for rule, (low, high) in intervals.items()},
        spark=tuple(float(value) for value in json.loads(tags["spark"])),
    )


def _spark(points: Sequence[Point]) -> tuple[float, ...]:
    targets: dict[float | None, list[tuple[float, float]]] = {}
    for point in points:
        if point.accuracy is not None:
            targets.setdefault(point.target, []).append((point.coverage, point.accuracy))
    means = sorted(tuple(np.mean(pairs, axis=0)) for pairs in targets.values())
    if len(means) > _MOST_POINTS:
        kept = np.linspace(0, len(means) - 1, _MOST_POINTS).round().astype(int)
        means = [means[i] for i in kept]
    return tuple(float(accuracy) for _, accuracy in means)


def _short(value: Any) -> Any:
    """Fewer decimals: a tag has room for 8,000 characters and a list reads hundreds of them."""
    plain = to_plain(value)
    if isinstance(plain, dict):
        return {key: _short(item) for key, item in plain.items()}
    if isinstance(plain, list):
        return [_short(item) for item in plain]
    return round(plain, _DIGITS) if isinstance(plain, float) else plain
