"""The coverage–accuracy curve in one number, and its uncertainty."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from core.evaluation.intervals import percentile_interval, student_t
from core.evaluation.routing import RULES
from core.evaluation.team import Replicates


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
    return _area(x, y)


def _area(x: Float[np.ndarray, " P"], y: Float[np.ndarray, " P"]) -> float | None:
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return None
    at, group = np.unique(x[known], return_inverse=True)
    mean = np.bincount(group, y[known]) / np.bincount(group)
    at = np.concatenate([[0.0], at, [1.0]])
    mean = np.concatenate([mean[:1], mean, mean[-1:]])
    return float(100.0 * ((at[1:] - at[:-1]) * (mean[1:] + mean[:-1])).sum() / 2)


def summarise(
    points: Sequence[Mapping[str, Any]],
    seeds: Sequence[int],
    replicates: Sequence[Replicates | None] | None = None,
) -> dict[str, dict[str, Any]]:
    """AUC-CAC per rule: mean over seeds, interval, and every seed's.

    Args:
      points: entries of `metrics.evaluate_point`, any order.
      seeds: the seeds to report, in order.
      replicates: with one seed, what `evaluate_point` returned beside each entry: the interval
        is then a bootstrap over cases. With several it is Student's t over seeds.

    Returns:
      {rule: {"mean", "interval": [low, high] or None, "per_seed"}}; None where unmeasured.
    """
    summary: dict[str, dict[str, Any]] = {}
    for rule in [r for r in RULES if any(p["rule"] == r for p in points)]:
        chosen = [i for i, p in enumerate(points) if p["rule"] == rule]
        per_seed = []
        for seed in seeds:
            mine = [points[i] for i in chosen if points[i]["seed"] == seed]
            area = auc_cac([p["coverage"] for p in mine], [p["accuracy"] for p in mine])
            per_seed.append(area)
        known = [a for a in per_seed if a is not None]
        mean, low, high = student_t(known) if known else (None, None, None)
        # Student's t knows no ends; an area beyond them is none.
        interval = None if low is None or high is None else [max(low, 0.0), min(high, 100.0)]
        if len(seeds) == 1 and replicates is not None:
            drawn = [replicates[i] for i in chosen]
            interval = _bootstrapped([d for d in drawn if d is not None])
        summary[rule] = {"mean": mean, "interval": interval, "per_seed": per_seed}
    return summary


def _bootstrapped(drawn: Sequence[Replicates]) -> list[float] | None:
    if not drawn:
        return None
    x = np.stack([d.coverage for d in drawn], axis=1)
    y = np.stack([d.accuracy for d in drawn], axis=1)
    areas = [_area(*pair) for pair in zip(x, y, strict=True)]
    interval = percentile_interval(np.array([np.nan if a is None else a for a in areas]))
    return None if interval is None else list(interval)
