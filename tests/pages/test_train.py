from pathlib import Path

import pytest

from core.data.annotation_set import Split
from core.data.library import Library
from core.data.read import read_files
from core.data.samples import load_sample
from core.runs.store import RunStore
from tests.pages.conftest import Open, texts


def key(agent: str, part: str) -> str:
    data, _ = load_sample("digits_trio")
    return f"bounds:{data.content_hash}:{agent}:{part}"


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


def test_own_bounds_reach_the_run(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    app.number_input(key=key("AI", "least")).set_value(20.0).run()
    app.number_input(key=key("AI", "greatest")).set_value(40.0).run()
    assert app.slider(key=key("AI", "band")).value == (20.0, 40.0)
    assert "Own workload bounds: AI 20.0–40.0\u202f%." in texts(app)
    app.button(key="train").click().run()
    (record,) = RunStore().list()
    assert dict(record.config.lower)["AI"] == 0.2
    assert dict(record.config.upper)["AI"] == 0.4
    assert record.config.targets == (None,)


def test_the_band_and_the_numbers_move_together(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    app.slider(key=key("AI", "band")).set_range(10.0, 30.0).run()
    assert app.number_input(key=key("AI", "least")).value == 10.0
    assert app.number_input(key=key("AI", "greatest")).value == 30.0
    # A least share above the greatest takes the greatest along instead of crossing it.
    app.number_input(key=key("AI", "least")).set_value(50.0).run()
    assert app.slider(key=key("AI", "band")).value == (50.0, 50.0)


def test_bounds_nobody_can_meet_are_refused_with_a_remedy(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", by="bounds")
    app.number_input(key=key("AI", "least")).set_value(80.0).run()
    first = load_sample("digits_trio")[0].experts[0]
    app.number_input(key=key(first, "least")).set_value(60.0).run()
    assert "the least workloads add up to 140.0%" in app.error[0].value
    assert app.button(key="train").disabled
    app.button(key="use_nearest").click().run()
    assert not app.error
    assert not app.button(key="train").disabled
    assert app.number_input(key=key("AI", "least")).value == pytest.approx(60.0)
    assert app.number_input(key=key(first, "least")).value == pytest.approx(40.0)


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


def test_a_live_run_shows_stage_time_left_and_its_points(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("train", watch=runs["running"])
    progress = app.get("progress")[0].proto
    assert progress.text == "Training · about 7 s left"
    assert progress.value == 42
    assert "Training point 5 of 11" in texts(app)
    alts = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert any("5 points so far" in alt for alt in alts)
    assert not app.button(key="cancel_run").disabled


def test_a_failed_run_says_why(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("train", watch=runs["failed"])
    assert "The worker ran out of memory; try a smaller batch." in app.error[0].value


def test_cancelling_a_waiting_run_cancels_it(empty_home: Path, open_page: Open) -> None:
    app = open_page("train")
    app.button(key="train").click().run()
    app.button(key="cancel_run").click().run()
    assert RunStore().list()[0].state == "cancelled"
    assert "Cancelled before it began." in texts(app)


def test_a_link_to_an_unknown_run_says_so(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", watch="0" * 32)
    assert "The run in this link is not here" in texts(app)
    assert not app.exception


def test_without_a_worker_the_page_says_so_and_offers_to_start_it(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train")
    assert "The worker that trains runs is not running" in texts(app)
    assert app.button(key="start_worker").label == "Start the worker"


def many_experts(count: int) -> str:
    """A stored set with so many experts; its content hash."""
    rows = range(60)
    cases = "case_id,split,label,size\n" + "".join(
        f"c{i},{'train' if i < 40 else 'test'},{i % 2},{i % 7}\n" for i in rows
    )
    annotations = "case_id,expert,label\n" + "".join(
        f"c{i},Reader {m:02d},{i % 2}\n" for i in rows for m in range(count) if (i + m) % 3
    )
    files = {"cases.csv": cases.encode(), "annotations.csv": annotations.encode()}
    return Library().add(*read_files(files, name="Panel"))


def test_many_experts_get_a_table_whose_edits_reach_the_run(
    empty_home: Path, open_page: Open
) -> None:
    content_hash = many_experts(14)
    app = open_page("train", data=content_hash, by="bounds")
    assert [s.key for s in app.slider if "band" in s.key] == [f"bounds:{content_hash}:AI:band"]
    app.session_state[f"bounds:{content_hash}:table:0"] = {
        "edited_rows": {0: {"greatest": 10.0}, 1: {"on": False}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    app.button(key="train").click().run()
    (record,) = RunStore().list()
    assert dict(record.config.upper)["Reader 00"] == 0.1
    assert dict(record.config.upper)["Reader 01"] == 0.0
    assert dict(record.config.upper)["Reader 02"] == 1.0


def test_the_nearest_bounds_reach_the_table(empty_home: Path, open_page: Open) -> None:
    content_hash = many_experts(14)
    app = open_page("train", data=content_hash, by="bounds")
    app.session_state[f"bounds:{content_hash}:table:0"] = {
        "edited_rows": {i: {"greatest": 2.0} for i in range(14)},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.number_input(key=f"bounds:{content_hash}:AI:greatest").set_value(44.0).run()
    assert "the greatest workloads add up to 72.0%" in app.error[0].value
    app.button(key="use_nearest").click().run()
    assert not app.error
    assert app.number_input(key=f"bounds:{content_hash}:AI:greatest").value > 44.0
    assert not app.button(key="train").disabled
