"""Accuracy of every expert alone."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Shaped

from core.evaluation.intervals import wilson


def expert_accuracy(
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
    experts: Sequence[str],
) -> tuple[dict[str, float | None], dict[str, tuple[float, float] | None]]:
    """Each expert alone on the cases it annotated, with Wilson's interval; None without any."""
    of = annotated.sum(0)
    right = (annotated & (annotations == truth[:, None])).sum(0)
    share = {e: float(r / n) if n else None for e, r, n in zip(experts, right, of, strict=True)}
    bounds = {
        e: wilson(int(r), int(n)) if n else None for e, r, n in zip(experts, right, of, strict=True)
    }
    return share, bounds
