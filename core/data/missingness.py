"""Taking annotations away, to see what missing ones cost."""

import numpy as np
from jaxtyping import Bool

_DRAW = 0x3155  # keeps this draw apart from other draws with the same seed


def drop_annotations(
    annotated: Bool[np.ndarray, "n M"], rate: float, seed: int
) -> Bool[np.ndarray, "n M"]:
    """The mask after a share of the present annotations is removed, completely at random.

    Every expert loses the same share of their annotations, to a whole number above or below; so
    do all together, to the nearest, however few annotations each of many experts has.

    Args:
      annotated: which annotations are present.
      rate: share of them to remove, in [0, 1).
      seed: decides which.

    Raises:
      ValueError: `rate` is no share.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"the missing rate is {rate}; expected a share from 0 up to, not incl., 1")
    if rate == 0:
        return annotated.copy()
    rng = np.random.default_rng([seed, _DRAW])
    order = rng.random(annotated.shape)
    order[~annotated] = 2.0  # after every present one
    rank = order.argsort(axis=0).argsort(axis=0)
    shuffled = rng.permutation(annotated.shape[1])  # who loses one more is drawn too
    until = np.floor(np.cumsum(rate * annotated.sum(axis=0)[shuffled]) + 0.5).astype(int)
    remove = np.empty_like(until)
    remove[shuffled] = np.diff(until, prepend=0)
    return annotated & (rank >= remove)
