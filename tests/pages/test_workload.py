"""The Workload page, by the numbers on screen."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.shared import amounts, run_queries, scenario_queries, words
from app.workload import scenario_words as wording
from core.config.bounds import Bounds
from core.dataset.annotation_set import AI
from core.record.scenario_store import Saved
from core.scenarios.amount import Amount
from core.scenarios.guards import permitted
from core.scenarios.settings import ReadByExpert
from tests.pages.conftest import Open, texts
from tests.pages.on_screen import bars, cards, followed, table_with
from tests.pages.told_runs import EVIL
from tests.pages.workload_page import (
    ai_slider,
    asked,
    data_of,
    key,
    link,
    model_of,
    record,
    typed,
    usual,
)

PRACTICE = "as_recorded"  # the default baseline


@pytest.fixture
def run(answering: str) -> str:
    return answering


def test_the_figures_are_those_of_the_core(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run)
    assert not app.exception
    assert not app.error
    answer = asked(run, usual(run), PRACTICE)
    shown = cards(app)
    for figure in (answer.accuracy, answer.sensitivity, answer.specificity):
        assert words.percent(figure.value) in shown
        assert f"{100 * figure.interval[0]:.1f}–{100 * figure.interval[1]:.1f}" in shown
    assert f">{answer.misses.value:.1f}<" in shown
    assert wording.change_words(answer.change) in shown
    cases = run_queries.result(run).cases
    (line,) = [m for m in app.markdown if "figures are measured on" in m.value]
    assert f"3 experts' annotations of {cases.train} cases" in line.value
    assert "measured on 200 cases nobody used in training" in line.value
    assert "seed 0" in line.help
    assert "200 validation cases" in line.help
    assert ai_slider(app).value == round(100 * answer.agents[-1].share)
    assert f"on the test cases it takes {words.percent(answer.agents[-1].share)}" in texts(app)


def test_the_second_seed_is_another_model(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run, model_seed="1")
    found = scenario_queries.ask(model_of(run, 1), usual(run), PRACTICE, 1, 100).answer
    assert found is not None
    assert found.accuracy != asked(run, usual(run)).accuracy
    assert words.percent(found.accuracy.value) in cards(app)
    assert "seed 1" in next(m.help for m in app.markdown if "figures are measured" in m.value)


def test_the_slider_asks_for_an_exact_share_and_the_link_reopens_it(
    run: str, open_page: Open
) -> None:
    app = open_page("workload", run=run)
    ai_slider(app).set_value(60).run()
    terms = record(app, run).terms[-1]
    assert (terms.minimum, terms.maximum) == (Amount(0.6), Amount(0.6))
    answer = asked(run, usual(run).with_terms(AI, minimum=0.6, maximum=0.6))
    assert words.percent(answer.accuracy.value) in cards(app)
    written = app.query_params["scenario"]
    written = written if isinstance(written, str) else written[0]
    assert written.endswith("_d100_3~l0.6~g0.6")
    fresh = open_page("workload", run=run, scenario=written, baseline=PRACTICE)
    assert record(fresh, run) == record(app, run)
    assert cards(fresh) == cards(app)
    assert ai_slider(fresh).value == 60
    fresh.button(key="free_ai").click().run()
    assert record(fresh, run) == usual(run)
    held = ai_slider(fresh).value / 100
    fresh.button(key="hold_ai").click().run()
    assert (record(fresh, run).terms[-1].minimum, record(fresh, run).terms[-1].maximum) == (
        Amount(held),
        Amount(held),
    )


def test_fatigue_is_an_assumption_beside_the_measured_figure(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run)
    followed(app.toggle, key(run, "tires")).set_value(True).run()
    assert "nobody works beyond a comfortable load" in texts(app)
    typed(app, run, {n: {"comfortable": 10.0} for n in (1, 2, 3)}, "effort")
    scenario = record(app, run)
    assert (scenario.fatigue, scenario.terms[0].comfortable) == (1.0, 10.0)
    answer = asked(run, scenario)
    assert answer.accuracy_with_fatigue.value < answer.accuracy.value
    assert (
        f"With the assumed fatigue\\: {words.percent(answer.accuracy_with_fatigue.value)}"
        in texts(app)
    )
    assert words.percent(answer.accuracy.value) in cards(app)
    followed(app.toggle, key(run, "tires")).set_value(False).run()
    assert record(app, run).fatigue is None


def test_an_expert_off_duty_gets_exactly_nothing(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run)
    typed(app, run, {1: {"on_duty": False}, 2: {"maximum": 20.0}})
    scenario = record(app, run)
    assert [t.on_duty for t in scenario.terms] == [False, True, True, True]
    assert scenario.terms[1].maximum == Amount(0.2)
    answer = asked(run, scenario)
    assert (answer.agents[0].share, answer.agents[0].coming[1]) == (0.0, 0.0)
    written = re.findall(r'<span class="text[^>]*>(.*?)</span>', bars(app))
    assert written[1] == "off duty"
    assert written[2].startswith(words.percent(answer.agents[1].share))


def test_bounds_that_cross_give_way_to_what_was_typed_last(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run)
    typed(app, run, {1: {"minimum": 40.0}})
    typed(app, run, {1: {"minimum": 40.0, "maximum": 30.0}})
    terms = record(app, run).terms[0]
    assert (terms.minimum, terms.maximum) == (Amount(0.3), Amount(0.3))
    typed(app, run, {1: {"minimum": 500.0}})
    assert record(app, run).terms[0].minimum == Amount(0.3)
    assert any(w.value.startswith("Change rejected: the minimum of Ada") for w in app.warning)


def test_the_unit_switches_and_the_bounds_stay(run: str, open_page: Open) -> None:
    asks = replace(usual(run).with_terms("Ada", minimum=0.1, maximum=0.25), cases_per_day=200)
    app = open_page("workload", run=run, scenario=link(run, asks))
    before = cards(app)
    followed(app.segmented_control, key(run, "unit")).set_value("cases").run()
    terms = record(app, run).terms[0]
    assert (record(app, run).unit, terms.minimum, terms.maximum) == (
        "cases",
        Amount(0.1),
        Amount(0.25),
    )
    assert cards(app) == before
    followed(app.segmented_control, key(run, "unit")).set_value("share").run()
    assert record(app, run) == asks


def test_an_impossible_scenario_says_why_and_offers_the_nearest(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run)
    few = usual(run)
    for name in few.names:
        few = few.with_terms(name, maximum=0.15)
    app.session_state[f"workload:{data_of(run).content_hash}"] = few
    app.run()
    assert "At most 60 of 100 cases" in app.error[0].value
    assert not [e for e in app.get("html") if "cl-cards" in e.proto.body]
    assert not app.exception
    app.button(key="use_nearest_scenario").click().run()
    assert not app.error
    assert sum(t.maximum.value for t in record(app, run).terms if t.maximum) >= 1.0
    app.session_state[f"workload:{data_of(run).content_hash}"] = few
    app.run()
    app.button(key="last_good_scenario").click().run()
    assert not app.error


def test_a_rule_is_added_kept_and_removed(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run)
    app.selectbox(key=key(run, "kind")).set_value("read_by_expert").run()
    app.button(key=key(run, "add_rule")).click().run()
    assert record(app, run).guards == (ReadByExpert(column="site", value="Hillview"),)
    assert "Cases with site Hillview are always read by an expert." in texts(app)
    found, _ = scenario_queries.scores(model_of(run))
    assert found is not None
    solution = asked(run, record(app, run)).solution
    at_site = found.test.groups["site"] == "Hillview"
    assert not (solution.chosen[at_site] == 3).any()
    allowed = permitted(record(app, run), found.test, found.classes)
    assert allowed[np.arange(len(found.test)), solution.chosen].all()
    app.button(key=key(run, "away:0")).click().run()
    assert record(app, run).guards == ()


def test_minutes_and_cost_are_said_in_their_unit(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run, bars="minutes")
    assert "“Time and cost”" in texts(app)
    typed(app, run, {1: {"minutes": 5.0}, 2: {"minutes": 3.0, "cost": 7.5}}, "effort")
    answer = asked(run, record(app, run))
    expected = 100 * (5 * answer.agents[0].share + 3 * answer.agents[1].share)
    assert answer.minutes == pytest.approx(expected)
    assert f"{amounts.amount(answer.minutes, 'minutes')} in all" in bars(app)
    assert f"{answer.minutes / 60:,.1f} hours and" in texts(app)


def test_what_one_saves_survives_a_restart_and_can_be_loaded(run: str, open_page: Open) -> None:
    asks = usual(run).with_terms("Ada", on_duty=False)
    app = open_page("workload", run=run, scenario=link(run, asks))
    app.session_state["workload_tabs"] = "Scenarios"
    app.run()
    app.text_input(key=key(run, "save_name")).set_value("Ada on leave")
    app.button(key="save_scenario").click().run()
    assert not app.exception
    fresh = open_page("workload", run=run)
    fresh.session_state["workload_tabs"] = "Scenarios"
    fresh.run()
    assert fresh.selectbox(key=key(run, "saved_one")).options == ["Ada on leave"]
    fresh.button(key="load_scenario").click().run()
    assert replace(record(fresh, run), name="") == asks
    (kept,) = scenario_queries.saved(data_of(run).content_hash)
    assert kept.run_id == run
    fresh.button(key="rename_scenario").click().run()
    fresh.text_input(key="new_name").set_value("Leave")
    fresh.button(key="rename_now").click().run()
    assert [s.name for s in scenario_queries.saved(data_of(run).content_hash)] == ["Leave"]
    # As a baseline it is answered by the same model, so against itself nothing changes.
    fresh.selectbox(key="baseline").set_value(kept.id).run()
    assert "0.0 (0.0 to 0.0), not distinguishable" in cards(fresh)
    fresh.button(key="delete_scenario").click().run()
    assert "Delete **Leave** for good?" in texts(fresh)
    fresh.button(key="delete_now").click().run()
    assert scenario_queries.saved(data_of(run).content_hash) == []
    assert not fresh.exception


def test_a_scenario_is_called_as_it_is_saved(run: str) -> None:
    quiet, busy = usual(run), replace(usual(run), cases_per_day=500)
    one = Saved(
        id="1",
        name="Quiet day",
        run_id=run,
        dataset_hash="",
        saved=datetime.now(UTC),
        scenario=replace(quiet, name="Quiet day"),
    )
    assert wording.scenario_name(quiet, {}) == "Unsaved scenario"
    assert wording.scenario_name(quiet, {"1": one}) == "Quiet day"
    assert (
        wording.scenario_name(replace(quiet, name="Sunday"), {"1": one}) == "Quiet day"
    )  # renamed since
    assert (
        wording.scenario_name(replace(busy, name="Quiet day"), {"1": one}) == "Quiet day (changed)"
    )


def test_scenarios_stand_side_by_side(run: str, open_page: Open) -> None:
    first = usual(run).with_terms(AI, minimum=0.5, maximum=0.5)
    ids = [
        scenario_queries.save(replace(first, name="Half"), model_of(run)),
        scenario_queries.save(replace(usual(run).with_terms(AI, on_duty=False), name="No AI"),
                       model_of(run)),
    ]  # fmt: skip
    app = open_page("workload", run=run)
    app.session_state["workload_tabs"] = "Scenarios"
    app.session_state[key(run, "beside")] = ids
    app.run()
    shown = table_with(app, "Unsaved scenario")
    assert list(shown.columns) == ["", "Unsaved scenario", "Half", "No AI"]
    rows = shown.set_index("")
    half = asked(run, first)
    assert rows.loc["Team accuracy", "Half"].startswith(words.percent(half.accuracy.value))
    assert rows.loc["The AI takes", "No AI"] == words.percent(0.0)
    assert "Team accuracy with the assumed fatigue" not in rows.index
    followed(app.toggle, key(run, "tires")).set_value(True).run()
    rows = table_with(app, "Unsaved scenario").set_index("")
    tired = rows.loc["Team accuracy with the assumed fatigue"]
    assert tired["Unsaved scenario"].startswith(rows.loc["Team accuracy", "Unsaved scenario"][:4])
    assert tired["Half"] == ""


def test_a_sweep_marks_now_and_says_what_is_impossible(run: str, open_page: Open) -> None:
    asks = usual(run).with_terms(AI, minimum=0.25, maximum=0.25)
    for name in asks.names[:-1]:
        asks = asks.with_terms(name, maximum=0.3)
    app = open_page("workload", run=run, scenario=link(run, asks))
    app.session_state["workload_tabs"] = "Sweep a setting"
    app.run()
    app.button(key="sweep").click().run()
    assert not app.exception
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert [n["text"] for n in spec["layout"]["annotations"]] == ["impossible", "now"]
    assert spec["layout"]["annotations"][1]["x"] == 0.25
    assert "From 0 % to 5 % impossible".replace(" %", "\u202f%") in texts(app)


def test_training_with_these_bounds_queues_that_run(run: str, open_page: Open) -> None:
    asks = usual(run).with_terms(AI, minimum=0.2, maximum=0.4).with_terms("Ada", on_duty=False)
    app = open_page("workload", run=run, scenario=link(run, asks))
    app.session_state["workload_tabs"] = "Train with these bounds"
    app.run()
    app.button(key="train_bounds").click().run()
    assert not app.exception
    (queued,) = scenario_queries.trained_with_bounds(asks, model_of(run))
    config = queued.config
    assert config.bounds == Bounds(lower=(("AI", 0.2),), upper=(("AI", 0.4),))
    assert config.off_duty == ("Ada",)
    record_of = run_queries.run(run)
    assert record_of is not None
    assert (config.epochs, config.seeds) == (record_of.config.epochs, record_of.config.seeds)
    assert app.button(key="train_bounds").disabled
    # Said when the page is drawn: a fragment's callback would draw over the page's own style.
    assert [toast.value for toast in app.toast] == ["In the queue."]
    assert app.session_state["watch"] == queued.run_id
    assert app.session_state["run"] == run
    assert "Waiting" in texts(app)
    run_queries.cancel(queued.run_id)
    app.run()
    assert not app.exception
    assert "Cancelled" in texts(app)
    assert not app.button(key="train_bounds").disabled


def test_who_is_off_duty_gets_nothing_and_no_interval(run: str, open_page: Open) -> None:
    app = open_page(
        "workload", run=run, scenario=link(run, usual(run).with_terms("Ada", on_duty=False))
    )
    app.session_state["workload_tabs"] = "Every agent"
    app.run()
    row = table_with(app, "Bounds").set_index("Agent").loc["Ada"]
    assert row["Bounds"] == "off duty"
    assert row["Share of the cases"] == words.percent(0.0)
    assert [value for name, value in row.items() if name.startswith("Of the next")] == ["nothing"]


def test_groups_are_told_with_intervals(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run)
    app.session_state["workload_tabs"] = "Groups"
    app.run()
    (column,) = asked(run, usual(run)).groups
    shown = table_with(app, "site")
    assert list(shown["site"]) == [row.value for row in column.rows] == ["Hillview", "Riverside"]
    assert shown["Accuracy of the team"][0] == words.with_interval(*column.rows[0].accuracy)
    assert shown["Read by experts"][1] == words.with_interval(*column.rows[1].deferral)


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "00000000_d5",
        "{hash}_d0",
        "{hash}_d5_9~x",
        "{hash}_Gn~r99~a0.1",
        "{hash}_0~lnan",
    ],
)
def test_a_link_that_cannot_be_read_changes_nothing(run: str, open_page: Open, text: str) -> None:
    said = text.replace("{hash}", data_of(run).content_hash[:8])
    app = open_page("workload", run=run, scenario=said, class_no="77", baseline="gone", bars="x")
    assert not app.exception
    assert record(app, run) == usual(run)
    assert "cl-cards" in cards(app)


def test_names_of_others_are_text_and_nothing_else(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run)
    assert EVIL in record(app, run).names
    assert "<script" not in cards(app)
    assert EVIL not in texts(app)


def test_without_a_run_the_page_says_what_to_do(empty_home: Path, open_page: Open) -> None:
    app = open_page("workload")
    assert not app.exception
    assert "No finished run yet" in texts(app)


def test_a_run_without_scores_says_so(
    runs: dict[str, str], open_page: Open, tmp_path: Path
) -> None:
    app = open_page("workload", run=runs["failed"])
    assert not app.exception
