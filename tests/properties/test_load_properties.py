"""What prices of ways owe to their loads, on any scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.allocation.loads import reads
from core.allocation.prices import fit_prices
from core.allocation.routing import route

pytestmark = pytest.mark.slow

CASES, AGENTS = 50, 3


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores of five ways, loads of nothing to two reads, and bounds that some split meets."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    sizes = draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=15, max_size=15))
    loads = np.reshape(sizes, (5, AGENTS))
    middle = rng.dirichlet(np.ones(5)) @ loads
    slack = draw(st.lists(st.sampled_from([0.02, 0.2, 9.0]), min_size=6, max_size=6))
    lower, upper = np.maximum(middle - slack[:AGENTS], 0), middle + slack[AGENTS:]
    scores = np.round(rng.random((CASES, 5)), draw(st.sampled_from([1, 9])))
    return scores, loads, lower, upper


@given(problem=problems())
def test_bounds_are_missed_by_a_few_reads_at_most_and_signs_follow_them(
    problem: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    scores, loads, lower, upper = problem
    found = fit_prices(scores, lower, upper, loads=loads)
    assert found.consistent
    assert found.converged
    assert (found.prices[lower <= 0] >= -1e-9).all()
    ways = route(scores, found.prices, loads=loads, allowed=found.allowed)
    np.testing.assert_allclose(reads(ways, AGENTS, loads) / CASES, found.workloads, atol=1e-9)


@given(problem=problems())
def test_the_same_loads_for_every_case_are_the_loads_of_all(
    problem: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    scores, loads, lower, upper = problem
    of_all = fit_prices(scores, lower, upper, loads=loads)
    of_each = fit_prices(scores, lower, upper, loads=np.tile(loads, (CASES, 1, 1)))
    total = [
        np.take_along_axis(scores, route(scores, f.prices, loads=loads)[:, None], 1).sum()
        for f in (of_all, of_each)
    ]
    np.testing.assert_allclose(of_each.workloads, of_all.workloads, atol=4.0 / CASES)
    np.testing.assert_allclose(*total, atol=4.0)


@given(seed=st.integers(0, 10_000), ends=st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_one_read_each_is_what_it_was_without_loads(seed: int, ends: list[float]) -> None:
    rng = np.random.default_rng(seed)
    scores, middle = rng.random((CASES, AGENTS)), rng.dirichlet(np.ones(AGENTS))
    lower = middle * ends[:AGENTS]
    upper = middle + (1 - middle) * ends[AGENTS:]
    plain = fit_prices(scores, lower, upper, seed=seed)
    loaded = fit_prices(scores, lower, upper, loads=np.eye(AGENTS), seed=seed)
    np.testing.assert_array_equal(loaded.prices, plain.prices)
    np.testing.assert_array_equal(loaded.workloads, plain.workloads)


@given(seed=st.integers(0, 10_000), ends=st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_single_reads_in_another_order_of_ways_are_allocated_as_well(
    seed: int, ends: list[float]
) -> None:
    """The general path where every vertex is whole: as good as moving cases one by one."""
    rng = np.random.default_rng(seed)
    scores, middle = rng.random((CASES, AGENTS)), rng.dirichlet(np.ones(AGENTS))
    lower = np.floor(middle * ends[:AGENTS] * CASES) / CASES
    upper = np.ceil((middle + (1 - middle) * ends[AGENTS:]) * CASES) / CASES
    order = rng.permutation(AGENTS)
    plain = fit_prices(scores, lower, upper)
    loaded = fit_prices(scores[:, order], lower, upper, loads=np.eye(AGENTS)[order])
    own = route(scores, plain.prices, allowed=plain.allowed)
    ways = route(
        scores[:, order], loaded.prices, loads=np.eye(AGENTS)[order], allowed=loaded.allowed
    )
    rows = np.arange(CASES)
    if plain.violation == 0.0:
        assert loaded.violation * CASES <= 1e-6
        np.testing.assert_allclose(
            scores[:, order][rows, ways].sum(), scores[rows, own].sum(), atol=CASES * 2e-6
        )
