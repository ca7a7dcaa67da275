"""A run on a set in which experts give an answer that no truth has, on the pages that show it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from app.shared import case_dialog, operating_point, run_queries
from app.tradeoffs import classes
from core.dataset.annotation_set import AnnotationSet, Split
from tests.pages.conftest import Open, texts
from tests.pages.told_runs import panel, told_run


def hedging() -> AnnotationSet:
    """The panel, with a third of the wrong annotations "HEDGE"."""
    data = panel()
    wrong = data.annotated & (data.annotations != data.truth[:, None])
    some = wrong & (np.arange(len(data.truth)) % 3 == 0)[:, None]
    annotations = np.where(some, 2, data.annotations).astype(np.int32)
    return replace(data, annotations=annotations, extra_answers=("HEDGE",), name="Hedging")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("hedging")
    return home, told_run(home, hedging(), "Hedging", seeds=1, predicted=True)


@pytest.fixture
def run(made: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CASELOAD_HOME", str(made[0]))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    st.cache_data.clear()
    return made[1]


def test_cases_can_be_found_by_it_and_show_it_as_wrong(run: str, open_page: Open) -> None:
    data = hedging()
    test = data.index(Split.TEST)
    said = (data.annotated & (data.annotations == 2))[test]
    app = open_page("cases", run=run, c_said="2")
    assert not app.exception
    assert f"**{said.any(1).sum()} cases** of 200" in texts(app)
    case = int(np.flatnonzero(said.any(1))[0])
    app = open_page("cases", run=run, c_case=str(case))
    assert not app.exception
    everybody = next(d.value for d in app.dataframe if "Right or wrong" in d.value.columns)
    hedged = everybody[everybody["Said"] == "HEDGE"]
    assert len(hedged) == said[case].sum()
    assert set(hedged["Right or wrong"]) == {"wrong"}
    predicted = next(d.value for d in app.dataframe if "Would say" in d.value.columns)
    assert set(predicted["Would say"]) == {"HEDGE"}


def test_the_confusion_has_a_column_for_it(run: str, open_page: Open) -> None:
    result = run_queries.result(run)
    point = operating_point.operating_point(result, "value", 0.0, 0)
    assert point.confusion.shape == (2, 3)
    assert point.confusion[:, 2].sum() > 0
    app = open_page("tradeoffs", run=run, point="0.0", seen="0", part="classes")
    which = classes._cell(result, [0, 1, 2], {"points": [{"x": 2, "y": 0}]})
    app.session_state[case_dialog._ASKED] = which
    app.run()
    assert not app.exception
    shown = next(d.value for d in app.dataframe if "Assigned to" in d.value.columns)
    assert len(shown) == point.confusion[0, 2]
    assert set(shown["Decision"]) == {"HEDGE"}


def test_a_missed_case_may_have_been_hedged(run: str, open_page: Open) -> None:
    counts = operating_point.operating_point(run_queries.result(run), "value", 0.0, 0).confusion
    app = open_page("tradeoffs", run=run, point="0.0", seen="0", part="one")
    assert not app.exception
    shown = {b.label for b in app.button if str(b.key).startswith("cases_")}
    assert shown >= {
        f"Found: {counts[1, 1]}",
        f"Missed: {counts[1, 0] + counts[1, 2]}",
        f"Wrong calls: {counts[0, 1]}",
        f"Rightly not called: {counts[0, 0] + counts[0, 2]}",
    }
