"""Checks of cases and splits that all input formats share."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Int8, Int32

from core.base import limits
from core.base.report import Report, listed, refuse
from core.dataset.annotation_set import Split
from core.reading import lost_digits
from core.reading.labels import Place, check_names, places
from core.reading.splits import DRAW


def check_ids(ids: pd.Series, place: Place, what: str, report: Report) -> None:
    """Errors for case ids that are blank, overlong, repeated or have control characters."""
    blank = np.flatnonzero((ids == "").to_numpy(bool))
    if len(blank):
        report.error(
            f"cases have no {what}",
            expected="a different id for every case",
            remedy="fill in the ids",
            count=len(blank),
            examples=places(place, blank),
        )
    check_names(ids, place, "case ids", report)
    twice = np.flatnonzero((ids.duplicated() & (ids != "")).to_numpy(bool))
    if len(twice):
        report.error(
            "the same case is listed twice",
            found=f"{len(twice)} repeated ids",
            expected="one row per case",
            remedy=lost_digits.REMEDY
            if lost_digits.rounded(ids[twice])
            else "delete the repeated cases, or give them ids of their own",
            count=len(twice),
            examples=places(place, twice, ids),
        )
    else:
        lost_digits.warn(ids, place, "case ids", report)
    long = np.flatnonzero((ids.str.len() > limits.LONGEST_ID).to_numpy(bool))
    if len(long):
        report.error(
            f"case ids are longer than {limits.LONGEST_ID} characters",
            count=len(long),
            remedy="check which column holds the ids",
            examples=places(place, long),
        )


def check_splits(
    split: Int8[np.ndarray, " N"],
    truth: Int32[np.ndarray, " N"],
    classes: Sequence[str],
    report: Report,
    remedy: str,
) -> None:
    """Errors for splits that cannot be used for training or testing, warnings for unusual ones."""
    for part, name in ((Split.TRAIN, "train"), (Split.TEST, "test")):
        if not (split == part).any():
            report.error(
                f"there are no {name} cases",
                found=f"{len(split)} cases, none of them in {name}",
                expected=f"some cases with split {name}",
                remedy=remedy,
                choices=[DRAW],
            )
    report.stop()
    in_train = np.bincount(truth[split == Split.TRAIN], minlength=len(classes))
    if (in_train > 0).sum() < 2:
        refuse(
            "the train cases have fewer than two classes",
            found=listed([c for c, n in zip(classes, in_train, strict=True) if n]),
            expected="two or more",
            remedy="move cases of the other classes to train",
            report=report,
        )
    for part in (Split.VALIDATION, Split.TEST):
        there = np.bincount(truth[split == part], minlength=len(classes))
        only = np.flatnonzero((there > 0) & (in_train == 0))
        if len(only):
            report.warn(
                f"classes occur in {part.name.lower()} but not in train",
                found=listed(classes[int(i)] for i in only),
                remedy="the AI cannot learn them; move some of these cases to train",
                count=int(there[only].sum()),
            )
