"""Allocation with tiring against a linear programme of fine segments, and against enumeration."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from core.allocation.problem import whole_cases
from core.scenarios.fatigue import curves_of, most_lost
from core.scenarios.scores import Scores
from core.scenarios.settings import ReadByExpert, Scenario
from core.scenarios.solution import Solution, assign, solve
from tests.unit.scenarios.synthetic import CLASSES, day, scores_of


def right(scores: Scores, scenario: Scenario, chosen: np.ndarray) -> float:
    """Mean expected correctness less what tiring takes."""
    curves, value = (
        curves_of(scenario, most_lost(scores)),
        np.asarray(scores.validation.value, float),
    )
    loads = np.bincount(chosen, minlength=value.shape[1]) / len(value) * curves.day
    return value[np.arange(len(value)), chosen].mean() - curves.total(loads).sum() / curves.day


def by_segments(found: Solution, scores: Scores, tangents: int = 300) -> float:
    """The best by HiGHS, split cases allowed, T(w) above its tangents: an upper bound."""
    curves, value = (
        curves_of(found.scenario, most_lost(scores)),
        np.asarray(scores.validation.value, float),
    )
    n, agents = value.shape
    size = n * agents
    entry, last = np.arange(size), size + np.arange(agents)
    each = coo_array((np.ones(size), (entry // agents, entry)), shape=(n, size + agents))
    load = coo_array((np.ones(size) / n, (entry % agents, entry)), shape=(agents, size + agents))
    least, most = whole_cases(found.lower, found.upper, n)
    blocks, ends = [load, -load], [most / n, -least / n]
    fatigue = curves.slope > 0
    for share in np.linspace(0, 1, tangents):
        at = np.full(agents, share * curves.day)
        slope, height = curves.at(at), curves.total(at) / curves.day
        row = load * slope[:, None] + coo_array(
            (-np.ones(agents), (np.arange(agents), last)), shape=load.shape
        )
        blocks.append(row.tocsr()[fatigue])
        ends.append((slope * share - height)[fatigue])
    best = linprog(
        np.concatenate([-value.ravel() / n, np.ones(agents)]),
        A_eq=each.tocsr(),
        b_eq=np.ones(n),
        A_ub=vstack(blocks).tocsr(),
        b_ub=np.concatenate(ends),
        bounds=[(0, float(a)) for a in found.allowed_validation.ravel()] + [(0, None)] * agents,
        method="highs",
    )
    return -float(best.fun)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_better_exists_but_for_parts_of_a_case(seed: int) -> None:
    scores = scores_of(90, 10, 4, seed)
    scenario = day(
        4,
        200,
        "cases",
        A={"comfortable": 30},
        B={"comfortable": 40, "maximum": 60},
        C={"comfortable": 50},
        AI={"maximum": 40 + 20 * seed},
        fatigue=2.0 + seed / 2,
        guards=(ReadByExpert(column="site", value="north"),) if seed % 2 else (),
    )
    found = solve(scenario, scores)
    chosen = assign(found, scores.validation, CLASSES)
    best = by_segments(found, scores)
    # Half a case more or less than the best load, for each of three experts who tire.
    curves = curves_of(scenario, most_lost(scores))
    part = (curves.slope * curves.day).sum() * (0.5 / 90) ** 2 / 2
    got = right(scores, scenario, chosen)
    assert got <= best + 1e-6
    assert best - got <= 4 * part


@pytest.mark.parametrize("seed", range(4))
def test_nothing_better_exists_where_readers_end_up_guessing(seed: int) -> None:
    scores = scores_of(90, 10, 4, seed)
    scenario = day(
        4,
        200,
        "cases",
        A={"comfortable": 10},
        B={"comfortable": 15, "minimum": 60},
        C={"comfortable": 20},
        AI={"maximum": 40},
        fatigue=20.0,
    )
    found = solve(scenario, scores)
    curves = curves_of(scenario, most_lost(scores))
    load = found.prices.workloads * curves.day
    assert (curves.at(load) == curves.maximum)[:3].any()  # somebody guesses
    chosen = assign(found, scores.validation, CLASSES)
    part = (curves.slope * curves.day).sum() * (0.5 / 90) ** 2 / 2
    got, best = right(scores, scenario, chosen), by_segments(found, scores)
    assert got <= best + 1e-6
    assert best - got <= 4 * part


@pytest.mark.parametrize("seed", range(6))
def test_all_assignments_of_a_few_cases(seed: int) -> None:
    scores = scores_of(8, 5, 3, seed)
    scenario = day(
        3,
        8,
        "cases",
        A={"comfortable": 1, "maximum": 6},
        B={"comfortable": 2},
        AI={"maximum": 2 + seed % 3},
        fatigue=0.7,
    )
    most = np.array([6, 8, 2 + seed % 3])
    best = max(
        right(scores, scenario, np.array(chosen))
        for chosen in itertools.product(range(3), repeat=8)
        if (np.bincount(chosen, minlength=3) <= most).all()
    )
    found = solve(scenario, scores)
    got = right(scores, scenario, assign(found, scores.validation, CLASSES))
    curves = curves_of(scenario, most_lost(scores))
    part = (curves.slope * curves.day).sum() * (0.5 / 8) ** 2 / 2
    assert best - got <= 4 * part


def test_without_tiring_the_segments_agree_with_the_plain_solution() -> None:
    scores = scores_of(60, 10, 4, 0)
    scenario = day(4, AI={"maximum": 0.2}, B={"maximum": 0.2})
    found = solve(scenario, scores)
    chosen = assign(found, scores.validation, CLASSES)
    assert right(scores, scenario, chosen) == pytest.approx(by_segments(found, scores), abs=3e-6)
