"""A set for the tests of derived sets, and recipes of every kind of step."""

import dataclasses
from typing import Any

import numpy as np

from core.dataset.annotation_set import AnnotationSet, Split
from core.deriving.recipe import Recipe

CLASSES = ("a", "b", "c", "d")
SHARES = (0.4, 0.3, 0.2, 0.1)
STEPS: dict[str, dict[str, Any]] = {
    "team": {"size": 3, "best": 0.9, "worst": 0.5, "strengths": 0.1},
    "remove_random": {"rate": 0.4, "rates": {"Ben": 0.2}},
    "remove_classes": {"rate": 0.5, "classes": ["a", "c"]},
    "remove_difficult": {"rate": 0.3, "strength": 0.8},
    "class_skill": {"name": "New", "classes": ["a", "b"], "inside": 0.9},
    "class_pairs": {"name": "New", "classes": ["a", "c"], "rate": 0.5},
    "feature_skill": {"name": "New", "feature": "size", "low": 0.9, "high": 0.6, "share": 0.25},
    "group_skill": {"name": "New", "group": "group_site", "values": ["x"], "inside": 0.9},
    "strictness": {"name": "New", "positive": "d", "skill": 0.7, "shift": 1.5},
    "fatigue": {"name": "New", "first": 0.9, "last": 0.5, "cases_per_day": 40},
    "noisy_copy": {"name": "New", "of": "Ada", "noise": 0.2},
}


def recipe(*steps: dict[str, Any], **more: Any) -> Recipe:
    return Recipe.read({"steps": steps, **more})


def one(kind: str, **more: Any) -> Recipe:
    """A recipe of one step."""
    return recipe({"kind": kind, **STEPS[kind], **more})


def made(n: int = 4000, **changes: Any) -> AnnotationSet:
    """Four classes, two features, two sites, three experts of whom one also says "unsure"."""
    rng = np.random.default_rng(0)
    truth = rng.choice(4, n, p=SHARES).astype(np.int32)
    wrong = (truth[:, None] + rng.integers(1, 4, (n, 3))) % 4
    said = np.where(rng.random((n, 3)) < (0.9, 0.7, 0.5), truth[:, None], wrong)
    said[rng.random(n) < 0.1, 0] = 4
    data = AnnotationSet(
        name="made",
        case_ids=np.array([f"c{i}" for i in range(n)]),
        split=rng.choice([0, 0, 1, 2], n).astype(np.int8),
        inputs=np.column_stack([rng.random(n), truth + rng.normal(size=n)]).astype(np.float32),
        truth=truth,
        annotations=said.astype(np.int32),
        annotated=rng.random((n, 3)) < (1.0, 0.8, 0.6),
        classes=CLASSES,
        experts=("Ada", "Ben", "Cleo"),
        extra_answers=("unsure",),
        feature_names=("size", "hint"),
        groups={"group_site": rng.choice(["x", "y"], n)},
    )
    return dataclasses.replace(data, **changes)


def with_other_test_truth(data: AnnotationSet) -> AnnotationSet:
    """The same set, but for the ground truth of its test cases."""
    truth = np.where(data.split == Split.TEST, (data.truth + 1) % 4, data.truth)
    return dataclasses.replace(data, truth=truth.astype(np.int32))
