"""Which cases a seed trains on, chooses on and is tested on."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from core.base.apportion import largest_remainders
from core.base.report import refuse
from core.dataset.annotation_set import AnnotationSet, Split

LENT_SHARE = 0.15  # of train, where a set has no validation split of its own
_DRAW = 0x5B17  # keeps this draw apart from other draws with the same seed


class SeedSplit(NamedTuple):
    """Ascending positions of the cases of each split."""

    train: Int[np.ndarray, " a"]
    validation: Int[np.ndarray, " b"]
    test: Int[np.ndarray, " c"]


def seed_split(dataset: AnnotationSet, seed: int) -> SeedSplit:
    """The split of one seed.

    A set's own validation split is the same for every seed. Otherwise train lends 15 % of its
    cases, stratified by class and drawn anew for every seed; the sizes do not depend on the seed,
    and every class keeps a train case.

    Raises:
      DataError: train is too small to lend a case.
    """
    train = dataset.index(Split.TRAIN)
    test = dataset.index(Split.TEST)
    own = dataset.index(Split.VALIDATION)
    if len(own):
        return SeedSplit(train, own, test)
    truth = dataset.truth[train]
    lend = _shares(np.bincount(truth, minlength=len(dataset.classes)))
    if not lend.sum():
        refuse(
            "train is too small to lend cases for validation",
            found=f"{len(train)} train cases",
            expected="two or more of some class",
            remedy="add train cases, or a validation split",
        )
    rng = np.random.default_rng([seed, _DRAW])
    drawn = [
        rng.permutation(np.flatnonzero(truth == c))[:count] for c, count in enumerate(lend) if count
    ]
    lent = np.zeros(len(train), bool)
    lent[np.concatenate(drawn)] = True
    return SeedSplit(train[~lent], train[lent], test)


def training_cases(dataset: AnnotationSet) -> int:
    """How many cases a seed trains on: train, less what it lends for validation.

    The same for every seed.
    """
    train = dataset.index(Split.TRAIN)
    if len(dataset.index(Split.VALIDATION)):
        return len(train)
    counts = np.bincount(dataset.truth[train], minlength=len(dataset.classes))
    return len(train) - int(_shares(counts).sum())


def _shares(counts: Int[np.ndarray, " C"]) -> Int[np.ndarray, " C"]:
    """How many cases each class lends: 15 % together, largest remainders first."""
    exact = LENT_SHARE * counts
    wanted = max(round(float(exact.sum())), 1)
    return largest_remainders(exact, wanted, np.maximum(counts - 1, 0))
