"""A scenario's report, files and link: what leaves the program."""

import html
import json
import re
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from app.shared import bar_rows, operating_point, scenario_link, words
from app.workload import scenario_tables as tables
from app.workload import scenario_words as wording
from app.workload import training
from core.dataset.annotation_set import AI
from core.scenarios.amount import Amount
from core.scenarios.settings import AINever, NoSuspects, ReadByExpert, Scenario
from tests.pages.conftest import Open
from tests.pages.fixtures import make_result
from tests.pages.told_runs import EVIL, panel
from tests.pages.workload_page import asked, grouped, report_of, usual


def test_the_report_opens_without_anything_else(answering: str) -> None:
    guards = (NoSuspects(expert="Ada", suspect="malignant"),)
    asks = replace(usual(answering).with_terms("Ada", maximum=0.1), guards=guards)
    answers = {"One": asked(answering, asks), f"Two {EVIL}": asked(answering, usual(answering))}
    page = report_of(answering, answers)
    head, _, rest = page.partition("</script>")
    assert "default-src 'none'" in head
    assert EVIL not in rest
    assert "Ada does not read cases whose probability of malignant is above 50.0" in rest
    assert wording.verdict(answers["One"], "The AI alone") in html.unescape(rest)
    assert rest.count("<h2>Side by side</h2>") == 1
    assert not re.search(r"(src|href)=", rest)


def test_the_report_is_titled_by_its_scenario_and_opens_with_its_conclusion(answering: str) -> None:
    asks = replace(usual(answering).with_terms("Ada", minimum=0.2), fatigue=1.0)
    answer = asked(answering, asks)
    page = html.unescape(report_of(answering, {"Ada on leave": answer}))
    assert "<title>Ada on leave</title>" in page
    header = page.partition("<header>")[2].partition("</header>")[0]
    said = [text.strip() for text in re.findall(r">([^<]+)<", header) if text.strip()]
    assert said[:3] == [
        "Ada on leave",
        wording.verdict(answer, "The AI alone"),
        wording.fatigue_words(answer),
    ]
    both = html.unescape(report_of(answering, {"One": answer, "Two": answer}))
    assert "<h1>One and Two</h1>" in both
    assert f"Two: {wording.verdict(answer, 'The AI alone')}" in both.partition("</header>")[0]


def test_the_report_keeps_the_units_that_were_set(answering: str) -> None:
    asks = replace(usual(answering), cases_per_day=200, unit="cases")
    asks = asks.with_terms("Ada", maximum=Amount(60, "cases")).with_terms("=Ben", minimum=0.1)
    asks = asks.with_terms(AI, minimum=Amount(0.1), maximum=Amount(0.4))
    page = report_of(answering, {"One": asked(answering, asks, coming=200)})
    bars, _, tables_ = page.partition("<main>")[2].partition("<caption>Every agent")
    assert "Cases a day per agent." in bars
    for bound in ("at most 60 cases a day", f"10.0–{words.percent(0.4)}"):
        assert bars.count(bound) == 2  # beside the bar and for whoever does not see it
        assert tables_.count(f">{bound}<") == 2  # of the answer and of what was set
    shares = replace(asks, unit="share")
    assert "Share of the cases per agent." in report_of(
        answering, {"One": asked(answering, shares, coming=200)}
    )


def test_a_breach_is_said_in_the_unit_of_the_bound(answering: str) -> None:
    def said(greatest: Amount) -> list[str]:
        scenario = replace(usual(answering), cases_per_day=200)
        answer = asked(answering, scenario.with_terms("Ada", maximum=greatest))
        ada = replace(answer.agents[0], share=greatest.share(200) + 0.1, outside=True)
        broken = replace(answer, agents=(ada, *answer.agents[1:]))
        bars = bar_rows.of_answer(broken, "share")
        assert [bar.breach for bar in bars] == ["above its maximum", "", "", ""]
        return wording.breaches(broken)

    assert said(Amount(20, "cases")) == [
        "Ada is 20 cases a day above its maximum of 20 cases a day on the test cases."
    ]
    assert said(Amount(0.1)) == [
        f"Ada is 10.0 points above its maximum of {words.percent(0.1)} on the test cases."
    ]


def test_files_hold_the_numbers_on_screen(answering: str) -> None:
    asks = usual(answering).with_terms("Ada", maximum=0.1)
    answer = asked(answering, asks)
    plain = json.loads(tables.as_json({"One": answer}, {"run": answering}, "malignant"))
    (column,) = answer.groups
    told = plain["scenarios"][0]["answer"]["groups"][column.name]
    assert {name: one["test_cases"] for name, one in told.items()} == {
        row.value: row.cases for row in column.rows
    }
    assert told[column.rows[0].value]["accuracy"]["value"] == column.rows[0].accuracy.value
    (one,) = plain["scenarios"]
    assert Scenario.from_dict(one["scenario"]) == replace(asks, name="One")
    assert one["answer"]["accuracy"]["value"] == answer.accuracy.value
    assert one["answer"]["accuracy"]["change"]["difference"] == answer.change.difference
    assert [a["share"] for a in one["answer"]["agents"]] == [a.share for a in answer.agents]
    frame = tables.agents_csv({"One": answer})
    assert list(frame["greatest"]) == [0.1, 1.0, 1.0, 1.0]
    assert list(frame["share"]) == [a.share for a in answer.agents]


def test_the_link_says_what_the_address_of_an_untouched_page_does_not(
    answering: str, open_page: Open
) -> None:
    def link(app: AppTest) -> dict[str, str]:
        app.session_state["workload_tabs"] = "Scenarios"
        (said,) = [code.value for code in app.run().code if "run=" in code.value]
        return dict(parse_qsl(said.partition("?")[2]))

    app = open_page("workload")
    assert link(app)["run"] == answering
    assert "run" not in app.query_params
    app.selectbox(key="class_no").set_value("0")
    assert link(open_page("workload", **link(app)))["class_no"] == "0"


def test_instant_and_trained_stand_side_by_side(answering: str) -> None:
    result = make_result(bounds={"AI": (0.2, 0.4)})
    answer = asked(answering, usual(answering))
    rows = training.beside(answer, result).set_index("")["Accuracy of the team"]
    value = operating_point.operating_point(result, "value", None)
    assert rows.iloc[0] == words.with_interval(*answer.accuracy)
    assert rows.iloc[1] == words.with_interval(value.accuracy, value.interval)
    assert list(rows.index[1:]) == [
        "Trained run, “Most likely right”",
        "Trained run, “As trained, within bounds”",
    ]


RULES = (
    AINever(risk="malignant", calls="benign", above=0.02),
    AINever(risk="benign"),
    ReadByExpert(column="site", value="Riverside"),
    NoSuspects(expert=EVIL, suspect="malignant", above=0.4),
)


def test_a_link_marks_the_bounds_in_another_unit_and_reads_old_ones() -> None:
    data = panel()
    start = data.content_hash[:8]
    for unit, text in (
        ("share", "d200_0~l0.1~g60c_1~g40c"),
        ("cases", "d200_uc_0~l0.1s~g60_1~g40"),
    ):
        scenario = Scenario.usual(data.agents, cases_per_day=200, unit=unit)
        ada = {"minimum": Amount(0.1), "maximum": Amount(60, "cases")}
        scenario = scenario.with_terms("Ada", **ada)
        scenario = scenario.with_terms(data.experts[1], maximum=Amount(40, "cases"))
        assert scenario_link.write(scenario, data) == f"{start}_{text}"
        assert scenario_link.read(f"{start}_{text}", data) == scenario
    old = scenario_link.read(f"{start}_uc_d100_0~l20~g40.5", data).terms[0]
    assert (old.minimum, old.maximum) == (Amount(20, "cases"), Amount(40.5, "cases"))
    for wrong in ("0~l40", "0~gx", "0~gs", "0~m4s"):
        with pytest.raises(ValueError, match=r"valid share|could not convert"):
            scenario_link.read(f"{start}_{wrong}", data)


def test_a_link_says_everything_but_names() -> None:
    data = grouped()
    scenario = Scenario.usual(
        data.agents, cases_per_day=240, unit="cases", guards=RULES, fatigue=1.25, name="Secret"
    )
    scenario = scenario.with_terms("Ada", minimum=12.5, maximum=Amount(0.6), minutes=4, cost=2.5)
    scenario = scenario.with_terms(EVIL, on_duty=False, comfortable=40)
    text = scenario_link.write(scenario, data)
    assert scenario_link.read(text, data) == replace(scenario, name="")
    for secret in ("Ada", "malignant", "site", "Riverside", "Secret", "script"):
        assert secret not in text
    with pytest.raises(ValueError, match="another data set"):
        scenario_link.read(text, panel())
