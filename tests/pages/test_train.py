from pathlib import Path

import pytest

from core.dataset.annotation_set import Split
from core.library.samples import load_sample
from core.library.store import Library
from core.record.store import RunStore
from tests.pages.conftest import Open, texts


def test_the_default_form_trains_eleven_points_of_the_first_sample(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train")
    assert not app.exception
    app.button(key="train").click().run()
    (record,) = RunStore().list()
    assert record.config.coverage == tuple(i / 10 for i in range(11))
    assert record.config.method == "pl2d"
    assert record.config.epochs == 60
    assert record.dataset_hash == load_sample("digits_trio")[0].content_hash
    assert record.dataset_hash in Library()
    assert "Waiting for the worker" in app.get("progress")[0].proto.text


def test_everything_that_was_set_reaches_the_run(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", data="fna_panel")
    app.selectbox(key="method").select("naive")
    app.slider(key="ai").set_range(20, 60)
    app.slider(key="missing").set_value(50)
    app.number_input(key="seeds").set_value(3)
    app.number_input(key="epochs").set_value(5)
    app.number_input(key="learning_rate").set_value(0.01)
    app.text_input(key="hidden").set_value("64")
    app.run()
    app.segmented_control(key="step").set_value(20).run()
    app.button(key="train").click().run()
    (record,) = RunStore().list()
    config = record.config
    assert (config.method, config.seeds, config.epochs) == ("naive", 3, 5)
    assert config.coverage == (0.2, 0.4, 0.6)
    assert config.missing_rate == 0.5
    assert config.learning_rate == pytest.approx(0.01)
    assert config.hidden == (64,)


def test_targets_include_both_ends_when_the_step_does_not_fit(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", ai="10-45", step="20")
    assert "4 points: 10, 30, 45 %" not in texts(app)
    assert "3 points: 10, 30, 45 %" in texts(app)


def test_the_missing_rate_is_shown_as_counts_before_training(
    empty_home: Path, open_page: Open
) -> None:
    data, _ = load_sample("digits_trio")
    present = int(data.annotated[data.index(Split.TRAIN)].sum())
    app = open_page("train")
    assert f"Keeps all **{present:,}** training annotations" in texts(app)
    app.slider(key="missing").set_value(50).run()
    said = texts(app)
    assert f"of {present:,} training annotations" in said
    left = int(said.split("Leaves **")[1].split("**")[0].replace(",", ""))
    assert left == pytest.approx(present / 2, abs=len(data.experts))


def test_settings_are_kept_when_another_page_was_visited(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", data="fna_panel")
    app.slider(key="missing").set_value(30).run()
    app.switch_page("../pages/data.py").run()
    app.switch_page("../pages/train.py").run()
    assert app.slider(key="missing").value == 30
    assert app.selectbox(key="data").value == "fna_panel"


def test_a_link_reopens_the_settings(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", missing="45", method="naive", ai="20-80", seeds="4")
    assert app.slider(key="missing").value == 45
    assert app.selectbox(key="method").value == "naive"
    assert app.slider(key="ai").value == (20, 80)
    assert app.number_input(key="seeds").value == 4


@pytest.mark.parametrize(
    "query",
    [{"missing": "x"}, {"ai": "90-10"}, {"step": "7"}, {"seeds": "-3"}, {"method": "magic"}],
)
def test_nonsense_in_the_link_falls_back_to_the_default(
    empty_home: Path, open_page: Open, query: dict[str, str]
) -> None:
    app = open_page("train", **query)
    assert not app.exception
    assert not app.error
    assert app.slider(key="missing").value == 0
    assert app.slider(key="ai").value == (0, 100)


def test_a_method_that_needs_all_annotations_is_refused_before_launch(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", method="complete")
    assert app.button(key="train").disabled
    assert app.error


def test_without_a_worker_the_page_says_so_and_offers_to_start_it(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train")
    assert "The worker that trains runs is not running" in texts(app)
    assert app.button(key="start_worker").label == "Start the worker"
