"""A result's headline figures as metrics, for people who look with MLflow's own pages."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

Figure = tuple[str, float, int]
_NAMES = ("accuracy", "coverage")


def figures(result: Mapping[str, Any]) -> Iterator[Figure]:
    """Name, value and step of each metric of a finished run.

    `auc_cac_<rule>` is the mean area (× 100) at step 0. `accuracy_<rule>` and `coverage_<rule>` are
    shares in [0, 1], mean over seeds, with the target of the AI in per cent as the step: MLflow
    plots them as the curve. Steps are whole numbers, so a target of 12.5 % stands at 12. The one
    point of a run with own bounds is at step 0. What could not be measured is left out.
    """
    for rule, area in (result.get("auc_cac") or {}).items():
        if _known(mean := area.get("mean")):
            yield f"auc_cac_{rule}", float(mean), 0
    for (rule, target), points in sorted(_by_target(result).items()):
        for name in _NAMES:
            values = [point[name] for point in points]
            # A mean over some of the seeds would be of other cases than its neighbours.
            if all(map(_known, values)):
                yield f"{name}_{rule}", float(np.mean(values)), int(100 * max(target, 0.0) + 1e-6)


def _by_target(result: Mapping[str, Any]) -> dict[tuple[str, float], list[Mapping[str, Any]]]:
    found: dict[tuple[str, float], list[Mapping[str, Any]]] = {}
    for point in result.get("points") or ():
        target = -1.0 if point["target"] is None else float(point["target"])
        found.setdefault((point["rule"], target), []).append(point)
    return found


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
