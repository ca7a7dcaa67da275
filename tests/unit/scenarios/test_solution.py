from dataclasses import replace

import numpy as np
import pytest

from core.allocation.problem import whole_cases
from core.scenarios.feasible import shares
from core.scenarios.settings import AINever, NoSuspects, ReadByExpert, Scenario, ScenarioError
from core.scenarios.solution import assign, solve
from tests.unit.scenarios.synthetic import CLASSES, cases_of, day, scores_of

NORTH = ReadByExpert(column="site", value="north")
GUARDS = (
    NORTH,
    AINever(calls="normal", risk="cancer", above=0.1),
    NoSuspects(expert="expert A", suspect="benign", above=0.4),
)


def test_free_agents_have_no_price_and_the_best_takes_each_case() -> None:
    scores = scores_of()
    found = solve(day(4), scores)
    np.testing.assert_array_equal(found.prices.prices, 0.0)
    value = scores.test.value
    best = value[np.arange(len(value)), found.chosen]
    np.testing.assert_allclose(best, value.max(1), atol=2e-6)  # the jitter


@pytest.mark.parametrize("guards", [(), GUARDS])
def test_hard_workloads_on_validation_meet_the_bounds(guards: tuple) -> None:
    scores = scores_of()
    scenario = day(
        4,
        A={"minimum": 0.2, "maximum": 0.3},
        B={"maximum": 0.15},
        AI={"minimum": 0.3, "maximum": 0.3},
        guards=guards,
    )
    found = solve(scenario, scores)
    least, most = whole_cases(*shares(scenario), 300)
    chosen = assign(found, scores.validation, CLASSES)
    load = np.bincount(chosen, minlength=4)
    assert (least <= load).all()
    assert (load <= most).all()
    np.testing.assert_array_equal(load / 300, found.prices.workloads)
    assert found.allowed_validation[np.arange(300), chosen].all()


def test_off_duty_agents_get_exactly_nothing_whatever_they_are_worth() -> None:
    scores = scores_of()
    scenario = day(4, B={"on_duty": False, "minimum": 0.5}, guards=GUARDS)
    found = solve(scenario, scores)
    many = cases_of(10_000, 4, seed=9)
    eager = replace(many, value=many.value + np.array([0, 9.0, 0, 0], np.float32))
    assert not (assign(found, eager, CLASSES) == 1).any()
    assert not (found.chosen == 1).any()


def test_a_case_nobody_may_take_goes_to_nobody() -> None:
    scores = scores_of()
    off = {"on_duty": False}
    scenario = day(4, A=off, B=off, C=off, guards=(replace(NORTH, value="isle"),))
    found = solve(scenario, scores)
    cases = cases_of(50, 4, seed=3)
    cases.groups["site"][:] = np.where(np.arange(50) % 2, "isle", "south")
    assert assign(found, cases, CLASSES).tolist() == [3, -1] * 25


def test_scores_that_are_no_numbers_break_no_rule() -> None:
    scores = scores_of()
    found = solve(day(4, C={"on_duty": False}, guards=(NORTH,)), scores)
    cases = cases_of(40, 4, seed=3)
    cases.value[:20] = np.nan
    cases.value[20:, :3] = np.nan
    chosen = assign(found, cases, CLASSES)
    assert np.isin(chosen, [0, 1, 3]).all()
    assert not (chosen[cases.groups["site"] == "north"] == 3).any()


def test_a_rule_comes_before_a_least_of_everything() -> None:
    scores = scores_of()
    rule = NoSuspects(expert="expert A", suspect="cancer", above=0.9999)
    scores.validation.probabilities[:] = 1 / 3
    found = solve(day(4, A={"minimum": 1.0}, guards=(rule,)), scores)
    cases = cases_of(10, 4, seed=3)
    cases.probabilities[0] = [0, 0, 1.0]
    chosen = assign(found, cases, CLASSES)
    assert chosen[0] > 0
    assert (chosen[1:] == 0).all()


def test_what_cannot_be_met_is_refused() -> None:
    scenario = day(4, A={"maximum": 0.3}, B={"maximum": 0.3}, C={"maximum": 0.1})
    with pytest.raises(ScenarioError, match="at most 80 of 200 cases a day"):
        solve(
            scenario.with_terms("AI", on_duty=False, maximum=0.0).with_terms(
                "expert B", on_duty=False
            ),
            scores_of(),
        )


def test_a_start_changes_nothing() -> None:
    scores = scores_of()
    near = day(4, AI={"minimum": 0.3, "maximum": 0.3}, B={"maximum": 0.2}, guards=GUARDS)
    cold = solve(near, scores)
    warm = solve(near, scores, start=solve(near.with_terms("AI", minimum=0.25), scores))
    np.testing.assert_allclose(warm.prices.prices, cold.prices.prices, atol=1e-9)
    np.testing.assert_array_equal(warm.chosen, cold.chosen)


def test_a_scenario_of_other_agents_is_refused() -> None:
    other = Scenario.usual(("expert B", "expert A", "expert C", "AI"))
    with pytest.raises(ScenarioError, match="the model's agents are expert A"):
        solve(other, scores_of())
