"""What is done to runs on the Runs page, also when they have changed meanwhile."""

from pathlib import Path

import pytest

from core.record.journal import RunJournal
from core.record.store import RunNotFoundError, RunStore
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result, stored_run
from tests.pages.runs_page import buttons, links, row

NOTE = "=HYPERLINK() *Night* shift\nsecond line"


def test_live_run_is_watched_and_can_be_cancelled(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Waits", state="queued", home=empty_home)
    app = open_page("runs", chosen=run_id)
    assert links(app)["Watch it"] == {"to": "train", "watch": run_id}
    app.button(key="cancel_chosen").click().run()
    assert RunStore().get(run_id).state == "cancelled"
    assert [t.value for t in app.toast] == ["Cancelling “Waits”."]
    assert row(app, "Waits")["State"] == "Cancelled"
    assert "Cancelled before it started." in texts(app)


def test_running_run_that_is_cancelled_says_so(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Goes on", state="running", home=empty_home)
    app = open_page("runs", chosen=run_id)
    app.button(key="cancel_chosen").click().run()
    assert RunStore().get(run_id).cancel_requested
    assert row(app, "Goes on")["State"] == "Cancelling"
    assert app.button(key="cancel_chosen").disabled


def test_cancelling_what_has_ended_meanwhile_is_said(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Waits", state="queued", home=empty_home)
    app = open_page("runs", chosen=run_id)
    RunStore().cancel(run_id)  # somebody else
    app.button(key="cancel_chosen").click().run()
    assert "“Waits” had already ended\\: it is cancelled." in app.warning[0].value
    assert not app.exception


def test_name_and_note_are_changed_for_everyone(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Waits", state="queued", home=empty_home)
    app = open_page("runs", chosen=run_id)
    app.button(key="edit_chosen").click().run()
    assert app.text_input(key="edit_name").value == "Waits"
    app.text_input(key="edit_name").set_value("Ward round")
    app.text_area(key="edit_note").set_value(NOTE)
    app.button(key="FormSubmitter:edit_run-Save").click().run()
    record = RunStore().get(run_id)
    assert (record.name, record.note) == ("Ward round", NOTE)
    assert row(app, "Ward round")["State"] == "Waiting"
    assert "=HYPERLINK() \\*Night\\* shift  \nsecond line" in texts(app)
    assert not app.get("dialog")
    assert app.multiselect(key="chosen").value == [run_id]


def test_blank_name_is_refused_beside_the_field(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Waits", state="queued", home=empty_home)
    app = open_page("runs", chosen=run_id)
    app.button(key="edit_chosen").click().run()
    app.text_input(key="edit_name").set_value("  ")
    app.button(key="FormSubmitter:edit_run-Save").click().run()
    assert "write at least one letter" in app.error[0].value
    assert RunStore().get(run_id).name == "Waits"


def test_saving_a_run_that_was_deleted_meanwhile_is_said(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Waits", state="queued", home=empty_home)
    stored_run(make_result(), "Stays", state="queued", home=empty_home)
    app = open_page("runs", chosen=run_id)
    app.button(key="edit_chosen").click().run()
    RunStore().delete(run_id)  # somebody else
    app.text_input(key="edit_name").set_value("Other")
    app.button(key="FormSubmitter:edit_run-Save").click().run()
    app.run()
    assert not app.exception
    assert not app.error
    assert list(app.dataframe[0].value["Name"]) == ["Stays"]
    assert app.multiselect(key="chosen").value == []


def test_selected_run_that_somebody_deletes_is_said(empty_home: Path, open_page: Open) -> None:
    ids = [stored_run(make_result(), n, state="queued", home=empty_home) for n in ("A", "B")]
    app = open_page("runs", chosen=",".join(ids))
    RunStore().delete(ids[0])
    app.run()
    assert [t.value for t in app.toast] == ["A selected run has been deleted."]
    assert app.multiselect(key="chosen").value == [ids[1]]


def test_deleting_names_what_is_lost_and_asks_first(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Old *one*", home=empty_home)
    RunStore().write_note(run_id, "x")
    stored_run(make_result(), "Stays", state="queued", home=empty_home)
    app = open_page("runs", chosen=run_id)
    app.button(key="delete_chosen").click().run()
    assert RunStore().get(run_id).state == "finished"
    said = texts(app)
    size = f"{RunStore().size(run_id) / 1e6:.1f} MB"
    assert "Permanently deleted: **Old \\*one\\***" in said
    assert f"its curve, outputs and trained weights ({size})" in said
    assert "- the note" in said
    app.button(key="delete_now").click().run()
    with pytest.raises(RunNotFoundError):
        RunStore().get(run_id)
    assert not RunStore().folder(run_id).exists()
    assert list(app.dataframe[0].value["Name"]) == ["Stays"]
    assert [t.value for t in app.toast] == ["Deleted Old \\*one\\*."]
    assert "chosen" not in app.query_params
    assert not app.exception


def test_keeping_a_run_deletes_nothing(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Waits", state="queued", home=empty_home)
    app = open_page("runs", chosen=run_id)
    app.button(key="delete_chosen").click().run()
    assert "its place in the queue" in texts(app)
    app.button(key="delete_not").click().run()
    assert RunStore().get(run_id).state == "queued"
    assert not app.get("dialog")


def test_running_run_is_not_deleted_and_the_reason_is_said(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("runs", chosen=runs["running"])
    app.button(key="delete_chosen").click().run()
    assert "“Going on” is in training and cannot be deleted." in app.warning[0].value
    assert "delete_now" not in buttons(app)


def test_run_that_began_while_the_question_was_open_stays(
    empty_home: Path, open_page: Open
) -> None:
    run_id = stored_run(make_result(), "Waits", state="queued", home=empty_home)
    app = open_page("runs", chosen=run_id)
    app.button(key="delete_chosen").click().run()
    RunJournal(empty_home).claim(run_id, "host|1|1.0")
    app.button(key="delete_now").click().run()
    app.run()
    assert RunStore().get(run_id).state == "running"
    assert not app.exception


def test_failed_run_says_why_and_shows_its_log(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(make_result(), "Broken", state="queued", home=empty_home)
    journal = RunJournal(empty_home)
    journal.claim(run_id, "host|1|1.0")
    journal.fail(run_id, "There was not enough memory.", "line one\nZeroDivisionError: x")
    app = open_page("runs", chosen=run_id)
    assert "Why it failed: There was not enough memory." in app.error[0].value
    assert "ZeroDivisionError" not in texts(app)
    app.button(key="log_chosen").click().run()
    assert "line one\nZeroDivisionError: x" in [code.value for code in app.code]
    assert "Download the log" in [b.proto.label for b in app.get("download_button")]
    assert not app.exception


def test_failed_run_without_a_log_says_so(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("runs", chosen=runs["failed"])
    app.button(key="log_chosen").click().run()
    assert "There is no technical log" in app.info[0].value
    assert len(app.code) == 2  # the run's id and its command line


def test_several_are_deleted_but_for_the_running_one(empty_home: Path, open_page: Open) -> None:
    ids = [
        stored_run(make_result(), name, state=state, home=empty_home)
        for name, state in (("A", "queued"), ("B", "running"), ("C", "failed"), ("D", "queued"))
    ]
    app = open_page("runs", chosen=",".join(ids[:3]))
    app.button(key="delete_chosen").click().run()
    assert "“B” is in training" in app.warning[0].value
    assert buttons(app)["delete_now"] == "Delete 2"
    app.button(key="delete_now").click().run()
    assert {r.name for r in RunStore().list()} == {"B", "D"}
    assert app.multiselect(key="chosen").value == [ids[1]]
