"""Single cases and their annotations."""

from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Int

from core.dataset.annotation_set import AnnotationSet, Split
from core.insight.reads import votes

Said = Literal["any", "disagree", "agree", "wrong", "right", "nobody"]
SAID: tuple[Said, ...] = ("any", "disagree", "agree", "wrong", "right", "nobody")


def find_cases(
    dataset: AnnotationSet,
    said: Said = "any",
    *,
    label: int | None = None,
    split: Split | None = None,
) -> Int[np.ndarray, " n"]:
    """Indices of the matching cases; with `disagree`, the most contested first.

    Args:
      dataset: the set.
      said: `disagree` (two different labels), `agree` (two or more experts, one label), `wrong`
        (all annotations are wrong), `right` (all are right), `nobody` (no annotations).
      label: cases of this class only.
      split: cases of this split only.
    """
    made = dataset.annotated.sum(axis=1)
    top = votes(dataset).max(axis=1)
    right = (dataset.annotated & (dataset.annotations == dataset.truth[:, None])).sum(axis=1)
    fits = {
        "any": np.ones(len(made), bool),
        "disagree": top < made,
        "agree": (top == made) & (made >= 2),
        "wrong": (made > 0) & (right == 0),
        "right": (made > 0) & (right == made),
        "nobody": made == 0,
    }[said]
    if label is not None:
        fits &= dataset.truth == label
    if split is not None:
        fits &= dataset.split == split
    found = np.flatnonzero(fits)
    if said == "disagree":
        return found[np.argsort((top / np.maximum(made, 1))[found], kind="stable")]
    if said in ("wrong", "right", "agree"):
        return found[np.argsort(-made[found], kind="stable")]
    return found


def case_rows(dataset: AnnotationSet, cases: Int[np.ndarray, " n"]) -> pd.DataFrame:
    """A row per case: case, split, truth, annotations, right, said.

    `said` is a mapping of the labels given to the experts who gave them, right ones first.
    """
    made = dataset.annotated[cases]
    right = made & (dataset.annotations[cases] == dataset.truth[cases][:, None])
    return pd.DataFrame(
        {
            "case": dataset.case_ids[cases].astype(object),
            "split": [Split(s).name.lower() for s in dataset.split[cases]],
            "truth": [dataset.classes[c] for c in dataset.truth[cases]],
            "annotations": made.sum(axis=1),
            "right": right.sum(axis=1),
            "said": [_said(dataset, int(i)) for i in cases],
        }
    )


def _said(dataset: AnnotationSet, case: int) -> dict[str, list[str]]:
    """Label → experts who gave it; the right label first, then the most frequent."""
    given: dict[int, list[str]] = {}
    for expert in np.flatnonzero(dataset.annotated[case]):
        given.setdefault(int(dataset.annotations[case, expert]), []).append(dataset.experts[expert])
    truth = int(dataset.truth[case])
    ordered = sorted(given.items(), key=lambda item: (item[0] != truth, -len(item[1]), item[0]))
    return {dataset.answers[label]: experts for label, experts in ordered}
