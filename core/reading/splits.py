"""Train and test: drawn by case or by patient, or given and checked for shared patients."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int, Int8, Int32

from core.base.report import Choice, Report, clip, listed, refuse
from core.dataset.annotation_set import Split
from core.dataset.patients import clusters
from core.dataset.splits import FEWEST_PATIENTS, LARGE, large_patients
from core.files.table import Table
from core.matching.apply import PATIENT
from core.matching.folds import find_folds
from core.matching.names import split_of
from core.reading.labels import places
from core.reading.options import ReadOptions

_TEST_SHARE = 0.3  # of a data set without splits
DRAW = Choice("split", "draw", "draw train and test among these cases")
_OFFERED = 12  # folds with a choice of their own


def split_named(word: str) -> Split | None:
    """The split that a word means."""
    found = split_of(word)
    return None if found is None else Split[found.upper()]


def splits_of(
    cases: Table,
    truth: Int32[np.ndarray, " N"],
    ids: pd.Series,
    options: ReadOptions,
    report: Report,
) -> Int8[np.ndarray, " N"]:
    """The split of each case: as the column `split` says, or drawn.

    Args:
      cases: with a column `group_patient` where patients are known.
      truth: class per case.
      ids: of the cases.
      options: whether splits are drawn although they are given.
      report: takes problems.

    Raises:
      DataError: a word is no split, or test cases cannot be drawn by patient.
    """
    patients = None
    if PATIENT in cases.frame.columns:
        patients = cases.frame[PATIENT].to_numpy(object)
    folds = find_folds(cases.frame)
    if options.test_folds and options.split != "draw":
        split = _of_folds(cases, folds, options.test_folds, report)
        warn_shared(split, patients, report)
        return split
    offers = _offers(folds)
    if "split" not in cases.frame.columns:
        drawn = Choice("split", "draw", f"draw {_TEST_SHARE:.0%} of the cases of every class")
        report.warn(
            f"no column 'split' in {cases.name}",
            found=f"folds in {clip(folds[0], 60)!r}: {listed(folds[1])}" if folds else "",
            remedy=f"{'about ' if patients is not None else ''}{_TEST_SHARE:.0%} of the cases of "
            "every class were drawn as test cases; "
            f"{'choose a fold, or ' if folds else ''}add the column to choose them yourself",
            choices=[drawn, *offers] if folds else (),
        )
        return draw_split(ids.tolist(), truth, patients, report)
    if options.split == "draw":
        return draw_split(ids.tolist(), truth, patients, report)
    words = {word: split_named(word) for word in cases.frame["split"].unique()}
    wrong = np.flatnonzero(cases.frame["split"].map(words).isna().to_numpy(bool))
    if len(wrong):
        report.error(
            f"{cases.name} has splits that are not train, validation or test",
            found=listed(v or "(blank)" for v in cases.frame["split"].iloc[wrong].unique()),
            expected="train, validation or test",
            remedy="choose the fold of the test cases" if offers else "correct them",
            count=len(wrong),
            examples=places(cases.place, wrong, cases.frame["split"]),
            choices=[*offers, DRAW] if offers else (),
        )
        report.stop()
    split = cases.frame["split"].map(words).to_numpy(np.int8)
    warn_shared(split, patients, report)
    return split


def _offers(folds: tuple[str, list[str]] | None) -> list[Choice]:
    """A choice for each fold; of many, for the first."""
    levels = folds[1] if folds else []
    return [
        Choice("test_folds", [fold], f"test on fold {clip(fold, 40)}, train on the others")
        for fold in levels[:_OFFERED]
    ]


def _of_folds(
    cases: Table, folds: tuple[str, list[str]] | None, wanted: Sequence[str], report: Report
) -> Int8[np.ndarray, " N"]:
    """Test cases are those of the wanted folds, train cases all others."""
    if folds is None or (unknown := [fold for fold in wanted if fold not in folds[1]]):
        refuse(
            f"{cases.name} has no such fold" if folds else f"{cases.name} has no column of folds",
            found=listed(unknown) if folds else listed(cases.frame.columns),
            expected=f"one of {listed(folds[1], 20)}" if folds else "a column such as fold",
            remedy="choose a fold of the set",
            choices=_offers(folds),
            report=report,
        )
    name, _ = folds
    tested = cases.frame[name].isin(list(wanted)).to_numpy(bool)
    report.note(
        f"the test cases are those of fold {listed(wanted)} in the column {clip(name, 60)!r}: "
        f"{int(tested.sum()):,} of {len(tested):,}"
    )
    return np.where(tested, Split.TEST, Split.TRAIN).astype(np.int8)


_TOO_HIGH = "test accuracy will be too high, because a patient's cases are alike"
_TOO_SURE = (
    "the AI will look too good on validation cases, to which calibration and prices are fitted"
)


def warn_shared(split: Int8[np.ndarray, " N"], patients: np.ndarray | None, report: Report) -> None:
    """Warnings where two splits share patients, with the choice to draw again, or test has few.

    Args:
      split: of each case.
      patients: name of the patient of each case, "" for one of its own; None for none.
      report: takes the warnings.
    """
    if patients is None:
        return
    names = np.asarray(patients, str)
    of = {part: set(names[(split == part) & (names != "")]) for part in Split}
    _warn_few(names[split == Split.TEST], report)
    for one, other, so in (
        (Split.TRAIN, Split.TEST, _TOO_HIGH),
        (Split.VALIDATION, Split.TEST, _TOO_HIGH),
        (Split.TRAIN, Split.VALIDATION, _TOO_SURE),
    ):
        shared = of[one] & of[other]
        if not shared:
            continue
        first, second = one.name.lower(), other.name.lower()
        total = len(set().union(*of.values()))
        inside = np.isin(names, list(shared)) & (split == other)
        report.warn(
            f"{len(shared):,} of {total:,} patients have cases in both {first} and {second}: {so}",
            found=f"{int(inside.sum()):,} of {int((split == other).sum()):,} {second} cases, of "
            f"patients such as {listed(sorted(shared), 3)}",
            remedy="put all cases of a patient in one split, or have the splits drawn by patient",
            count=int(inside.sum()),
            choices=[
                Choice("split", "given", "keep the given splits"),
                Choice("split", "draw", "draw train and test again, by patient"),
            ],
        )
        return


def _warn_few(names: np.ndarray, report: Report) -> None:
    """A warning where several test cases are of one patient and there are few patients."""
    number = clusters({PATIENT: names})
    if number is not None and (patients := int(number.max()) + 1) < FEWEST_PATIENTS:
        report.warn(
            "the test cases are of few patients, and accuracy may be quite different for others",
            found=f"{patients} in test",
            expected=f"{FEWEST_PATIENTS} or more",
            remedy="add cases of other patients to test",
        )


def draw_split(
    ids: Sequence[str],
    truth: Int32[np.ndarray, " N"],
    patients: np.ndarray | None,
    report: Report,
) -> Int8[np.ndarray, " N"]:
    """Train and test, 70 to 30 in every class, drawn by a hash of the case id or the patient.

    So the draw does not depend on the order of the rows. All cases of a patient are in one split;
    a patient with more than 15 % of the cases stays in train, unless all have as many.

    Args:
      ids: of the cases.
      truth: class per case.
      patients: name of the patient of each case, "" for one of its own; None for none.
      report: takes a note of the share drawn.

    Raises:
      DataError: there are too few patients to draw some of them.
    """
    number = None if patients is None else clusters({PATIENT: patients})
    if number is None or patients is None:
        return _by_case(ids, truth)
    # A prefix keeps a case without a patient apart from a patient called like it.
    names = [f"p{p}" if p else f"c{i}" for p, i in zip(patients, ids, strict=True)]
    first = np.unique(number, return_index=True)[1]
    keys = [_key(names[i]) for i in first]
    counts = np.zeros((len(first), int(truth.max()) + 1))
    np.add.at(counts, (number, truth), 1)
    large = large_patients(number)[first]
    large &= not large.all()  # as with six patients of one size
    drawn = _draw(counts, np.argsort(keys, kind="stable"), large)
    if len(first) < FEWEST_PATIENTS or not drawn.any():
        refuse(
            "there are too few patients to draw test cases of other patients",
            found=f"{len(first):,}",
            expected=f"{FEWEST_PATIENTS} or more, some with at most {LARGE:.0%} of the cases",
            remedy="add cases of other patients, or a column 'split'; drawn case by case, train "
            "and test share patients, and the test accuracy will be too high",
            choices=[Choice("patients", "none", "draw case by case, as if there were no patients")],
            report=report,
        )
    split = np.where(drawn[number], Split.TEST, Split.TRAIN).astype(np.int8)
    test = int((split == Split.TEST).sum())
    kept = f"; {int(large.sum())} with more than {LARGE:.0%} of the cases stayed in train"
    what = (
        f"test cases were drawn by patient: {int(drawn.sum()):,} of {len(first):,} patients with "
        f"{test:,} of {len(ids):,} cases ({test / len(ids):.0%}){kept if large.any() else ''}"
    )
    if test < _TEST_SHARE / 2 * len(ids):
        report.warn(what, expected=f"{_TEST_SHARE:.0%}", remedy="add a column 'split' to have more")
    else:
        report.note(what)
    _warn_few(np.asarray(patients, str)[split == Split.TEST], report)
    return split


def _by_case(ids: Sequence[str], truth: Int32[np.ndarray, " N"]) -> Int8[np.ndarray, " N"]:
    keys = np.array([_key(i) for i in ids])
    split = np.full(len(keys), Split.TRAIN, np.int8)
    for c in np.unique(truth):
        members = np.flatnonzero(truth == c)
        drawn = members[np.argsort(keys[members], kind="stable")]
        split[drawn[: round(_TEST_SHARE * len(members))]] = Split.TEST
    return split


def _draw(
    counts: np.ndarray, order: Int[np.ndarray, " G"], large: Bool[np.ndarray, " G"]
) -> Bool[np.ndarray, " G"]:
    """Patients in the order of their hashes, each taken where that brings the classes nearer.

    Every class keeps a case in train. scikit-learn's StratifiedGroupKFold would depend on the order
    of the rows.
    """
    total = np.maximum(every := counts.sum(0), 1)
    wanted, got = _TEST_SHARE * every, np.zeros(counts.shape[1])
    drawn = np.zeros(len(counts), bool)
    for g in order:
        more = got + counts[g]
        nearer = ((more - wanted) ** 2 / total).sum() < ((got - wanted) ** 2 / total).sum()
        if nearer and not large[g] and (more < every)[counts[g] > 0].all():
            drawn[g], got = True, more
    return drawn


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]
