"""A run beside the form: while it waits, while it trains, how it ends, and what differs."""

from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.shared import run_queries, training_queries
from app.train import so_far
from core.config.train_config import TrainConfig
from core.experiment.events import Finished, Progress
from core.library.samples import load_sample
from core.record.estimate import Estimate
from core.record.journal import RunJournal
from core.record.store import RunStore
from core.results.models import Cases
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result
from tests.pages.on_screen import followed
from tests.pages.sets import stored_set

SAMPLE = load_sample("digits_trio")[0]
FIRST = SAMPLE.experts[0]


def click(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def links(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


def changed(app: AppTest) -> dict[str, tuple[str, str]]:
    """What the page says has changed: setting → this run, the form now."""
    table = next(t.value for t in app.table if "This run" in t.value.columns)
    plain = table.map(lambda text: text.replace("\\", ""))
    return {row[0]: (row[1], row[2]) for row in plain.itertuples(index=False)}


def test_a_live_run_shows_stage_time_left_and_its_points(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("train", watch=runs["running"])
    progress = app.get("progress")[0].proto
    assert progress.text == "Training · about 7 s left"
    assert progress.value == 42
    assert "Training point 5 of 11" in texts(app)
    assert [tab.label for tab in app.tabs][:3] == [
        "The curve so far",
        "On target",
        "Loss and likelihood",
    ]
    assert [m.value for m in app.metric] == ["5 of 11", "0.100", "\u22120.075"]
    alts = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert any("5 points so far" in alt for alt in alts)
    assert any("5 of “As trained, bounds not enforced”" in alt for alt in alts)
    assert not app.button(key="cancel_run").disabled


def test_how_far_the_points_are_off_their_target_is_said(
    runs: dict[str, str], open_page: Open
) -> None:
    gate = make_result().of_rule("gate")[:5]
    miss = max(abs(p.coverage - p.target) for p in gate)
    app = open_page("train", watch=runs["running"])
    assert f"At most {100 * miss:.1f} points off its target." in texts(app)


def test_points_being_trained_stand_beside_finished_ones(empty_home: Path, open_page: Open) -> None:
    journal = RunJournal()
    run_id = journal.create(SAMPLE.content_hash, "digits_trio", TrainConfig(epochs=4))
    journal.claim(run_id, "tests|1|0")
    metrics = {"loss": 1.5, "log_likelihood": -0.5, "coverage_0.1": 0.234, "coverage_0.2": 0.3}
    journal.report(
        run_id,
        Progress(stage="train", fraction=0.1, text="Training", epoch=2, metrics=metrics),
        [("loss", 1.5, 2, 0), ("log_likelihood", -0.5, 2, 0)],
    )
    app = open_page("train", watch=run_id)
    specs = [chart.proto.spec for chart in app.get("plotly_chart")]
    assert any("in training" in spec and "finished" not in spec for spec in specs)
    rows = so_far.being_trained(run_queries.run(run_id))
    assert list(rows.itertuples(index=False, name=None)) == [(0.1, 0.23), (0.2, 0.3)]
    assert "The first point appears once it has been trained." in texts(app)
    journal.write_points(run_id, make_result().points[:1])
    app.run()
    assert app.metric[0].value == "1 of 11"


def test_a_run_that_ended_before_its_first_point_promises_none(
    empty_home: Path, open_page: Open
) -> None:
    journal = RunJournal()
    run_id = journal.create(SAMPLE.content_hash, "digits_trio", TrainConfig(epochs=4))
    journal.claim(run_id, "tests|1|0")
    told = [("loss", 1.5, 2, 0), ("log_likelihood", -0.5, 2, 0)]
    journal.report(run_id, Progress(stage="train", fraction=0.1, text="Training", epoch=2), told)
    journal.fail(run_id, "Out of memory.")
    said = texts(open_page("train", watch=run_id))
    assert "The run ended before its first point." in said
    assert "The first point appears" not in said


def test_a_finished_run_leads_to_the_workload_and_its_trade_offs(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("train", watch=runs["one"])
    assert ["Plan the workload", "See the trade-offs"] == [
        label for label in links(app) if label in ("Plan the workload", "See the trade-offs")
    ]
    assert "Took " in texts(app)


def test_loss_is_that_of_the_points_being_trained_now(empty_home: Path, open_page: Open) -> None:
    journal = RunJournal()
    run_id = journal.create(SAMPLE.content_hash, "digits_trio", TrainConfig(epochs=3))
    journal.claim(run_id, "tests|1|0")
    # The first group went through all epochs, the second is in its second one.
    for at, (epoch, loss) in enumerate([(1, 3.0), (2, 2.0), (3, 1.0), (1, 2.9), (2, 2.5)]):
        told = [("loss", loss, epoch, at), ("log_likelihood", -loss, epoch, at)]
        journal.report(run_id, Progress(stage="train", fraction=0.5, text="", epoch=epoch), told)
    shown = [m.value for m in open_page("train", watch=run_id).metric]
    assert shown[1:] == ["2.500", "\u22122.500"]


def test_a_run_whose_worker_died_says_that_it_waits_again(
    empty_home: Path, open_page: Open
) -> None:
    journal = RunJournal()
    run_id = journal.create(SAMPLE.content_hash, "digits_trio", TrainConfig())
    journal.claim(run_id, "tests|1|0")
    journal.requeue(run_id, "The worker stopped; training again.", attempts=1)
    app = open_page("train", watch=run_id)
    assert app.get("progress")[0].proto.text == "Waiting for the worker"
    assert "Returned to the queue. The worker stopped; training again." in texts(app)
    assert not app.button(key="cancel_run").disabled


def test_a_failed_run_says_why_and_where_its_log_is(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("train", watch=runs["failed"])
    assert "The worker ran out of memory; try a smaller batch." in app.error[0].value
    assert "See its log under Runs" in links(app)
    # Its data set is not in the library, so it cannot be trained again.
    assert app.button(key="train_again").disabled


def test_a_cancelled_run_can_be_trained_again(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", epochs="7")
    click(app, "train")
    click(app, "cancel_run")
    assert [r.state for r in RunStore().list()] == ["cancelled"]
    assert "Cancelled before it started." in texts(app)
    app.number_input(key="epochs").set_value(9).run()
    click(app, "train_again")
    again = RunStore().list(states=("queued",))
    assert [r.config.epochs for r in again] == [7]
    assert app.query_params["watch"] == again[0].run_id


def test_a_link_to_an_unknown_run_says_so(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", watch="0" * 32)
    assert "The run in this link is not here" in texts(app)
    assert not app.exception


def test_several_runs_wait_in_order_and_each_can_be_shown_and_cancelled(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train")
    for epochs in (5, 6, 7):
        app.number_input(key="epochs").set_value(epochs).run()
        click(app, "train")
    first, second, third = (r.run_id for r in reversed(RunStore().list()))
    assert app.query_params["watch"] == third
    assert "2 runs ahead of it. You can leave this page." in texts(app)
    rows = [m.value for m in app.markdown if ":small[" in m.value and not m.value.startswith("**")]
    assert [row.split("epochs")[0].rsplit(" ", 2)[1] for row in rows] == ["5", "6", "7"]
    assert "next" in rows[0]
    assert "1 run before it" in rows[1]
    assert "shown here" in rows[2]
    click(app, f"show_{first}")
    assert app.query_params["watch"] == first
    click(app, f"cancel_{second}")
    assert [r.state for r in reversed(RunStore().list())] == ["queued", "cancelled", "queued"]


def test_the_same_settings_twice_are_pointed_out(empty_home: Path, open_page: Open) -> None:
    app = open_page("train")
    click(app, "train")
    assert "The same settings are already under way" in texts(app)
    app.number_input(key="epochs").set_value(5).run()
    assert "The same settings are already under way" not in texts(app)
    assert "1 run ahead in the queue." in texts(app)


def test_a_run_alone_needs_no_list(empty_home: Path, open_page: Open) -> None:
    app = open_page("train")
    click(app, "train")
    assert not any(key.startswith("cancel_") and key != "cancel_run" for key in keys(app))


def keys(app: AppTest) -> list[str]:
    return [str(button.key) for button in app.button]


def test_what_has_changed_since_the_run_is_named_and_taken_back(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", epochs="7", missing="20")
    click(app, "train")
    assert "The form shows this run's settings." in texts(app)
    app.number_input(key="epochs").set_value(9)
    app.slider(key="ai").set_range(20, 60)
    app.slider(key="missing").set_value(0)
    app.run()
    app.multiselect(key=f"agents:{SAMPLE.content_hash}:off").set_value([FIRST]).run()
    assert changed(app) == {
        "Epochs": ("7", "9"),
        "Targets": ("0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100 %", "20, 30, 40, 50, 60 %"),
        FIRST: ("on duty", "off duty"),
        "Annotations removed": ("20.0\u202f%", "0.0\u202f%"),
    }
    click(app, "bring_back")
    assert "The form shows this run's settings." in texts(app)
    assert app.number_input(key="epochs").value == 7
    assert app.slider(key="ai").value == (0, 100)
    assert app.multiselect(key=f"agents:{SAMPLE.content_hash}:off").value == []


def test_changed_bounds_are_named_and_taken_back(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    band = f"agents:{SAMPLE.content_hash}:band"
    followed(app.slider, band).set_range(20.0, 40.0).run()
    click(app, "train")
    followed(app.slider, band).set_range(20.0, 55.0).run()
    assert changed(app) == {"AI": ("20.0–40.0\u202f%", "20.0–55.0\u202f%")}
    click(app, "bring_back")
    assert followed(app.slider, band).value == (20.0, 40.0)


def test_another_data_set_is_a_change_too(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", data="fna_panel", epochs="7")
    click(app, "train")
    app.selectbox(key="data").select("digits_trio").run()
    assert changed(app)["Data set"][0].startswith("Breast")
    click(app, "bring_back")
    assert app.selectbox(key="data").value == "fna_panel"
    assert "The form shows this run's settings." in texts(app)


def test_a_run_whose_data_set_is_gone_cannot_bring_its_settings_back(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("train", watch=runs["one"], epochs="5")
    assert "Data set" in changed(app)
    assert app.button(key="bring_back").disabled


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (
            None,
            "No estimate yet: no comparable run has finished here. The run shows the time left "
            "after its first epoch.",
        ),
        (
            Estimate(low=3.0, high=6.4, ready=(0.0, 0.0), runs=3),
            "Takes 3 to 6 s, based on 3 earlier runs.",
        ),
        (
            Estimate(low=0.4, high=0.6, ready=(0.0, 3.0), runs=1),
            "Takes about 1 s, based on 1 earlier run. Compiling adds up to 3 s, "
            "the first time only.",
        ),
        (
            Estimate(low=45.0, high=130.0, ready=(5.0, 7.6), runs=5),
            "Takes 45 s to 2 min, based on 5 earlier runs. Compiling adds 5 to "
            "8 s, the first time only.",
        ),
        (
            Estimate(low=3700.0, high=5000.0, ready=None, runs=2),
            "Takes 1 h 2 min to 1 h 23 min, based on 2 earlier runs. The program is compiled "
            "first; how long that takes is not known yet.",
        ),
    ],
)
def test_the_time_is_said_as_a_range(
    empty_home: Path,
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
    estimate: Estimate | None,
    said: str,
) -> None:
    monkeypatch.setattr(training_queries, "estimate", lambda *_: estimate)
    assert said in texts(open_page("train"))


def test_the_estimate_follows_the_form(empty_home: Path, open_page: Open) -> None:
    journal = RunJournal()
    config = TrainConfig()
    seconds = {"compile": 6.0, "train": 10.0, "correctness": 0.0, "pricing": 0.0, "total": 16.0}
    result = make_result().model_copy(
        update={"seconds": seconds, "cases": Cases(train=1000, validation=0, test=1)}
    )
    app = open_page("train", data="fna_panel")
    run_id = RunStore().get(run_queries.submit("fna_panel", config)).run_id
    journal.claim(run_id, "tests|1|0")
    journal.finish(run_id, Finished(result=result, artifacts={}))
    st.cache_data.clear()  # finished runs are remembered for some seconds
    app.run()
    first = training_queries.estimate("fna_panel", config)
    more = training_queries.estimate("fna_panel", replace(config, epochs=600))
    assert first is not None
    assert more is not None
    assert first.high < 16.0
    assert more.high > 9 * (first.high - 0.3)
    assert "based on 1 earlier run" in texts(app)


def test_small_sets_say_that_the_batch_size_is_lowered(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", data="fna_panel")
    assert "The batch size is lowered to 36: 284 training cases" in texts(app)
    assert "An epoch has 8 steps." in texts(app)
    app.number_input(key="batch_size").set_value(32).run()
    assert "The batch size is lowered" not in texts(app)


def test_a_set_without_validation_split_says_what_is_lent(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", data=stored_set(2))
    assert "No validation cases: 15\u202f% of the training cases are set aside" in texts(app)
    # Of 40 train cases 6 are set aside. That is said once: not beside the warning on the panel.
    assert "too few steps" not in texts(app)
    assert texts(app).count("smaller batches are used") == 1
    app.number_input(key="batch_size").set_value(40).run()
    assert "34 training cases would give too few steps" in texts(app)
    assert "smaller batches are used" not in texts(app)
    app = open_page("train", data=stored_set(2, validation=True))
    assert "No validation cases" not in texts(app)


def test_the_method_for_complete_sets_is_refused_with_a_way_out(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", method="complete")
    assert "40.2\u202f% are missing" in app.error[0].value
    assert app.button(key="train").disabled
    click(app, "use_default_method")
    assert app.selectbox(key="method").value == "pl2d"
    assert not app.error


def test_a_complete_set_may_use_it_until_annotations_are_taken_away(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", data=stored_set(2, complete=True), method="complete")
    assert not app.error
    app.slider(key="missing").set_value(50).run()
    assert "50.0\u202f% are missing" in app.error[0].value


def test_a_set_of_labels_only_can_be_trained(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", data=stored_set(2, features=False))
    assert not app.exception
    assert "all cases look alike" in " ".join(w.value for w in app.warning)
    assert app.selectbox(key="method").value == "correctness"
    assert "train" in keys(app)


def test_the_papers_values_are_named_beside_ours(empty_home: Path, open_page: Open) -> None:
    table = next(t.value for t in open_page("train").table if "In the paper" in t.value.columns)
    paper = dict(zip(table["Setting"], table["In the paper"], strict=True))
    assert paper["E-step"] == "mean field, 10 rounds"
    assert paper["Gradient norm clipped at"] == "the same"
    ours = dict(zip(table["Setting"], table["Default here"], strict=True))
    assert ours["Optimiser"] == "SGD, momentum 0.9"
    why = dict(zip(table["Setting"], table["Why"], strict=True))
    assert all(why[name] for name, said in paper.items() if said != "the same")


def test_a_method_without_the_papers_networks_shows_neither_its_table_nor_its_optimiser(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", method="correctness")
    assert not any("In the paper" in table.value.columns for table in app.table)
    assert "SGD" not in app.number_input(key="learning_rate").help
    assert "cosine" not in app.number_input(key="learning_rate").help
    assert "epochs have no effect" in texts(app)
    app = open_page("train", method="naive")
    assert "SGD" in app.number_input(key="learning_rate").help
    assert "have no effect" not in texts(app)
