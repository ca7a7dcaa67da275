"""Experts' accuracy per class and per group, and their confusion matrices."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Int, Shaped

from core.base.shares import NORMAL, wilson
from core.dataset.annotation_set import AnnotationSet

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
    made = dataset.annotated[:, expert]
    c, a = len(dataset.classes), len(dataset.answers)
    cell = dataset.truth[made] * a + dataset.annotations[made, expert]
    return np.bincount(cell, minlength=c * a).reshape(c, a)


def by_class(dataset: AnnotationSet, expert: int) -> pd.DataFrame:
    """One expert's accuracy on the annotated cases of each class, with Wilson intervals.

    Returns:
      A row per class: label, cases, annotations, right, accuracy, low, high.
    """
    counts = confusion(dataset, expert)
    made, right = counts.sum(axis=1), np.diag(counts)
    shares = [_counted(int(r), int(n)) for r, n in zip(right, made, strict=True)]
    return pd.DataFrame(
        {
            "label": list(dataset.classes),
            "cases": np.bincount(dataset.truth, minlength=len(dataset.classes)),
            "annotations": made,
            "right": right,
        }
    ).join(_columns(shares))


def by_group(dataset: AnnotationSet, column: str, expert: int | None = None) -> pd.DataFrame:
    """Accuracy and counts per value of a group column, the most frequent values first.

    For one expert the intervals are Wilson's. For all experts the annotations of a case are
    correlated, so the interval is Wilson's with the effective number of annotations that gives the
    variance of a ratio of sums over cases (Cochran 1977, 6.5).

    Args:
      dataset: the set.
      column: one of its `groups`.
      expert: count this expert's annotations only.

    Returns:
      A row per value, `MOST_GROUPS` at most: group, cases, annotations, accuracy, low, high.
    """
    annotated = dataset.annotated
    right = annotated & (dataset.annotations == dataset.truth[:, None])
    if expert is not None:
        annotated, right = annotated[:, [expert]], right[:, [expert]]
    made_of, right_of = annotated.sum(axis=1), right.sum(axis=1)
    values = pd.Series(np.asarray(dataset.groups[column], str))
    counts = values.value_counts(sort=False)
    names = counts.sort_values(ascending=False, kind="stable").index[:MOST_GROUPS]
    rows = []
    for name in names:
        inside = (values == name).to_numpy()
        made, good = made_of[inside], right_of[inside]
        rows.append(
            {"group": name, "cases": int(inside.sum()), "annotations": int(made.sum())}
            | clustered(good, made)._asdict()
        )
    return pd.DataFrame(rows).rename(columns={"share": "accuracy"})


def clustered(right: Shaped[np.ndarray, " n"], made: Shaped[np.ndarray, " n"]) -> Share:
    """Share of right annotations with an interval for annotations clustered by case."""
    right, made = right[made > 0], made[made > 0]
    total = int(made.sum())
    if not total:
        return Share(None, None, None)
    share, n = float(right.sum() / total), len(made)
    from scipy.special import stdtrit  # not needed by the first page

    if made.max() == 1:
        return _counted(int(right.sum()), total)
    if n < 2:  # one case gives no variance between cases
        return Share(share, *wilson(share, 1))
    error = n / (n - 1) * float(((right - share * made) ** 2).sum()) / total**2
    # With few cases their variance is uncertain (Student's t); if all annotations are right, or all
    # wrong, it is zero: then the number of cases is used.
    wider = (float(stdtrit(n - 1, 0.975)) / NORMAL) ** 2
    worth = min(share * (1 - share) / error / wider, total) if error > 0 else n
    return Share(share, *wilson(share * worth, worth))


def _counted(right: int, n: int) -> Share:
    return Share(right / n, *wilson(right, n)) if n else Share(None, None, None)


def _columns(shares: list[Share]) -> pd.DataFrame:
    frame = pd.DataFrame(shares, columns=list(Share._fields), dtype=float)
    return frame.rename(columns={"share": "accuracy"})
