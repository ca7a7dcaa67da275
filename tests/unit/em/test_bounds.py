import numpy as np
import pytest

from core.em.bounds import BoundsError, WorkloadBounds, nearest_feasible


def test_a_coverage_target_bounds_the_ai_only_with_free_humans() -> None:
    bounds = WorkloadBounds.for_target(0.3, 2, "free")
    assert bounds.lower.tolist() == [0.0, 0.0, 0.3]
    assert bounds.upper.tolist() == [1.0, 1.0, 0.3]


def test_balanced_humans_share_the_rest_equally() -> None:
    bounds = WorkloadBounds.for_target(0.4, 3, "balanced")
    assert bounds.lower.tolist() == bounds.upper.tolist()
    assert bounds.lower == pytest.approx((0.2, 0.2, 0.2, 0.4))


def test_balance_counts_included_experts_only() -> None:
    bounds = WorkloadBounds.for_target(0.4, 3, "balanced", included=[True, False, True])
    assert bounds.upper == pytest.approx((0.3, 0.0, 0.3, 0.4))


def test_excluded_experts_get_nothing_with_free_humans() -> None:
    bounds = WorkloadBounds.for_target(0.4, 2, "free", included=[False, True])
    assert bounds.upper.tolist() == [0.0, 1.0, 0.4]


@pytest.mark.parametrize("target", [0.0, 1 / 3, 1.0])
@pytest.mark.parametrize("experts", [1, 7, 44])
def test_every_target_is_feasible(target: float, experts: int) -> None:
    for humans in ("free", "balanced"):
        WorkloadBounds.for_target(target, experts, humans)


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        ((0.7, 0.6), (1.0, 1.0), "add up to 130.0\u202f%"),
        ((0.0, 0.0), (0.3, 0.4), "add up to 70.0\u202f%"),
        ((0.5, 0.0), (0.4, 1.0), "above its maximum"),
        ((-0.1, 0.0), (1.0, 1.0), "between 0 and 1"),
        ((0.0, 0.0), (1.2, 1.0), "between 0 and 1"),
        ((float("nan"), 0.0), (1.0, 1.0), "not a number"),
        ((0.0,), (1.0, 1.0), "1 minimum shares but 2 maximum"),
    ],
)
def test_infeasible_bounds_are_refused(
    lower: tuple[float, ...], upper: tuple[float, ...], words: str
) -> None:
    with pytest.raises(BoundsError, match=words):
        WorkloadBounds.feasible(lower, upper)


def test_the_nearest_feasible_bounds_are_offered() -> None:
    with pytest.raises(BoundsError) as refused:
        WorkloadBounds.feasible((0.7, 0.6), (1.0, 1.0))
    nearest = refused.value.nearest
    assert nearest is not None
    assert nearest.lower == pytest.approx((0.55, 0.45))


def test_maximums_that_place_too_little_are_raised_equally() -> None:
    nearest = nearest_feasible(np.zeros(2), np.array([0.3, 0.5]))
    assert nearest.upper == pytest.approx((0.4, 0.6))


def test_small_minimums_are_not_lowered_below_nothing() -> None:
    nearest = nearest_feasible(np.array([0.9, 0.8, 0.01]), np.ones(3))
    assert min(nearest.lower) == 0.0
    assert sum(nearest.lower) == pytest.approx(1.0)


def test_crossed_bounds_meet_in_their_middle() -> None:
    nearest = nearest_feasible(np.array([0.6, 0.0]), np.array([0.4, 1.0]))
    assert nearest.lower[0] == pytest.approx(0.5)
    assert nearest.upper[0] == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(30))
def test_whatever_is_asked_the_nearest_is_feasible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    agents = int(rng.integers(1, 6))
    nearest = nearest_feasible(rng.uniform(-0.5, 1.5, agents), rng.uniform(-0.5, 1.5, agents))
    WorkloadBounds.feasible(*nearest)


@pytest.mark.parametrize("seed", range(10))
def test_feasible_bounds_are_their_own_nearest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.ones(4))
    lower, upper = share * 0.5, np.minimum(share * 1.5, 1.0)
    nearest = nearest_feasible(lower, upper)
    assert nearest.lower == pytest.approx(tuple(lower))
    assert nearest.upper == pytest.approx(tuple(upper))
