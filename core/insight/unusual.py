"""Unusual features of a case."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from core.dataset.annotation_set import AnnotationSet, Split


def distances(
    dataset: AnnotationSet, cases: Int[np.ndarray, " n"] | Sequence[int]
) -> Float[np.ndarray, "n D"]:
    """How far each feature is from the train cases' mean, in their standard deviations.

    Features that are constant in train are at 0: their spread is unknown.

    Args:
      dataset: a table of features.
      cases: positions.
    """
    inputs = dataset.inputs
    assert inputs is not None
    train = inputs[dataset.index(Split.TRAIN)].astype(np.float64)
    spread = train.std(0)
    apart = inputs[np.asarray(cases)] - train.mean(0)
    return np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 1e-12)


def most_unusual(
    apart: Float[np.ndarray, " D"], maximum: int, minimum: float = 1.0
) -> Int[np.ndarray, " d"]:
    """The most unusual features, most unusual first.

    Args:
      apart: of one case, from `distances`.
      maximum: number of features.
      minimum: standard deviations below which a feature is ordinary.
    """
    order = np.argsort(-np.abs(apart), kind="stable")[:maximum]
    return order[np.abs(apart[order]) >= minimum]
