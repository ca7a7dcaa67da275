"""Random deferral: accuracy at the same coverage when cases are chosen at random."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped

from core.evaluation.intervals import BootstrapWeights, percentile_interval

AT = tuple(round(i / 10, 1) for i in range(11))


class Random(NamedTuple):
    """Random deferral at a coverage, with its 95 % interval."""

    coverage: float
    accuracy: float
    interval: tuple[float, float] | None


def random_line(
    ai_right: Float[np.ndarray, " n"],
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
    included: Bool[np.ndarray, " M"],
    weights: BootstrapWeights,
) -> list[Random] | None:
    """Accuracy when a random case goes to the AI with probability c, else to a random expert.

    A straight line: (1 − c) times the experts' mean accuracy, each on the cases it annotated,
    plus c times the AI's.

    Args:
      ai_right: whether the AI is right on the case, or how often over seeds.
      truth: class per case.
      annotations: class per case and expert where `annotated`.
      annotated: whether the expert annotated the case.
      included: experts that may get cases.
      weights: resampling weights over these cases.

    Returns:
      Accuracy at coverages in steps of 0.1; None where no included expert annotated a case.
    """
    known = annotated[:, included]
    hits = known & (annotations[:, included] == truth[:, None])
    some = known.any(0)
    known, hits = known[:, some], hits[:, some]
    if not known.shape[1]:
        return None
    experts = float(np.mean(hits.sum(0) / known.sum(0)))
    totals = weights.totals(np.concatenate([known, hits, ai_right[:, None]], axis=1))
    of, right = np.split(totals[:, :-1], 2, axis=1)
    # In a resample without cases of some expert: the mean of the others.
    has = of > 0
    share = np.divide(right, of, out=np.zeros_like(right), where=has)
    drawn = share.sum(1) / np.maximum(has.sum(1), 1)
    ai, ai_drawn = float(ai_right.mean()), totals[:, -1] / weights.drawn
    return [
        Random(
            c,
            (1 - c) * experts + c * ai,
            percentile_interval((1 - c) * drawn + c * ai_drawn),
        )
        for c in AT
    ]
