"""Simulated days against a loop over their arrivals that anybody can follow."""

import numpy as np
import pytest

from core.allocation.routing import net_scores
from core.scenarios.arrivals import chances, preferences, simulate
from core.scenarios.chance import Decisions
from tests.unit.scenarios.synthetic import cases_of, scores_of

AGENTS, CASES, SIZE, DAYS = 4, 30, 25, 40


def one_day(
    net: np.ndarray, room: np.ndarray, rows: list[int]
) -> tuple[list[int], list[int], list[list[int]]]:
    """Loads, arrivals before each agent was full, and who would have got each case when."""
    left, load = room.tolist(), [0] * AGENTS
    full_after = [0 if r == 0 else len(rows) for r in left]
    moments = []
    for t, row in enumerate(rows):
        takers = []
        for case in [*range(CASES), row]:
            best, top = -1, -np.inf
            for k in range(AGENTS):
                if left[k] > 0 and net[k, case] > top:
                    best, top = k, net[k, case]
            takers.append(best)
        moments.append(takers[:-1])
        taker = takers[-1]
        if taker >= 0:
            load[taker] += 1
            left[taker] -= 1
            if left[taker] == 0:
                full_after[taker] = t + 1
    return load, full_after, moments


@pytest.mark.parametrize("seed", range(12))
def test_days_are_those_of_a_plain_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    able = rng.random((CASES, AGENTS)) < 0.8  # a few cases nobody may take at all
    value = cases_of(CASES, AGENTS, seed).value
    net = net_scores(value, rng.normal(0, 0.1, AGENTS), allowed=able, seed=seed)
    room = rng.integers(0, 12, AGENTS)
    capped = rng.random(AGENTS) < 0.8
    room[~capped] = SIZE + 1
    order = preferences(net, capped)
    rows = rng.integers(0, CASES, (DAYS, SIZE))
    past = 0

    def draw(g: int) -> np.ndarray:
        nonlocal past
        past += g
        return rows[:, past - g : past]

    found = simulate(order, room, SIZE, draw, DAYS)
    counted = np.zeros((CASES, AGENTS + 1))
    for d in range(DAYS):
        load, full_after, moments = one_day(net, room, rows[d].tolist())
        assert found.load[d].tolist() == load
        assert found.filled[d].tolist() == full_after
        assert found.waiting[d] == SIZE - sum(load)
        for takers in moments:
            counted[np.arange(CASES), takers] += 1  # −1 is the last column
    chance = chances(order, found.filled, SIZE)
    spread = np.zeros((CASES, AGENTS + 1))
    np.add.at(spread, (np.arange(CASES)[:, None], order), chance)
    np.testing.assert_allclose(spread, counted / (DAYS * SIZE), atol=1e-12)


def test_chances_are_where_the_drawn_cases_went() -> None:
    """Over many days the counts of what happened agree within their standard errors."""
    net = net_scores(cases_of(CASES, AGENTS, 1).value, np.zeros(AGENTS), seed=1)
    room = np.array([5, 6, 7, 8])  # more than the 25 of a day, so nobody waits
    order, rng = preferences(net, np.ones(AGENTS, bool)), np.random.default_rng(0)
    days, rows = 4000, []

    def draw(g: int) -> np.ndarray:
        rows.append(rng.integers(0, CASES, (days, g)))
        return rows[-1]

    found = simulate(order, room, SIZE, draw, days)
    chance = chances(order, found.filled, SIZE)
    expected = np.zeros((CASES, AGENTS + 1))
    np.add.at(expected, (np.arange(CASES)[:, None], order), chance)
    # Each case arrives SIZE / CASES times a day, so loads follow from the chances.
    loads = SIZE * expected.mean(0)[:-1]
    error = found.load.std(0) / np.sqrt(days) + SIZE * 0.5 / np.sqrt(days * SIZE)
    assert (np.abs(loads - found.load.mean(0)) < 4 * error).all()
    assert expected[:, -1].max() == 0.0
    drawn = np.bincount(np.concatenate(rows, axis=1).ravel(), minlength=CASES)
    assert drawn.min() > 3000


@pytest.mark.parametrize("seed", range(6))
def test_the_estimator_is_the_mean_over_every_case_by_hand(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = scores_of(10, CASES, AGENTS, seed)
    who = np.argsort(rng.random((CASES, AGENTS)), axis=1)
    chance = rng.dirichlet(np.ones(AGENTS), CASES)
    weight = rng.integers(0, 3, CASES)
    load, right, of = [0.0] * AGENTS, [0.0] * AGENTS, [0.0] * AGENTS
    for i in range(CASES):
        for k, p in zip(who[i].tolist(), (weight[i] * chance[i]).tolist(), strict=True):
            said = scores.test.ai_answer[i] if k == AGENTS - 1 else scores.annotations[i, k]
            known = k == AGENTS - 1 or scores.annotated[i, k]
            load[k] += p
            of[k] += p * known
            right[k] += p * (known and said == scores.truth[i])
    for k in range(AGENTS - 1):
        if of[k] < 5:
            made = weight * scores.annotated[:, k]
            of[k] = made.sum()
            right[k] = (made * (scores.annotations[:, k] == scores.truth)).sum()
    expected = sum(w * r / o for w, r, o in zip(load, right, of, strict=True)) / sum(load)
    assert Decisions.of(who, scores).accuracy(chance, weight).accuracy == pytest.approx(expected)
