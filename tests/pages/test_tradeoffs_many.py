"""Any number of runs side by side on Trade-offs: drawn, in the table, and in the files."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest

from app.tradeoffs import compare_files, comparison
from app.tradeoffs.chosen_run import Chosen
from app.tradeoffs.comparison_chart import MOST_LINES
from core.record.store import RunStore
from core.results.models import Training
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result, stored_run, with_config
from tests.pages.on_screen import figure
from tests.pages.runs_page import links

FELL = Training(points=11, infinite=3, exploded=0, constant=0, learning_rate=5.0, weight_decay=None)


def chosen(ids: list[str]) -> Chosen:
    first, *others = (RunStore().get(run_id) for run_id in ids)
    return Chosen(first, others)


def curves(app) -> list[dict]:
    drawn = figure(app, "of several runs")
    return [trace for trace in drawn["data"] if trace["mode"] == "lines+markers"]


@pytest.mark.parametrize("count", [12, 24, 40])
def test_the_table_has_every_run_and_the_figure_what_can_be_told_apart(
    forty: list[str], open_page: Open, count: int
) -> None:
    app = open_page("tradeoffs", run=forty[0], runs=",".join(forty[1:count]), rule="value")
    assert not app.exception
    table = app.dataframe[0].value
    assert len(table) == count
    assert table["Against the first run"][1:].str.contains("to").all()
    drawn = curves(app)
    assert len(drawn) == min(count, MOST_LINES)
    looks = {(t["line"]["color"], t["line"]["dash"], t["marker"]["symbol"]) for t in drawn}
    assert len(looks) == len(drawn)
    said = f"{MOST_LINES} of {count} curves are drawn"
    assert (said in texts(app)) is (count > MOST_LINES)


def test_runs_selected_in_the_table_are_drawn_beside_the_first_ones(
    forty: list[str], open_page: Open
) -> None:
    key = comparison._table_key(chosen(forty))
    app = open_page("tradeoffs", run=forty[0], runs=",".join(forty[1:]))
    app.session_state[key] = {"selection": {"rows": [30, 39]}}
    app.run()
    drawn = curves(app)
    assert len(drawn) == MOST_LINES + 2
    keys = {tuple(point)[1] for trace in drawn for point in trace["customdata"]}
    assert keys == {*forty[:MOST_LINES], forty[30], forty[39]}


def test_the_runs_page_offers_to_compare_them_all(forty: list[str], open_page: Open) -> None:
    app = open_page("runs", chosen=",".join(forty))
    link = links(app)["Compare 40 runs"]
    assert {link["run"], *link["runs"].split(",")} == set(forty)


def test_files_hold_every_run(forty: list[str]) -> None:
    several = chosen(forty)
    found = comparison.compared(several, "gate")
    areas = compare_files.areas(found)
    assert list(areas["run_id"]) == forty
    assert areas["against_first"].isna().sum() == 1
    points = compare_files.curves(several)
    assert set(points["run_id"]) == set(forty)
    whole = json.loads(compare_files.whole(several))
    assert [run["run_id"] for run in whole] == forty
    assert whole[3]["result"] == RunStore().result(forty[3]).to_dict()
    assert pd.read_csv(io.StringIO(areas.to_csv()))["auc_cac_gate"].notna().sum() == 27


def test_the_report_holds_every_run(forty: list[str]) -> None:
    page = compare_files.report(comparison.compared(chosen(forty), "value"))
    assert all(run_id in page for run_id in forty)
    assert f"The first {MOST_LINES} of 40 runs" in page
    assert "40 runs compared: Most likely right" in page
    # The name of every run heads its row in the table of areas.
    assert all(
        f'<th scope="row">{name}</th>' in page for name in ("Noisy digits 1", "Screening 40")
    )


def test_where_methods_differ_the_gating_rule_comes_first(
    forty: list[str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=forty[0], runs=forty[1])  # pl2d and naive
    assert app.segmented_control(key="rule").value == "gate"
    assert (
        "The methods differ, so the comparison opens with “As trained, bounds not enforced”"
        in texts(app)
    )
    assert "rule" not in app.query_params
    app.segmented_control(key="rule").set_value("value").run()
    assert app.query_params["rule"] in ("value", ["value"])
    linked = open_page("tradeoffs", run=forty[0], runs=forty[1], rule="value")
    assert linked.segmented_control(key="rule").value == "value"


def test_where_the_first_run_has_no_gating_model_the_others_still_show_theirs(
    forty: list[str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=forty[2], runs=forty[0])  # correctness and pl2d
    assert app.segmented_control(key="rule").value == "gate"
    assert list(app.dataframe[0].value["Method"]) == [
        "Estimate who is right, “Most likely right”",
        "Learn with missing annotations, “As trained, bounds not enforced”",
    ]
    assert not app.exception


def test_runs_of_one_method_open_as_one_run_does(forty: list[str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=forty[0], runs=forty[3])
    assert app.segmented_control(key="rule").value == "value"
    assert "The methods differ" not in texts(app)


def test_a_rule_that_nobody_chose_gives_way_to_what_the_runs_ask_for(
    forty: list[str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=forty[0])
    assert app.segmented_control(key="rule").value == "value"
    app.multiselect(key="runs").select(forty[1]).run()
    assert app.segmented_control(key="rule").value == "gate"
    app.multiselect(key="runs").unselect(forty[1]).run()
    assert app.segmented_control(key="rule").value == "value"


def test_a_rule_that_somebody_chose_stays(forty: list[str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=forty[0])
    app.segmented_control(key="rule").set_value("priced").run()
    app.multiselect(key="runs").select(forty[1]).run()
    assert app.segmented_control(key="rule").value == "priced"


def test_a_run_that_fell_apart_is_no_result_beside_others(
    empty_home: Path, open_page: Open
) -> None:
    good = stored_run(make_result(), "Good", home=empty_home)
    bad = stored_run(make_result().model_copy(update={"training": FELL}), "Bad", home=empty_home)
    for rule, void in (("gate", True), ("value", False)):
        app = open_page("tradeoffs", run=good, runs=bad, rule=rule)
        areas = app.dataframe[0].value["Area under the curve"]
        assert [text.endswith("training diverged") for text in areas] == [False, void]
        assert ("Training diverged in Bad" in texts(app)) is void


def test_runs_that_differ_in_weight_decay_alone_are_named_by_it(
    empty_home: Path, open_page: Open
) -> None:
    ids = []
    for decay in (None, 0.5):
        result = with_config(make_result(), weight_decay=decay)
        ids.append(stored_run(result, "Same name", home=empty_home))
    app = open_page("tradeoffs", run=ids[0], runs=ids[1])
    assert list(app.dataframe[0].value["Run"]) == [
        "● weight decay default",
        "◆ weight decay 0.5",
    ]
