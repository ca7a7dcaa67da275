"""A ground truth by consensus is chosen when a set is read, and said wherever it is used."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from app.runs import export
from app.shared import run_queries, scenario_queries, truth, views
from app.workload import scenario_tables
from core.base.report import Report
from core.consensus.fill import with_consensus
from core.consensus.methods import in_short
from core.experiment.artifacts import curve_frame
from core.library.store import Library
from tests.pages.conftest import Open, _use, texts
from tests.pages.test_data import offer, read
from tests.pages.test_match import NO_TRUTH, figures, store
from tests.pages.told_runs import panel, told_run
from tests.pages.workload_page import asked, model_of, report_of, usual
from tests.unit.reading.test_matched import READS, csv

SAID = "Ground truth by consensus"


@pytest.fixture(scope="session")
def by_consensus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a run on a set whose truth is a consensus for two thirds of the cases."""
    home = tmp_path_factory.mktemp("consensus")
    data = panel()
    unknown = (np.arange(len(data.truth)) % 3 > 0) & data.annotated.any(axis=1)
    found = with_consensus(data, "dawid-skene", unknown, Report())
    return home, told_run(home, found, "By consensus")


@pytest.fixture
def run(by_consensus: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> str:
    _use(by_consensus[0], monkeypatch)
    return by_consensus[1]


@pytest.mark.parametrize("page", ["tradeoffs", "workload", "cases", "data", "train"])
def test_every_page_with_figures_says_so(run: str, open_page: Open, page: str) -> None:
    data = run_queries.result(run).dataset.content_hash
    query = {"data": data} if page in ("data", "train") else {"run": run}
    app = open_page(page, **query)
    assert not app.exception
    assert SAID in texts(app)
    assert f"{found_of(run)['cases']:,} of 600 cases" in texts(app)
    assert app.session_state["truth_said"]
    # What is downloaded from the next page is not about this set.
    app.switch_page("../pages/home.py").run()
    assert SAID not in texts(app)
    assert not app.session_state["truth_said"]


def found_of(run: str) -> dict[str, Any]:
    found = truth.of_run(run_queries.result(run))
    assert found is not None
    return found


def test_lists_of_runs_and_sets_name_it(run: str, open_page: Open) -> None:
    app = open_page("runs")
    assert truth.BY_CONSENSUS in app.dataframe[0].value["Data set"].iloc[0]
    assert truth.BY_CONSENSUS in open_page("data").selectbox(key="data").options[-1]
    record = run_queries.run(run)
    assert record is not None
    assert truth.BY_CONSENSUS in views.about(record)


def test_every_download_has_a_field_for_it(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short = in_short(found_of(run))
    result = run_queries.result(run)
    record = run_queries.run(run)
    assert record is not None
    assert result.to_dict()["dataset"]["consensus"]["method"] == "dawid-skene"
    assert curve_frame(result)["ground_truth"].iloc[0] == short
    exported = pd.read_csv(io.StringIO(export.export([record])))
    assert exported["ground_truth"].tolist() == [short]
    made: dict[str, Callable[[], str]] = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, **_: made.update({label: data}))
    for said in ("", short):
        monkeypatch.setattr(truth, "said", lambda said=said: said)
        views.csv_button("A table", lambda: pd.DataFrame({"a": [1]}), "file", "key")
        columns = pd.read_csv(io.StringIO(made["A table"]())).columns
        assert ("ground_truth" in columns) == bool(said)


def test_a_scenario_is_answered_under_other_truths(run: str, open_page: Open) -> None:
    found = asked(run, usual(run))
    rows = scenario_queries.under_truths(model_of(run), found.solution)
    assert [row.name for row in rows] == ["dawid-skene", "majority", "known"]
    assert rows[0].accuracy == found.accuracy
    assert rows[2].cases < rows[0].cases == 200
    app = open_page("workload", run=run)
    (table,) = [t.value for t in app.dataframe if "Ground truth" in t.value.columns]
    assert table["Test cases"].tolist() == [row.cases for row in rows]
    page = report_of(run, {"Plan": found}, truths={"Plan": rows})
    assert all(row.label in page for row in rows)
    plain = json.loads(
        scenario_tables.as_json({"Plan": found}, {}, "malignant", None, {"Plan": rows})
    )
    said = plain["scenarios"][0]["answer"]["accuracy_by_truth"]
    assert said[0]["accuracy"] == found.accuracy.value


def test_a_known_truth_has_no_other(answering: str, open_page: Open) -> None:
    found = asked(answering, usual(answering))
    assert scenario_queries.under_truths(model_of(answering), found.solution) == ()
    app = open_page("workload", run=answering)
    assert SAID not in texts(app)
    assert not [t for t in app.dataframe if "Ground truth" in t.value.columns]


def test_nothing_is_read_until_a_consensus_is_chosen(empty_home: Path, open_page: Open) -> None:
    app = read(offer(open_page("data"), NO_TRUTH))
    assert app.button(key="match_read").disabled
    choice = app.radio(key="upload_choice_consensus")
    assert choice.value == "none"
    app = choice.set_value("dawid-skene").run()
    assert not app.exception
    assert not app.button(key="match_read").disabled
    assert figures(app)["Ground truth"] == "none"
    # Going back is possible, here and with all other choices.
    app = app.radio(key="upload_choice_consensus").set_value("none").run()
    assert app.button(key="match_read").disabled
    app = app.radio(key="upload_choice_consensus").set_value("dawid-skene").run()
    app = app.button(key="upload_forget").click().run()
    assert app.radio(key="upload_choice_consensus").value == "none"
    assert app.button(key="match_read").disabled
    store(app.radio(key="upload_choice_consensus").set_value("majority").run())
    (entry,) = Library().entries()
    assert entry.consensus
    found = Library().load(entry.content_hash).consensus
    assert found is not None
    assert found.method == "majority"
    assert found.filled.all()


def test_sets_stored_before_there_was_a_consensus_are_listed(
    empty_home: Path, open_page: Open
) -> None:
    key = Library().add(replace(panel(), name="Old"), Report())
    path = Library().folder / key / "entry.json"
    plain = json.loads(path.read_text())
    del plain["consensus"]
    path.write_text(json.dumps(plain))
    assert [e.name for e in Library().entries()] == ["Old"]
    assert Library().consensus(key) == ""
    assert not open_page("data", data=key).exception


def test_the_cases_say_whose_truth_is_known_and_how_sure_the_rest_is(
    run: str, open_page: Open
) -> None:
    result = run_queries.result(run)
    app = open_page("data", data=result.dataset.content_hash, view="cases")
    said = next(t.value["Truth by"] for t in app.dataframe if "Truth by" in t.value)
    assert set(said[said.str.startswith("consensus, ")]) | {"known"} == set(said)
    assert said.str.fullmatch(r"known|consensus, [\d.]+\u202f%").all()
    assert 0 < (said == "known").sum() < len(said)


def test_a_consensus_is_compared_with_the_known_truths_before_it_is_stored(
    empty_home: Path, open_page: Open
) -> None:
    some = READS.assign(Pathology=READS["Pathology"].where(READS.index % 3 > 0, ""))
    app = read(offer(open_page("data"), [("reads.csv", csv(some), "text/csv")]))
    # What is asked of a set that leaves cases out offers it, but does not store it unchecked.
    app = read(app, "match_read")
    (asked,) = [b for b in app.selectbox if any("leave these" in o.lower() for o in b.options)]
    app = asked.select_index(1).run()
    assert "upload_store" not in {b.key for b in app.button}
    choice = app.radio(key="upload_choice_consensus")
    beside = dict(zip(choice.options, choice.proto.captions, strict=True))
    app = read(choice.set_value("majority").run(), "match_read")
    assert not Library().entries()
    (offered,) = [r.options for r in app.radio if any("right in" in o for o in r.options)]
    assert offered[0].startswith("Majority")
    assert any(o.startswith("Dawid–Skene") for o in offered)
    assert all("of 40 cases with known truth" in o for o in offered)
    # Where the choice is made, the same is said before the files are read.
    shares = {name.split(":")[0]: caption for name, caption in beside.items()}
    for text in offered:
        name, share = text.replace("\\", "").split(": ")
        if name != "CROWDLAB":
            assert shares[name].casefold() == share.casefold()
    (control,) = [r for r in app.radio if r.options == offered]
    app = read(control.set_value(control.options.index(offered[1])).run(), "upload_store")
    (entry,) = Library().entries()
    found = Library().load(entry.content_hash).consensus
    assert found is not None
    assert found.method != "majority"
    assert found.checked == 40
