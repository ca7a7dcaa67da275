"""The lower half of Trade-offs: the chosen point, by the numbers on screen."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from sklearn.metrics import confusion_matrix
from streamlit.testing.v1 import AppTest

from app.shared import case_dialog, data_queries, operating_point, point_queries, run_queries, words
from app.shared.paint import distinct
from app.tradeoffs import class_charts, classes, point_cases, point_words, side_by_side
from app.tradeoffs.point_cases import Which
from core.dataset.annotation_set import AnnotationSet
from core.evaluation.intervals import wilson
from core.results.models import Point
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result, unmeasured, with_points
from tests.pages.on_screen import table_with
from tests.pages.told_runs import EVIL, panel, told_run


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home with runs whose decisions can be told; tests only read it."""
    home = tmp_path_factory.mktemp("told")
    runs = {
        "plain": told_run(home, panel(), "Plain"),
        "complete": told_run(home, panel(missing=0.0), "Complete", seeds=1),
        "mute": told_run(home, panel(mute=True), "Mute expert"),
        "collapse": told_run(
            home, panel(missing=0.2), "Collapse", collapse=True, seeds=1, humans="balanced"
        ),
        "gone": told_run(home, panel(missing=0.35), "Set gone", stored=False),
        "many": told_run(
            home, panel(experts=44, classes=60, cases=1200), "Many", seeds=1, humans="balanced"
        ),
    }
    return home, runs


@pytest.fixture
def ids(told: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("CASELOAD_HOME", str(told[0]))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    st.cache_data.clear()
    return told[1]


def entry_of(run: str, rule: str = "value", target: float = 0.5, seed: int = 0) -> Point:
    (found,) = run_queries.result(run).at(rule, target, (seed,))
    return found


def data_of(run: str) -> AnnotationSet:
    return data_queries.dataset(run_queries.result(run).dataset.content_hash)


def test_sensitivity_and_specificity_are_those_of_complete_annotations(
    ids: dict[str, str], open_page: Open
) -> None:
    run = ids["complete"]
    (decided,) = point_queries.decisions(run, "value", 0.5, (0,)).decisions
    matrix = confusion_matrix(decided.truth, decided.team.decision)
    app = open_page("tradeoffs", run=run, point="0.5", part="one")
    assert app.selectbox(key="class").value == "malignant"  # the rarest of the test cases
    found, left = matrix[1, 1] / matrix[1].sum(), matrix[0, 0] / matrix[0].sum()
    low, high = wilson(int(matrix[1, 1]), int(matrix[1].sum()))
    said = texts(app)
    assert (
        f"Of 100 cases of “malignant”, the team finds {100 * found:.1f} "
        f"({100 * low:.1f}–{100 * high:.1f})."
    ) in said
    assert f"the team classifies {100 * left:.1f} (" in said
    common = matrix[1].sum() / matrix.sum()
    assert f"where {words.percent(common)} are “malignant” as among the test cases" in said
    assert f"{1000 * common * (1 - found):.1f} (" in said


def test_the_ai_and_every_expert_alone_stand_beside_the_team(
    ids: dict[str, str], open_page: Open
) -> None:
    run, data = ids["plain"], data_of(ids["plain"])
    app = open_page("tradeoffs", run=run, point="0.5", seen="1", part="one")
    table = table_with(app, "Who decides").set_index("Who decides")
    assert list(table.index) == ["Team", "AI alone", "Ada alone", "=Ben alone", f"{EVIL} alone"]
    own = (data.split == 2) & (data.truth == 1) & data.annotated[:, 0]
    right = int((data.annotations[own, 0] == 1).sum())
    low, high = wilson(right, int(own.sum()))
    assert table["Sensitivity"]["Ada alone"] == words.with_interval(right / own.sum(), (low, high))
    assert table["Measured, of the class"]["Ada alone"] == own.sum()
    (decided,) = point_queries.decisions(run, "value", 0.5, (1,)).decisions
    ai = (decided.ai_decision[decided.truth == 1] == 1).mean()
    assert table["Sensitivity"]["AI alone"].startswith(words.percent(ai))
    assert table["Team less it, sensitivity"]["Team"] == words.UNKNOWN
    recall = entry_of(run, seed=1).recall["malignant"].recall
    assert table["Team less it, sensitivity"]["AI alone"].startswith(
        words.signed(100 * (recall - ai))
    )


def test_the_class_in_a_link_is_the_one_shown(ids: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=ids["plain"], point="0.5", part="one", **{"class": "benign"})
    assert app.selectbox(key="class").value == "benign"
    assert "Of 100 cases of “benign”" in texts(app)
    again = open_page("tradeoffs", run=ids["plain"], part="one", **{"class": "no such class"})
    assert again.selectbox(key="class").value == "malignant"
    assert not again.exception


def test_with_an_unmeasured_expert_the_page_says_why_and_what_is_known(
    ids: dict[str, str], open_page: Open
) -> None:
    run = ids["mute"]
    app = open_page("tradeoffs", run=run, point="0.5", seen="0", part="one")
    assert app.metric[0].value == words.UNKNOWN
    assert app.metric[0].delta == "cannot be measured"
    entry = entry_of(run)
    share = entry.workload["Ada"]
    known = {a: e.accuracy for a, e in entry.agent_accuracy.items() if a != "Ada"}
    work = np.array([entry.workload[a] for a in known])
    part = float(np.average(list(known.values()), weights=work))
    why, what = (w.value for w in app.warning[-2:])
    assert f"Ada ({words.percent(share)} of the cases) gets cases but annotated no test case" in why
    assert f"accuracy over the measured part is {words.percent(part)} (" in what
    assert f"agents that get {words.percent(work.sum())} of the cases" in what
    assert "This is not the team's accuracy" in what
    assert "These figures leave out Ada" in texts(app)
    # Part of a team is compared with nobody who decides everything.
    assert "Against the AI alone" not in texts(app)
    assert set(table_with(app, "Who decides")["Team less it, sensitivity"]) == {words.UNKNOWN}


def test_a_gate_that_collapses_is_said_in_a_sentence(ids: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=ids["collapse"], point="0.5", rule="gate")
    said = next(i.value for i in app.info if "test cases go to" in i.value)
    assert said.startswith("All test cases go to the AI")
    assert "nothing holds the workloads when it decides" in said
    breaches = next(w.value for w in app.warning if "outside their bounds" in w.value)
    assert breaches.startswith("4 agents outside their bounds:")
    assert "The AI is 50.0 points above its maximum" in breaches
    app = open_page("tradeoffs", run=ids["collapse"], point="0.5", rule="gate", part="rules")
    assert any(
        "“As trained, bounds not enforced” sends all test cases to the AI." in i.value
        for i in app.info
    )


def test_a_target_that_asks_for_everything_is_no_collapse(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=ids["plain"], point="1.0", rule="value")
    assert "test cases go to" not in texts(app)


def test_the_rules_stand_side_by_side_with_paired_differences(
    ids: dict[str, str], open_page: Open
) -> None:
    run = ids["plain"]
    app = open_page("tradeoffs", run=run, point="0.5", seen="0", part="rules")
    table = next(
        d.value for d in app.dataframe if {"Bounds", "The AI takes"} <= set(d.value.columns)
    ).set_index("How each case finds its agent")
    assert list(table.index) == [
        "Most likely right",
        "As trained, within bounds",
        "As trained, bounds not enforced",
    ]
    gate = entry_of(run, "gate")
    accuracy = words.with_interval(gate.accuracy, gate.accuracy_interval)
    assert table["Accuracy of the team"]["As trained, bounds not enforced"] == accuracy
    against = gate.against.rule
    cell = table["Against “Most likely right”"]["As trained, bounds not enforced"]
    assert cell.startswith(f"{words.signed(100 * against.difference)} (")
    assert cell.endswith("not distinguishable") == (not against.distinguishable)
    off = 100 * (0.5 - gate.coverage)
    assert (
        table["Bounds"]["As trained, bounds not enforced"]
        == f"The AI is {off:.1f} points below its minimum"
    )
    shares = table_with(app, "As trained, within bounds").set_index("Agent")
    priced = entry_of(run, "priced").workload["Ada"]
    assert shares["As trained, within bounds"]["Ada"].startswith(words.percent(priced))


def test_a_run_without_its_set_says_what_is_missing(ids: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=ids["gone"], point="0.5", part="one")
    said = texts(app)
    assert "The data set of this run is no longer here" in said
    assert "Of 100 cases of “malignant”" in said
    assert not app.exception


def test_dozens_of_experts_and_classes_stay_readable(ids: dict[str, str], open_page: Open) -> None:
    apps = {
        part: open_page("tradeoffs", run=ids["many"], point="0.5", part=part)
        for part in ("classes", "one", "rules")
    }
    charts = {
        c.proto.alt[:15]: json.loads(c.proto.spec)
        for app in apps.values()
        for c in app.get("plotly_chart")
    }
    assert len(charts["Sensitivity and"]["layout"]["yaxis"]["tickvals"]) == 12
    assert len(charts["Sensitivity per"]["data"][0]["y"]) == 15
    assert len(charts["Decisions of th"]["layout"]["xaxis"]["ticktext"]) == 40
    assert len(set(charts["Decisions of th"]["layout"]["xaxis"]["ticktext"])) == 40
    assert len(charts["Workload per ag"]["layout"]["yaxis"]["ticktext"]) == 12
    assert len(table_with(apps["one"], "Who decides")) == 46
    assert len(table_with(apps["one"], "Specificity").drop_duplicates()) == 46
    assert len(table_with(apps["classes"], "Class")) == 60
    assert not any(app.exception for app in apps.values())


def test_figures_of_made_up_runs_without_outputs_say_so(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["one"], point="0.3", part="one")
    assert "cannot be shown beside it" in texts(app)
    assert not app.exception


def test_names_cut_alike_are_told_apart() -> None:
    names = [f"consultant radiologist {n}" for n in ("Ames", "Bohr")]
    told = distinct([*names, "x" * 80, "x" * 80, "Ann"])
    assert len(set(told)) == 5
    assert told[0].endswith("Ames")
    assert told[-1] == "Ann"
    assert max(map(len, told)) <= 26


def test_one_class_is_drawn_with_its_intervals_and_a_shape_per_kind() -> None:
    table = pd.DataFrame({"who": ["Team", "AI", "Ada", "Ben"]})
    for measure in ("sensitivity", "specificity"):
        table[measure] = [0.9, 0.8, 0.7, np.nan]
        table[f"{measure}_low"], table[f"{measure}_high"] = (
            table[measure] - 0.1,
            table[measure] + 0.05,
        )
    team, ai, experts, *_ = class_charts.one_class(table, theme="light").data
    assert (team.marker.symbol, ai.marker.symbol, experts.marker.symbol) == (
        "circle",
        "diamond",
        "square",
    )
    assert list(experts.y) == ["Ada alone"]  # nobody measured Ben
    assert list(ai.error_x.arrayminus) == pytest.approx([0.1])
    assert list(ai.error_x.array) == pytest.approx([0.05])


def test_seeds_that_could_not_be_measured_are_counted() -> None:
    result = unmeasured(make_result(seeds=3, targets=(0.5,)), seeds=(2,))
    point = operating_point.operating_point(result, "value", 0.5)
    assert (point.known_seeds, len(point.seeds)) == (2, 3)
    assert point.unmeasured == ("Reader A",)
    assert point.accuracy is not None
    assert point_words.unknown(point) == []


def test_a_rule_is_only_compared_where_it_was_paired() -> None:
    table = side_by_side.table(
        result := make_result(), operating_point.operating_point(result, "value", 0.5)
    )
    assert list(table["verdict"]) == ["", "not measured", "not measured"]
    assert table["difference"].isna().all()


def test_a_rule_that_sends_nearly_all_cases_to_one_agent_says_how_many() -> None:
    shares = {"Reader A": 0.003, "Reader B": 0.0, "Reader C": 0.0, "AI": 0.997}
    result = with_points(
        make_result(targets=(0.5,)), lambda p: {"workload": shares} if p.rule == "gate" else {}
    )
    table = side_by_side.table(result, operating_point.operating_point(result, "value", 0.5))
    assert side_by_side.collapses(table) == [
        "“As trained, bounds not enforced” sends 99.7\u202f% of the test cases to the AI."
    ]


def test_whose_accuracy_rests_on_other_cases_is_said() -> None:
    table = pd.DataFrame({"shown": ["Ada", "Ben", "AI"], "elsewhere": [True, False, False]})
    assert point_words.elsewhere(table).startswith("Ada: too few of the cases")
    assert point_words.elsewhere(table.tail(2)) == ""


def test_mix_ups_are_the_wrong_cells_most_common_first() -> None:
    counts = ((8, 2, 0), (1, 9, 0), (0, 4, 6))
    made = make_result(classes=3, targets=(0.5,))
    result = with_points(made, lambda p: {"confusion": counts})
    found = point_words.mix_ups(operating_point.operating_point(result, "value", 0.5))
    assert list(found["cases"]) == [4, 2, 1]
    assert (found["truth"][0], found["decided"][0]) == ("class 2", "class 1")
    assert found["share"][0] == pytest.approx(0.4)


def listed(app: AppTest) -> pd.DataFrame:
    """The cases in the dialog."""
    return table_with(app, "Assigned to")


def ask(app: AppTest, which: Which | None) -> None:
    assert which is not None
    app.session_state[case_dialog._ASKED] = which


@pytest.mark.parametrize("seen", ["mean", "1"])
def test_a_cell_of_the_confusion_leads_to_exactly_the_cases_it_counts(
    ids: dict[str, str], open_page: Open, seen: str
) -> None:
    run = ids["plain"]
    result = run_queries.result(run)
    only = None if seen == "mean" else int(seen)
    point = operating_point.operating_point(result, "value", 0.5, only)
    app = open_page("tradeoffs", run=run, point="0.5", seen=seen, part="classes")
    ask(app, classes._cell(result, [0, 1], {"points": [{"x": 0, "y": 1}]}))
    shown = listed(app.run())
    assert len(shown) == point.confusion[1, 0] > 0
    assert set(shown["Ground truth"]) == {"malignant"}
    assert set(shown["Decision"]) == {"benign"}
    assert ("Seed" in shown.columns) is (seen == "mean")
    assert not app.exception
    # It was asked for once: what is drawn next has no dialog.
    app.run()
    assert not [d for d in app.dataframe if "Assigned to" in d.value.columns]


def test_an_agent_leads_to_its_cases_and_they_can_be_told_by_how_they_ended(
    ids: dict[str, str], open_page: Open
) -> None:
    run = ids["plain"]
    app = open_page("tradeoffs", run=run, point="0.5", seen="0")
    ask(app, Which(title="Ada", agent=0))
    (decided,) = point_queries.decisions(run, "value", 0.5, (0,)).decisions
    assert len(listed(app.run())) == min((decided.chosen == 0).sum(), 200)
    unknown = (decided.chosen == 0) & ~decided.team.measured
    table = point_cases.table_of(run_queries.result(run), (decided,), Which(title="", agent=0))
    assert (table["right"] == "").sum() == unknown.sum()
    assert list(decided.case_ids[table["place"]]) == list(table["case_id"])


def test_the_buttons_of_a_class_count_its_four_kinds_of_decisions(
    ids: dict[str, str], open_page: Open
) -> None:
    run = ids["plain"]
    app = open_page("tradeoffs", run=run, point="0.5", seen="0", part="one")
    counts = operating_point.operating_point(run_queries.result(run), "value", 0.5, 0).confusion
    shown = {b.label for b in app.button if str(b.key).startswith("cases_")}
    assert shown >= {
        f"Found: {counts[1, 1]}",
        f"Missed: {counts[1, 0]}",
        f"Wrong calls: {counts[0, 1]}",
        f"Rightly not called: {counts[0, 0]}",
    }
    app.button(key="cases_Missed").click().run()
    assert len(listed(app)) == counts[1, 0]


def test_cases_that_cannot_be_recomputed_say_why(ids: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=ids["gone"], point="0.5")
    app.button(key="cases_all").click().run()
    assert any("no longer here" in i.value for i in app.info)
    assert not app.exception


def test_a_second_click_on_the_same_mark_opens_its_cases_again() -> None:
    def script() -> None:
        import streamlit as st

        from app.shared import case_dialog
        from app.tradeoffs import point_cases

        case_dialog.on_select(
            "table",
            lambda s: point_cases.Which(title="a", agent=s["rows"][0]) if s["rows"] else None,
        )()
        st.write("done")

    app = AppTest.from_function(script, default_timeout=30)
    for rows in ([2], []):
        app.session_state["table"] = {"selection": {"rows": rows}}
        app.run()
        assert app.session_state[case_dialog._ASKED].agent == 2
        del app.session_state[case_dialog._ASKED]
