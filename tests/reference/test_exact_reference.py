"""Exact allocations with any loads against every allocation of a few cases."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from core.allocation import exact
from core.allocation.problem import Problem

CASES, AGENTS = 5, 3
KINDS = ("one read", "none to two reads", "fractions", "per case")


def problem_of(seed: int, kind: str) -> Problem:
    rng = np.random.default_rng(seed)
    ways = AGENTS if kind == "one read" else 4
    if kind == "one read":
        loads = np.eye(AGENTS)
    elif kind == "none to two reads":
        loads = rng.integers(0, 3, (ways, AGENTS)).astype(float)
    elif kind == "fractions":
        loads = np.round(rng.random((ways, AGENTS)) * 2, 1)
    else:
        loads = rng.integers(0, 3, (CASES, ways, AGENTS)) / 2
    middle = loads.mean(-2).reshape(-1, AGENTS).mean(0) * CASES
    lower = np.floor(middle * rng.uniform(0.3, 1.1, AGENTS))
    return Problem(
        scores=rng.random((CASES, ways)),
        loads=loads,
        lower=lower,
        upper=np.maximum(np.ceil(middle * rng.uniform(0.8, 1.4, AGENTS)), lower),
        may=np.ones((CASES, ways), bool) if seed % 3 else rng.random((CASES, ways)) < 0.8,
    )


def every(problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All allocations that may be, their total scores and their reads of each agent."""
    choices = [np.flatnonzero(row) for row in problem.allowed()]
    ways = np.array(list(itertools.product(*choices)))
    rows = np.arange(CASES)
    scores = problem.scores[rows, ways].sum(1)
    reads = problem.loads_of(np.tile(rows, len(ways)), ways.ravel())
    return ways, scores, reads.reshape(len(ways), CASES, AGENTS).sum(1)


def beyond(problem: Problem, reads: np.ndarray) -> np.ndarray:
    over, under = reads - problem.upper, problem.lower - reads
    return (np.maximum(over, 0) + np.maximum(under, 0)).sum(-1)


def split(problem: Problem) -> float:
    """Most total score where a case may be split between ways."""
    ways = problem.scores.shape[1]
    case, way = np.divmod(np.arange(CASES * ways), ways)
    reads = problem.loads_of(case, way).T
    found = linprog(
        -problem.scores.ravel(),
        A_eq=(case == np.arange(CASES)[:, None]).astype(float),
        b_eq=np.ones(CASES),
        A_ub=np.concatenate([reads, -reads]),
        b_ub=np.concatenate([problem.upper, -problem.lower]),
        bounds=[(0, float(may)) for may in problem.allowed().ravel()],
    )
    return -found.fun


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_no_allocation_is_better_and_none_is_missed(seed: int, kind: str) -> None:
    problem = problem_of(seed, kind)
    if not problem.allowed().any(1).all():
        assert exact.assign(problem) is None
        return
    _, scores, reads = every(problem)
    good = beyond(problem, reads) <= 1e-6
    found = exact.assign(problem, seed=seed)
    if not good.any():
        assert found is None
        return
    assert found is not None
    rows = np.arange(CASES)
    assert problem.allowed()[rows, found].all()
    assert beyond(problem, problem.loads_of(rows, found).sum(0)) <= 1e-6
    assert problem.scores[rows, found].sum() == pytest.approx(scores[good].max(), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_the_nearest_bounds_move_as_few_reads_as_possible(seed: int, kind: str) -> None:
    problem = problem_of(seed, kind)
    if not problem.allowed().any(1).all():
        with pytest.raises(ValueError, match="no way"):
            exact.nearest(problem)
        return
    _, scores, reads = every(problem)
    off = beyond(problem, reads)
    found = exact.nearest(problem, seed=seed)
    moved = (problem.lower - found.minimum).sum() + (found.maximum - problem.upper).sum()
    assert moved == pytest.approx(off.min(), abs=1e-5)
    rows = np.arange(CASES)
    best = scores[off <= off.min() + 1e-6].max()
    assert problem.scores[rows, found.ways].sum() == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_prices_bound_what_any_allocation_can_have(seed: int, kind: str) -> None:
    problem = problem_of(seed, kind)
    if not problem.allowed().any(1).all():
        assert exact.prices(problem) is None
        return
    _, scores, reads = every(problem)
    good = beyond(problem, reads) <= 1e-6
    prices = exact.prices(problem)
    if prices is None:
        assert not good.any()
        return
    net = np.stack(
        [
            problem.scores[:, w] - problem.loads_of(np.arange(CASES), np.full(CASES, w)) @ prices
            for w in range(problem.scores.shape[1])
        ],
        axis=1,
    )
    net = np.where(problem.allowed(), net, -np.inf)
    # Weak duality: the cases' best net scores, and what the bounds are worth at these prices.
    worth = np.where(prices > 0, prices * problem.upper, prices * problem.lower).sum()
    dual = net.max(1).sum() + worth
    if good.any():
        assert scores[good].max() <= dual + 1e-6
    assert dual == pytest.approx(split(problem), abs=1e-6)
