"""Maximums on the Workload page: what to expect of them, and the rule that never goes above."""

import json
from dataclasses import replace

import pytest

from app.shared import words
from app.workload import cap_words
from app.workload import never_above_queries as query
from app.workload import scenario_tables as tables
from app.workload import scenario_words as wording
from core.dataset.annotation_set import AI
from core.evaluation.intervals import SHOWN, distinguishable
from core.results.figure import Figure
from core.scenarios.caps import cap_days
from core.scenarios.never_above import NeverAbove
from core.scenarios.settings import Scenario
from tests.pages.conftest import Open, texts
from tests.pages.workload_page import asked, data_of, link, model_of, record, report_of, usual


def capped(run: str, **maximum: float) -> Scenario:
    """200 cases a day; the most cases by name."""
    scenario = replace(usual(run), cases_per_day=200, unit="cases")
    for name, most in maximum.items():
        scenario = scenario.with_terms(name, maximum=most)
    return scenario


def simulated(run: str, scenario: Scenario) -> NeverAbove:
    return query.simulated(model_of(run), asked(run, scenario, coming=200))


def test_a_maximum_says_what_to_expect_of_it(answering: str, open_page: Open) -> None:
    scenario = capped(answering, Ada=30.0)
    # Whatever the coming cases are set to, these are a day's.
    app = open_page("workload", run=answering, scenario=link(answering, scenario), coming="7")
    (row,) = cap_days(asked(answering, scenario))
    assert row.high > 30
    ada = asked(answering, scenario).agents[0]
    low, high = row.mean_interval
    assert row.low <= low < 200 * ada.share < high <= row.high
    (line,) = [c.value for c in app.caption if "at most 30 a day" in c.value]
    assert line.endswith(
        f"Ada\\: at most 30 a day. Expect {200 * ada.share:.1f} a day on average "
        f"({low:.1f}–{high:.1f}) and up to {row.high} on a busy day (95 % prediction interval "
        f"{row.low}–{row.high})."
    )
    assert "The Worklist keeps it exactly" in texts(app)


def test_without_a_maximum_nothing_is_said_or_offered(answering: str, open_page: Open) -> None:
    scenario = usual(answering).with_terms("Ada", minimum=0.1)
    app = open_page("workload", run=answering, scenario=link(answering, scenario), never_above="on")
    assert not app.exception
    assert "prediction interval" not in texts(app)
    assert "Never above the maximum" not in texts(app)
    assert not [t for t in app.toggle if t.key == "never_above"]


def test_of_many_maximums_the_highest_above_are_shown_and_the_others_folded(
    answering: str, open_page: Open
) -> None:
    scenario = capped(answering, Ada=40.0, **{"=Ben": 150.0, AI: 60.0})
    app = open_page("workload", run=answering, scenario=link(answering, scenario))
    said = [c.value for c in app.caption if "prediction interval" in c.value]
    rows = cap_days(asked(answering, scenario))
    assert len(said) == len(rows) == 3
    assert [row.above for row in rows] == sorted((row.above for row in rows), reverse=True)
    assert said[-1].endswith("within the maximum.")
    (fold,) = [p for p in app.get("popover") if p.proto.popover.label == "1 more maximum"]
    assert [c.value for c in fold.caption] == said[2:]


def test_a_promise_above_the_maximum_says_so(answering: str) -> None:
    scenario = capped(answering, Ada=30.0)
    answer = asked(answering, scenario, coming=200)
    ada, *others = wording.predictions(answer)
    high = round(200 * answer.agents[0].coming[1])
    assert ada.endswith(
        f"; that is up to {high - 30} cases above the maximum of 30 ({words.percent(0.15)})."
    )
    assert not any("maximum" in text for text in others)
    marked = [text for text in tables.agents(answer)["Of the next 200"] if "†" in text]
    assert len(marked) == 1
    assert "† Can exceed the maximum" in tables.agents_note(answer)
    assert "†" not in tables.agents_note(asked(answering, usual(answering)))


def test_the_rule_is_simulated_when_asked_for_and_the_link_keeps_it(
    answering: str, open_page: Open
) -> None:
    scenario = capped(answering, Ada=30.0)
    app = open_page("workload", run=answering, scenario=link(answering, scenario))
    assert "A simulation" not in texts(app)
    app.toggle(key="never_above").set_value(True).run()
    found = simulated(answering, scenario)
    assert "A simulation\\: 1,000 days of 200 cases each, drawn from the 200 test cases" in texts(
        app
    )
    assert "seed 0" in texts(app)
    assert words.with_interval(*found.accuracy) in texts(app)
    (table,) = [d.value for d in app.dataframe if "Highest day" in d.value.columns]
    assert list(table["Agent"]) == [AI, "Ada", "=Ben", data_of(answering).experts[2]]
    ada = table.set_index("Agent").loc["Ada"]
    agent = found.agents[0]
    assert ada["Maximum"] == "30"
    assert ada["Highest day"] == agent.highest == 30
    assert ada["Average a day"].startswith(f"{agent.mean.value:.1f} (")
    assert ada["Days at the maximum"] == words.with_interval(*agent.full)
    (on,) = [app.query_params["never_above"]]
    assert on in ("on", ["on"])
    again = open_page(
        "workload", run=answering, scenario=link(answering, scenario), never_above="on"
    )
    assert again.toggle(key="never_above").value
    assert record(again, answering) == scenario
    assert texts(again) == texts(app)


def test_days_are_simulated_once_per_scenario(
    answering: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real = query.never_above

    def counted(*given: object) -> NeverAbove:
        calls.append("simulated")
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(query, "never_above", counted)
    scenario = capped(answering, Ada=31.0)
    app = open_page("workload", run=answering, scenario=link(answering, scenario), never_above="on")
    for label in ("Compared with", "Class to look at"):
        (box,) = [s for s in app.selectbox if s.label == label]
        box.select_index(1).run()
    assert not app.exception
    assert calls == ["simulated"]
    assert simulated(answering, replace(scenario, name="Another name")).agents
    assert calls == ["simulated"]
    assert simulated(answering, capped(answering, Ada=32.0)).agents[0].maximum == 32
    assert len(calls) == 2


def test_report_and_file_hold_the_simulated_days(answering: str) -> None:
    scenario = capped(answering, Ada=30.0)
    answer, found = asked(answering, scenario), simulated(answering, scenario)
    answers = {"One": answer, "Two": asked(answering, usual(answering))}
    plain = json.loads(tables.as_json(answers, {}, "malignant", {"One": found}))
    one, two = plain["scenarios"]
    assert one["answer"]["never_above"]["accuracy"]["value"] == found.accuracy.value
    assert one["answer"]["never_above"]["seed"] == 0
    assert [a["highest"] for a in one["answer"]["never_above"]["agents"]] == [
        a.highest for a in found.agents
    ]
    assert "never_above" not in two["answer"]
    page = report_of(answering, answers, never={"One": found})
    body = page.partition("<body>")[2]
    assert body.count("<h3>Never above the maximum</h3>") == 1
    assert words.with_interval(*found.accuracy) in body
    assert cap_words.expected(cap_days(answer)[0]) in body
    assert "1,000 days of 200 cases each" in body
    assert "</i>maximum</span>" in body


def test_a_change_that_rounds_to_none_is_not_called_one(answering: str) -> None:
    found = simulated(answering, capped(answering, Ada=30.0))
    assert found.change is not None

    def with_change(value: float, low: float, high: float) -> str:
        apart = distinguishable((low, high), SHOWN)
        change = found.change._replace(
            difference=value, interval=(low, high), distinguishable=apart
        )
        return cap_words.accuracy(replace(found, change=change))

    assert with_change(-0.02, -0.03, -0.01).endswith("−2.0 points (−3.0 to −1.0).")
    assert with_change(-0.002, -0.01, -0.0001).endswith("not distinguishable.")
    assert with_change(-0.002, -0.01, 0.01).endswith("not distinguishable.")
    assert "cannot be compared" in cap_words.accuracy(replace(found, change=None))
    assert "cannot be measured" in cap_words.accuracy(replace(found, accuracy=Figure(None, None)))


def test_waiting_cases_are_counted_and_do_not_return(answering: str) -> None:
    found = simulated(answering, capped(answering, Ada=30.0))
    assert cap_words.waiting(found) == "No case had to wait on any of the 1,000 days."
    some = replace(
        found,
        waiting=Figure(1.25, (0.0, 4.5)),
        waiting_days=Figure(0.112, (0.0, 0.31)),
        most_waiting=9,
    )
    waiting = cap_words.waiting(some)
    assert waiting.startswith("1.2 cases a day wait (0.0–4.5)")
    assert "some on 112 of the 1,000 days (0–310), 9 on the worst." in waiting
    assert waiting.endswith("does not return.")
    assert "on the decided cases" in cap_words.accuracy(some)
    said = cap_words.basis(replace(found, minimum=True, fatigue=True))
    assert "does not enforce minimums" in said
    assert "fatigue shapes who gets a case but is not in the accuracy" in said
