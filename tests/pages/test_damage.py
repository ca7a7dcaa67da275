"""Damage and full disks on the pages; every kind of damage on every page: `make faults`."""

import errno
import os
from pathlib import Path

import pytest

from core.base.report import Report
from core.dataset.annotation_set import AnnotationSet
from core.library.store import Library
from core.record import tracking
from core.record.scenario_store import ScenarioStore
from core.record.store import RunStore
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result, stored_run
from tests.pages.told_runs import panel


@pytest.fixture
def stored(empty_home: Path) -> tuple[Path, str]:
    """A home with a data set, and its hash."""
    dataset: AnnotationSet = panel(cases=60)
    return empty_home, Library(empty_home).add(dataset, Report())


@pytest.mark.parametrize("name", ["texts.json", "arrays.npz", "entry.json"])
def test_damaged_data_set_is_named_and_can_be_deleted(
    stored: tuple[Path, str], open_page: Open, name: str
) -> None:
    home, key = stored
    (Library(home).folder / key / name).write_bytes(b"")
    app = open_page("data", data=key)
    called = f"Data set {key[:6]}" if name == "entry.json" else "Panel"
    assert f"**{called}** are damaged" in app.error[0].value
    assert any("(damaged)" in option for option in app.selectbox(key="data").options)
    app.button(key="delete").click().run()
    app.button(key="delete_now").click().run()
    assert not app.exception
    assert Library(home).keys() == []


def test_damaged_run_is_named_with_its_two_ways_on(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Half missing", home=empty_home)
    whole = stored_run(make_result(), "Whole", home=empty_home)
    (RunStore(empty_home).folder(run_id) / "result.json").write_bytes(b"{")
    app = open_page("tradeoffs", run=run_id)
    assert "“Half missing” is damaged" in app.error[0].value
    assert "result.json is unreadable" in app.error[0].value
    assert not app.exception
    app = open_page("tradeoffs", run=whole)
    assert not app.error
    app = open_page("tradeoffs", run=whole, runs=run_id)
    assert not app.error
    assert "“Half missing” is damaged" in app.warning[0].value
    assert app.get("plotly_chart")
    app = open_page("runs", selected=run_id)
    assert not app.exception


def test_lost_record_is_said_and_rebuilt_on_the_page(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Half missing", home=empty_home)
    tracking.forget(empty_home)
    for path in empty_home.glob("mlflow.db*"):
        path.unlink()
    app = open_page("runs")
    assert "The record of runs (mlflow.db) is missing" in app.error[0].value
    assert "safe" not in texts(app)
    app.button(key="rebuild_record").click().run()
    assert not app.exception
    assert not app.error
    assert RunStore(empty_home).get(run_id).state == "finished"


def test_damaged_scenario_is_said_and_removed(answering: str, open_page: Open) -> None:
    store = ScenarioStore()
    store.folder.mkdir(parents=True, exist_ok=True)
    (store.folder / f"{'a' * 16}.json").write_text("{")
    app = open_page("workload", run=answering)
    app.session_state["workload_tabs"] = "Scenarios"
    app.run()
    assert "1 saved scenario cannot be read" in texts(app)
    app.button(key="remove_damaged").click().run()
    assert store.damaged() == []
    assert "cannot be read" not in texts(app)


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "The disk is full"), (errno.EROFS, "cannot be written")]
)
def test_disk_that_takes_nothing_is_said_in_words(
    stored: tuple[Path, str],
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    said: str,
) -> None:
    app = open_page("data", data=stored[1])
    app.button(key="rename").click().run()
    app.text_input(key="rename_to").set_value("Another name")

    def refuse(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    app.button(key="rename_now").click().run()
    assert not app.exception
    assert any(said in error.value for error in app.error)
