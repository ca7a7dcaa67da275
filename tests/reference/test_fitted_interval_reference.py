"""The workload asked for lies in the interval of the realised one as often as it promises."""

import numpy as np
import pytest

from core.allocation.prices import fit_prices
from core.allocation.routing import route
from core.evaluation.intervals import fitted_interval, wilson

REPEATS = 400


def covered(
    validation: int, test: int, lower: list[float], upper: list[float], *, fit: bool
) -> np.ndarray:
    """Share of repetitions in which each agent's interval reaches its bounds."""
    rng = np.random.default_rng(7)
    low, up = np.array(lower), np.array(upper)
    hits = np.zeros(len(low))
    for seed in range(REPEATS):
        # Who is right differs by agent and case; both samples are drawn anew.
        skill = rng.beta(6, 2, (validation + test, len(low))) + np.array([0.0, 0.05, 0.1])
        prices = fit_prices(skill[:validation], low, up, seed=seed)
        chosen = route(skill[validation:], prices.prices, seed=seed)
        shares = np.bincount(chosen, minlength=len(low)) / test
        for k, share in enumerate(shares):
            one = (
                fitted_interval(share, validation, test)
                if fit
                else wilson(share * test, test)
            )  # fmt: skip
            hits[k] += one[0] <= up[k] and one[1] >= low[k]
    return hits / REPEATS


@pytest.mark.parametrize(("validation", "test"), [(60, 200), (105, 300), (500, 100)])
def test_held_workloads_lie_within_the_interval(validation: int, test: int) -> None:
    found = covered(validation, test, [0.2, 0.3, 0.5], [0.2, 0.3, 0.5], fit=True)
    # 95 %, less three standard errors of 400 repetitions; Wilson's interval is a little wide.
    assert (found >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / REPEATS)).all(), found


def test_the_test_cases_alone_are_too_little() -> None:
    """What the screen said before: 42.3 % (36.9 to 48.0) where 50 % was asked for."""
    found = covered(105, 300, [0.2, 0.3, 0.5], [0.2, 0.3, 0.5], fit=False)
    assert (found < 0.85).all(), found
    low, high = fitted_interval(0.423, 105, 300)
    assert low < 0.36
    assert high > 0.5


def test_bounds_that_leave_room_are_reached_more_often() -> None:
    found = covered(105, 300, [0.0, 0.0, 0.3], [0.3, 0.4, 0.5], fit=True)
    assert (found >= 0.95).all(), found
