import dataclasses
import warnings

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from core.dataset.annotation_set import AnnotationSet, Split
from core.insight.agreement import MIN_SHARED, Kappas, agreement, kappas, pair_kappas
from core.library.samples import load_sample


def made(annotations: list[list[int]], classes: int = 2) -> AnnotationSet:
    """A set of cases × experts; −1 is missing."""
    table = np.array(annotations, np.int32)
    n, m = table.shape
    return AnnotationSet(
        name="made",
        case_ids=np.array([f"c{i}" for i in range(n)]),
        split=np.full(n, Split.TRAIN, np.int8),
        inputs=None,
        truth=np.zeros(n, np.int32),
        annotations=np.maximum(table, 0),
        annotated=table >= 0,
        classes=tuple("abcdef"[:classes]),
        experts=tuple(f"e{i}" for i in range(m)),
    )


def only_pair(annotations: list[list[int]]) -> Kappas:
    """The kappa of two experts, checked against that of all pairs at once."""
    data = made(annotations)
    every = agreement(data)
    found = pair_kappas(data, every.first, every.second)
    np.testing.assert_array_equal(found.kappa, every.kappa)
    np.testing.assert_array_equal(found.constant, every.constant)
    return found


@pytest.mark.parametrize("name", ["fna_panel", "digits_trio"])
def test_kappa_of_every_pair_is_that_of_scikit_learn(name: str) -> None:
    data, _ = load_sample(name)
    found = agreement(data)
    assert len(found.first) == len(data.experts) * (len(data.experts) - 1) // 2
    for i, j, shared, kappa in zip(
        found.first, found.second, found.shared, found.kappa, strict=True
    ):
        both = data.annotated[:, i] & data.annotated[:, j]
        assert shared == both.sum()
        expected = cohen_kappa_score(data.annotations[both, i], data.annotations[both, j])
        assert kappa == pytest.approx(expected, abs=1e-12)


def test_many_classes_and_few_shared_cases_agree_with_scikit_learn_too() -> None:
    rng = np.random.default_rng(1)
    table = rng.integers(0, 6, (40, 7))
    table[rng.random(table.shape) < 0.5] = -1
    data = made(table.tolist(), classes=6)
    found = agreement(data)
    for k, (i, j) in enumerate(zip(found.first, found.second, strict=True)):
        both = data.annotated[:, i] & data.annotated[:, j]
        expected = cohen_kappa_score(table[both, i], table[both, j])
        assert found.enough[k] == (both.sum() >= MIN_SHARED)
        assert np.isnan(found.kappa[k]) == (not found.enough[k])
        of_pair = pair_kappas(data, found.first[[k]], found.second[[k]])
        for kappa in (found.kappa[k], *of_pair.kappa):
            assert np.isnan(kappa) or kappa == pytest.approx(expected, abs=1e-12)


def test_what_stands_under_a_missing_mask_is_irrelevant() -> None:
    data, _ = load_sample("fna_panel")
    other = dataclasses.replace(
        data, annotations=np.where(data.annotated, data.annotations, 1).astype(np.int32)
    )
    for first, second in zip(agreement(data), agreement(other), strict=True):
        np.testing.assert_array_equal(first, second)


def test_two_who_always_say_the_same_one_label_have_no_kappa() -> None:
    found = only_pair([[0, 0]] * 20)
    assert np.isnan(found.kappa[0])
    assert np.isnan(found.low[0])
    assert found.constant[0]
    assert found.agreed[0] == 1


def test_one_who_always_says_the_same_label_has_kappa_zero_and_is_marked() -> None:
    found = only_pair([[0, i % 2] for i in range(20)])
    assert found.kappa[0] == 0
    assert found.constant[0]


def test_pairs_without_shared_cases_are_counted_and_have_no_kappa() -> None:
    found = agreement(made([[0, -1], [-1, 1], [1, -1]]))
    assert found.shared[0] == 0
    assert np.isnan(found.kappa[0])
    assert not found.constant[0]
    assert not found.enough[0]


@pytest.mark.parametrize("experts", [0, 1])
def test_fewer_than_two_experts_have_no_pairs(experts: int) -> None:
    assert len(agreement(made(np.zeros((4, experts), int).tolist())).first) == 0


def test_nothing_warns_on_any_table() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kappas(np.array([[[0, 0], [0, 0]], [[5, 0], [0, 0]], [[0, 5], [0, 0]], [[3, 0], [0, 4]]]))


def test_the_variance_is_that_of_the_textbook() -> None:
    # Fleiss, Levin & Paik (2003), section 18.1: kappa 0.68, standard error 0.087 for 100 cases.
    table = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    assert kappas(table[None]).kappa[0] == pytest.approx(0.676, abs=5e-4)
    # Over a thousand times as many cases the interval is the asymptotic one.
    large = kappas(1000 * table[None])
    half = (large.high[0] - large.low[0]) / 2
    assert half / 1.96 == pytest.approx(0.0877 / 1000**0.5, rel=0.005)


@pytest.mark.parametrize(
    ("shares", "cases"),
    [
        ([[0.75, 0.01, 0.04], [0.05, 0.04, 0.01], [0, 0, 0.10]], 100),
        ([[0.45, 0.05], [0.05, 0.45]], 30),
        ([[0.85, 0.05], [0.05, 0.05]], 100),
        ([[0.25, 0.25], [0.25, 0.25]], 30),
    ],
)
def test_the_interval_holds_the_true_kappa_as_often_as_it_says(
    shares: list[list[float]], cases: int
) -> None:
    p = np.array(shares)
    chance = (p.sum(axis=0) * p.sum(axis=1)).sum()
    true = (np.trace(p) - chance) / (1 - chance)
    drawn = np.random.default_rng(0).multinomial(cases, p.ravel(), size=4000)
    found = kappas(drawn.reshape(-1, *p.shape))
    known = np.isfinite(found.kappa)
    share = ((found.low <= true) & (true <= found.high))[known].mean()
    # Four standard errors of 4,000 draws are 0.014; the interval may be a little too wide.
    assert 0.93 <= share <= 0.99


def test_the_interval_is_near_that_of_a_bootstrap_over_cases() -> None:
    data, _ = load_sample("fna_panel")
    every = agreement(data)
    found = pair_kappas(data, every.first, every.second)
    both = data.annotated[:, 0] & data.annotated[:, 1]
    cell = data.annotations[both, 0] * 2 + data.annotations[both, 1]
    rng = np.random.default_rng(0)
    draws = rng.multinomial(len(cell), np.bincount(cell, minlength=4) / len(cell), size=4000)
    low, high = np.quantile(kappas(draws.reshape(-1, 2, 2)).kappa, [0.025, 0.975])
    assert found.low[0] == pytest.approx(low, abs=0.02)
    assert found.high[0] == pytest.approx(high, abs=0.02)


def test_perfect_agreement_on_few_cases_is_not_certain() -> None:
    found = kappas(np.array([[[5, 0], [0, 5]]]))
    assert found.kappa[0] == 1
    assert found.high[0] == 1
    assert found.low[0] < 0.6


def test_answers_that_are_no_classes_are_labels_like_others() -> None:
    rng = np.random.default_rng(2)
    data = made(rng.integers(0, 5, (40, 3)).tolist(), classes=5)
    apart = dataclasses.replace(data, classes=tuple("abc"), extra_answers=("hedge", "unsure"))
    for first, second in zip(agreement(data), agreement(apart), strict=True):
        np.testing.assert_array_equal(first, second)


def test_of_too_many_experts_those_with_the_most_annotations_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from core.insight import agreement as module

    rng = np.random.default_rng(0)
    table = rng.integers(0, 2, (40, 6))
    table[20:, [0, 3]] = -1
    data = made(table.tolist())
    every = agreement(data)
    monkeypatch.setattr(module, "MOST_PAIRED", 4)
    found = agreement(data)
    assert sorted({*found.first, *found.second}) == [1, 2, 4, 5]
    kept = ~np.isin(every.first, [0, 3]) & ~np.isin(every.second, [0, 3])
    np.testing.assert_array_equal(found.kappa, every.kappa[kept])


def test_without_kappas_the_rest_is_the_same() -> None:
    data, _ = load_sample("fna_panel")
    said, there = data.annotations.copy(), data.annotated.copy()
    there[:, 1], said[:, 1] = there[:, 0], said[:, 0]  # a copy
    said[:, 2:4] = 0  # two that never differ, since each gives one label
    data = dataclasses.replace(data, annotations=said, annotated=there)
    whole, light = agreement(data), agreement(data, kappas=False)
    for name in ("first", "second", "shared", "agreed"):
        assert getattr(light, name).tolist() == getattr(whole, name).tolist()
    alike = whole.agreed == 1
    assert alike.sum() == 2
    assert light.constant[alike].tolist() == whole.constant[alike].tolist() == [False, True]
    assert np.isnan(light.kappa).all()
