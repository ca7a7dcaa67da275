"""Loads of ways: what they cost, what they take, and who is kept out by them."""

import numpy as np
import pytest

from core.allocation.loads import costs, reads, running
from core.allocation.prices import fit_prices
from core.allocation.routing import allowed_ways, route

# Alone, together, twice by the first, and nobody.
LOADS = np.array([[1.0, 0], [0, 1], [1, 1], [2, 0], [0, 0]])


def test_a_way_costs_the_prices_of_its_reads_together() -> None:
    assert costs(np.array([0.3, 0.5]), LOADS).tolist() == [0.3, 0.5, 0.8, 0.6, 0.0]
    assert costs(np.array([0.3, 0.5]), None).tolist() == [0.3, 0.5]


def test_loads_of_each_case_are_its_own() -> None:
    per_case = np.stack([LOADS, 2 * LOADS])
    np.testing.assert_allclose(costs(np.array([0.3, 0.5]), per_case)[1], [0.6, 1, 1.6, 1.2, 0])
    assert reads(np.array([2, 2]), 2, per_case).tolist() == [3.0, 3.0]


def test_reads_so_far_are_per_case_so_far() -> None:
    found = running(np.array([2, -1, 3]), 2, LOADS)
    np.testing.assert_allclose(found, [[1, 1], [0.5, 0.5], [1, 1 / 3]])
    np.testing.assert_allclose(running(np.array([1, 0]), 2), [[0, 1], [0.5, 0.5]])


def test_a_price_sends_a_case_another_way() -> None:
    scores = np.array([[0.6, 0.5, 0.9, 0.7, 0.0]])
    assert route(scores, np.zeros(2), loads=LOADS).tolist() == [2]
    assert route(scores, np.array([0.1, 0.4]), loads=LOADS).tolist() == [0]
    assert route(scores, None, loads=LOADS).tolist() == [2]


def test_who_may_not_read_is_in_no_way_that_is_taken() -> None:
    on = np.array([True, False])
    assert allowed_ways(on, LOADS).tolist() == [True, False, False, True, True]
    scores = np.tile([0.1, 0.5, 0.9, 0.0, 0.0], (50, 1))
    assert (route(scores, None, loads=LOADS, allowed=on) == 0).all()


def test_what_each_case_may_is_said_of_its_ways() -> None:
    may = np.array([[True, True, False, False, False], [False] * 5])
    scores = np.tile([0.6, 0.5, 0.9, 0.7, 0.0], (2, 1))
    assert route(scores, np.zeros(2), loads=LOADS, allowed=may).tolist() == [0, -1]


def test_a_greatest_of_nothing_bars_the_ways_with_that_reader_on_unseen_cases_too() -> None:
    scores = np.random.default_rng(0).random((60, 5))
    found = fit_prices(scores, np.zeros(2), np.array([0.8, 0.0]), loads=LOADS)
    assert found.allowed.tolist() == [True, False]
    unseen = np.random.default_rng(1).random((200, 5))
    unseen[:, 1:3] += 9.0
    ways = route(unseen, found.prices, loads=LOADS, allowed=found.allowed)
    assert set(ways.tolist()) <= {0, 3, 4}


def test_a_case_whose_every_way_is_barred_is_nobodys() -> None:
    loads = np.ones((3, 2, 2))
    loads[0, 0, 1] = 0.0  # only the first case has a way without the second agent
    found = fit_prices(np.ones((3, 2)), np.zeros(2), np.array([1.0, 0.0]), loads=loads)
    np.testing.assert_allclose(found.workloads, [1 / 3, 0.0])


def test_slack_bounds_have_no_prices() -> None:
    scores = np.random.default_rng(0).random((80, 5))
    found = fit_prices(scores, np.zeros(2), np.full(2, np.inf), loads=LOADS)
    np.testing.assert_array_equal(found.prices, 0.0)
    assert found.violation == 0.0


def test_bounds_that_nothing_meets_are_missed_and_said_to_be() -> None:
    scores = np.random.default_rng(0).random((80, 5))
    found = fit_prices(scores, np.array([2.5, 0.0]), np.full(2, 3.0), loads=LOADS)
    assert not found.converged
    assert found.method == "annealed"
    assert found.violation == pytest.approx(0.5, abs=0.05)  # two reads a case are the most


def test_reads_that_every_way_takes_have_no_price() -> None:
    """Who has no maximum is just at it in every allocation, and that is no bound."""
    loads = np.array([[0.5, 0.0], [0.5, 1.0], [0.5, 2.0]])
    for seed in range(10, 40):
        scores = np.round(np.random.default_rng(seed).random((30, 3)), 1)
        found = fit_prices(scores, np.array([0, 0.6]), np.array([np.inf, 0.8]), loads=loads)
        assert found.prices[0] == 0.0
