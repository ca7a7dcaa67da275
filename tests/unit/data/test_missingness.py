import numpy as np
import pytest

from core.data.missingness import drop_annotations

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
