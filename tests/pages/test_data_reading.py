"""An upload is read beside the page: progress, cancelling, and other pages meanwhile."""

from pathlib import Path

import pytest

from core.library import intake as reading
from core.library.store import Library
from tests.pages.conftest import Open, texts
from tests.pages.test_data import BUNDLE, offer, read
from tests.unit.reading.test_reading import ODD, asleep, left, until


def start(app, files):
    return offer(app, files).button(key="upload_read").click().run()


def test_progress_and_a_way_to_end_it_are_shown(
    empty_home: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_READER", ODD)
    app = start(open_page("data"), BUNDLE[:1])
    reader = app.session_state["upload_reading"][1]
    process = asleep(reader)
    app.run()
    assert f"Sleeping in {process.pid} …" in app.get("progress")[0].proto.text
    assert app.get("progress")[0].proto.value == 50
    assert "upload_read" not in {b.key for b in app.button}
    # What was shown before is still there, and so are the other pages.
    assert {m.label for m in app.metric} >= {"Cases", "Experts"}
    app.button(key="upload_cancel").click().run()
    reader.wait(30)
    app.run()
    assert "Reading was cancelled. Nothing was stored." in app.info[0].value
    assert "upload_read" in {b.key for b in app.button}
    assert not process.is_running()
    assert left(empty_home) == []
    assert not app.exception


def test_the_result_appears_after_another_page(empty_home: Path, open_page: Open) -> None:
    app = start(open_page("data"), BUNDLE)
    reader = app.session_state["upload_reading"][1]
    app.switch_page("../pages/home.py").run()
    assert not app.exception
    assert reader.wait(60) is not None
    app.switch_page("../pages/data.py").run()
    (entry,) = Library().entries()
    assert app.selectbox(key="data").value == entry.content_hash
    assert "selected on the left" in texts(app)


def test_a_refusal_appears_after_another_page(empty_home: Path, open_page: Open) -> None:
    app = start(open_page("data"), BUNDLE[:1])
    reader = app.session_state["upload_reading"][1]
    app.switch_page("../pages/home.py").run()
    assert reader.wait(60) is not None
    app.switch_page("../pages/data.py").run()
    assert app.error[0].value.startswith("**No column holds the readers' answers**")


def test_a_refusal_goes_with_its_files(empty_home: Path, open_page: Open) -> None:
    app = read_one(open_page("data"))
    assert app.error
    app.button(key="upload_remove_cases.csv").click().run()
    assert not app.error


def test_a_defect_of_the_reader_is_said_and_the_page_stays(
    empty_home: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_READER", "no.such.module")
    app = read_one(open_page("data"))
    assert any("a defect in the program" in e.value for e in [*app.error, *app.info])
    assert app.selectbox(key="data").value == "digits_trio"


def read_one(app):
    return read(offer(app, BUNDLE[:1]))


def test_the_files_of_an_upload_are_private(
    empty_home: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_READER", ODD)
    app = start(open_page("data"), BUNDLE[:1])
    reader = app.session_state["upload_reading"][1]
    asleep(reader)
    (folder,) = (empty_home / "datasets").glob(".part-*")
    assert folder.stat().st_mode & 0o077 == 0
    reader.cancel()
    assert until(lambda: left(empty_home) == [])
