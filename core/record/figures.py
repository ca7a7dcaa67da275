"""A result's main figures as metrics, for MLflow's own pages."""

from collections.abc import Iterator

import numpy as np

from core.results.models import RunResult

Figure = tuple[str, float, int]


def figures(result: RunResult) -> Iterator[Figure]:
    """Name, value and step of each metric of a finished run.

    `auc_cac_<rule>` is the mean area (× 100) at step 0. `accuracy_<rule>` and `coverage_<rule>` are
    shares in [0, 1], mean over seeds, with the target of the AI in per cent as the step: MLflow
    plots them as the curve. Steps are whole numbers, so a target of 12.5 % is at 12. The one
    point of a run with own bounds is at step 0. Unmeasured values are left out.
    """
    for rule, area in result.auc_cac.items():
        if area.mean is not None:
            yield f"auc_cac_{rule}", area.mean, 0
    for rule in sorted(result.auc_cac):
        for target in result.targets:
            points, step = result.at(rule, target), int(100 * (target or 0.0) + 1e-6)
            known = [point.accuracy for point in points if point.accuracy is not None]
            # A mean over only some of the seeds would not be comparable with its neighbours.
            if points and len(known) == len(points):
                yield f"accuracy_{rule}", float(np.mean(known)), step
            if points:
                yield f"coverage_{rule}", float(np.mean([p.coverage for p in points])), step
