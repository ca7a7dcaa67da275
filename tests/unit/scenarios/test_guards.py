from dataclasses import replace

import numpy as np
import pytest

from core.scenarios.guards import guard_words, permitted, unknown_names
from core.scenarios.scores import CaseScores
from core.scenarios.settings import AINever, NoSuspects, ReadByExpert, ScenarioError
from tests.unit.scenarios.synthetic import CLASSES, agents_of, day


@pytest.fixture
def cases() -> CaseScores:
    probabilities = np.array([[0.97, 0.01, 0.02], [0.9, 0.05, 0.05], [0.3, 0.1, 0.6]])
    return CaseScores(
        value=np.full((3, 3), 0.8),
        probabilities=probabilities,
        ai_answer=np.array([0, 0, 2]),
        case_ids=np.array(["a", "b", "c"]),
        groups={"site": np.array(["north", "south", "south"])},
    )


def test_without_rules_everybody_on_duty_may_take_everything(cases: CaseScores) -> None:
    assert permitted(day(3), cases, CLASSES).all()


def test_off_duty_and_a_greatest_of_nothing_take_nothing(cases: CaseScores) -> None:
    may = permitted(day(3, A={"on_duty": False}, B={"maximum": 0.0}), cases, CLASSES)
    assert may.tolist() == [[False, False, True]] * 3


def test_the_ai_never_calls_normal_what_may_be_cancer(cases: CaseScores) -> None:
    rule = AINever(calls="normal", risk="cancer", above=0.02)
    may = permitted(day(3, guards=(rule,)), cases, CLASSES)
    assert may[:, -1].tolist() == [True, False, True]  # exactly 2 % is not above
    assert may[:, :2].all()


def test_a_rule_without_a_call_is_about_every_other_class(cases: CaseScores) -> None:
    may = permitted(day(3, guards=(AINever(risk="normal", above=0.2),)), cases, CLASSES)
    assert may[:, -1].tolist() == [True, True, False]


def test_a_group_is_read_by_experts(cases: CaseScores) -> None:
    may = permitted(day(3, guards=(ReadByExpert(column="site", value="south"),)), cases, CLASSES)
    assert may[:, -1].tolist() == [True, False, False]


def test_an_expert_reads_no_suspects(cases: CaseScores) -> None:
    rule = NoSuspects(expert="expert B", suspect="cancer", above=0.5)
    may = permitted(day(3, guards=(rule,)), cases, CLASSES)
    assert may[:, 1].tolist() == [True, True, False]
    assert may[:, [0, 2]].all()


def test_a_probability_that_is_no_number_keeps_the_ai_away(cases: CaseScores) -> None:
    unknown = replace(cases, probabilities=np.full((3, 3), np.nan))
    rule = AINever(calls="normal", risk="cancer")
    may = permitted(day(3, guards=(rule,)), unknown, CLASSES)
    assert may[:, -1].tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        (AINever(risk="flu"), "no class 'flu'"),
        (AINever(risk="cancer", calls="flu"), "no class 'flu'"),
        (ReadByExpert(column="ward", value="1"), "no group column 'ward'; group columns: site"),
        (NoSuspects(expert="Z", suspect="cancer"), "no expert 'Z'"),
        (NoSuspects(expert="expert A", suspect="flu"), "no class 'flu'"),
        (NoSuspects(expert="AI", suspect="cancer"), "no expert 'AI'"),
    ],
)
def test_a_rule_nobody_can_check_is_refused(cases: CaseScores, rule: object, place: str) -> None:
    scenario = day(3, guards=(rule,))
    assert place in (unknown_names(scenario, CLASSES, agents_of(3), cases.groups) or "")
    with pytest.raises(ScenarioError, match="guard rule 1"):
        permitted(scenario, cases, CLASSES)


def test_names_of_another_data_set_are_found() -> None:
    assert "expert C" in (unknown_names(day(4), CLASSES, agents_of(3), ["site"]) or "")
    assert unknown_names(day(3), CLASSES, agents_of(3), ["site"]) is None


def test_another_number_of_agents_is_refused(cases: CaseScores) -> None:
    with pytest.raises(ScenarioError, match="for 4 agents, but the model has 3"):
        permitted(day(4), cases, CLASSES)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            AINever(calls="normal", risk="cancer"),
            "the AI never decides a case it calls normal when the probability of cancer is "
            "above 2.0\u202f%",
        ),
        (
            AINever(risk="cancer", above=0.1),
            "the AI never decides a case it calls anything but cancer when the probability of "
            "cancer is above 10.0\u202f%",
        ),
        (
            ReadByExpert(column="site", value="north"),
            "cases with site north are always read by an expert",
        ),
        (
            NoSuspects(expert="expert B", suspect="cancer"),
            "expert B does not read cases whose probability of cancer is above 50.0\u202f%",
        ),
    ],
)
def test_rules_are_said_plainly(rule: object, words: str) -> None:
    assert guard_words(rule) == words
