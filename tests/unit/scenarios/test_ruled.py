from dataclasses import replace

import numpy as np
import pytest

from core.scenarios.room import NoRoomError
from core.scenarios.routed import Routed, in_one_go, one_by_one
from core.scenarios.ruled import Ruled, rule_cases, with_scenario
from core.scenarios.scores import CaseScores
from core.scenarios.settings import AINever, NoSuspects, ReadByExpert, Scenario, ScenarioError
from core.scenarios.worklist import worklist
from tests.unit.scenarios.synthetic import CLASSES, agents_of, cases_of, day

AGENTS = agents_of(4)
NORTH = ReadByExpert(column="site", value="north")
CANCER = AINever(risk="cancer", calls="normal", above=0.02)
SUSPECTS = NoSuspects(expert="expert A", suspect="cancer", above=0.4)
EVERYTHING = np.array([0, 0, 0, 0]), np.array([200, 200, 200, 200])


def ruled(scenario: Scenario, cases: CaseScores) -> Ruled:
    return rule_cases(scenario, cases, AGENTS, CLASSES)


def handed_out(scenario: Scenario, cases: CaseScores, least, most, way: str = "list") -> Routed:
    if way == "list":
        return in_one_go(cases, least, most, AGENTS, CLASSES, ruled(scenario, cases))
    return one_by_one(
        cases,
        least,
        most,
        AGENTS,
        CLASSES,
        validation=cases_of(300, 4, 99),
        seed=0,
        ruled=ruled(scenario, cases),
    )


@pytest.mark.parametrize("way", ["list", "online"])
def test_rules_hold_and_who_is_off_duty_gets_nothing(way: str) -> None:
    cases = cases_of(200, 4, 3)
    scenario = day(4, B={"on_duty": False}, guards=(NORTH, CANCER, SUSPECTS))
    found = handed_out(scenario, cases, np.array([30, 0, 0, 20]), EVERYTHING[1], way)
    p, ai = cases.probabilities, found.chosen == 3
    assert ai.any()
    assert not (ai & (cases.groups["site"] == "north")).any()
    assert not (ai & (cases.ai_answer == 0) & (p[:, 2] > 0.02)).any()
    assert not ((found.chosen == 0) & (p[:, 2] > 0.4)).any()
    assert not (found.chosen == 1).any()
    assert (found.chosen >= 0).all()


def test_cost_is_what_the_best_list_without_rules_has_more() -> None:
    cases = cases_of(200, 4, 3)
    scenario = day(4, guards=(NORTH, CANCER))
    least, most = np.array([40, 40, 40, 60]), np.array([40, 40, 60, 80])
    found = handed_out(scenario, cases, least, most)
    free = worklist(cases, least, most)
    bound = worklist(cases, least, most, ruled(scenario, cases).may)
    assert found.rules_cost() == pytest.approx(free.expected - bound.expected)
    assert found.rules_cost() > 0
    assert found.rules_moved() == (free.chosen != found.chosen).sum()
    assert handed_out(day(4), cases, least, most).rules_cost() is None


def test_reason_names_the_rule_that_keeps_the_first_choice_away() -> None:
    cases = cases_of(50, 4, 3)
    cases.value[:, 3] = 0.999
    found = handed_out(day(4, guards=(NORTH,)), cases, *EVERYTHING)
    north = cases.groups["site"] == "north"
    assert all(
        reason.startswith(
            "A guard rule keeps the AI away (cases with site north are always read by an expert). "
        )
        == away
        for reason, away in zip(found.reasons, north, strict=True)
    )


def test_how_many_cases_a_rule_is_about() -> None:
    cases = cases_of(200, 4, 3)
    north = int((cases.groups["site"] == "north").sum())
    off = day(4, AI={"on_duty": False}, guards=(NORTH,))
    assert ruled(day(4, guards=(NORTH, CANCER)), cases).kept[0] == north
    assert ruled(off, cases).kept[0] == 0  # the AI gets nothing anyway


def test_a_group_rule_needs_the_column() -> None:
    cases = replace(cases_of(20, 4, 3), groups={"group_sex": np.array(["f"] * 20)})
    with pytest.raises(ScenarioError) as error:
        ruled(day(4, guards=(CANCER, NORTH)), cases)
    assert "guard rule 2 (cases with site north are always read by an expert)" in str(error.value)
    assert "no column 'group_site' (group columns found: group_sex)" in str(error.value)


def test_a_column_that_differs_in_capitals_or_prefix_is_the_same() -> None:
    cases = cases_of(20, 4, 3)
    for name in ("Group_Site", "group_site", "SITE"):
        renamed = replace(cases, groups={name: cases.groups["site"]})
        found = ruled(day(4, guards=(NORTH,)), renamed)
        np.testing.assert_array_equal(found.may[:, 3], cases.groups["site"] != "north")


def test_groups_nobody_is_in_and_blank_ones_are_remarked() -> None:
    texts = np.array(["North", "south", " ", "south"])
    notes = ruled(day(4, guards=(NORTH,)), replace(cases_of(4, 4, 3), groups={"site": texts})).notes
    assert "no new case has site north" in notes[0]
    assert "1 of 4 new cases have no site" in notes[1]


def test_a_scenario_of_other_agents_is_refused() -> None:
    with pytest.raises(ScenarioError, match="scenario is for expert A, AI; the model's agents are"):
        ruled(day(2), cases_of(5, 4, 3))


def test_a_class_the_model_does_not_have_is_refused() -> None:
    rule = AINever(risk="melanoma")
    with pytest.raises(ScenarioError, match="no class 'melanoma'"):
        ruled(day(4, guards=(rule,)), cases_of(5, 4, 3))


def test_cases_that_rules_leave_to_nobody_are_named_and_no_rule_is_dropped() -> None:
    off = {"on_duty": False}
    cases = cases_of(20, 4, 3)
    found = ruled(day(4, A=off, B=off, C=off, guards=(NORTH,)), cases)
    with pytest.raises(NoRoomError) as error:
        found.check_takers()
    north = np.flatnonzero(cases.groups["site"] == "north")
    np.testing.assert_array_equal(error.value.stuck, north)
    told = str(error.value)
    assert f"at most {20 - len(north)} of 20 cases can be placed" in told
    assert f"case {north[0]}" in told
    assert "cases with site north are always read by an expert" in told
    assert "never dropped automatically" in told
    with pytest.raises(NoRoomError):
        handed_out(found.scenario, cases, *EVERYTHING, "online")


def test_shares_become_shares_of_these_cases() -> None:
    scenario = day(
        4, A={"minimum": 0.25, "maximum": 0.25}, B={"on_duty": False}, AI={"maximum": 0.5}
    )
    least, most = ruled(scenario, cases_of(40, 4, 3)).bounds()
    assert least.tolist() == [10, 0, 0, 0]
    assert most.tolist() == [10, 0, 40, 20]


def test_cases_a_day_stand_as_they_are_however_long_the_list() -> None:
    scenario = day(
        4, 200, "cases", A={"minimum": 20, "maximum": 60}, B={"maximum": 0}, C={"maximum": 20.5}
    )
    least, most = ruled(scenario, cases_of(400, 4, 3)).bounds()
    assert least.tolist() == [20, 0, 0, 0]
    assert most.tolist() == [60, 0, 20, 400]
    least, most = ruled(scenario, cases_of(10, 4, 3)).bounds()
    assert (least.tolist(), most.tolist()) == ([10, 0, 0, 0], [10, 0, 10, 10])


def test_capacities_come_first_and_the_scenario_fills_the_rest() -> None:
    scenario = day(4, A={"maximum": 0.25}, B={"on_duty": False})
    found = ruled(scenario, cases_of(40, 4, 3))
    assert with_scenario({"AI": 12}, found) == {
        "expert A": [0, 10],
        "expert B": [0, 0],
        "expert C": [0, 40],
        "AI": 12,
    }
    assert with_scenario({"expert B": 0}, found)["expert B"] == 0
    with pytest.raises(
        ScenarioError, match="expert B is off duty in the scenario, but has a capacity of 3"
    ):
        with_scenario({"expert B": 3}, found)


def test_one_at_a_time_prices_know_the_rules() -> None:
    """Fitted as if there were no rule, the AI would end far below its places."""
    cases, seen = cases_of(2000, 4, 5), cases_of(2000, 4, 6)
    most = np.array([2000, 2000, 2000, 700])
    least = np.array([0, 0, 0, 700])
    scenario = day(4, guards=(NORTH,))
    how = {"validation": seen, "seed": 0, "ruled": ruled(scenario, cases)}
    found = one_by_one(cases, least, most, AGENTS, CLASSES, **how)
    # Two standard errors of fitting on 2,000 and measuring on 2,000 cases.
    assert abs(found.loads[3] - 700) < 2 * np.sqrt(0.35 * 0.65 * 2 * 2000)
    assert found.notes == ()
    how["validation"] = replace(seen, groups={})
    blind = one_by_one(cases, least, most, AGENTS, CLASSES, **how)
    assert blind.loads[3] < 500
    assert not ((blind.chosen == 3) & (cases.groups["site"] == "north")).any()
    assert "did not store site for its validation cases" in blind.notes[0]


def test_rules_out_of_reach_on_validation_cases_are_kept_on_new_ones() -> None:
    seen = cases_of(300, 4, 99)
    seen.groups["site"][:] = "north"
    cases = cases_of(200, 4, 3)
    cases.groups["site"][:150] = "south"
    scenario = day(4, guards=(NORTH,))
    found = one_by_one(
        cases,
        np.array([0, 0, 0, 100]),
        EVERYTHING[1],
        AGENTS,
        CLASSES,
        validation=seen,
        seed=0,
        ruled=ruled(scenario, cases),
    )
    assert not ((found.chosen == 3) & (cases.groups["site"] == "north")).any()
