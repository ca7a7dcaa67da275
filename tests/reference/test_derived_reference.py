"""Derived sets against enumeration of everything that could have been drawn."""

from itertools import combinations, pairwise, permutations, product
from typing import Any

import numpy as np
import pytest

from core.dataset.annotation_set import AnnotationSet
from core.deriving.derive import derive
from core.deriving.draft import inclusion, systematic
from core.deriving.recipe import Recipe
from core.deriving.registry import KINDS
from core.deriving.step import AddedExpert


def tiny() -> AnnotationSet:
    """Six train cases of three classes, one expert."""
    truth = np.array([0, 1, 2, 0, 1, 0], np.int32)
    return AnnotationSet(
        name="tiny",
        case_ids=np.array([f"c{i}" for i in range(6)]),
        split=np.zeros(6, np.int8),
        inputs=np.arange(6, dtype=np.float32)[:, None] / 5,
        truth=truth,
        annotations=np.array([[0], [1], [1], [2], [1], [0]], np.int32),
        annotated=np.ones((6, 1), bool),
        classes=("a", "b", "c"),
        experts=("Ann",),
        feature_names=("x",),
        groups={"group_site": np.array(["s", "t"] * 3)},
    )


STEPS: list[dict[str, Any]] = [
    {"kind": "class_skill", "name": "N", "classes": ["a"], "inside": 0.8},
    {"kind": "class_skill", "name": "N", "classes": ["a"], "inside": 0.8, "elsewhere": 0.1},
    {"kind": "class_pairs", "name": "N", "classes": ["a", "c"], "rate": 0.3},
    {"kind": "feature_skill", "name": "N", "feature": "x", "low": 0.9, "high": 0.4},
    {"kind": "group_skill", "name": "N", "group": "group_site", "values": ["s"], "inside": 0.7},
    {"kind": "strictness", "name": "N", "positive": "b", "skill": 0.6, "shift": -2.0},
    {"kind": "fatigue", "name": "N", "first": 0.9, "last": 0.3, "cases_per_day": 4},
]


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s["kind"])
def test_accuracy_over_all_answers_that_could_be_drawn(step: dict[str, Any]) -> None:
    data = tiny()
    made = KINDS[step["kind"]].model_validate(step)
    assert isinstance(made, AddedExpert)
    p = made.probabilities(data)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)
    mean = total = 0.0
    for answers in product(range(3), repeat=6):
        chance = float(np.prod(p[np.arange(6), list(answers)]))
        mean += chance * float((np.array(answers) == data.truth).mean())
        total += chance
    assert total == pytest.approx(1)
    (*_, new) = derive(data, Recipe.read({"steps": [step]}), 0).experts
    assert new.expected == pytest.approx(mean, abs=1e-12)


def test_accuracy_over_all_subsets_that_could_stay() -> None:
    data = tiny()
    right = (data.annotations[:, 0] == data.truth).astype(float)
    mean = np.mean([right[list(left)].mean() for left in combinations(range(6), 4)])
    step = {"kind": "remove_random", "rate": 1 / 3}
    (ann,) = derive(data, Recipe.read({"steps": [step]}), 0).experts
    assert ann.annotations == 4
    assert ann.expected == pytest.approx(mean, abs=1e-12)


class Order:
    """A generator that draws a given order and a given number."""

    def __init__(self, order: tuple[int, ...], start: float):
        self.order, self.start = order, start

    def permutation(self, n: int) -> np.ndarray:
        return np.array(self.order)

    def random(self) -> float:
        return self.start


@pytest.mark.parametrize("k", [1, 2, 4])
def test_chance_of_each_over_all_orders_and_starts(k: int) -> None:
    chance = inclusion(np.array([0.1, 0.4, 1.0, 1.6, 1.9]), k)
    found, orders = np.zeros(5), list(permutations(range(5)))
    for order in orders:
        # What is drawn changes only where a start plus a sum of chances is whole.
        ends = np.unique([0.0, 1.0, *(-np.cumsum(chance[list(order)]) % 1)])
        for low, high in pairwise(ends):
            drawn = systematic(chance, Order(order, (low + high) / 2))  # type: ignore[arg-type]
            if high - low > 1e-9:
                assert len(drawn) == k
            found[drawn] += (high - low) / len(orders)
    np.testing.assert_allclose(found, chance, atol=1e-9)
