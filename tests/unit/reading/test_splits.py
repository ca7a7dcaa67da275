import dataclasses

import numpy as np
import pytest

from core.base.report import DataError
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.batches import stack_seeds
from core.dataset.splits import folds_of, lent_by_patient, seed_split, training_cases
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


def test_folds_are_alike_in_size_and_classes() -> None:
    dataset = labelled([33, 21, 4])
    cases = dataset.index(Split.TRAIN)
    folds = folds_of(dataset, cases, 5, 0)
    table = np.zeros((5, 3), int)
    np.add.at(table, (folds, dataset.truth[cases]), 1)
    assert np.ptp(table, axis=0).max() <= 1
    assert np.ptp(table.sum(axis=1)) <= 1


def with_patients(seed: int = 0, blank: float = 0.0) -> AnnotationSet:
    """300 train cases of 100 patients, some with many; class 2 is rare."""
    dataset = labelled([180, 110, 10])
    rng = np.random.default_rng(seed)
    patient = rng.integers(0, 100, len(dataset.truth)) ** 2 // 100
    names = np.where(rng.random(len(patient)) < blank, "", np.char.add("p", patient.astype(str)))
    return dataclasses.replace(dataset, groups={"group_patient": names})


@pytest.mark.parametrize("seed", range(8))
def test_patients_stay_together(seed: int) -> None:
    dataset = with_patients(seed)
    patients = dataset.groups["group_patient"]
    split = seed_split(dataset, seed)
    assert not set(patients[split.train]) & set(patients[split.validation])
    assert set(dataset.truth[split.train]) == {0, 1, 2}
    assert len(split.validation) / 300 == pytest.approx(1 / 7, abs=0.05)
    folds = folds_of(dataset, split.train, 5, seed)
    for patient in set(patients[split.train]):
        assert len(set(folds[patients[split.train] == patient])) == 1
    assert set(folds) == set(range(5))


def test_cases_without_a_patient_stand_for_themselves() -> None:
    split = seed_split(with_patients(blank=1.0), 3)
    assert len(split.validation) == pytest.approx(43, abs=1)


def test_the_largest_patient_is_not_always_lent() -> None:
    dataset = with_patients()
    names, cases = np.unique(dataset.groups["group_patient"][:300], return_counts=True)
    large = dataset.groups["group_patient"] == names[cases.argmax()]
    lent = [large[seed_split(dataset, seed).validation].any() for seed in range(20)]
    assert 0 < sum(lent) < 12


def test_the_only_patient_with_a_class_stays_in_train() -> None:
    dataset = labelled([30] * 9)
    # Eight of the nine classes are one patient's each.
    patients = np.char.add("p", dataset.truth.astype(str))
    patients[:30] = [f"q{i % 6}" for i in range(30)]
    dataset = dataclasses.replace(dataset, groups={"group_patient": patients})
    split = seed_split(dataset, 0)
    assert set(dataset.truth[split.train]) == set(range(9))
    assert set(dataset.truth[split.validation]) == {0}


def test_one_patient_cannot_be_lent() -> None:
    dataset = labelled([20, 20])
    one = dataclasses.replace(dataset, groups={"group_patient": np.full(len(dataset.truth), "p")})
    with pytest.raises(DataError, match="too small to lend"):
        seed_split(one, 0)
    assert set(folds_of(one, one.index(Split.TRAIN), 5, 0)) == set(range(5))


def test_seeds_that_lend_patients_have_equally_many_cases() -> None:
    dataset = with_patients()
    alone = [seed_split(dataset, seed) for seed in range(4)]
    assert len({len(split.validation) for split in alone}) > 1
    _, splits = stack_seeds(dataset, (0, 1, 2, 3), 0.0)
    for split, whole in zip(splits, alone, strict=True):
        assert len(split.train) == min(len(other.train) for other in alone)
        assert len(split.validation) == min(len(other.validation) for other in alone)
        assert set(split.train) <= set(whole.train)
        assert set(split.validation) <= set(whole.validation)
    assert abs(training_cases(dataset) - len(splits[0].train)) < 30


def test_patients_with_many_cases_are_not_lent() -> None:
    dataset = labelled([100, 100])
    names = np.repeat([*"abcde", *"xy"], [32] * 5 + [20, 24])  # 16 % of train each, and 10 %
    names = np.append(np.random.default_rng(0).permutation(names[:200]), np.repeat("t", 4))
    dataset = dataclasses.replace(dataset, groups={"group_patient": names})
    lent = {name for seed in range(8) for name in names[seed_split(dataset, seed).validation]}
    assert lent == {"x", "y"}


def test_patients_who_all_have_many_cases_are_lent_nevertheless() -> None:
    dataset = labelled([30, 30])
    names = np.array([f"p{i // 2 % 5}" for i in range(len(dataset.truth))])
    dataset = dataclasses.replace(dataset, groups={"group_patient": names})
    assert len(set(names[seed_split(dataset, 0).validation])) == 1


def test_what_patients_lend_is_said() -> None:
    dataset = with_patients()
    split = seed_split(dataset, 0)
    patients = dataset.groups["group_patient"]
    said = lent_by_patient(dataset, split)
    lent = len(set(patients[split.validation]))
    assert f"{lent} of {len(set(patients[:300]))}" in said
    assert f"{len(split.validation) / 300:.0%}" in said
    assert lent_by_patient(labelled([30, 30]), seed_split(labelled([30, 30]), 0)) == ""


def test_few_patients_in_train_are_warned_of() -> None:
    dataset = labelled([20, 20])
    names = np.array([f"p{i % 3}" for i in range(len(dataset.truth))])
    dataset = dataclasses.replace(dataset, groups={"group_patient": names})
    said = lent_by_patient(dataset, seed_split(dataset, 0))
    assert "1 of 3" in said
    assert "so few patients" in said
