"""What the Workload page offers where guard rules are in the way."""

from dataclasses import replace

from core.scenarios.settings import AINever, NoSuspects, Scenario
from tests.pages.conftest import Open, texts
from tests.pages.workload_page import data_of, record, usual

NO_AI = AINever(risk="benign", above=0.0)


def shown(open_page: Open, run: str, scenario: Scenario):
    app = open_page("workload", run=run)
    app.session_state[f"workload:{data_of(run).content_hash}"] = scenario
    return app.run()


def test_the_nearest_keeps_every_rule(answering: str, open_page: Open) -> None:
    asks = replace(usual(answering), guards=(NO_AI,)).with_terms("AI", minimum=0.9)
    app = shown(open_page, answering, asks)
    assert "lower the minimum of the AI from 90.0\u202f% to" in texts(app)
    assert not [b for b in app.button if b.key == "drop_rule_scenario"]
    app.button(key="use_nearest_scenario").click().run()
    assert not app.error
    assert record(app, answering).guards == (NO_AI,)
    assert record(app, answering).terms[-1].minimum.value < 0.9


def test_rules_that_leave_nobody_are_dropped_by_a_decision_only(
    answering: str, open_page: Open
) -> None:
    experts = data_of(answering).experts
    rules = tuple(NoSuspects(expert=e, suspect="malignant", above=0.5) for e in experts)
    app = shown(open_page, answering, replace(usual(answering), guards=(*rules, NO_AI)))
    assert "whatever the workloads and whoever is on duty" in app.error[0].value
    assert not [b for b in app.button if b.key == "use_nearest_scenario"]
    assert "none is removed for you" in texts(app)
    app.button(key="drop_rule_scenario").click().run()
    assert not app.error
    assert len(record(app, answering).guards) == len(rules)
