"""A crowd of thousands on the Data page: every tab opened for the first time, and training begun.

Seconds are processor time of this process with all its threads: other work on the machine does not
count.
"""

import os
import tempfile
import time
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

from app.data import parts
from app.shared import data_queries
from core.base.report import Report
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.experiment.events import Progress
from core.experiment.experiment import run
from core.library.store import Library
from tests.benchmarks.rows import Row
from tests.benchmarks.sets import crowd

ROUTER = Path(__file__).resolve().parents[2] / "app" / "router.py"


def tab_seconds(data_id: str) -> dict[str, float]:
    """Seconds until each tab is drawn for the first time.

    The description of the set, which every tab needs, counts to the overview, the first to be open.
    """
    found = {}
    _open(data_id, "problems")
    for view in parts.PARTS:
        st.cache_data.clear()
        st.cache_resource.clear()
        data_queries.dataset(data_id)
        if view != "overview":
            data_queries.description(data_id)
        begin = time.process_time()
        if _open(data_id, view) == view:
            found[view] = time.process_time() - begin
    return found


def _open(data_id: str, view: str) -> str:
    """Draws the page; returns the tab that is open: a set does not have all."""
    app = AppTest.from_file(ROUTER, default_timeout=600)
    app.query_params["data"], app.query_params["view"] = data_id, view
    app.switch_page("../pages/data.py").run()
    assert not app.exception, app.exception
    return str(app.session_state["view"])


def begin_training(dataset: AnnotationSet) -> tuple[float, float]:
    """Seconds until the first progress of training, and until the first estimate of time left."""
    begin, first = time.process_time(), None
    for event in run(dataset, TrainConfig(method="correctness")):
        if not isinstance(event, Progress):
            break
        if first is None and event.stage != "prepare":
            first = time.process_time() - begin
        if event.seconds_left is not None and first is not None:
            return first, time.process_time() - begin
    raise AssertionError("the run ended without an estimate")


def measure() -> list[Row]:
    """Labels only, then with features."""
    rows = []
    for features in (False, True):
        data = crowd(features=features)
        kind = "20 features, patients" if features else "labels only"
        what = (
            f"{len(data.experts):,} experts, {int(data.annotated.sum()):,} annotations of "
            f"{len(data.truth):,} cases with dates, {kind}"
        )
        with tempfile.TemporaryDirectory() as home:
            os.environ["CASELOAD_HOME"] = home
            seconds = tab_seconds(Library().add(data, Report()))
        slowest = sorted(seconds, key=lambda name: -seconds[name])
        each = ", ".join(f"{parts.PARTS[name][0]} {seconds[name]:.1f}" for name in slowest)
        rows.append(
            Row(
                f"Data page, {what}: each tab",
                "≤ 2 s of processor time",
                f"{each} s",
                seconds[slowest[0]] <= 2,
            )
        )
        first, estimate = begin_training(data)
        rows.append(
            Row(
                "the same: training by `correctness` to its first progress and estimate",
                "≤ 30 s of processor time",
                f"{first:.1f} s, {estimate:.1f} s",
                estimate <= 30,
            )
        )
    return rows
