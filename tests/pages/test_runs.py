"""The table of runs: rows, filters, selection, comparison, export."""

import io
from pathlib import Path

import pandas as pd
import pytest

from app.runs import export
from app.runs.table import AREAS
from app.shared import data_queries, run_queries, words
from core.record.store import RunStore
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result, on, stored_run
from tests.pages.runs_page import buttons, links, row


def test_every_run_has_a_row_with_its_state_area_and_curve(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("runs")
    assert not app.exception
    assert "6 runs" in texts(app)
    assert list(app.dataframe[0].value["Name"]) == [
        "Going on",
        "Broken",
        "Own bounds",
        "Twenty experts",
        "One seed",
        "Five seeds",
    ]
    result = RunStore().result(runs["five"])
    five = row(app, "Five seeds")
    assert five["State"] == "Finished"
    assert five["Data set"] == "Digits trio"
    assert five["Method"] == "pl2d · Learn with missing annotations"
    assert (five["Seeds"], five["Missing rate"], five["Learning rate"]) == (5, "0.0\u202f%", 0.01)
    assert five["Run id"] == runs["five"]
    for rule in ("gate", "priced", "value"):
        area = result.auc_cac[rule]
        assert five[AREAS[rule]] == words.area(area.mean, area.interval)
    assert five["Time"] == 7.2
    middle = [point.accuracy for point in result.at("value", 0.5)]
    assert len(middle) == 5
    assert len(five["Curve"]) == 11
    assert five["Curve"][5] == pytest.approx(100 * sum(middle) / 5, abs=1e-3)


def test_rows_without_a_curve_say_how_far_they_are(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("runs")
    going = row(app, "Going on")
    assert going["State"] == "Running 42\u202f%"
    assert pd.isna(going[AREAS["gate"]])
    assert going["Curve"] is None
    bounds = row(app, "Own bounds")
    assert bounds["State"] == "Finished"
    assert pd.isna(bounds[AREAS["gate"]])  # one point has no area
    assert row(app, "Broken")["State"] == "Failed"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"only_state": "failed"}, ["Broken"]),
        ({"only_state": "running"}, ["Going on"]),
        ({"find": "SEED"}, ["One seed", "Five seeds"]),
        ({"find": "seeds five"}, ["Five seeds"]),
        ({"only_data": "digits", "find": "seed"}, ["One seed", "Five seeds"]),  # no such set
        ({"only_method": "pl2d", "only_state": "finished", "find": "twenty"}, ["Twenty experts"]),
    ],
)
def test_link_opens_the_table_filtered(
    runs: dict[str, str], open_page: Open, query: dict[str, str], names: list[str]
) -> None:
    app = open_page("runs", **query)
    assert list(app.dataframe[0].value["Name"]) == names
    assert f"{len(names)} of 6 runs" in texts(app)


def test_filters_say_how_many_runs_they_would_leave(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("runs")
    assert app.selectbox(key="only_state").options == [
        "All",
        "Running (1)",
        "Finished (4)",
        "Failed (1)",
    ]
    app.selectbox(key="only_state").set_value("finished").run()
    assert len(app.dataframe[0].value) == 4
    assert app.query_params["only_state"] in ("finished", ["finished"])


def test_nothing_found_offers_all_runs_again(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("runs", find="no such name", only_state="failed")
    assert "No run matches all of these." in app.info[0].value
    assert not app.dataframe
    app.button(key="clear_filters").click().run()
    assert len(app.dataframe[0].value) == 6


def test_note_is_searched_too(empty_home: Path, open_page: Open) -> None:
    noted = stored_run(make_result(), "One", state="queued", home=empty_home)
    stored_run(make_result(), "Two", state="queued", home=empty_home)
    RunStore().write_note(noted, "=HYPERLINK() *Night* shift\nsecond line")
    app = open_page("runs", find="night")
    assert list(app.dataframe[0].value["Name"]) == ["One"]
    assert row(app, "One")["Note"] == "=HYPERLINK() *Night* shift second line"


def test_selected_finished_run_leads_to_its_curve_and_back_to_its_settings(
    empty_home: Path, open_page: Open
) -> None:
    data = data_queries.dataset("fna_panel").content_hash
    run_id = stored_run(on(make_result(seeds=2), "fna_panel", data), "Mine", home=empty_home)
    app = open_page("runs", chosen=run_id)
    assert app.multiselect(key="chosen").value == [run_id]
    found = links(app)
    assert found["See the curve"] == {"to": "tradeoffs", "run": run_id}
    repeat = found["Repeat with changes"]
    assert (repeat["to"], repeat["data"], repeat["seeds"]) == ("train", "fna_panel", "2")
    assert app.button(key="cancel_chosen").disabled
    assert "took 7 s" in texts(app)


def test_run_whose_data_set_is_gone_cannot_be_repeated(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("runs", chosen=runs["one"])
    assert "cannot be repeated here." in texts(app)
    assert "disabled" in links(app)["Repeat with changes"]
    assert app.code[1].value == "python -m core train PATH"


def test_several_finished_runs_are_compared_on_tradeoffs(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("runs", chosen=f"{runs['five']},{runs['one']},{runs['failed']}")
    compare = links(app)["Compare 2 runs"]
    assert compare == {"to": "tradeoffs", "run": runs["one"], "runs": runs["five"]}
    assert "not finished have no curve to compare." in texts(app)
    assert buttons(app)["delete_chosen"] == "Delete 3 runs"


def test_one_curve_is_no_comparison(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("runs", chosen=f"{runs['five']},{runs['failed']}")
    assert "select at least two finished runs" in texts(app)
    assert "disabled" in links(app)["Compare runs"]


def test_link_to_a_deleted_run_is_explained(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("runs", chosen=f"{'0' * 32},{runs['one']}")
    assert "The run in this link is not here" in app.warning[0].value
    assert app.multiselect(key="chosen").value == [runs["one"]]


def test_runs_of_one_name_are_told_apart_in_the_field(empty_home: Path, open_page: Open) -> None:
    ids = [stored_run(make_result(), "Twin", state="queued", home=empty_home) for _ in range(3)]
    app = open_page("runs", chosen=ids[0])
    options = app.multiselect(key="chosen").options
    assert len(set(options)) == 3
    app.multiselect(key="chosen").select(options[0]).run()
    assert set(app.multiselect(key="chosen").value) == {ids[0], ids[2]}


def test_no_runs_yet_says_what_to_do(empty_home: Path, open_page: Open) -> None:
    app = open_page("runs")
    assert "**No runs yet.** Train on a data set" in texts(app)
    assert links(app)["Start with a sample"]["to"] == ""


def test_export_holds_every_figure_and_no_formula(empty_home: Path) -> None:
    run_id = stored_run(make_result(), "=cmd|' /C calc'!A0", home=empty_home)
    store = RunStore()
    store.write_note(run_id, "@SUM(1)")
    (told,) = pd.read_csv(io.StringIO(export.export(store.list()))).to_dict("records")
    assert told["name"] == "'=cmd|' /C calc'!A0"
    assert told["note"] == "'@SUM(1)"
    result = store.result(run_id)
    for rule, area in result.auc_cac.items():
        assert told[f"auc_cac_{rule}"] == pytest.approx(area.mean, abs=1e-4)
        assert told[f"auc_cac_{rule}_low"] == pytest.approx(area.interval[0], abs=1e-4)
    assert told["seconds"] == 7.2
    assert '"method": "pl2d"' in told["settings"]
    assert (told["learning_rate"], told["missing_rate"], told["seeds"]) == (0.01, 0.0, 1)
    assert told["command"] == "python -m core train PATH"


def test_many_runs_are_shown_newest_first(forty: list[str], open_page: Open) -> None:
    app = open_page("runs", only_method="naive")
    assert "13 of 40 runs" in texts(app)
    assert len(app.dataframe[0].value) == 13
    assert app.dataframe[0].value["Name"].iloc[0] == "Ward round 38"
    assert forty[37] == RunStore().list(3)[2].run_id


def test_record_that_cannot_be_read_leaves_a_sentence(
    runs: dict[str, str], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise OSError("secret path")

    monkeypatch.setattr(run_queries, "runs", broken)
    app = open_page("runs")
    assert "a defect in the program" in app.error[0].value
    assert "secret" not in texts(app)
    assert not app.exception
