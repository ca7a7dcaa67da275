from pathlib import Path

import pytest

from app.shared import data_queries
from core.base.report import DataError, Report
from tests.pages.conftest import Open, texts


@pytest.mark.parametrize(
    "page",
    [
        "home",
        "data",
        "train",
        "tradeoffs",
        "workload",
        "cases",
        "worklist",
        "runs",
        "compare",
        "learn",
    ],
)
def test_every_page_opens_on_an_empty_home(empty_home: Path, open_page: Open, page: str) -> None:
    app = open_page(page)
    assert not app.exception
    assert not app.error
    assert len(app.title) == 1


def test_a_defect_is_said_in_words_without_a_traceback(
    empty_home: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("secret path /home/x")

    monkeypatch.setattr(data_queries, "entries", broken)
    app = open_page("data")
    assert "a defect in the program" in app.error[0].value
    assert "secret" not in texts(app)
    assert not app.exception


def test_unreadable_stored_data_is_explained(
    empty_home: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Report()
    report.error("the stored data set is damaged", found="a torn file", remedy="add it again")

    def damaged(_: str) -> None:
        raise DataError(report)

    monkeypatch.setattr(data_queries, "description", damaged)
    app = open_page("data")
    assert "**The stored data set is damaged**" in app.error[0].value
    assert "What to do: add it again" in app.error[0].value
