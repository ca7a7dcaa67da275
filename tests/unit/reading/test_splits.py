import dataclasses

import numpy as np
import pytest

from core.base.report import DataError
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.splits import seed_split
from tests.unit.reading.builders import bundle, read_set


def labelled(counts: list[int], test: int = 4) -> AnnotationSet:
    """A set of `counts` train cases per class and some test cases, no validation split."""
    truth = np.repeat(np.arange(len(counts)), counts)
    truth = np.concatenate([truth, np.zeros(test, int)]).astype(np.int32)
    n = len(truth)
    split = np.array([Split.TRAIN] * (n - test) + [Split.TEST] * test, np.int8)
    return AnnotationSet(
        name="x",
        case_ids=np.array([f"c{i}" for i in range(n)]),
        split=split,
        inputs=None,
        truth=truth,
        annotations=truth[:, None],
        annotated=np.ones((n, 1), bool),
        classes=tuple(map(str, range(len(counts)))),
        experts=("A",),
    )


def test_own_validation_split_is_used_for_every_seed() -> None:
    dataset, _ = read_set(bundle())
    for seed in (0, 7):
        split = seed_split(dataset, seed)
        np.testing.assert_array_equal(split.validation, dataset.index(Split.VALIDATION))
        np.testing.assert_array_equal(split.train, dataset.index(Split.TRAIN))


def test_lent_cases_are_fifteen_percent_of_every_class() -> None:
    dataset = labelled([200, 100, 20])
    split = seed_split(dataset, 0)
    assert np.bincount(dataset.truth[split.validation]).tolist() == [30, 15, 3]


def test_parts_are_disjoint_and_complete() -> None:
    dataset = labelled([33, 21])
    split = seed_split(dataset, 3)
    assert sorted(np.concatenate(split)) == list(range(len(dataset.case_ids)))
    assert (dataset.split[split.test] == Split.TEST).all()


def test_seeds_draw_other_cases_of_the_same_number() -> None:
    dataset = labelled([33, 21, 7])
    a, b = seed_split(dataset, 0), seed_split(dataset, 1)
    assert len(a.validation) == len(b.validation)
    assert set(a.validation) != set(b.validation)


def test_seed_repeats_its_draw() -> None:
    dataset = labelled([33, 21])
    np.testing.assert_array_equal(
        seed_split(dataset, 5).validation, seed_split(dataset, 5).validation
    )


@pytest.mark.parametrize("counts", [[2, 1], [1, 3], [5, 5], [1, 1, 9]])
def test_every_class_keeps_a_train_case(counts: list[int]) -> None:
    dataset = labelled(counts)
    split = seed_split(dataset, 0)
    assert set(dataset.truth[split.train]) == set(range(len(counts)))
    assert len(split.validation) >= 1


def test_train_of_one_case_per_class_cannot_lend() -> None:
    with pytest.raises(DataError, match="too small to lend"):
        seed_split(labelled([1, 1]), 0)


def test_test_cases_play_no_part_in_the_draw() -> None:
    a, b = labelled([33, 21], test=4), labelled([33, 21], test=9)
    np.testing.assert_array_equal(seed_split(a, 2).validation, seed_split(b, 2).validation)


def test_renaming_a_set_changes_no_split() -> None:
    dataset = labelled([33, 21])
    other = dataclasses.replace(dataset, name="y")
    np.testing.assert_array_equal(seed_split(dataset, 0).train, seed_split(other, 0).train)
