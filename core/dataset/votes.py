"""How often each answer was given to each case."""

import numpy as np
from jaxtyping import Int

from core.dataset.annotation_set import AnnotationSet


def votes(dataset: AnnotationSet) -> Int[np.ndarray, "N A"]:
    """How many experts gave each answer to each case."""
    n, a = len(dataset.case_ids), len(dataset.answers)
    case, expert = np.nonzero(dataset.annotated)
    cell = case * a + dataset.annotations[case, expert]
    return np.bincount(cell, minlength=n * a).reshape(n, a)
