"""The best any rule could do, against every assignment there is and against HiGHS."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from core.evaluation.oracle import best_possible


def brute_force(right: np.ndarray, least: np.ndarray, most: np.ndarray) -> float:
    """Most right cases over all K^n assignments within bounds in whole cases."""
    cases, agents = right.shape
    best = -1
    for chosen in product(range(agents), repeat=cases):
        counts = np.bincount(chosen, minlength=agents)
        if (counts >= least).all() and (counts <= most).all():
            best = max(best, int(right[np.arange(cases), list(chosen)].sum()))
    assert best >= 0
    return best / cases


def by_highs(right: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    """The same as a linear programme over shares of cases."""
    cases, agents = right.shape
    each = np.kron(np.eye(cases), np.ones(agents))
    load = np.kron(np.ones(cases), np.eye(agents)) / cases
    solved = linprog(
        -right.astype(float).ravel() / cases,
        A_eq=each,
        b_eq=np.ones(cases),
        A_ub=np.concatenate([load, -load]),
        b_ub=np.concatenate([upper, -lower]),
    )
    assert solved.status == 0
    return -float(solved.fun)


@pytest.mark.parametrize("draw", range(12))
def test_it_is_the_best_of_all_assignments(draw: int) -> None:
    rng = np.random.default_rng(draw)
    cases, agents = 7, 3
    right = rng.random((cases, agents)) < rng.uniform(0.2, 0.9, agents)
    # Bounds around a real assignment can always be met.
    counts = np.bincount(rng.integers(0, agents, cases), minlength=agents)
    least = np.maximum(counts - rng.integers(0, 2, agents), 0)
    most = np.minimum(counts + rng.integers(0, 2, agents), cases)
    found = best_possible(right, least / cases, most / cases)
    assert found.accuracy == pytest.approx(brute_force(right, least, most), abs=1e-6)


@pytest.mark.parametrize("humans", ["free", "balanced"])
@pytest.mark.parametrize("coverage", [0.0, 0.13, 0.5, 0.87, 1.0])
def test_it_is_the_linear_programmes_answer(humans: str, coverage: float) -> None:
    rng = np.random.default_rng(5)
    cases, experts = 80, 4
    right = rng.random((cases, experts + 1)) < [0.5, 0.6, 0.7, 0.8, 0.75]
    share = (1 - coverage) / experts
    low, up = (0.0, 1.0) if humans == "free" else (share, share)
    lower = np.array([low] * experts + [coverage])
    upper = np.array([up] * experts + [coverage])
    found = best_possible(right, lower, upper)
    assert found.accuracy == pytest.approx(by_highs(right, lower, upper), abs=1e-6)


def test_free_experts_have_a_closed_form() -> None:
    # b cases both sides get right, a only the AI, e only some expert, z nobody; the AI takes k:
    # b + min(a, k) + min(e, n − k).
    b, a, e, z = 40, 20, 25, 15
    rows = [(1, 0, 1)] * b + [(0, 0, 1)] * a + [(0, 1, 0)] * e + [(0, 0, 0)] * z
    right = np.array(rows, bool)
    for k in range(0, 101, 5):
        c = k / 100
        found = best_possible(right, np.array([0, 0, c]), np.array([1, 1, c]))
        assert found.accuracy == pytest.approx((b + min(a, k) + min(e, 100 - k)) / 100, abs=1e-6)


def test_its_interval_is_the_bootstraps() -> None:
    rng = np.random.default_rng(1)
    right = rng.random((300, 3)) < [0.6, 0.7, 0.8]
    bounds = np.array([0.3, 0.3, 0.4])
    drawn = [
        best_possible(right[rng.integers(0, 300, 300)], bounds, bounds).accuracy for _ in range(400)
    ]
    low, high = best_possible(right, bounds, bounds).interval
    # Wilson's and the bootstrap's ends may differ by a fraction of a standard error (0.01).
    assert (low, high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.012)
