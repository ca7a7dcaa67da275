"""Accuracy of every expert alone."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int, Shaped

from core.base.clusters import share_interval


def expert_accuracy(
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
    experts: Sequence[str],
    patients: Int[np.ndarray, " n"] | None = None,
) -> tuple[dict[str, float | None], dict[str, tuple[float, float] | None]]:
    """Each expert alone on the cases it annotated, with Wilson's interval; None without any.

    The interval is by patient where `patients` gives the number of each case's patient.
    """
    of, hits = annotated.sum(0), annotated & (annotations == truth[:, None])
    right = hits.sum(0)
    share = {e: float(r / n) if n else None for e, r, n in zip(experts, right, of, strict=True)}
    bounds = {
        e: share_interval(hits[:, m], annotated[:, m], patients) if of[m] else None
        for m, e in enumerate(experts)
    }
    return share, bounds
