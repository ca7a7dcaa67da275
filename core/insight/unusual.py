"""What is out of the ordinary about a case."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from core.dataset.annotation_set import AnnotationSet, Split


def distances(
    dataset: AnnotationSet, cases: Int[np.ndarray, " n"] | Sequence[int]
) -> Float[np.ndarray, "n D"]:
    """How far each feature is from the train cases' mean, in their standard deviations.

    Features that are the same in all train cases are at 0: nothing is known of their spread.

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
    apart: Float[np.ndarray, " D"], most: int, least: float = 1.0
) -> Int[np.ndarray, " d"]:
    """The features furthest from the ordinary, furthest first.

    Args:
      apart: of one case, from `distances`.
      most: how many at most.
      least: standard deviations below which a feature is ordinary.
    """
    order = np.argsort(-np.abs(apart), kind="stable")[:most]
    return order[np.abs(apart[order]) >= least]
