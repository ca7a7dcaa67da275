import numpy as np
import pytest

from core.scenarios.amount import Amount
from core.scenarios.feasible import problem, shares
from core.scenarios.guards import permitted
from core.scenarios.nearest import obstacle
from core.scenarios.scores import Scores
from core.scenarios.settings import AINever, NoSuspects, ReadByExpert, Scenario
from tests.unit.scenarios.synthetic import day, scores_of

NORTH = ReadByExpert(column="site", value="north")
SOUTH = ReadByExpert(column="site", value="south")


@pytest.fixture(scope="module")
def scores() -> Scores:
    return scores_of()


def test_shares_of_cases_a_day() -> None:
    scenario = day(
        3, 200, "cases", A={"minimum": 20, "maximum": 50}, B={"on_duty": False}, AI={"maximum": 500}
    )
    lower, upper = shares(scenario)
    np.testing.assert_allclose(lower, [0.1, 0.0, 0.0])
    np.testing.assert_allclose(upper, [0.25, 0.0, 1.0])


def test_what_can_be_met_has_no_obstacle(scores: Scores) -> None:
    assert obstacle(day(4), scores) is None
    assert obstacle(day(4, AI={"minimum": 0.4, "maximum": 0.4}, guards=(NORTH,)), scores) is None


def test_too_little_room_says_how_many_can_be_placed_and_raises_equally(scores: Scores) -> None:
    scenario = day(
        4,
        200,
        "cases",
        A={"maximum": 40},
        B={"maximum": 20},
        C={"on_duty": False},
        AI={"maximum": 80},
    )
    found = obstacle(scenario, scores)
    assert found is not None
    assert (found.placed, found.cases) == (140, 200)
    assert found.reason.startswith("at most 140 of 200 cases a day can be placed")
    assert found.fix == (
        "raise the maximum of expert A from 40 to 60 cases a day, expert B from 20 to 40 cases "
        "a day, the AI from 80 to 100 cases a day"
    )
    assert found.nearest is not None
    assert [t.maximum for t in found.nearest.terms] == [
        Amount(60, "cases"),
        Amount(40, "cases"),
        None,
        Amount(100, "cases"),
    ]
    assert not found.nearest.terms[2].on_duty


def test_least_workloads_that_are_too_much_are_lowered_equally(scores: Scores) -> None:
    found = obstacle(day(4, A={"minimum": 0.5}, B={"minimum": 0.5}, AI={"minimum": 0.3}), scores)
    assert found is not None
    assert "add up to 130.0\u202f%, more than all cases" in found.reason
    assert found.fix == (
        "lower the minimum of expert A from 50.0\u202f% to 40.0\u202f%, expert B from "
        "50.0\u202f% to 40.0\u202f%, "
        "the AI from 30.0\u202f% to 20.0\u202f%"
    )


def test_a_least_of_more_than_the_day_is_lowered_to_it(scores: Scores) -> None:
    found = obstacle(day(4, 200, "cases", A={"minimum": 300}), scores)
    assert found is not None
    assert found.fix == "lower the minimum of expert A from 300 to 200 cases a day"


def test_nobody_on_duty_puts_the_ai_on_duty(scores: Scores) -> None:
    off = {"on_duty": False}
    found = obstacle(day(4, A=off, B=off, C=off, AI=off), scores)
    assert found is not None
    assert (found.placed, found.fix) == (0, "put the AI on duty")


def test_cases_nobody_may_take_are_counted(scores: Scores) -> None:
    off = {"on_duty": False}
    found = obstacle(day(4, A=off, B=off, C=off, guards=(NORTH,)), scores)
    north = scores.validation.groups["site"] == "north"
    assert found is not None
    assert found.placed == int(200 * (1 - north.mean()) + 1e-6)
    assert f"{north.sum()} of 300 validation cases" in found.reason
    # The expert who is right most often; the rule stays.
    assert found.fix == "put expert C on duty"
    assert found.nearest is not None
    assert found.nearest.guards == (NORTH,)
    assert found.without_rules is None


def test_a_least_that_rules_leave_no_room_for_gives_way_and_the_rules_stay(scores: Scores) -> None:
    rules = (AINever(calls="normal", risk="cancer", above=0.3), NORTH)
    left = permitted(day(4, guards=rules), scores.validation, scores.classes)[:, -1].mean()
    found = obstacle(day(4, AI={"minimum": 0.8}, guards=rules), scores)
    assert found is not None
    assert found.reason.startswith("the AI can be given at most ")
    assert found.nearest is not None
    assert found.nearest.guards == rules
    assert found.nearest.terms[-1].minimum.value == pytest.approx(left, abs=1e-3)
    assert found.fix.startswith("lower the minimum of the AI from 80.0\u202f% to ")
    assert found.without_rules is None


def test_room_that_rules_need_is_given_to_who_may_take_the_cases(scores: Scores) -> None:
    tight = {"maximum": 0.1}
    found = obstacle(day(4, A=tight, B=tight, C=tight, guards=(NORTH,)), scores)
    assert found is not None
    assert found.fix.startswith("raise the maximum of expert ")
    assert found.nearest is not None
    assert found.nearest.guards == (NORTH,)
    assert all(t.on_duty for t in found.nearest.terms)


def test_a_greatest_of_nothing_gives_way_before_a_day_off(scores: Scores) -> None:
    off = {"on_duty": False}
    found = obstacle(day(4, A=off, B=off, C={"maximum": 0.0}, guards=(NORTH,)), scores)
    north = max(np.mean(p.groups["site"] == "north") for p in (scores.validation, scores.test))
    assert found is not None
    assert found.nearest is not None
    assert [t.on_duty for t in found.nearest.terms] == [False, False, True, True]
    assert found.nearest.terms[2].maximum.value == pytest.approx(north, abs=1e-3)


NOBODY = tuple(NoSuspects(expert=f"expert {k}", suspect="cancer", above=0.6) for k in "ABC")
NO_AI_CALLS = AINever(risk="normal", above=0.0)


def test_rules_that_alone_leave_nobody_are_named_and_none_is_dropped(scores: Scores) -> None:
    everyone = (*NOBODY, NO_AI_CALLS, NORTH)
    found = obstacle(day(4, A={"on_duty": False}, guards=everyone), scores)
    stuck = (scores.validation.probabilities[:, 2] > 0.6).sum()
    assert found is not None
    assert f"leave nobody for {stuck} of 300 validation cases" in found.reason
    assert "whatever the workloads and whoever is on duty" in found.reason
    assert "expert B does not read cases whose probability of cancer" in found.reason
    assert found.nearest is None
    assert found.fix == ""


def test_what_dropping_a_rule_would_do_is_a_separate_offer(scores: Scores) -> None:
    everyone = (*NOBODY, NO_AI_CALLS, NORTH)
    found = obstacle(day(4, guards=everyone), scores)
    assert found is not None
    assert found.without_rules is not None
    assert obstacle(found.without_rules, scores) is None
    # One is enough, and of those that are enough the one that protects fewest cases.
    assert len(found.without_rules.guards) == len(everyone) - 1
    assert found.dropped.startswith("drop the rule that expert ")


def test_a_test_case_nobody_may_take_is_an_obstacle(scores: Scores) -> None:
    off = {"on_duty": False}
    scores.test.groups["site"][0], kept = "isle", scores.test.groups["site"][0]
    rule = ReadByExpert(column="site", value="isle")
    found = obstacle(day(4, A=off, B=off, C=off, guards=(rule,)), scores)
    scores.test.groups["site"][0] = kept
    assert found is not None
    assert "1 of 400 test cases" in found.reason


IMPOSSIBLE: list[Scenario] = [
    day(4, A={"maximum": 0.1}, B={"maximum": 0.0}, C={"maximum": 0.1}, AI={"maximum": 0.1}),
    day(4, A={"maximum": 0.0}, B={"maximum": 0.0}, C={"maximum": 0.0}, AI={"maximum": 0.0}),
    day(4, A={"on_duty": False}, B={"on_duty": False}, C={"maximum": 0.3}, guards=(NORTH, SOUTH)),
    day(4, A={"on_duty": False}, B={"on_duty": False}, C={"on_duty": False}, guards=(NORTH, SOUTH)),
    day(
        4,
        A={"maximum": 0.2},
        B={"maximum": 0.2},
        C={"on_duty": False},
        AI={"maximum": 0.2},
        guards=(NORTH, SOUTH, AINever(risk="cancer", above=0.01)),
    ),
    day(
        4,
        123,
        "cases",
        A={"minimum": 100},
        B={"minimum": 70, "maximum": 90},
        AI={"minimum": 90},
        guards=(NORTH, NoSuspects(expert="expert A", suspect="normal", above=0.1)),
    ),
    day(
        4,
        A={"minimum": 1.0},
        guards=tuple(NoSuspects(expert="expert A", suspect=c, above=0.0) for c in ("normal",)),
    ),
]


@pytest.mark.parametrize("scenario", IMPOSSIBLE)
def test_the_nearest_scenario_can_be_met(scenario: Scenario, scores: Scores) -> None:
    found = obstacle(scenario, scores)
    assert found is not None
    assert found.fix
    assert found.nearest is not None
    assert found.nearest.guards == scenario.guards
    assert obstacle(found.nearest, scores) is None


def test_a_fraction_of_a_case_is_no_obstacle(scores: Scores) -> None:
    # 99.9 % of 300 validation cases or of 200 a day is a third or a fifth of a case short.
    thirds = day(3, A={"maximum": 0.333}, B={"maximum": 0.333}, AI={"maximum": 0.333})
    assert problem(thirds, np.ones((300, 3), bool)) is None
    assert problem(thirds, np.ones((3000, 3), bool)) is not None


def test_one_case_of_the_day_is_an_obstacle_however_few_the_validation_cases() -> None:
    scenario = day(3, 200, "cases", A={"maximum": 99}, B={"maximum": 0}, AI={"maximum": 100})
    found = problem(scenario, np.ones((20, 3), bool))
    assert found is not None
    assert found.placed == 199


def test_room_counts_beside_cases_nobody_may_take(scores: Scores) -> None:
    # Nobody may take the cases from north, and of the others the experts get none.
    off = {"on_duty": False}
    rule = NoSuspects(expert="expert A", suspect="normal", above=0.0)
    scenario = day(4, A={"maximum": 0.9}, B=off, C=off, AI={"maximum": 0.1}, guards=(NORTH, rule))
    found = obstacle(scenario, scores)
    assert found is not None
    assert found.placed == 20
