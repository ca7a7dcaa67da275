"""Which cases a seed trains on, chooses on and is tested on, and the folds of train.

Where a group column names patients, scikit-learn's StratifiedGroupKFold keeps each one's cases
together. Cases without patients are drawn here: StratifiedShuffleSplit is 5 to 9 times slower and
refuses a class of one case, and fewer lent cases than classes; StratifiedKFold is 3 to 23 times
slower and refuses sets whose classes all have fewer cases than there are folds.
"""

import warnings
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from core.base.apportion import largest_remainders
from core.base.report import refuse
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.patients import patient_numbers

LENT_SHARE = 0.15  # of train, where a set has no validation split of its own
LARGE = 0.15  # of the cases: a patient with more stays in train
FEWEST_PATIENTS = 5  # with fewer, cases of other patients are hardly represented
_DRAW, _FOLDS = 0x5B17, 0xF01D  # keep these draws apart from other draws with the same seed


class SeedSplit(NamedTuple):
    """Ascending positions of the cases of each split."""

    train: Int[np.ndarray, " a"]
    validation: Int[np.ndarray, " b"]
    test: Int[np.ndarray, " c"]


def seed_split(dataset: AnnotationSet, seed: int) -> SeedSplit:
    """The split of one seed.

    A set's own validation split is the same for every seed. Otherwise train lends 15 % of its
    cases, stratified by class and drawn again for every seed; the sizes do not depend on the seed,
    and every class keeps a train case. Where a group column names patients, about one case
    in seven is lent, whole patients only, and none with more than 15 % of the cases; the sizes
    differ a little then (`lent_by_patient` says so).

    Raises:
      DataError: train is too small to lend a case.
    """
    train = dataset.index(Split.TRAIN)
    test = dataset.index(Split.TEST)
    own = dataset.index(Split.VALIDATION)
    if len(own):
        return SeedSplit(train, own, test)
    truth, patients = dataset.truth[train], _patients(dataset, train)
    rng = np.random.default_rng([seed, _DRAW])
    if patients is None:
        lent = _lent_cases(truth, len(dataset.classes), rng)
    else:
        lent = _lent_patients(truth, patients, rng)
    if not lent.any():
        refuse(
            "train is too small to lend cases for validation",
            found=f"{len(train)} train cases",
            expected="two or more of some class, of different patients where a column names them",
            remedy="add train cases, or a validation split",
        )
    return SeedSplit(train[~lent], train[lent], test)


def folds_of(
    dataset: AnnotationSet, cases: Int[np.ndarray, " n"], folds: int, seed: int
) -> Int[np.ndarray, " n"]:
    """The fold of each case, alike in size and classes; a patient's cases are in one fold."""
    truth, patients = dataset.truth[cases], _patients(dataset, cases)
    rng = np.random.default_rng([seed, _FOLDS])
    # One patient would be one fold, with nothing left to train on.
    if patients is not None and (part := _parts(truth, patients, folds, rng)).any():
        return part
    # Cases sorted by class (shuffled within) are dealt out in turn.
    order = rng.permutation(len(cases))
    order = order[np.argsort(truth[order], kind="stable")]
    fold = np.empty(len(order), np.int32)
    fold[order] = np.arange(len(order)) % folds
    return fold


def training_cases(dataset: AnnotationSet) -> int:
    """How many cases a seed trains on: train, less what it lends for validation.

    The same for every seed; about that many where patients are lent.
    """
    train = dataset.index(Split.TRAIN)
    if len(dataset.index(Split.VALIDATION)):
        return len(train)
    if _patients(dataset, train) is not None:
        return len(train) - round(LENT_SHARE * len(train))
    counts = np.bincount(dataset.truth[train], minlength=len(dataset.classes))
    return len(train) - int(_shares(counts).sum())


def _shares(counts: Int[np.ndarray, " C"]) -> Int[np.ndarray, " C"]:
    """How many cases each class lends: 15 % together, largest remainders first."""
    exact = LENT_SHARE * counts
    wanted = max(round(float(exact.sum())), 1)
    return largest_remainders(exact, wanted, np.maximum(counts - 1, 0))


def _lent_cases(
    truth: Int[np.ndarray, " n"], classes: int, rng: np.random.Generator
) -> Bool[np.ndarray, " n"]:
    lend = _shares(np.bincount(truth, minlength=classes))
    lent = np.zeros(len(truth), bool)
    for c in np.flatnonzero(lend):
        lent[rng.permutation(np.flatnonzero(truth == c))[: lend[c]]] = True
    return lent


def _lent_patients(
    truth: Int[np.ndarray, " n"], patients: Int[np.ndarray, " n"], rng: np.random.Generator
) -> Bool[np.ndarray, " n"]:
    """About 15 % of the cases, with every class kept in train; no case where that is impossible."""
    has, _ = np.unique(np.array([truth, patients]), axis=1)
    free = ~np.isin(patients, patients[np.bincount(has)[truth] == 1])  # the only one with a class
    if not (whole := large_patients(patients))[free].all():
        free &= ~whole
    part = np.full(len(truth), -1, np.int32)
    part[free] = _parts(truth[free], patients[free], round(1 / LENT_SHARE), rng)
    sizes = {
        p: int((part == p).sum())
        for p in np.unique(part[free])
        if len(np.unique(truth[part != p])) == len(np.unique(truth))
    }
    # A patient with very many cases makes a part too large to lend.
    able = [p for p, size in sizes.items() if size <= 2 * min(sizes.values())]
    return part == rng.choice(able) if able else np.zeros(len(truth), bool)


def large_patients(patients: Int[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Which cases are of a patient with more than 15 % of them."""
    _, number, sizes = np.unique(patients, return_inverse=True, return_counts=True)
    return np.asarray((sizes > LARGE * len(patients))[number])


def lent_by_patient(dataset: AnnotationSet, split: SeedSplit) -> str:
    """What a seed's validation cases are where train lends patients; empty where it does not."""
    patients = patient_numbers(dataset.groups)
    if patients is None or len(dataset.index(Split.VALIDATION)):
        return ""
    train = np.concatenate([split.train, split.validation])
    lent, all_of = (len(np.unique(patients[part])) for part in (split.validation, train))
    if all_of == len(train):
        return ""  # every case is of another patient
    text = (
        f"train lends whole patients for validation: {lent:,} of {all_of:,}, with "
        f"{len(split.validation) / len(train):.0%} of the cases in the first seed"
    )
    if all_of < FEWEST_PATIENTS:
        text += ". With so few patients, prices and calibration may not suit others"
    return text


def _parts(
    truth: Int[np.ndarray, " n"],
    patients: Int[np.ndarray, " n"],
    parts: int,
    rng: np.random.Generator,
) -> Int[np.ndarray, " n"]:
    """The part of each case, alike in size and classes; a patient's cases are in one part."""
    from sklearn.model_selection import StratifiedGroupKFold  # off the first page's path

    part = np.zeros(len(truth), np.int32)
    parts = min(parts, len(np.unique(patients)), int(np.bincount(truth, minlength=1).max()))
    if parts < 2:
        return part
    draw = StratifiedGroupKFold(parts, shuffle=True, random_state=int(rng.integers(2**32)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class has fewer cases than parts
        for p, (_, inside) in enumerate(draw.split(truth, truth, patients)):
            part[inside] = p
    return part


def _patients(dataset: AnnotationSet, cases: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"] | None:
    """A number for the patient of each case; None where no group column names patients."""
    number = patient_numbers(dataset.groups)
    return None if number is None else number[cases]
