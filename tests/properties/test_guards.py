"""Guard rules hold on every case, whatever the scenario."""

import numpy as np
import pytest

from core.scenarios.guards import permitted
from core.scenarios.routed import in_one_go, one_by_one
from core.scenarios.ruled import Ruled, rule_cases
from core.scenarios.scores import CaseScores
from core.scenarios.settings import (
    AINever,
    Guard,
    NoSuspects,
    ReadByExpert,
    Scenario,
    ScenarioError,
)
from core.scenarios.solution import assign, solve
from tests.unit.scenarios.synthetic import CLASSES, agents_of, cases_of, day, scores_of

CASES = cases_of(10_000, 4, seed=77)
SCORES = [scores_of(200, 50, seed=seed) for seed in range(3)]


def random_guards(rng: np.random.Generator) -> tuple[Guard, ...]:
    found: list[Guard] = []
    for _ in range(rng.integers(1, 5)):
        risk, calls = rng.choice(CLASSES, 2, replace=False)
        above = float(np.round(rng.random() * 0.9, 3))
        kind = rng.integers(4)
        if kind < 2:
            found.append(AINever(risk=risk, calls=calls if kind else None, above=above))
        elif kind == 2:
            found.append(ReadByExpert(column="site", value=str(rng.choice(["north", "south"]))))
        else:
            expert = f"expert {rng.choice(list('ABC'))}"
            found.append(NoSuspects(expert=expert, suspect=risk, above=above))
    return tuple(found)


def breaks(guard: Guard, chosen: np.ndarray, cases: CaseScores = CASES) -> np.ndarray:
    """The rule in its own words, case by case, apart from how it is kept."""
    p, ai = cases.probabilities, chosen == 3
    match guard:
        case AINever(risk=risk, calls=calls, above=above):
            called = np.array(CLASSES)[cases.ai_answer]
            wrong = called != risk if calls is None else called == calls
            return ai & wrong & (p[:, CLASSES.index(risk)] > above)
        case ReadByExpert(column=column, value=value):
            return ai & (cases.groups[column] == value)
        case NoSuspects(expert=expert, suspect=suspect, above=above):
            reader = chosen == "ABC".index(expert[-1])
            return reader & (p[:, CLASSES.index(suspect)] > above)


@pytest.mark.parametrize("seed", range(20))
def test_no_rule_is_broken_on_ten_thousand_cases(seed: int) -> None:
    rng = np.random.default_rng(seed)
    off = {letter: {"on_duty": bool(rng.random() < 0.7)} for letter in "ABC"}
    scenario = day(
        4, **off, AI={"maximum": float(np.round(rng.random(), 2))}, guards=random_guards(rng)
    )
    try:
        found = solve(scenario, SCORES[seed % 3])
    except ScenarioError:
        scenario = day(4, guards=scenario.guards)
        found = solve(scenario, SCORES[seed % 3])
    chosen = assign(found, CASES, CLASSES)
    check(scenario, CASES, chosen)
    may = permitted(scenario, CASES, CLASSES)
    np.testing.assert_array_equal(chosen == -1, ~may.any(1))


def check(scenario: Scenario, cases: CaseScores, chosen: np.ndarray) -> None:
    for guard in scenario.guards:
        assert not breaks(guard, chosen, cases).any()
    for agent, terms in enumerate(scenario.terms):
        assert terms.on_duty or not (chosen == agent).any()


def ruled_day(seed: int, cases: CaseScores) -> Ruled:
    """A day with rules and somebody off duty, on which every case can be placed."""
    rng = np.random.default_rng(seed)
    guards = random_guards(rng)
    off = {"ABC"[rng.integers(3)]: {"on_duty": False}}
    ruled = rule_cases(day(4, **off, guards=guards), cases, agents_of(4), CLASSES)
    if ruled.may.any(1).all():
        return ruled
    return rule_cases(day(4, guards=guards), cases, agents_of(4), CLASSES)


@pytest.mark.parametrize("seed", range(10))
def test_no_rule_is_broken_on_worklists_of_ten_thousand_cases_in_all(seed: int) -> None:
    cases = cases_of(1000, 4, seed=100 + seed)
    ruled = ruled_day(seed, cases)
    least, most = np.zeros(4, int), np.full(4, 1000)
    # Half of what the AI could take at most: it would like more.
    least[-1] = most[-1] = ruled.may[:, -1].sum() // 2
    found = in_one_go(cases, least, most, agents_of(4), CLASSES, ruled)
    assert found.loads[-1] == most[-1]
    assert (found.chosen >= 0).all()
    check(ruled.scenario, cases, found.chosen)


@pytest.mark.parametrize("seed", range(10))
def test_no_rule_is_broken_one_at_a_time_on_ten_thousand_cases(seed: int) -> None:
    ruled = ruled_day(seed, CASES)
    least, most = np.zeros(4, int), np.full(4, 10_000)
    least[-1] = most[-1] = ruled.may[:, -1].sum() // 2
    found = one_by_one(
        CASES,
        least,
        most,
        agents_of(4),
        CLASSES,
        validation=SCORES[seed % 3].validation,
        seed=0,
        ruled=ruled,
    )
    assert (found.chosen >= 0).all()
    check(ruled.scenario, CASES, found.chosen)
