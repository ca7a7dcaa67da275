"""Experts' accuracy per class and per group, and their confusion matrices."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int, Shaped

from core.base.clusters import together, worth
from core.base.shares import wilson, wilson_of
from core.dataset.annotation_set import AnnotationSet
from core.dataset.consensus import Scoring, allow, scoring
from core.dataset.group_names import names_patients
from core.dataset.patients import clusters

MOST_GROUPS = 50  # values of a group column that get a row


class Share(NamedTuple):
    """A share with its 95 % interval; all None when nothing was counted."""

    share: float | None
    low: float | None
    high: float | None


def confusion(dataset: AnnotationSet, expert: int) -> Int[np.ndarray, "C A"]:
    """Cases by ground truth (rows) and the expert's annotation (columns), all splits.

    The columns are the classes, then the answers that are no classes.
    """
    scored = scoring(dataset).of(expert)
    c, a = len(dataset.classes), len(dataset.answers)
    cell = scored.truth[scored.made] * a + dataset.annotations[scored.made, expert]
    return np.bincount(cell, minlength=c * a).reshape(c, a)


def by_class(dataset: AnnotationSet, expert: int) -> pd.DataFrame:
    """One expert's accuracy on the annotated cases of each class, with Wilson intervals.

    Where patients are known, with the effective number of cases (`core.base.clusters`).

    Returns:
      A row per class: label, cases, annotations, right, accuracy, low, high.
    """
    counts = confusion(dataset, expert)
    made, right = counts.sum(axis=1), np.diag(counts)
    scored, patients = scoring(dataset).of(expert), clusters(dataset.groups)
    shares = []
    for c in range(len(dataset.classes)):
        of = scored.among(scored.truth == c)
        found = (
            _counted(int(right[c]), int(made[c]))
            if patients is None
            else clustered(together(of.right, patients), together(of.made, patients))
        )
        shares.append(_allowing(of, found, len(dataset.classes)))
    return pd.DataFrame(
        {
            "label": list(dataset.classes),
            "cases": np.bincount(dataset.truth, minlength=len(dataset.classes)),
            "annotations": made,
            "right": right,
        }
    ).join(_columns(shares))


class ClassTable(NamedTuple):
    """Accuracy of every expert on the cases of every class, M experts × C classes.

    Attributes:
      made: annotations. right: how many of them are.
      accuracy: the share, in a set by consensus allowing for its errors; NaN without annotations.
      low, high: its 95 % interval; NaN where the accuracy is.
    """

    made: Int[np.ndarray, "M C"]
    right: Int[np.ndarray, "M C"]
    accuracy: Float[np.ndarray, "M C"]
    low: Float[np.ndarray, "M C"]
    high: Float[np.ndarray, "M C"]


def class_table(dataset: AnnotationSet) -> ClassTable:
    """Accuracy of every expert on every class, with intervals as in `by_class`.

    In a set by consensus, against that of the others.
    """
    m, c = len(dataset.experts), len(dataset.classes)
    scored = scoring(dataset)
    case, expert = np.nonzero(scored.made)
    hit = scored.right[case, expert]
    cell = expert * c + scored.truth[case, expert]
    made = np.bincount(cell, minlength=m * c).reshape(m, c)
    right = np.bincount(cell[hit], minlength=m * c).reshape(m, c)
    share = np.divide(right, made, out=np.full((m, c), np.nan), where=made > 0)
    number = made.astype(float)
    if (patients := clusters(dataset.groups)) is not None:
        order = np.argsort(cell, kind="stable")
        ends = np.cumsum(made.ravel())
        for k in np.flatnonzero(made.ravel() > 1):
            of = order[ends[k] - made.flat[k] : ends[k]]
            whose = np.unique(patients[case[of]], return_inverse=True)[1]
            number.flat[k] = worth(together(hit[of], whose), np.bincount(whose))
    ends = np.stack([share, *wilson_of(share, number)])
    if scored.trust is not None:
        trust = np.bincount(cell, scored.trust[case, expert], m * c).reshape(m, c)
        ends = allow(ends, trust / np.maximum(made, 1), c)
    return ClassTable(made, right, *ends)


def by_group(dataset: AnnotationSet, column: str, expert: int | None = None) -> pd.DataFrame:
    """Accuracy and counts per value of a group column, the most frequent values first.

    For one expert the intervals are Wilson's. For all experts the annotations of a case are
    correlated, so the interval is Wilson's with the effective number of annotations
    (`core.base.clusters`); where patients are known, all annotations of a patient are. A column of
    patients counts cases: each row is about one patient.

    Args:
      dataset: the set.
      column: one of its `groups`.
      expert: count this expert's annotations only; None for those of all people.

    Returns:
      A row per value, `MOST_GROUPS` at most: group, cases, annotations, accuracy, low, high.
    """
    scored = scoring(dataset)
    if expert is not None:
        scored = scored.only([expert])
    elif dataset.machines:
        scored = scored.only(np.flatnonzero(dataset.human))
    made_of, right_of = scored.made.sum(axis=1), scored.right.sum(axis=1)
    patients = None if names_patients(column) else clusters(dataset.groups)
    values = pd.Series(np.asarray(dataset.groups[column], str))
    counts = values.value_counts(sort=False)
    names = counts.sort_values(ascending=False, kind="stable").index[:MOST_GROUPS]
    rows = []
    for name in names:
        inside = (values == name).to_numpy()
        made, good = made_of[inside], right_of[inside]
        annotations = int(made.sum())
        if patients is not None:
            made, good = (together(part, patients[inside]) for part in (made, good))
        part = scored.among(inside[:, None])
        found = _allowing(part, clustered(good, made), len(dataset.classes))
        rows.append(
            {"group": name, "cases": int(inside.sum()), "annotations": annotations}
            | found._asdict()
        )
    return pd.DataFrame(rows).rename(columns={"share": "accuracy"})


def clustered(right: Shaped[np.ndarray, " n"], made: Shaped[np.ndarray, " n"]) -> Share:
    """Share of right annotations with an interval for annotations clustered by case or patient."""
    right, made = right[made > 0], made[made > 0]
    total = int(made.sum())
    if not total:
        return Share(None, None, None)
    if made.max() == 1:
        return _counted(int(right.sum()), total)
    share, number = float(right.sum() / total), worth(right, made)
    return Share(share, *wilson(share * number, number))


def _counted(right: int, n: int) -> Share:
    return Share(right / n, *wilson(right, n)) if n else Share(None, None, None)


def _allowing(scored: Scoring, found: Share, classes: int) -> Share:
    """The accuracy for a share of right answers; another only in sets by consensus."""
    if found.share is None or found.low is None or found.high is None:
        return found
    allowed = scored.allowing(found.share, (found.low, found.high), classes)
    return Share(None, None, None) if allowed is None else Share(allowed[0], *allowed[1])


def _columns(shares: list[Share]) -> pd.DataFrame:
    frame = pd.DataFrame(shares, columns=list(Share._fields), dtype=float)
    return frame.rename(columns={"share": "accuracy"})
