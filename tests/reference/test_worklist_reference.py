"""Worklists against every assignment of a few cases."""

import itertools

import numpy as np
import pytest

from core.scenarios.settings import ScenarioError
from core.scenarios.worklist import nearest_capacities, worklist
from tests.unit.scenarios.synthetic import cases_of

EVERY = np.array(list(itertools.product(range(3), repeat=7)))
LOADS = (EVERY[:, :, None] == np.arange(3)).sum(1)


@pytest.mark.parametrize("seed", range(40))
def test_no_assignment_is_better_and_none_is_missed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cases = cases_of(7, 3, seed)
    may = rng.random((7, 3)) < 0.7
    if seed % 2:  # exactly so many each
        least = most = rng.multinomial(7, [1 / 3, 1 / 3, 1 / 3])
    else:
        least, most = rng.integers(0, 3, 3), rng.integers(2, 6, 3)
        least = np.minimum(least, most)
    good = may[np.arange(7), EVERY].all(1)
    good &= (least <= LOADS).all(1) & (most >= LOADS).all(1)
    totals = cases.value.astype(float)[np.arange(7), EVERY].sum(1)
    if not good.any():
        with pytest.raises(ScenarioError):
            worklist(cases, least, most, may)
        return
    found = worklist(cases, least, most, may)
    loads = np.bincount(found.chosen, minlength=3)
    assert may[np.arange(7), found.chosen].all()
    assert (least <= loads).all()
    assert (loads <= most).all()
    # The order among cases of equal worth may cost 1e-9 of the range of the scores per case.
    assert found.expected == pytest.approx(totals[good].max(), abs=2e-8)


@pytest.mark.parametrize("seed", range(10))
def test_it_says_how_many_cases_can_be_placed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    may = rng.random((7, 3)) < 0.5
    most = rng.integers(0, 3, 3)
    ways = itertools.product(*[[-1, *np.flatnonzero(row)] for row in may])
    placed = max(
        sum(agent >= 0 for agent in way)
        for way in ways
        if all(way.count(k) <= most[k] for k in range(3))
    )
    assert placed < 7
    with pytest.raises(ScenarioError, match=f"at most {placed} of 7 cases can be placed"):
        worklist(cases_of(7, 3, seed), np.zeros(3, int), most, may)


@pytest.mark.parametrize("seed", range(40))
def test_the_nearest_capacities_move_as_few_cases_as_possible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cases = cases_of(7, 3, seed)
    may = rng.random((7, 3)) < 0.6
    may[~may.any(1), 1] = True
    least, most = np.sort(rng.integers(0, 5, (2, 3)), axis=0)
    if seed % 2:
        least = most = rng.multinomial(7, [1 / 3, 1 / 3, 1 / 3])
    ways = may[np.arange(7), EVERY].all(1)
    off = (np.maximum(LOADS - most, 0) + np.maximum(least - LOADS, 0)).sum(1)
    fewest = off[ways].min()
    totals = cases.value.astype(float)[np.arange(7), EVERY].sum(1)
    low, high, _, loads = nearest_capacities(cases, least, most, may)
    assert np.abs(low - least).sum() + np.abs(high - most).sum() == fewest
    assert (low <= least).all()
    assert (high >= most).all()
    assert (low <= loads).all()
    assert (loads <= high).all()
    # They can be met, and as well as any that are as near.
    found = worklist(cases, low, high, may)
    assert found.expected >= totals[ways & (off == fewest)].max() - 2e-8
