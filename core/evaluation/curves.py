"""The area under the coverage–accuracy curve, and its interval."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from jaxtyping import Float, Shaped

from core.evaluation.intervals import percentile_interval, student_t
from core.evaluation.team import Replicates
from core.methods.rules import ordered


class Placed(Protocol):
    """A point of a curve."""

    @property
    def rule(self) -> str:
        """Of `RULES`."""

    @property
    def seed(self) -> int:
        """Of the run's."""

    @property
    def coverage(self) -> float:
        """Realised share of the AI."""

    @property
    def accuracy(self) -> float | None:
        """Of the team."""


class Summary(NamedTuple):
    """AUC-CAC of a rule: the mean over seeds, its 95 % interval, and every seed's.

    None where it could not be measured.
    """

    mean: float | None
    interval: tuple[float, float] | None
    per_seed: tuple[float | None, ...]


def auc_cac(coverage: Sequence[float | None], accuracy: Sequence[float | None]) -> float | None:
    """Area under team accuracy against realised coverage, × 100.

    Points are sorted by coverage, the accuracies of equal coverages averaged, the curve
    extended flat to coverage 0 and 1, and the area taken by trapezoids. Points whose accuracy
    could not be measured are left out.

    Args:
      coverage: realised share of the AI per point.
      accuracy: of the team, in [0, 1].

    Returns:
      The area in [0, 100]; None without a measured point.
    """
    pairs = [(c, a) for c, a in zip(coverage, accuracy, strict=True) if c is not None]
    x = np.array([c for c, _ in pairs], np.float64)
    y = np.array([np.nan if a is None else a for _, a in pairs], np.float64)
    (area,) = areas(x[None], y[None])
    return float(area) if np.isfinite(area) else None


def areas(
    coverage: Shaped[np.ndarray, "R P"], accuracy: Shaped[np.ndarray, "R P"]
) -> Float[np.ndarray, " R"]:
    """`auc_cac` of many curves at once, for example of every resample; NaN where unmeasured."""
    if not coverage.shape[1]:
        return np.full(len(coverage), np.nan)
    known = np.isfinite(coverage) & np.isfinite(accuracy)
    x, y = np.where(known, coverage, np.inf), np.where(known, accuracy, 0.0)
    order = np.argsort(x, axis=1)
    x, y = np.take_along_axis(x, order, 1), np.take_along_axis(y, order, 1)
    first = np.ones(x.shape, bool)
    first[:, 1:] = x[:, 1:] != x[:, :-1]
    tie = np.cumsum(first) - 1  # numbered through all rows
    y = (np.bincount(tie, y.ravel()) / np.bincount(tie))[tie].reshape(x.shape)
    # Unknown points were sorted last: repeat the last known point there, which adds no area.
    count = known.sum(1)
    kept = np.minimum(np.arange(x.shape[1]), np.maximum(count - 1, 0)[:, None])
    x, y = np.take_along_axis(x, kept, 1), np.take_along_axis(y, kept, 1)
    x = np.where(count[:, None] > 0, x, 0.0)
    whole = x[:, 0] * y[:, 0] + np.trapezoid(y, x, axis=1) + (1.0 - x[:, -1]) * y[:, -1]
    return np.where(count > 0, 100.0 * whole, np.nan)


def resampled_areas(
    points: Sequence[Placed],
    seeds: Sequence[int],
    replicates: Sequence[Replicates | None],
) -> dict[str, Float[np.ndarray, "S R"]]:
    """AUC-CAC of every resample of the cases, per rule and seed.

    Args:
      points: of a result.
      seeds: the order of the rows.
      replicates: what `evaluate_point` returned beside each entry.

    Returns:
      Per rule; rules with a seed that has no replicates are left out.
    """
    found: dict[str, Float[np.ndarray, "S R"]] = {}
    for rule in ordered(p.rule for p in points):
        rows = []
        for seed in seeds:
            drawn = [
                d
                for p, d in zip(points, replicates, strict=True)
                if d is not None and p.rule == rule and p.seed == seed
            ]
            if drawn:
                x = np.stack([d.coverage for d in drawn], axis=1)
                rows.append(areas(x, np.stack([d.accuracy for d in drawn], axis=1)))
        if rows and len(rows) == len(seeds):
            found[rule] = np.stack(rows)
    return found


def summarise(
    points: Sequence[Placed],
    seeds: Sequence[int],
    replicates: Sequence[Replicates | None] | None = None,
) -> dict[str, Summary]:
    """AUC-CAC per rule.

    Args:
      points: of a result, any order.
      seeds: the seeds to report, in order.
      replicates: with one seed, what `evaluate_point` returned beside each entry: the interval
        is then a bootstrap over cases. With several it is Student's t over seeds.
    """
    summary: dict[str, Summary] = {}
    for rule in ordered(p.rule for p in points):
        chosen = [i for i, p in enumerate(points) if p.rule == rule]
        per_seed = []
        for seed in seeds:
            mine = [points[i] for i in chosen if points[i].seed == seed]
            area = auc_cac([p.coverage for p in mine], [p.accuracy for p in mine])
            per_seed.append(area)
        known = [a for a in per_seed if a is not None]
        mean, low, high = student_t(known) if known else (None, None, None)
        # t intervals are unbounded; clip to the possible range.
        interval = None if low is None or high is None else (max(low, 0.0), min(high, 100.0))
        if len(seeds) == 1 and replicates is not None:
            drawn = resampled_areas(points, seeds, replicates).get(rule)
            interval = None if drawn is None else percentile_interval(drawn[0])
        summary[rule] = Summary(mean, interval, tuple(per_seed))
    return summary
