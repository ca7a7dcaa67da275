"""A tiny data set for training tests; two features decide two classes."""

import numpy as np

from core.dataset.annotation_set import AnnotationSet, Split


def tiny_set(cases: int = 90, experts: int = 2, missing: float = 0.4, seed: int = 0):
    """Expert 0 is right on class 0 and expert 1 on class 1, mostly."""
    rng = np.random.default_rng(seed)
    inputs = rng.random((cases, 4)).astype(np.float32)
    truth = (inputs[:, 0] + 0.4 * rng.normal(size=cases) > 0.5).astype(np.int32)
    strong = truth[:, None] == np.arange(experts) % 2
    right = rng.random((cases, experts)) < np.where(strong, 0.95, 0.6)
    annotated = rng.random((cases, experts)) >= missing
    annotated[:4] = True
    return AnnotationSet(
        name="tiny",
        case_ids=np.array([f"c{i}" for i in range(cases)]),
        split=np.where(np.arange(cases) < 2 * cases // 3, Split.TRAIN, Split.TEST).astype(np.int8),
        inputs=inputs,
        truth=truth,
        annotations=np.where(right, truth[:, None], 1 - truth[:, None]).astype(np.int32),
        annotated=annotated,
        classes=("no", "yes"),
        experts=tuple(f"e{m}" for m in range(experts)),
        feature_names=("a", "b", "c", "d"),
    )
