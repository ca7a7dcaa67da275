"""Several runs, references and both expert policies on Trade-offs, with the numbers they show."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.shared import comparison_words, words
from app.tradeoffs import picker, reference_words, sharing
from core.record.store import RunStore
from core.results.curve import deferred
from core.results.models import RunResult
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result, on, stored_run
from tests.pages.on_screen import figure, table_with


def made() -> dict[str, RunResult]:
    """Results by name: what the runs of this file's home hold."""
    unsure = make_result()
    areas = {r: a.model_copy(update={"interval": None}) for r, a in unsure.auc_cac.items()}
    return {
        "free": make_result(seeds=3),
        "better": make_result(seeds=3, shift=0.02, method="naive"),
        "balanced": make_result(seeds=3, humans="balanced", shift=-0.01),
        "few": make_result(complete=12, experts=2),
        "subset": make_result(complete=160, experts=2),
        "bounds": make_result(bounds={"AI": (0.2, 0.4)}),
        "elsewhere": on(make_result(seeds=3, cases=300), "Elsewhere", "f" * 16),
        "correctness": make_result(seeds=3, method="correctness"),
        "same": make_result(seeds=3, method="naive"),
        "unsure": unsure.model_copy(update={"auc_cac": areas}),
    }


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home with these runs, and their ids by name."""
    home = tmp_path_factory.mktemp("compared")
    return home, {name: stored_run(r, name.capitalize(), home=home) for name, r in made().items()}


@pytest.fixture
def ids(stored: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The ids of the runs, in the home that the pages see."""
    monkeypatch.setenv("CASELOAD_HOME", str(stored[0]))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    st.cache_data.clear()
    return stored[1]


def test_runs_are_compared_in_pairs_with_their_interval(
    ids: dict[str, str], open_page: Open, stored: tuple[Path, dict[str, str]]
) -> None:
    several = f"{ids['better']},{ids['correctness']}"
    app = open_page("tradeoffs", run=ids["free"], runs=several, rule="value")
    table = app.dataframe[0].value
    assert list(table["Run"]) == ["● Free", "◆ Better", "■ Correctness"]
    results = made()
    ours, theirs = (results[name].auc_cac["value"].per_seed for name in ("better", "free"))
    drawn = [RunStore(stored[0]).areas(ids[name])["value"] for name in ("better", "free")]
    low, high = np.quantile(drawn[0].mean(0) - drawn[1].mean(0), [0.025, 0.975])
    differences = np.subtract(ours, theirs)
    half = 4.302653 * differences.std(ddof=1) / 3**0.5  # t(0.975, 2)
    low, high = min(low, differences.mean() - half), max(high, differences.mean() + half)
    expected = f"{words.signed(differences.mean())} ({words.signed(low)} to {words.signed(high)})"
    assert table["Against the first run"][1] == expected
    assert table["Paired by"][1] == "test cases and seeds"


def test_every_run_has_a_look_and_a_label_of_its_own(ids: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=ids["free"], runs=f"{ids['better']},{ids['balanced']}")
    drawn = figure(app, "of several runs")
    lines = [t for t in drawn["data"] if t["mode"] == "lines+markers"]
    assert len({line["line"]["dash"] for line in lines}) == 3
    assert len({line["marker"]["symbol"] for line in lines}) == 3
    labels = {a["text"] for a in drawn["layout"]["annotations"]}
    assert {"● Free", "◆ Better", "■ Balanced"} <= labels


def test_a_run_keeps_its_look_when_another_comes_first(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=ids["better"], runs=ids["free"])
    assert list(app.dataframe[0].value["Run"]) == ["◆ Better", "● Free"]


def test_runs_on_other_cases_are_not_paired_and_that_is_said(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=ids["free"], runs=ids["elsewhere"])
    assert app.dataframe[0].value["Paired by"][1] == "nothing"
    assert "tested on different cases" in texts(app)


def test_a_run_without_a_curve_is_a_point_among_the_curves(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=ids["free"], runs=ids["bounds"])
    table = app.dataframe[0].value
    assert table["Area under the curve"][1] == "one point, no curve"
    assert table["Against the first run"][1] == words.UNKNOWN
    assert not app.exception


def test_a_method_without_the_rule_is_shown_under_its_own(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=ids["free"], runs=ids["correctness"], rule="gate")
    methods = list(app.dataframe[0].value["Method"])
    assert methods == [
        "Learn with missing annotations, “As trained, bounds not enforced”",
        "Estimate who is right, “Most likely right”",
    ]
    assert "without this decision rule, so shown" in texts(app)


def test_curves_that_hide_one_another_are_said(ids: dict[str, str], open_page: Open) -> None:
    several = f"{ids['same']},{ids['better']}"
    app = open_page("tradeoffs", run=ids["free"], runs=several, rule="value")
    (said,) = [i.value for i in app.info if "coincide" in i.value]
    assert said.startswith("Free and Same coincide")
    assert "learned in the same way for every method" in said
    other = open_page("tradeoffs", run=ids["free"], runs=ids["better"])
    assert "coincide" not in texts(other)


def test_an_area_without_an_interval_shows_none(ids: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=ids["unsure"], part="rules")
    mean = made()["unsure"].auc_cac["value"].mean
    areas = table_with(app, "Area under the curve")
    assert areas["Area under the curve"][0] == f"{mean:.1f}"
    assert f"(AUC-CAC × 100): {mean:.1f}. Click" in texts(app)


def test_a_link_with_only_a_comparison_looks_at_its_first_run(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", runs=f"{ids['better']},{ids['free']}")
    assert app.selectbox(key="run").value == ids["better"]
    assert app.multiselect(key="runs").value == [ids["free"]]


def test_runs_that_are_gone_are_left_out_of_a_comparison_and_named(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=ids["free"], runs=f"{'0' * 32},{ids['better']}")
    assert app.multiselect(key="runs").value == [ids["better"]]
    assert app.warning[0].value.startswith("1 run of the comparison in this link cannot be shown")


def test_more_than_six_runs_are_all_drawn(ids: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", runs=",".join(ids.values()))
    assert len(app.multiselect(key="runs").value) == len(ids) - 1
    drawn = figure(app, "of several runs")
    assert len([t for t in drawn["data"] if t["mode"] == "lines+markers"]) == len(ids)
    assert len(app.dataframe[0].value) == len(ids)


def test_random_deferral_is_a_straight_line_to_the_ai(ids: dict[str, str], open_page: Open) -> None:
    drawn = figure(open_page("tradeoffs", run=ids["free"]), "rule Most likely right")
    line = next(t for t in drawn["data"] if t["name"] == "random deferral")
    result = made()["free"]
    assert line["line"]["dash"] == "longdashdot"
    table = reference_words.random_line(result, "value")
    assert table["accuracy"].iloc[0] == pytest.approx(np.mean([0.66, 0.74, 0.82]))
    assert table["accuracy"].iloc[-1] == pytest.approx(result.ai_accuracy["value"])
    assert np.ptp(np.diff(table["accuracy"])) < 1e-12


def test_too_few_complete_cases_draw_no_oracle_and_say_why(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=ids["few"])
    names = [t["name"] for t in figure(app, "rule Most likely right")["data"]]
    assert "best any rule could do" not in names
    assert "all 2 experts annotated 12 test cases, and it takes 30" in texts(app)


def test_an_oracle_of_other_cases_is_not_drawn_and_compared_on_its_own(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=ids["subset"])
    names = [t["name"] for t in figure(app, "rule Most likely right")["data"]]
    assert "best any rule could do" not in names
    said = texts(app).replace("\u202f", " ").replace("\\:", ":")
    assert "annotated only 160 of the 400 test cases" in said
    assert (
        "On the 160 test cases that all 2 experts annotated: the team 80.0 % (70.0–90.0), the AI "
        "alone 70.0 % (60.0–80.0), and the best any rule could do with the team's workloads 85.0 % "
        "(75.0–95.0)."
    ) in said


def test_what_is_beside_the_curve_can_be_taken_away_by_link(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=ids["free"], beside="random")
    drawn = figure(app, "rule Most likely right")
    names = {t["name"] for t in drawn["data"]}
    assert "random deferral" in names
    assert "best any rule could do" not in names
    assert not drawn["layout"].get("shapes")
    assert app.query_params["beside"] == "random"


def test_a_target_of_another_run_is_said(ids: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=ids["free"], point="0.37")
    assert "The point in this link is not one of this run's" in texts(app)


def test_free_and_balanced_twins_find_each_other(ids: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=ids["free"], policies="true")
    drawn = figure(app, "Each expert's share of the deferred cases")
    titles = [a["text"] for a in drawn["layout"]["annotations"]]
    assert titles == ["Free: any shares", "Balanced: equal shares"]
    result = made()
    free = sharing.frame(deferred(result["free"], "value"))
    balanced = sharing.frame(deferred(result["balanced"], "value"))
    np.testing.assert_allclose(balanced["share"], 1 / 3)
    points = result["free"].at("value", 0.4)
    expected = np.mean([p.workload["Reader C"] / (1 - p.coverage) for p in points])
    row = free[(free["target"] == 0.4) & (free["expert"] == "Reader C")].iloc[0]
    assert row["share"] == pytest.approx(expected)
    assert row["low"] < row["share"] < row["high"]
    assert 1.0 not in set(free["target"])  # nothing is deferred there
    assert "Area under the curve, balanced less free: **\u22121.0 (" in texts(app)


def test_without_a_twin_the_way_to_train_one_is_offered(
    ids: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=ids["better"], policies="true")
    assert "There is no run yet whose experts are **balanced**" in texts(app)
    # This run's data set is made up, so there is nothing to train on.
    assert "its twin cannot be trained" in texts(app)
    assert not app.exception


def test_own_bounds_have_no_twin(ids: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=ids["bounds"], policies="true")
    assert app.session_state["part"] == "rules"
    assert not [e for e in app.expander if e.label.startswith("Balanced against free")]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([{"customdata": [0.3, 0.7, 0.8]}], picker.Clicked(0.3, None)),
        ([{"customdata": {"0": 0.3, "1": "run", "2": 0.8}}], picker.Clicked(0.3, "run")),
        ([{"customdata": [None, "run", 0.7, 0.8]}], picker.Clicked(None, "run")),
        ([{"customdata": [None, 0.7, 0.8]}], None),  # random deferral has no targets
        ([{"x": 0.2}], None),
        ([], None),
    ],
)
def test_a_clicked_mark_is_read(points: list, expected: picker.Clicked | None) -> None:
    assert picker.clicked_mark(points) == expected


def clicked(customdata: list | None, **session: object) -> Any:
    """The session after a click on a mark, or after one that took its selection away."""

    def script() -> None:
        import streamlit as st

        from app.tradeoffs import picker

        picker.on_click("figure")
        st.write("done")

    app = AppTest.from_function(script, default_timeout=30)
    points = [] if customdata is None else [{"customdata": customdata}]
    app.session_state["figure"] = {"selection": {"points": points}}
    for name, value in session.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app.session_state


def test_a_click_chooses_the_point() -> None:
    assert clicked([0.3, 0.7, 0.8], run="a", point=0.5)["point"] == 0.3


def test_a_click_on_another_run_brings_it_to_the_front() -> None:
    state = clicked([0.3, "b", 0.7, 0.8], run="a", runs=["b", "c"], point=0.5)
    assert (state["run"], state["runs"], state["point"]) == ("b", ["a", "c"], 0.3)


def test_a_second_click_on_the_same_mark_means_it_again() -> None:
    last = {"clicked:figure": picker.Clicked(0.3, None)}
    assert clicked(None, run="a", point=0.5, **last)["point"] == 0.3


def test_the_rule_a_run_does_not_have_is_replaced_by_its_own() -> None:
    assert make_result(method="correctness").rule_of("gate") == "value"


def test_differences_around_nothing_are_not_distinguishable() -> None:
    assert comparison_words.difference_text(-0.4, (-1.1, 0.3)) == (
        "\u22120.4 (\u22121.1 to +0.3), not distinguishable"
    )
    assert comparison_words.difference_text(1.2, (0.3, 2.1)) == "+1.2 (+0.3 to +2.1)"
