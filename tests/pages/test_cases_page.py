"""The Cases page, by the rows and figures on screen."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.cases import case_queries, filters, listing
from app.shared import data_queries, run_queries, scenario_link, scenario_queries, words
from app.shared.scenario_queries import Model
from core.dataset.annotation_set import AI, AnnotationSet
from core.scenarios.case_list import CaseList, Wanted
from core.scenarios.settings import ReadByExpert, Scenario
from tests.pages.conftest import Open, texts
from tests.pages.told_runs import EVIL, TARGETS, panel, told_run

GUARD = ReadByExpert(column="site", value="Riverside")


def grouped() -> AnnotationSet:
    data = panel()
    site = np.where(np.arange(len(data.truth)) % 3 == 0, "Riverside", "Hillview")
    return replace(data, groups={"site": site})


def pictures() -> AnnotationSet:
    data = panel(cases=150)
    images = np.random.default_rng(0).integers(0, 256, (150, 8, 8, 3)).astype(np.uint8)
    return replace(data, inputs=images, feature_names=(), name="Pictures")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    home = tmp_path_factory.mktemp("cases")
    return home, {
        "pictures": told_run(home, pictures(), "Pictures", seeds=1),
        "table": told_run(home, grouped(), "Table", seeds=1),
    }


@pytest.fixture
def runs(made: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("CASELOAD_HOME", str(made[0]))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    st.cache_data.clear()
    return made[1]


def data_of(run: str) -> AnnotationSet:
    return data_queries.dataset(run_queries.result(run).dataset.content_hash)


def listed(run: str, scenario: Scenario | None = None, baseline: str = "ai_alone") -> CaseList:
    data = data_of(run)
    model = Model(run, 0, data.content_hash)
    found, _ = scenario_queries.cases(model, scenario or usual(run), baseline)
    assert found is not None
    return found


def usual(run: str) -> Scenario:
    return scenario_link.default(data_of(run))


def rows(app: AppTest) -> pd.DataFrame:
    frame: pd.DataFrame = next(d.value for d in app.dataframe if "Why" in d.value.columns)
    return frame


def check(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def test_the_rows_are_those_of_the_core(runs: dict[str, str], open_page: Open) -> None:
    run = runs["table"]
    app, want = check(open_page("cases", run=run)), listed(run)
    shown, scores = rows(app), want.scores
    assert len(shown) == 8
    assert shown["Case"].tolist() == scores.test.case_ids[:8].tolist()
    assert shown["Goes to"].tolist() == [scores.agents[k] for k in want.explained.chosen[:8]]
    assert shown["Truth"].tolist() == [scores.classes[c] for c in scores.truth[:8]]
    for i, why in enumerate(shown["Why"]):
        assert want.explained.reason(i).lower().endswith(why.lower())
        p = float(scores.test.probabilities[i, scores.test.ai_answer[i]])
        said = scores.classes[scores.test.ai_answer[i]]
        assert shown["The AI says"][i] == f"{said}, {words.percent(p)}"
        right = ("wrong", "right", "not measured")[want.right[i]]
        assert shown["Decision"][i] == right
        assert shown["Before"][i] == ("the same" if shown["Goes to"][i] == AI else AI)
    assert "**200 cases** of 200" in texts(app)
    assert "everybody on duty, no bounds and no rules" in texts(app)


def test_filters_narrow_the_list_and_stand_in_the_link_by_position(
    runs: dict[str, str], open_page: Open
) -> None:
    run = runs["table"]
    app = open_page("cases", run=run, c_truth="1", c_to="0", c_group="0-1")
    want = listed(run).find(Wanted(truth=1, goes_to=0, group=("site", 1)))
    assert 0 < len(want) < 200
    assert f"**{words.count(len(want), 'case')}** of 200" in texts(check(app))
    assert set(rows(app)["Goes to"]) == {"Ada"}
    assert set(rows(app)["Truth"]) == {"malignant"}
    app.selectbox(key="c_right").select("wrong").run()
    app.selectbox(key="c_said").select("disagree").run()
    want = listed(run).find(
        Wanted(truth=1, goes_to=0, group=("site", 1), right="wrong", said="disagree")
    )
    assert f"**{words.count(len(want), 'case')}** of 200" in texts(check(app))
    link = json.dumps(dict(app.query_params))
    assert "wrong" in link
    for name in ("Ada", "malignant", "benign", "Hillview", "case 4"):
        assert name not in link


def test_what_finds_nothing_offers_to_open_the_filters(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("cases", run=runs["table"], c_to="-1")
    assert "No case fits" in app.info[0].value
    app.button(key="c_open").click().run()
    assert "**200 cases** of 200" in texts(check(app))
    assert "c_to" not in app.query_params


def test_the_list_is_sorted_and_paged(runs: dict[str, str], open_page: Open) -> None:
    run = runs["table"]
    app, want = open_page("cases", run=run, c_sort="stake", c_page="2"), listed(run)
    found = want.find(Wanted(), "stake")
    ids = want.scores.test.case_ids
    assert rows(check(app))["Case"].tolist() == ids[found[8:16]].tolist()
    app.toggle(key="c_down").set_value(True).run()  # another question begins on the first page
    found = want.find(Wanted(), "stake", descending=True)
    assert rows(check(app))["Case"].tolist() == ids[found[:8]].tolist()


def test_a_link_opens_the_scenario_and_the_cases_that_change_hands(
    runs: dict[str, str], open_page: Open
) -> None:
    run = runs["table"]
    scenario = replace(usual(run).with_terms(AI, maximum=0.3), guards=(GUARD,))
    link = scenario_link.write(scenario, data_of(run))
    app = check(open_page("cases", run=run, scenario=link, c_moved="yes", c_said="1"))
    want = listed(run, scenario)
    assert want.moved is not None
    found = want.find(Wanted(moved=True, said=1))
    assert f"**{words.count(len(found), 'case')}** of 200" in texts(app)
    assert (want.explained.chosen[found] != 3).all()
    assert "bounds for AI; cases with site Riverside are always read by an expert" in texts(app)
    # The rule itself has no room in a row; who marks it reads it.
    assert any("A guard rule keeps the AI away. Expected" in why for why in rows(app)["Why"])
    assert not any("always read" in why or "Goes to" in why for why in rows(app)["Why"])
    assert app.query_params["scenario"] == link


def test_against_a_baseline_that_hands_nobody_a_case_nothing_changes_hands(
    runs: dict[str, str], open_page: Open
) -> None:
    app = check(open_page("cases", run=runs["table"], baseline="equal", c_moved="yes"))
    assert "Changes hands" not in [box.label for box in app.selectbox]
    assert "assigns no case to one particular agent" in texts(app)
    assert "Before" not in rows(app).columns
    assert "**200 cases** of 200" in texts(app)


def test_one_case_in_full(runs: dict[str, str], made: tuple[Path, Any], open_page: Open) -> None:
    run = runs["table"]
    scenario = replace(usual(run).with_terms("Ada", on_duty=False), guards=(GUARD,))
    want = listed(run, scenario)
    case = int(want.find(Wanted(ai_says=1, goes_to=1))[0])
    link = scenario_link.write(scenario, data_of(run))
    app = check(open_page("cases", run=run, scenario=link, c_case=str(case)))
    said, scores = texts(app), want.scores
    assert want.explained.reason(case).split(" (")[0] in said.replace("\\", "")
    if not want.measured[case]:
        assert "so the decision is unknown" in said
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    told = want.explained.agents(case)
    beside = " ".join(a["text"] for a in figure["layout"]["annotations"])
    for share in told["expected"]:
        assert f"{100 * share:.1f} %" in beside
    assert "off duty" in beside
    assert "gets it" in beside
    everybody = next(d.value for d in app.dataframe if "Right or wrong" in d.value.columns)
    assert everybody["Agent"][0] == AI
    assert len(everybody) == 1 + scores.annotated[case].sum()
    # The gating model trained for the share nearest to the AI's.
    coverage = float((want.explained.chosen == 3).mean())
    view = case_queries.gating(Model(run, 0, data_of(run).content_hash), case, coverage)
    assert view is not None
    assert view.target == min(TARGETS, key=lambda t: abs(t - coverage))
    kept = run_queries.store().outputs(run, 0, ["scores_test"])["scores_test"]
    np.testing.assert_allclose(view.agents, np.exp(kept[TARGETS.index(view.target), case]), 1e-6)
    gating = next(d.value for d in app.dataframe if "Would assign it to" in d.value.columns)
    assert gating["Would assign it to"].tolist() == pytest.approx(
        sorted(100 * view.agents, reverse=True)
    )
    assert f"Trained for the AI to take {words.percent(view.target)}" in said


def test_scores_that_are_no_probabilities_are_shown_as_they_are(
    runs: dict[str, str], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs["table"]
    cases = len(run_queries.store().outputs(run, 0, ["scores_test"])["scores_test"][0])
    scores = np.tile(np.float32([0.9, 0.25, 0.6, 0.7]), (2, cases, 1))
    kept = {"targets": np.array([0.0, 1.0]), "scores_test": scores,
            "ai_probabilities_test": np.full((2, cases, 2), 0.5)}  # fmt: skip
    monkeypatch.setattr(case_queries, "_gating", lambda *_: kept)
    view = case_queries.gating(Model(run, 0, data_of(run).content_hash), 3, 0.4)
    assert view is not None
    assert view.for_all
    assert not view.gated
    app = open_page("cases", run=run, c_case="3")
    shown = next(d.value for d in app.dataframe if "Score" in d.value.columns)
    assert shown["Score"].tolist() == pytest.approx([90.0, 70.0, 60.0, 25.0])
    assert "Trained once for every share of the AI." in texts(app)


def test_a_row_that_is_marked_opens_its_case(runs: dict[str, str], open_page: Open) -> None:
    run = runs["table"]
    app = open_page("cases", run=run)
    key = listing.key_of(np.arange(8))
    app.session_state[key] = {"selection": {"rows": [3], "columns": [], "cells": []}}
    app.run()
    assert check(app).subheader[0].value == "Case case 403"
    assert app.query_params["c_case"] == "3"
    # Its neighbours in the list are one press away.
    app.button(key="c_Next").click().run()
    assert app.subheader[0].value == "Case case 404"
    # Closed: the row stays marked, and neither the list nor the link opens it again.
    app.session_state[filters.CASE] = -1
    app.run()
    assert not app.subheader
    assert "c_case" not in app.query_params
    # A second click on the row takes its mark away; it is still the one meant.
    app.session_state[key] = {"selection": {"rows": [], "columns": [], "cells": []}}
    app.run()
    assert check(app).subheader[0].value == "Case case 403"


def test_images_have_thumbnails_and_a_picture(runs: dict[str, str], open_page: Open) -> None:
    app = check(open_page("cases", run=runs["pictures"], c_case="0"))
    shown = rows(app)
    assert all(text.startswith("data:image/png;base64,") for text in shown["Image"])
    assert "base64" not in json.dumps(dict(app.query_params))
    assert "Unusual in it" not in shown.columns


def test_what_is_not_to_be_had_in_a_link_is_passed_over(
    runs: dict[str, str], open_page: Open
) -> None:
    bad = {"c_to": "99", "c_case": "99999", "c_page": "x", "c_sort": "none", "c_group": "9-9"}
    app = check(open_page("cases", run=runs["table"], scenario="nonsense", **bad))
    assert len(rows(app)) == 8
    assert not app.error


def test_an_impossible_scenario_is_said_in_words(runs: dict[str, str], open_page: Open) -> None:
    run = runs["table"]
    scenario = usual(run)
    for name, _ in scenario.agents:
        scenario = scenario.with_terms(name, maximum=0.1)
    link = scenario_link.write(scenario, data_of(run))
    app = check(open_page("cases", run=run, scenario=link))
    assert "This scenario is impossible" in app.error[0].value
    assert not [d for d in app.dataframe if "Why" in d.value.columns]


def test_other_peoples_names_are_not_read_as_markup(runs: dict[str, str], open_page: Open) -> None:
    run = runs["table"]
    want = listed(run)
    case = int(want.find(Wanted(goes_to=2))[0])
    app = check(open_page("cases", run=run, c_case=str(case)))
    assert EVIL not in texts(app)
    table = want.table(np.arange(3))
    assert table["case_id"][0] == "=1+1"  # escaped where it is written, by `core.base.export`


def test_without_a_run_the_page_says_what_to_do(empty_home: Path, open_page: Open) -> None:
    app = check(open_page("cases"))
    assert "No finished run yet" in texts(app)
