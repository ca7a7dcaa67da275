"""Expected accuracies: against formulas written down again, and against 100,000 draws."""

import math

import numpy as np
import pytest

from core.dataset.annotation_set import AnnotationSet, Split
from core.deriving.derive import derive
from core.deriving.draft import inclusion, systematic
from tests.unit.deriving.sets import STEPS, made, one, recipe

DRAWS = 100_000


@pytest.fixture(scope="module")
def data() -> AnnotationSet:
    return made(DRAWS)


def shares(data: AnnotationSet) -> np.ndarray:
    return np.bincount(data.truth) / len(data.truth)


def by_hand(kind: str, data: AnnotationSet) -> float:
    """The accuracy to expect of the new expert, from the set's shares alone."""
    a, b, c, d = shares(data)
    if kind == "class_skill":
        return 0.9 * (a + b) + (c + d) / 4
    if kind == "class_pairs":
        return b + d + 0.5 * (a + c)
    if kind == "feature_skill":
        size = data.inputs[:, 0]
        low = (size <= np.quantile(size[data.split == Split.TRAIN], 0.25)).mean()
        return 0.9 * low + 0.6 * (1 - low)
    if kind == "group_skill":
        x = (data.groups["group_site"] == "x").mean()
        return 0.9 * x + 0.6 * (1 - x)
    if kind == "strictness":
        e = math.exp(1.5)
        # Of class d: 0.7 e against 0.3; of another: 0.7 against 0.1 e for d and 0.2 for the rest.
        return d * 0.7 * e / (0.7 * e + 0.3) + (1 - d) * 0.7 / (0.7 + 0.1 * e + 0.2)
    if kind == "fatigue":
        return 0.7  # whole days: the mean of 0.9 and 0.5
    assert kind == "noisy_copy"
    made = data.annotated[:, 0]
    right = (data.annotations[made, 0] == data.truth[made]).mean()
    unsure = (data.annotations[made, 0] == 4).mean()
    return 0.8 * right + 0.2 * ((1 - right - unsure) / 3 + unsure / 4)


@pytest.mark.parametrize("kind", [k for k, step in STEPS.items() if "name" in step])
def test_a_simulated_expert_is_as_accurate_as_the_formula_says(
    kind: str, data: AnnotationSet
) -> None:
    found = derive(data, one(kind), 1)
    new = found.experts[-1]
    assert (new.name, new.simulated) == ("New", True)
    expected = by_hand(kind, data)
    assert new.expected == pytest.approx(expected, abs=1e-12)
    # 4.5 standard errors: of the draws given the cases, so at most this.
    error = math.sqrt(expected * (1 - expected) / new.annotations)
    assert new.accuracy == pytest.approx(expected, abs=4.5 * error)
    made, truth = found.dataset.annotated[:, -1], data.truth
    right = found.dataset.annotations[:, -1] == truth
    for c, chance in enumerate(new.per_class):
        mine = made & (truth == c)
        assert right[mine].mean() == pytest.approx(chance, abs=4.5 / (2 * math.sqrt(mine.sum())))


def test_experts_of_a_team_go_from_best_to_worst(data: AnnotationSet) -> None:
    found = derive(data, one("team", strengths=0.1), 1).experts[3:]
    a, b, c, d = shares(data)
    # Half of the four classes higher by 0.1, in turn: a and b, then c and d, then a and b.
    tilt = 0.1 * (a + b - c - d)
    expected = [0.9 + tilt, 0.7 - tilt, 0.5 + tilt]
    assert [e.expected for e in found] == pytest.approx(expected, abs=1e-12)
    assert [e.accuracy for e in found] == pytest.approx(expected, abs=0.008)


def test_class_pairs_are_taken_for_each_other_alone(data: AnnotationSet) -> None:
    said = derive(data, one("class_pairs", classes=["a", "c"]), 1).dataset.annotations[:, -1]
    assert set(said[data.truth == 0]) == {0, 2}
    assert set(said[data.truth == 2]) == {0, 2}
    assert set(said[data.truth == 1]) == {1}
    ring = one("class_pairs", classes=["b", "a", "d"], pattern="ring", rate=1.0)
    said = derive(data, ring, 1).dataset.annotations[:, -1]
    assert [set(said[data.truth == c]) for c in range(4)] == [{3}, {0}, {2}, {1}]


def test_classes_are_mixed_up_within_their_superclass(data: AnnotationSet) -> None:
    above = np.array(["p", "q", "p", "q"])[data.truth]
    grouped = made(DRAWS, groups={"group_super": above})
    step = one("class_pairs", classes=["a", "b", "c", "d"], within="group_super", rate=1.0)
    said = derive(grouped, step, 1).dataset.annotations[:, -1]
    assert [set(said[grouped.truth == c]) for c in range(4)] == [{2}, {3}, {0}, {1}]


def test_the_image_experts_of_the_papers() -> None:
    """Right on half of the superclasses, wrong on 50 % of the rest within the superclass."""
    rng = np.random.default_rng(0)
    truth = rng.permutation(np.arange(DRAWS) % 20).astype(np.int32)
    data = made(
        DRAWS,
        truth=truth,
        classes=tuple(f"class {c}" for c in range(20)),
        extra_answers=(),
        groups={"superclass": np.array([f"super {c // 5}" for c in truth])},
    )
    for first in (0, 10):  # the other expert knows the other superclasses
        mixed = list(data.classes[first : first + 10])
        step = one("class_pairs", classes=mixed, pattern="ring", within="superclass", rate=0.5)
        found = derive(data, step, 1)
        assert found.experts[-1].expected == pytest.approx(0.75)
        said, hard = found.dataset.annotations[:, -1], (truth >= first) & (truth < first + 10)
        assert (said[~hard] == truth[~hard]).all()
        assert (said[hard] == truth[hard]).mean() == pytest.approx(0.5, abs=0.011)
        np.testing.assert_array_equal(said // 5, truth // 5)


def test_accuracy_falls_over_the_day(data: AnnotationSet) -> None:
    said = derive(data, one("fatigue", cases_per_day=50), 1).dataset.annotations[:, -1]
    right = (said == data.truth).reshape(-1, 50).mean(axis=0)
    np.testing.assert_allclose(right, np.linspace(0.9, 0.5, 50), atol=0.05)  # 2,000 days


@pytest.mark.parametrize("kind", ["remove_random", "remove_classes", "remove_difficult"])
def test_accuracy_after_a_removal_is_the_mean_over_many(kind: str) -> None:
    small = made(160)
    step = one(kind, rates={}, rate=0.4)
    drawn = [derive(small, step, seed).experts for seed in range(600)]
    for m in range(3):
        expected = {round(e[m].expected, 12) for e in drawn}
        assert len(expected) == 1  # no matter what was drawn
        accuracy = np.array([e[m].accuracy for e in drawn])
        error = accuracy.std() / math.sqrt(len(drawn))
        assert accuracy.mean() == pytest.approx(expected.pop(), abs=4.5 * error)
        assert len({e[m].annotations for e in drawn}) == 1


def test_how_often_each_annotation_is_drawn() -> None:
    weights = np.array([0.05, 0.2, 0.5, 1.0, 1.5, 1.9, 8.0])
    chance, rng = inclusion(weights, 3), np.random.default_rng(0)
    counts = np.zeros(7)
    for _ in range(DRAWS):
        drawn = systematic(chance, rng)
        assert len(drawn) == 3
        counts[drawn] += 1
    np.testing.assert_allclose(counts / DRAWS, chance, atol=4.5 * math.sqrt(0.25 / DRAWS), rtol=0)
    assert chance[-1] == 1
    np.testing.assert_allclose(chance[:-1], 2 * weights[:-1] / weights[:-1].sum())


def test_a_copy_of_a_simulated_expert_is_expected_to_err_with_it() -> None:
    data = made(DRAWS)
    found = derive(
        data,
        recipe(
            {"kind": "class_skill", "name": "First", "classes": ["a"], "inside": 1.0},
            {"kind": "noisy_copy", "name": "Second", "of": "First", "noise": 0.3},
        ),
        2,
    )
    first, second = found.experts[-2:]
    a = shares(data)[0]
    assert first.expected == pytest.approx(a + (1 - a) / 4)
    assert second.expected == pytest.approx(0.7 * first.expected + 0.1 * (1 - first.expected))
    assert second.accuracy == pytest.approx(second.expected, abs=0.008)
    same = found.dataset.annotations[:, -1] == found.dataset.annotations[:, -2]
    assert same.mean() == pytest.approx(0.7, abs=0.007)
