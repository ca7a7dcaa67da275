"""Compare: the form, the start, going on, and what the results say."""

from pathlib import Path

import pytest

from app.compare import results_chart as charts
from app.compare import sweep_queries
from app.shared.paint import Theme
from core.bench import control
from core.bench.ranks import Ranking
from core.bench.sweep_store import Sweep, SweepStore
from core.record.store import RunStore
from tests.pages.conftest import Open, texts
from tests.pages.on_screen import misleading
from tests.pages.sweep_home import METHODS, fill


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sweep]:
    """A home with a comparison that has ended; tests only read it."""
    home = tmp_path_factory.mktemp("compared")
    return home, fill(home)


@pytest.fixture
def ended(full: tuple[Path, Sweep], monkeypatch: pytest.MonkeyPatch) -> Sweep:
    monkeypatch.setenv("CASELOAD_HOME", str(full[0]))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return full[1]


def test_a_new_home_says_what_there_will_be_and_counts_the_cells(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("compare")
    assert not app.exception
    assert "No comparison yet" in texts(app)
    assert "3 cells: 1 data set × 3 methods × 1 missing rate × 1 policy." in texts(app)
    assert "No estimate yet" in texts(app)
    assert not app.button(key="start_sweep").disabled
    app.multiselect(key="compare_rates").set_value(["0", "50"]).run()
    assert "6 cells" in texts(app)
    app.multiselect(key="compare_methods").set_value(["pl2d", "complete"]).run()
    assert "2 cells cannot be trained and will be left out" in [one.label for one in app.expander]
    app.multiselect(key="compare_methods").set_value([]).run()
    assert app.button(key="start_sweep").disabled
    assert "Choose at least one method." in texts(app)


def test_a_start_queues_all_cells_and_can_be_cancelled_and_continued(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("compare")
    app.multiselect(key="compare_methods").set_value(["pl2d", "correctness"]).run()
    app.button(key="start_sweep").click().run()
    (sweep,) = SweepStore().list()
    assert app.query_params["comparison"] in (sweep.id, [sweep.id])
    assert "0 of 2 cells finished" in app.get("progress")[0].proto.text
    assert len(RunStore().list(states=("queued",))) == 2
    app.button(key="cancel_sweep").click().run()
    assert len(RunStore().list(states=("cancelled",))) == 2
    app.button(key="continue_sweep").click().run()
    assert len(RunStore().list(states=("queued",))) == 2
    app.button(key="new_sweep").click().run()
    assert app.button(key=f"open_{sweep.id}")


def test_the_same_comparison_is_not_trained_again(ended: Sweep, open_page: Open) -> None:
    now, estimate = sweep_queries.preview(ended.spec)
    assert now.done
    assert estimate.cells == 0


@pytest.mark.parametrize(
    "part", ["table", "curves", "rates", "times", "tests", "ranks", "sensitivity"]
)
def test_every_part_of_the_results_is_drawn(ended: Sweep, open_page: Open, part: str) -> None:
    app = open_page("compare", comparison=ended.id, results=part)
    assert not app.exception
    assert not app.error
    assert not app.get("progress")
    assert "9 cells" in texts(app)
    if part in ("curves", "rates", "ranks"):
        assert len(app.get("plotly_chart")) == 1
    if part in ("table", "times", "tests", "sensitivity"):
        assert len(app.dataframe) >= 1


def test_the_table_is_that_of_the_seeds(ended: Sweep, open_page: Open) -> None:
    app = open_page("compare", comparison=ended.id)
    shown = app.dataframe[0].value
    found = sweep_queries.findings(ended, control.status(ended), "priced", "pl2d")
    area = found.areas[0]
    assert f"{area.mean:.1f} ± {area.half:.1f}" == shown.iloc[0, 1]
    assert len(shown) == len(METHODS)


def test_tests_are_said_in_words(ended: Sweep, open_page: Open) -> None:
    app = open_page("compare", comparison=ended.id, results="tests")
    verdicts = dict(
        zip(app.dataframe[0].value["Method"], app.dataframe[0].value["Verdict"], strict=True)
    )
    assert verdicts["Skip what is missing"] == "worse"
    assert "Holm" in texts(app)


def test_one_set_has_no_critical_difference(ended: Sweep, open_page: Open) -> None:
    app = open_page("compare", comparison=ended.id, results="ranks")
    assert "cannot be computed" in texts(app)


def test_a_link_to_nothing_is_said(empty_home: Path, open_page: Open) -> None:
    app = open_page("compare", comparison="f" * 16)
    assert "The comparison in this link is not here" in texts(app)
    assert app.button(key="start_sweep")


def test_a_sweep_that_stopped_half_way_can_be_continued(empty_home: Path, open_page: Open) -> None:
    sweep = fill(empty_home, finished=2)
    app = open_page("compare", comparison=sweep.id)
    assert "2 of 9 cells finished" in app.get("progress")[0].proto.text
    assert app.button(key="continue_sweep").label == "Continue: 7 cells"
    assert len(app.dataframe) >= 1


def test_train_leads_here_with_its_settings(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", data="digits_trio", method="naive", missing="20", epochs="7")
    app.button(key="compare_methods_with").click().run()
    app.switch_page("../pages/compare.py").run()
    assert app.multiselect(key="compare_data").value == ["digits_trio"]
    assert "naive" in app.multiselect(key="compare_methods").value
    assert app.multiselect(key="compare_rates").value == ["20"]
    assert app.number_input(key="compare_epochs").value == 7


def test_widgets_show_what_they_hold_when_mounted_late(empty_home: Path, open_page: Open) -> None:
    app = open_page("compare")
    app.run()
    assert misleading(app) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_of_ranks_joins_what_is_not_distinguishable(theme: Theme) -> None:
    ranks = {"a": 1.2, "b": 2.0, "c": 2.8}
    ranking = Ranking(ranks=ranks, sets=8, chi2=9.0, p=0.01, critical=1.17)
    names = {name: name.upper() for name in ranks}
    drawn = charts.critical_difference(ranking, {"a": 0, "b": 1, "c": 2}, names, theme)
    bars = [trace for trace in drawn.data if trace.mode == "lines"]
    assert [(bar.x[0] < 1.3, bar.x[1] > 2.7) for bar in bars] == [(True, False), (False, True)]
    texts = [text for trace in drawn.data for text in trace.text or ()]
    assert any("critical difference 1.17" in text for text in texts)
