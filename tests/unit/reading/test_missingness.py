import numpy as np
import pytest

from core.dataset.annotation_set import Split
from core.dataset.missingness import drop_annotations, remaining
from core.library.samples import load_sample

MASK = np.random.default_rng(0).random((400, 5)) < [1.0, 0.8, 0.5, 0.1, 0.0]


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 0.9])
def test_every_expert_loses_that_share_of_the_present_annotations(rate: float) -> None:
    left = drop_annotations(MASK, rate, 0).sum(axis=0)
    had = MASK.sum(axis=0)
    assert (np.abs(had - left - rate * had) < 1.0).all()
    assert had.sum() - left.sum() == np.rint(rate * had.sum())


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.9])
def test_experts_with_one_annotation_each_lose_that_share_together(rate: float) -> None:
    left = drop_annotations(np.eye(200, dtype=bool), rate, 0)
    assert left.sum() == round(200 * (1 - rate))


def test_missing_annotations_stay_missing() -> None:
    assert not drop_annotations(MASK, 0.3, 0)[~MASK].any()


def test_seed_decides_which() -> None:
    a, b, again = (drop_annotations(MASK, 0.5, s) for s in (0, 1, 0))
    np.testing.assert_array_equal(a, again)
    assert (a != b).any()


def test_given_mask_is_not_changed() -> None:
    mask = MASK.copy()
    drop_annotations(mask, 0.0, 0)[:] = False
    drop_annotations(mask, 0.5, 0)[:] = False
    np.testing.assert_array_equal(mask, MASK)


def test_removal_does_not_depend_on_the_case() -> None:
    kept = np.mean([drop_annotations(MASK[:40, :1], 0.5, s) for s in range(400)], axis=0)
    assert abs(kept - 0.5).max() < 0.1  # 4 standard errors of 400 draws


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_rate_that_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="missing rate"):
        drop_annotations(MASK, rate, 0)


def test_what_remains_is_counted_per_expert_class_and_case() -> None:
    data, _ = load_sample("fna_panel")
    train = data.index(Split.TRAIN)
    told = remaining(data, 0.5, 3)
    left = drop_annotations(data.annotated[train], 0.5, 3)
    assert told.cases == len(train)
    assert told.left.tolist() == left.sum(axis=0).tolist()
    assert told.present.tolist() == data.annotated[train].sum(axis=0).tolist()
    for c in range(2):
        assert told.class_left[c] == left[data.truth[train] == c].sum()
        assert told.class_cases[c] == (data.truth[train] == c).sum()
    assert told.left_by[0] == (~left.any(axis=1)).sum()
    assert told.left_by @ np.arange(5) == left.sum()
    assert told.seen_by.sum() == told.cases


def test_without_a_missing_rate_everything_remains() -> None:
    told = remaining(load_sample("fna_panel")[0], 0.0, 0)
    assert told.left.tolist() == told.present.tolist()
    assert told.class_left.tolist() == told.class_present.tolist()


def test_experts_lose_each_their_own_share() -> None:
    rates = [0.0, 0.25, 0.5, 0.9, 0.3]
    left = drop_annotations(MASK, rates, 0).sum(axis=0)
    had = MASK.sum(axis=0)
    assert (np.abs(had - left - np.asarray(rates) * had) < 1.0).all()
    assert left[0] == had[0]


def test_equal_rates_of_all_experts_draw_as_one_rate_does() -> None:
    np.testing.assert_array_equal(
        drop_annotations(MASK, [0.5] * 5, 3), drop_annotations(MASK, 0.5, 3)
    )


@pytest.mark.parametrize("rates", [[0.1, 0.2, 0.3, 0.4, 1.0], [0.1, 0.2, 0.3, float("nan"), 0]])
def test_one_rate_that_is_no_share_is_refused(rates: list[float]) -> None:
    with pytest.raises(ValueError, match="missing rate"):
        drop_annotations(MASK, rates, 0)
