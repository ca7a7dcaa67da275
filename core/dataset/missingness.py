"""Taking annotations away, to see what missing ones cost."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from core.dataset.annotation_set import AnnotationSet, Split

_DRAW = 0x3155  # keeps this draw apart from other draws with the same seed


def drop_annotations(
    annotated: Bool[np.ndarray, "n M"], rate: float | Sequence[float], seed: int
) -> Bool[np.ndarray, "n M"]:
    """The mask after a share of the present annotations is removed, completely at random.

    Every expert loses their share of their annotations, to a whole number above or below; so do
    all together, to the nearest, however few annotations each of many experts has.

    Args:
      annotated: which annotations are present.
      rate: share of them to remove, in [0, 1): one for all, or one per expert.
      seed: decides which.

    Raises:
      ValueError: `rate` is no share.
    """
    rates: Float[np.ndarray, " M"] = np.empty(annotated.shape[1])
    rates[:] = rate
    if not ((rates >= 0) & (rates < 1)).all():
        raise ValueError(f"the missing rate is {rate}; expected a share from 0 up to, not incl., 1")
    if not rates.any():
        return annotated.copy()
    rng = np.random.default_rng([seed, _DRAW])
    order = rng.random(annotated.shape)
    order[~annotated] = 2.0  # after every present one
    rank = order.argsort(axis=0).argsort(axis=0)
    shuffled = rng.permutation(annotated.shape[1])  # who loses one more is drawn too
    until = np.floor(np.cumsum((rates * annotated.sum(axis=0))[shuffled]) + 0.5).astype(int)
    remove = np.empty_like(until)
    remove[shuffled] = np.diff(until, prepend=0)
    return annotated & (rank >= remove)


class Remaining(NamedTuple):
    """What is left of the train annotations after some were taken away.

    Attributes:
      cases: in train.
      present, left: annotations per expert, before and after.
      class_cases: train cases per class. class_present, class_left: annotations of them.
      seen_by: train cases by how many experts annotated them, 0 to M, before.
      left_by: the same after.
    """

    cases: int
    present: Int[np.ndarray, " M"]
    left: Int[np.ndarray, " M"]
    class_cases: Int[np.ndarray, " C"]
    class_present: Int[np.ndarray, " C"]
    class_left: Int[np.ndarray, " C"]
    seen_by: Int[np.ndarray, " counts"]
    left_by: Int[np.ndarray, " counts"]


def remaining(dataset: AnnotationSet, rate: float | Sequence[float], seed: int) -> Remaining:
    """Counts what a run with this missing rate and seed learns from.

    Validation and test cases keep their annotations; where a set has no validation split, its
    train cases lend some after the annotations were taken away.
    """
    train = dataset.index(Split.TRAIN)
    present, truth = dataset.annotated[train], dataset.truth[train]
    left = drop_annotations(present, rate, seed)
    c, m = len(dataset.classes), len(dataset.experts)

    def per_class(weights: np.ndarray) -> Int[np.ndarray, " C"]:
        return np.bincount(truth, weights=weights, minlength=c).astype(int)

    return Remaining(
        cases=len(train),
        present=present.sum(axis=0),
        left=left.sum(axis=0),
        class_cases=np.bincount(truth, minlength=c),
        class_present=per_class(present.sum(axis=1)),
        class_left=per_class(left.sum(axis=1)),
        seen_by=np.bincount(present.sum(axis=1), minlength=m + 1),
        left_by=np.bincount(left.sum(axis=1), minlength=m + 1),
    )
