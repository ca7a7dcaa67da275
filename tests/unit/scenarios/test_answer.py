from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.evaluation.intervals import BootstrapWeights, fitted_interval, paired_difference, wilson
from core.results.figure import Figure
from core.scenarios.answer import Answer, answer
from core.scenarios.outcomes import ai_alone, as_recorded, measure
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario
from core.scenarios.solution import Solution
from tests.unit.scenarios.panels import AGENTS, panel, solution_of

WEIGHTS = BootstrapWeights(600, 200)
CHOSEN = np.random.default_rng(5).integers(0, 3, 600)


@pytest.fixture(autouse=True)
def promised(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others work out; they have tests of their own."""
    monkeypatch.setattr(
        "core.scenarios.answer.coming",
        lambda solution, scores, n: np.tile([0.1 / n, 0.9], (3, 1)),
    )
    monkeypatch.setattr(
        "core.scenarios.answer.capacity_worth", lambda solution, scores: np.array([0.5, 0.0, 0.0])
    )


def told(scores: Scores, solution: Solution, **more: Any) -> Answer:
    settings: dict[str, Any] = {"baseline": ai_alone(scores, WEIGHTS), "class_index": 2}
    return answer(solution, scores, WEIGHTS, **{**settings, **more})


def test_every_figure_is_the_outcomes() -> None:
    scores = panel()
    found = told(scores, solution_of(CHOSEN))
    plain = measure("so", CHOSEN, scores, WEIGHTS)
    assert found.accuracy == plain.accuracy
    two = plain.of_class(2)
    assert found.sensitivity == two.sensitivity[:2]
    assert found.specificity == two.specificity[:2]
    assert found.misses.value == pytest.approx(1000 * (two.missed.share or 0))
    assert found.misses.interval == pytest.approx([1000 * e for e in two.missed.interval or ()])
    assert found.accuracy_with_fatigue is None


def test_changes_are_paired_with_the_baseline() -> None:
    scores = panel()
    found = told(scores, solution_of(CHOSEN))
    one, other = measure("so", CHOSEN, scores, WEIGHTS), ai_alone(scores, WEIGHTS)
    expected = paired_difference(
        one.accuracy.value, other.accuracy.value, one.replicates, other.replicates
    )
    assert found.change == expected
    drawn = [1000 * way.of_class(2).replicates.missed for way in (one, other)]
    values = [1000 * (way.of_class(2).missed.share or 0) for way in (one, other)]
    change = found.misses_change
    assert change is not None
    assert change.difference == pytest.approx(values[0] - values[1])
    assert change.interval == pytest.approx(np.quantile(drawn[0] - drawn[1], (0.025, 0.975)))


def test_a_scenario_against_itself_does_not_differ() -> None:
    scores = panel()
    solution = solution_of(CHOSEN)
    first = told(scores, solution)
    again = told(scores, solution, baseline=first.outcome)
    for change in (again.change, again.sensitivity_change, again.specificity_change):
        assert change == (0.0, (0.0, 0.0), False)
    assert again.moved is not None
    assert not again.moved.any()


def test_cases_that_change_hands_are_told_where_the_baseline_hands_them_out() -> None:
    scores = panel()
    moved = told(scores, solution_of(CHOSEN)).moved
    np.testing.assert_array_equal(moved, CHOSEN != 2)
    recorded = as_recorded(scores, WEIGHTS)
    assert told(scores, solution_of(CHOSEN), baseline=recorded).moved is None


def test_what_an_agent_does_is_told_per_day() -> None:
    scores = panel()
    scenario = Scenario.usual(AGENTS, cases_per_day=200).with_terms("ann", minutes=6.0, cost=2.0)
    scenario = scenario.with_terms("AI", cost=0.5)
    chosen = np.repeat([0, 2], [150, 450])
    found = told(scores, solution_of(chosen, scenario), coming_cases=50)
    ann, bob, ai = found.agents
    assert (ann.name, ann.share, ann.cases, ann.minutes, ann.cost) == ("ann", 0.25, 50, 300, 100)
    validation = len(scores.validation)
    assert ann.share_interval == fitted_interval(0.25, validation, 600)
    assert ann.share_interval[1] - ann.share_interval[0] > np.ptp(wilson(150, 600))
    handed = scores.annotated[:150, 0]
    right = (scores.annotations[:150, 0] == scores.truth[:150])[handed].sum()
    assert ann.accuracy.value == pytest.approx(right / handed.sum())
    assert ann.accuracy.interval == wilson(right, handed.sum())
    assert ann.measured_cases == handed.sum()
    assert ann.worth == 0.5
    assert ann.coming == pytest.approx((0.002, 0.9))
    assert found.coming_cases == 50
    assert (bob.share, bob.accuracy, bob.cost) == (0.0, Figure(None, None), 0.0)
    assert found.minutes == 300
    assert found.cost == pytest.approx(100 + 0.5 * ai.cases)


def test_tiredness_stays_beside_what_is_measured() -> None:
    scores = panel()
    scenario = replace(Scenario.usual(AGENTS), fatigue=2.0)
    chosen = np.repeat([0, 1, 2], 200)
    found = told(scores, solution_of(chosen, scenario, fatigue_loss=(0.03, 0.0, 0.0)))
    assert found.accuracy == told(scores, solution_of(chosen)).accuracy
    assert found.accuracy_with_fatigue is not None
    assert found.accuracy_with_fatigue.value == pytest.approx((found.accuracy.value or 0) - 0.01)
    assert found.accuracy_with_fatigue.interval == pytest.approx(
        np.subtract(found.accuracy.interval, 0.01)
    )
    assert found.agents[0].fatigue_loss == pytest.approx(3.0)


def test_what_cannot_be_measured_is_not_compared() -> None:
    scores = panel()
    silent = replace(scores, annotated=scores.annotated & [True, False])
    found = told(silent, solution_of(CHOSEN))
    assert found.accuracy == (None, None)
    assert found.change is None
    assert found.sensitivity_change is None
    scenario = replace(Scenario.usual(AGENTS), fatigue=2.0)
    assert told(silent, solution_of(CHOSEN, scenario)).accuracy_with_fatigue == (None, None)


def test_cases_nobody_takes_are_told() -> None:
    scores = panel()
    chosen = np.where(np.arange(600) < 60, -1, CHOSEN)
    found = told(scores, solution_of(chosen))
    assert found.unplaced == pytest.approx(0.1)
    assert sum(agent.share for agent in found.agents) == pytest.approx(0.9)


def test_a_baseline_of_other_resamples_is_refused() -> None:
    scores = panel()
    other = ai_alone(scores, BootstrapWeights(600, 200, seed=1))
    with pytest.raises(ValueError, match="other resamples"):
        told(scores, solution_of(CHOSEN), baseline=other)


def test_a_figure_changes_its_unit_and_never_falls_below_nothing() -> None:
    one = Figure(0.1, (0.05, 0.2))
    assert one.times(10) == (1.0, (0.5, 2.0))
    assert one.less(0.1) == (0.0, (0.0, 0.1))
    assert Figure(None, None).times(2) == Figure(None, None).less(0.1) == (None, None)
    assert Figure(0.5, None).less(0.1) == (0.4, None)
