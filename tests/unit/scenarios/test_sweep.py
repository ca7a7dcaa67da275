from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.intervals import BootstrapWeights
from core.scenarios.amount import Amount
from core.scenarios.nearest import obstacle
from core.scenarios.outcomes import outcome_of
from core.scenarios.settings import ReadByExpert, Scenario, ScenarioError
from core.scenarios.solution import solve
from core.scenarios.sweep import PER_AGENT, SETTINGS, Setting, sweep, values_of
from tests.unit.scenarios.panels import AGENTS, panel

WEIGHTS = BootstrapWeights(600, 20)
FREE = Scenario.usual(AGENTS)


def test_the_ais_share_is_pinned_at_each_value() -> None:
    scores = panel()
    rows = list(sweep(FREE, scores, WEIGHTS, Setting("ai_share"), (0.0, 0.5, 1.0)))
    # Validation and test cases are the same here: loads are exact.
    assert [row.coverage for row in rows] == [0.0, 0.5, 1.0]
    assert all(row.why == "" for row in rows)
    pinned = FREE.with_terms("AI", minimum=0.5, maximum=0.5)
    assert rows[1].accuracy == outcome_of(solve(pinned, scores), scores, WEIGHTS).accuracy


def test_an_impossible_point_says_why_and_the_others_go_on() -> None:
    scores = panel()
    tight = FREE.with_terms("ann", maximum=0.2).with_terms("bob", maximum=0.2)
    rows = list(sweep(tight, scores, WEIGHTS, Setting("ai_share"), (0.5, 0.7)))
    assert rows[0].accuracy == (None, None)
    assert rows[0].coverage is None
    assert "can be placed" in rows[0].why
    assert rows[1].accuracy.value is not None


def test_more_cases_a_day_leave_an_agent_a_smaller_share() -> None:
    scores = panel()
    day = Scenario.usual(AGENTS, cases_per_day=100, unit="cases").with_terms("ann", maximum=20)
    day = day.with_terms("bob", on_duty=False)
    rows = list(sweep(day, scores, WEIGHTS, Setting("cases_per_day"), (50, 100, 200)))
    assert [row.coverage for row in rows] == pytest.approx(
        [1 - min(20 / 50, _wanted(scores)), 0.8, 0.9], abs=2e-3
    )


def _wanted(scores) -> float:
    """What ann would take without a limit."""
    alone = FREE.with_terms("bob", on_duty=False)
    return float(outcome_of(solve(alone, scores), scores, WEIGHTS).workload[0])


def test_a_swept_bound_moves_the_other_out_of_its_way() -> None:
    tight = FREE.with_terms("ann", minimum=0.3, maximum=0.4)
    assert dict(Setting("maximum", "ann").on(tight, 0.1).agents)["ann"].minimum == Amount(0.1)
    assert dict(Setting("minimum", "ann").on(tight, 0.5).agents)["ann"].maximum == Amount(0.5)
    assert dict(Setting("minimum", "ann").on(FREE, 0.5).agents)["ann"].maximum is None


def test_the_ais_share_stays_a_share_in_cases() -> None:
    day = Scenario.usual(AGENTS, cases_per_day=80, unit="cases")
    assert dict(Setting("ai_share").on(day, 0.25).agents)["AI"].maximum == Amount(0.25)


@pytest.mark.parametrize("kind", list(SETTINGS))
@pytest.mark.parametrize("unit", ["share", "cases"])
def test_every_setting_has_values_that_can_be_meant(kind, unit) -> None:
    scenario = Scenario.usual(AGENTS, cases_per_day=100, unit=unit)
    setting = Setting(kind, "ann" if kind in PER_AGENT else None)
    values = values_of(scenario, setting)
    assert len(values) == 21
    assert list(values) == sorted(values)
    for value in values:
        assert setting.on(scenario, value).names == AGENTS


def test_few_cases_a_day_give_fewer_whole_values() -> None:
    values = values_of(Scenario.usual(AGENTS, cases_per_day=1), Setting("cases_per_day"))
    assert values == (1.0, 2.0)


def test_a_bound_needs_an_agent_that_is_there() -> None:
    with pytest.raises(ScenarioError, match="needs an agent"):
        Setting("maximum").on(FREE, 0.5)
    with pytest.raises(KeyError):
        Setting("maximum", "zoe").on(FREE, 0.5)
    assert np.isfinite(values_of(FREE, Setting("fatigue"))).all()


def test_a_sweep_calls_impossible_what_the_scenario_alone_is_called() -> None:
    """A test case that nobody may take counts, though every validation case can be placed."""
    scores = panel(groups={"site": np.array(["north"] * 600)})
    isle = np.array(["isle"] + ["north"] * 599)
    scores = replace(scores, test=replace(scores.test, groups={"site": isle}))
    rule = ReadByExpert(column="site", value="isle")
    alone = replace(FREE, guards=(rule,)).with_terms("bob", on_duty=False)
    setting = Setting("maximum", "ann")
    rows = list(sweep(alone, scores, WEIGHTS, setting, (0.0, 0.5)))
    for row in rows:
        found = obstacle(setting.on(alone, row.value), scores)
        assert row.why == ("" if found is None else found.reason)
    assert "1 of 600 test cases" in rows[0].why
    assert rows[1].why == ""
