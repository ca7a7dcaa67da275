"""Which workloads can be reached when q has zeros, against a linear programme."""

import numpy as np
import pytest
from scipy.optimize import linprog

from core.allocation.reach import nearest_reachable


def least_widening(support: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    """Total amount by which bounds must be widened, by HiGHS."""
    cases, agents = support.shape
    flows = cases * agents
    rows = np.zeros((cases, flows + 2 * agents))
    rows[np.arange(flows) // agents, np.arange(flows)] = 1
    loads = np.zeros((2 * agents, flows + 2 * agents))
    for k in range(agents):
        loads[k, k:flows:agents] = 1 / cases
        loads[agents + k, k:flows:agents] = -1 / cases
    loads[np.arange(2 * agents), flows + np.arange(2 * agents)] = -1
    found = linprog(
        np.append(np.zeros(flows), np.ones(2 * agents)),
        A_ub=loads,
        b_ub=np.append(upper, -lower),
        A_eq=rows,
        b_eq=np.ones(cases),
        bounds=[(0, float(s)) for s in support.ravel()] + [(0, None)] * (2 * agents),
    )
    return float(found.fun)


@pytest.mark.parametrize("seed", range(40))
def test_bounds_are_widened_by_the_least_total(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cases, agents = int(rng.integers(1, 12)), int(rng.integers(2, 5))
    support = rng.random((cases, agents)) < rng.uniform(0.2, 0.8)
    support[np.arange(cases), rng.integers(0, agents, cases)] = True
    share = rng.dirichlet(np.ones(agents))
    lower, upper = share * rng.choice([0.5, 1.0]), np.minimum(share * rng.choice([1, 1.3]), 1)
    low, up, _ = nearest_reachable(support, lower, upper)
    widened = np.maximum(lower - low, 0).sum() + np.maximum(up - upper, 0).sum()
    # 1e-6: integer flows count in units of 1e-9, shares below 1e-6 are left alone.
    assert widened == pytest.approx(least_widening(support, lower, upper), abs=4e-6)


def test_widened_bounds_can_be_met() -> None:
    rng = np.random.default_rng(0)
    support = rng.random((50, 6)) < 0.15
    support[:, -1] = True
    share = np.full(6, 1 / 6)
    low, up, warning = nearest_reachable(support, share, share)
    assert warning is not None
    assert least_widening(support, low, up) < 1e-6


def test_reachable_bounds_come_back_as_they_are() -> None:
    support = np.ones((10, 3), bool)
    lower, upper = np.array([0.1, 0.2, 0.3]), np.array([0.4, 0.4, 0.4])
    low, up, warning = nearest_reachable(support, lower, upper)
    assert warning is None
    np.testing.assert_array_equal(low, lower)
    np.testing.assert_array_equal(up, upper)


def test_cases_only_the_ai_can_take_raise_its_upper_bound() -> None:
    support = np.array([[True, True]] * 3 + [[False, True]] * 7)
    low, up, warning = nearest_reachable(support, np.array([0.0, 0.4]), np.array([1.0, 0.4]))
    assert up[1] == pytest.approx(0.7)
    assert low[1] == pytest.approx(0.4)
    assert warning is not None
    assert "30.0\u202f%" in warning


def test_a_case_that_nobody_can_take_is_refused() -> None:
    with pytest.raises(ValueError, match=r"case 1 .*no agent"):
        nearest_reachable(np.array([[True], [False]]), np.zeros(1), np.ones(1))
