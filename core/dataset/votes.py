"""How often each answer was given to each case."""

import numpy as np
from jaxtyping import Bool, Int

from core.dataset.annotation_set import AnnotationSet


def votes(
    dataset: AnnotationSet, among: Bool[np.ndarray, " M"] | None = None
) -> Int[np.ndarray, "N A"]:
    """How many experts gave each answer to each case; `among` some, or all."""
    n, a = len(dataset.case_ids), len(dataset.answers)
    case, expert = np.nonzero(dataset.annotated)
    if among is not None and not among.all():
        case, expert = case[among[expert]], expert[among[expert]]
    cell = case * a + dataset.annotations[case, expert]
    return np.bincount(cell, minlength=n * a).reshape(n, a)
