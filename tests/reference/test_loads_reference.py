"""Prices for ways with any loads against every allocation of a few cases, and against HiGHS."""

import itertools

import numpy as np
import pytest

from core.allocation import exact
from core.allocation.loads import reads
from core.allocation.prices import Prices, fit_prices
from core.allocation.problem import Problem
from core.allocation.routing import jittered, route

KINDS = ("one or two readers", "none to two reads", "fractions", "per case")
JITTER = 1e-6


def problem_of(seed: int, kind: str, cases: int, agents: int) -> Problem:
    """Bounds around the reads of a random split of the cases, some of them missing."""
    rng = np.random.default_rng(seed)
    ways = 2 * agents
    if kind == "one or two readers":
        one = np.eye(agents)
        two = [one[i] + one[j] for i, j in itertools.combinations(range(agents), 2)]
        loads = np.array([np.zeros(agents), *one, *two])
    elif kind == "none to two reads":
        loads = rng.integers(0, 3, (ways, agents)).astype(float)
    elif kind == "fractions":
        loads = np.round(rng.random((ways, agents)) * 2, 1)
    else:
        loads = rng.integers(0, 5, (cases, ways, agents)) / 2
    per_case = np.broadcast_to(loads, (cases, *loads.shape[-2:]))
    part = rng.dirichlet(np.ones(loads.shape[-2]), cases)
    middle = np.einsum("nw,nwk->k", part, per_case)
    greatest = np.where(rng.random(agents) < 0.7, np.ceil(middle * rng.uniform(1, 1.2)), np.inf)
    return Problem(
        scores=rng.random((cases, loads.shape[-2])) + 0.1 * loads.sum(-1),
        loads=loads,
        lower=np.where(rng.random(agents) < 0.5, np.floor(middle * 0.95), 0.0),
        upper=np.minimum(greatest, per_case.max(1).sum(0)),
    )


def fitted(problem: Problem) -> tuple[Prices, np.ndarray, np.ndarray]:
    """Prices, the way of each case at them and the reads these take."""
    n = len(problem.scores)
    found = fit_prices(
        problem.scores, problem.lower / n, problem.upper / n, loads=problem.loads, seed=0
    )
    ways = route(problem.scores, found.prices, loads=problem.loads, allowed=found.allowed, seed=0)
    return found, ways, reads(ways, len(problem.lower), problem.loads)


def beyond(problem: Problem, taken: np.ndarray) -> np.ndarray:
    return np.maximum(np.maximum(taken - problem.upper, problem.lower - taken), 0.0)


def unused(problem: Problem, prices: np.ndarray, taken: np.ndarray) -> float:
    """What the reads that a price leaves over, or misses a bound by, are worth at the price."""
    bound = np.where(prices > 0, problem.upper, problem.lower)
    return float(np.abs(prices) @ np.abs(np.where(prices == 0, 0.0, bound - taken)))


def dual(problem: Problem, prices: np.ndarray) -> float:
    """More than any allocation within the bounds can have."""
    bounds = np.where(prices > 0, problem.upper, problem.lower)
    return float(problem.net(prices).max(1).sum() + prices @ bounds)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(20))
def test_no_allocation_of_a_few_cases_is_better_than_reads_left_over_explain(
    seed: int, kind: str
) -> None:
    problem = problem_of(seed, kind, cases=5, agents=2)
    found, ways, taken = fitted(problem)
    every = np.array(list(itertools.product(range(problem.scores.shape[1]), repeat=5)))
    rows = np.arange(5)
    totals = problem.scores[rows, every].sum(1)
    loads = problem.loads_of(np.tile(rows, len(every)), every.ravel())
    off = beyond(problem, loads.reshape(len(every), 5, 2).sum(1)).max(1)
    value, largest = problem.scores[rows, ways].sum(), float(np.max(problem.loads))
    if (off <= 1e-9).any():
        best = totals[off <= 1e-9].max()
        assert value >= best - unused(problem, found.prices, taken) - 10 * JITTER
    # Of the bounds that no allocation meets, none is missed by more than the nearest and a case.
    assert beyond(problem, taken).max() <= off.min() + largest + 1e-9
    np.testing.assert_allclose(found.workloads * 5, taken, atol=1e-9)
    assert found.violation * 5 == pytest.approx(beyond(problem, taken).max(), abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("cases", "agents"), [(60, 3), (300, 5)])
def test_the_total_is_what_highs_finds_less_what_reads_left_over_are_worth(
    cases: int, agents: int, seed: int, kind: str
) -> None:
    problem = problem_of(seed, kind, cases, agents)
    found, ways, taken = fitted(problem)
    best = exact.prices(problem)
    assert best is not None

    value = problem.scores[np.arange(cases), ways].sum()
    largest = float(np.max(problem.loads))
    # Prices move from the best by less than the gap between two cases, so that none is split.
    assert dual(problem, found.prices) <= dual(problem, best) + agents / cases
    assert beyond(problem, taken).max() <= largest + 1e-9
    assert found.converged
    assert found.consistent
    spare = unused(problem, found.prices, taken)
    assert value >= dual(problem, best) - spare - cases * JITTER
    assert spare <= 2 * largest * np.abs(found.prices).sum()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_before_ties_are_decided_the_dual_is_the_least_there_is(
    seed: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.allocation.sifted._untied", lambda _, prices: prices)
    problem = problem_of(seed, kind, cases=300, agents=5)
    best = exact.prices(problem)
    assert best is not None
    found = fitted(problem)[0].prices
    assert dual(problem, found) == pytest.approx(dual(problem, best), abs=300 * JITTER)


@pytest.mark.parametrize("seed", range(6))
def test_where_reads_are_whole_and_single_the_bounds_are_met_and_nothing_is_better(
    seed: int,
) -> None:
    """Two ways to ask each agent: still a transport problem."""
    rng = np.random.default_rng(seed)
    loads = np.repeat(np.eye(4), 2, axis=0)
    scores = rng.random((200, 8))
    share = rng.multinomial(200, rng.dirichlet(np.full(4, 3.0)))
    found = fit_prices(scores, share / 200, share / 200, loads=loads)
    ways = route(scores, found.prices, loads=loads, allowed=found.allowed)
    np.testing.assert_array_equal(reads(ways, 4, loads), share)
    best = exact.assign(Problem(scores=scores, loads=loads, lower=share, upper=share))
    rows = np.arange(200)
    expected = scores[rows, best].sum()
    assert scores[rows, ways].sum() == pytest.approx(expected, abs=200 * JITTER)


def test_cases_with_equal_scores_are_dealt_out_as_bounded() -> None:
    loads = np.array([[1.0, 0], [0, 1], [1, 1], [0, 0]])
    scores = np.tile([0.7, 0.7, 0.9, 0.5], (500, 1))
    found = fit_prices(scores, np.zeros(2), np.array([0.5, 0.4]), loads=loads)
    assert found.violation * 500 <= 1.0
    ways = route(scores, found.prices, loads=loads)
    taken = reads(ways, 2, loads)
    problem = Problem(
        scores=jittered(scores, seed=0), loads=loads, lower=np.zeros(2), upper=[250, 200]
    )
    best = exact.assign(problem)
    expected = scores[np.arange(500), best].sum()
    assert scores[np.arange(500), ways].sum() == pytest.approx(expected, abs=0.41)
    assert (taken >= np.array([248, 198])).all()
