"""What a clinical lead meets first on Workload: today's practice, few controls, the flows."""

import html
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.shared import scenario_link, scenario_queries, views
from app.workload import flow_chart
from app.workload import scenario_words as wording
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AI
from core.record.journal import RunJournal
from core.scenarios.amount import Amount
from core.scenarios.flows import flows
from core.scenarios.scores import Scores
from tests.pages.conftest import Open, texts
from tests.pages.on_screen import followed
from tests.pages.told_runs import EVIL, panel, told_run
from tests.pages.workload_page import asked, data_of, key, record, usual


def maxima(app: AppTest, run: str) -> list[Amount | None]:
    return [terms.maximum for terms in record(app, run).terms]


def test_the_first_comparison_is_todays_practice(answering: str, open_page: Open) -> None:
    app = open_page("workload", run=answering)
    assert app.selectbox(key="baseline").value == "as_recorded"
    answer = asked(answering, usual(answering), "as_recorded")
    said = wording.verdict(answer, "Today's practice")
    assert views.escape(said) in texts(app)


def test_an_old_link_compares_with_the_ai_alone(answering: str, open_page: Open) -> None:
    scenario = usual(answering).with_terms("Ada", on_duty=False)
    said = scenario_link.write(scenario, data_of(answering))
    app = open_page("workload", run=answering, scenario=said)
    assert app.selectbox(key="baseline").value == "ai_alone"
    # From the first change on the address says both.
    followed(app.checkbox, key(answering, "duty:0")).set_value(True).run()
    assert app.query_params["baseline"] in ("ai_alone", ["ai_alone"])


def test_without_annotated_test_cases_it_is_the_ai_alone(
    answering: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = scenario_queries.scores

    def bare(model: scenario_queries.Model) -> tuple[Scores | None, str]:
        found, why = real(model)
        assert found is not None
        return replace(found, annotated=np.zeros_like(found.annotated)), why

    monkeypatch.setattr(scenario_queries, "scores", bare)
    app = open_page("workload", run=answering)
    assert not app.exception
    assert app.selectbox(key="baseline").value == "ai_alone"


def test_one_number_limits_every_expert_and_is_undone(answering: str, open_page: Open) -> None:
    asks = usual(answering).with_terms("Ada", maximum=0.25, minimum=0.2)
    said = scenario_link.write(asks, data_of(answering))
    app = open_page("workload", run=answering, scenario=said)
    field = followed(app.number_input, key(answering, "everyone"))
    assert field.value is None
    field.set_value(60.0).run()
    assert maxima(app, answering) == [*[Amount(60, "cases")] * 3, None]
    assert record(app, answering).terms[0].minimum == Amount(0.2)
    assert followed(app.number_input, key(answering, "everyone")).value == 60
    app.button(key="undo_day").click().run()
    assert record(app, answering) == asks
    assert not [b for b in app.button if b.key == "undo_day"]
    # Cleared again there is no limit.
    followed(app.number_input, key(answering, "everyone")).set_value(50.0).run()
    followed(app.number_input, key(answering, "everyone")).set_value(None).run()
    assert maxima(app, answering) == [None] * 4


def test_a_box_sends_an_expert_on_leave(answering: str, open_page: Open) -> None:
    app = open_page("workload", run=answering)
    followed(app.checkbox, key(answering, "duty:1")).set_value(False).run()
    assert [t.on_duty for t in record(app, answering).terms] == [True, False, True, True]
    assert EVIL not in [box.label for box in app.checkbox]


def test_flows_are_those_of_the_core(answering: str, open_page: Open) -> None:
    app = open_page("workload", run=answering)
    answer = asked(answering, usual(answering), "as_recorded")
    (drawn,) = [e.proto.body for e in app.get("html") if "cl-flow" in e.proto.body]
    assert EVIL not in drawn
    moving = flows(answer)
    table = flow_chart.table(answer).set_index(["From", "To"])["Test cases"]
    assert table[("Ada", AI)] == pytest.approx(moving[0, 3], abs=0.051)
    assert table.sum() == pytest.approx(moving.sum(), abs=1.0)
    spoken = html.unescape(drawn)
    number = f"{moving[0, 3]:,.1f}".removesuffix(".0")
    assert re.search(rf"Ada\W* to the AI: {number} cases", spoken)
    moved = round(moving[:-1].sum() - moving[:-1, :-1].trace())
    assert wording.changes_of_hands(answer, "Today's practice").startswith(
        f"On average {moved} test cases of"
    )


def test_ribbons_fill_both_sides(answering: str) -> None:
    shown = flow_chart.picture(asked(answering, usual(answering)), "The AI alone")
    (whole,) = shown.left
    assert whole.label == AI
    assert sum(band.height for band in shown.right) == pytest.approx(whole.height, abs=6)
    assert {ribbon.kind for ribbon in shown.ribbons} == {"stays", "expert"}
    for ribbon in shown.ribbons:
        across = [float(x) for x in re.findall(r"([\d.]+)% ", ribbon.outline)]
        assert (min(across), max(across)) == (0.0, 100.0)


def test_capacity_is_worth_correct_decisions_per_thousand() -> None:
    assert [wording.worth(points) for points in (0.25, 0.0045, 0.0002)] == [
        "+2.5",
        "+0.04",
        "+0.002",
    ]


def test_the_address_of_a_running_run_waits_for_it(empty_home: Path, open_page: Open) -> None:
    journal = RunJournal()
    run_id = journal.create("0" * 64, "Panel", TrainConfig())
    app = open_page("workload", run=run_id)
    assert app.get("progress")[0].proto.text == "Waiting for the worker"
    journal.claim(run_id, "tests|1|0")
    journal.fail(run_id, "Out of memory.")
    app.run()
    assert "Out of memory." in app.error[0].value
    assert [e.proto.label for e in app.get("page_link")] == ["Show the training in detail"]


def test_another_run_answers_meanwhile(answering: str, open_page: Open) -> None:
    journal = RunJournal()
    run_id = journal.create(data_of(answering).content_hash, "Panel", TrainConfig())
    try:
        app = open_page("workload", run=run_id)
        assert not [e for e in app.get("html") if "cl-cards" in e.proto.body]
        app.button(key="another_run").click().run()
        assert not app.exception
        assert app.selectbox(key="run").value == answering
    finally:
        journal.fail(run_id, "Over.")


def test_trade_offs_lead_here(answering: str, open_page: Open) -> None:
    links = [e.proto for e in open_page("tradeoffs", run=answering).get("page_link")]
    (way,) = [p for p in links if p.label == "Try other workloads with this run"]
    assert way.query_string == f"run={answering}"


def test_of_many_experts_those_off_duty_are_listed_and_the_least_busy_flow_together(
    empty_home: Path, open_page: Open
) -> None:
    run_id = told_run(empty_home, panel(experts=20), "Twenty", seeds=1)
    app = open_page("workload", run=run_id)
    assert not app.checkbox
    followed(app.multiselect, key(run_id, "off_duty")).set_value(["Ada", "Reader 9"]).run()
    off = [name for name, terms in record(app, run_id).agents if not terms.on_duty]
    assert off == ["Ada", "Reader 9"]
    answer = asked(run_id, record(app, run_id), "as_recorded")
    shown = flow_chart.picture(answer, "Today's practice")
    assert [band.label for band in shown.left].count("13 other experts") == 1
    assert len(shown.left) <= 10
    table = flow_chart.table(answer)
    assert table["Test cases"].sum() == pytest.approx(flows(answer).sum(), abs=2.0)
