"""Read-only and full disks: pages that read go on, pages that write say what is wrong."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import streamlit as st

from core.record import tracking
from core.worker import queue
from tests.faults.disks import mounted, run
from tests.faults.test_damage import DEFECT, PAGES
from tests.pages.conftest import Open, texts


@pytest.fixture
def store(
    image: Path, trained: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A copy of a store on a disk of its own, which pages see."""
    old, _ = trained
    tracking.forget(old)
    with mounted(image, tmp_path / "disk") as disk:
        home = disk / "store"
        shutil.copytree(old, home)
        monkeypatch.setenv("CASELOAD_HOME", str(home))
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        st.cache_data.clear()
        st.cache_resource.clear()
        yield home
        st.cache_data.clear()
        st.cache_resource.clear()
        tracking.forget(home)
        if (known := queue._opened.pop(("", home.resolve()), None)) is not None:
            known.huey.storage.close()
        run("mount", "-o", "remount,rw", disk)


def fill(home: Path) -> None:
    """Takes all the room that is left; what the file system kept in reserve, too."""
    for _ in range(100):
        try:
            with open(home / f"filler-{time.monotonic_ns()}", "wb", buffering=0) as filler:
                for size in (1 << 20, 4096):
                    with suppress(OSError):
                        while True:
                            filler.write(b"x" * size)
                os.fsync(filler.fileno())
                if not filler.tell():
                    return
        except OSError:
            return


def test_read_only_store_is_said_on_every_page(store: Path, open_page: Open) -> None:
    tracking.forget(store)
    run("mount", "-o", "remount,ro", store.parent)
    for page in PAGES:
        app = open_page(page)
        said = texts(app)
        assert not app.exception, page
        assert DEFECT not in said, (page, said)


def test_full_disk_lets_pages_be_read_and_says_why_nothing_is_saved(
    store: Path, open_page: Open
) -> None:
    open_page("runs")  # SQLite makes its files beside the record while there is room
    fill(store)
    for page in PAGES:
        app = open_page(page)
        said = texts(app)
        assert not app.exception, page
        assert DEFECT not in said, (page, said)
    app = open_page("workload")
    app.session_state["workload_tabs"] = "Scenarios"
    app.run()
    place = next(field for field in app.text_input if field.label.startswith("Save"))
    place.set_value("on leave")
    fill(store)  # what SQLite has given back meanwhile
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception
    assert "The disk is full" in texts(app)
    app = open_page("train")
    next(button for button in app.button if button.label == "Train").click().run()
    assert not app.exception
    assert "The disk is full" in texts(app)
