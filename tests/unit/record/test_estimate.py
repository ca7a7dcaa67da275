from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.config.train_config import TrainConfig
from core.record import estimate as module
from core.record.estimate import Estimate, Task, estimate_from, known
from core.record.journal import RunJournal
from core.record.record import WAITING, RunRecord
from tests.unit.record import fakes

CONFIG = TrainConfig(epochs=10, coverage=(0.0, 0.5, 1.0), curve="each")
TASK = Task(content_hash="abc", kind="features", cases=40, experts=2)
SETS = {"abc": (2, "features"), "pictures": (2, "images"), "other": (2, "images")}
COLD = {"compile": 7.6, "train": 0.9, "correctness": 1.2, "pricing": 0.0, "total": 9.7}
WARM = {"compile": 0.0, "train": 0.4, "correctness": 0.4, "pricing": 0.0, "total": 0.8}


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_cores", lambda: 1)


def run(
    seconds: Mapping[str, float], config: TrainConfig = CONFIG, worker: str = "w", **changes: object
) -> RunRecord:
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    record = RunRecord(
        run_id="r",
        name="",
        state="finished",
        reason="",
        dataset_hash="abc",
        dataset_name="d",
        config=config,
        created=moment,
        started=moment,
        ended=moment,
        heartbeat=moment,
        progress=WAITING,
        attempts=1,
        worker=worker,
        ends=(),
        cancel_requested=False,
        seconds=seconds,
        train_cases=40,
        network="mlp",
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def middle(told: Estimate | None) -> float:
    """Seconds of training without the constant part, the ends' geometric mean."""
    assert told is not None
    low, high = told.low - module._OVERHEAD, told.high - module._OVERHEAD
    return (low * high) ** 0.5


def told(runs: list[RunRecord], config: TrainConfig = CONFIG, task: Task = TASK, worker: str = ""):  # type: ignore[no-untyped-def]
    return estimate_from(runs, SETS, config, task, worker)


def test_nothing_is_claimed_before_anything_has_finished(home: Path) -> None:
    assert estimate_from(*known(home), CONFIG, TASK) is None


def test_a_finished_run_in_the_store_is_learnt_from(home: Path, small_set) -> None:  # type: ignore[no-untyped-def]
    from core.base.report import Report
    from core.library.store import Library

    stored = Library(home).add(small_set, Report())
    journal = RunJournal(home)
    run_id = journal.create(stored, "d", CONFIG)
    journal.claim(run_id, "host|1|1.0")
    journal.finish(run_id, fakes.finished(CONFIG))  # compile 1 s, train 2 s
    task = replace(TASK, content_hash=stored)
    assert estimate_from(*known(home), CONFIG, task, "host|1|1.0") == Estimate(
        low=pytest.approx(0.3 + 0.6 * 2 / 1.25),
        high=pytest.approx(0.3 + 2 * 1.25),
        ready=(0.0, 0.0),
        runs=1,
    )


def test_the_same_run_is_estimated_around_what_it_took() -> None:
    found = told([run(WARM)])
    assert found.low < module._OVERHEAD + 0.8 < found.high
    assert middle(found) == pytest.approx(0.8)


def test_compiling_is_never_learnt_as_training() -> None:
    found = told([run(COLD)], worker="w")
    assert found.high < 3.2  # of 9.7 s, 7.6 were compiling
    assert found.ready == (0.0, 0.0)


def test_runs_that_did_not_compile_are_believed_before_those_that_did() -> None:
    assert middle(told([run(COLD), run(WARM)])) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("changes", "factor"),
    [
        ({"epochs": 30}, 3.0),
        ({"seeds": 2}, 2.0),
        ({"coverage": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)}, 2.0),
    ],
)
def test_training_scales_with_what_is_set(changes: dict[str, object], factor: float) -> None:
    training = {"compile": 0.0, "train": 1.0, "total": 1.0}
    config = replace(CONFIG, **changes)  # type: ignore[arg-type]
    assert middle(told([run(training)], config)) == pytest.approx(factor)


def test_training_scales_with_cases_and_experts() -> None:
    training = {"compile": 0.0, "train": 1.0, "total": 1.0}
    assert middle(told([run(training)], task=replace(TASK, cases=80))) == pytest.approx(2.0)
    # Gating model, AI and a network per expert: 4 networks become 8.
    assert middle(told([run(training)], task=replace(TASK, experts=6))) == pytest.approx(2.0)


def test_the_correctness_model_does_not_scale_with_epochs() -> None:
    seconds = {"compile": 0.0, "train": 1.0, "correctness": 1.0, "total": 2.0}
    assert middle(told([run(seconds)], replace(CONFIG, epochs=30))) == pytest.approx(4.0)


def test_points_of_one_round_take_as_long_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_cores", lambda: 4)
    training = {"compile": 0.0, "train": 1.0, "total": 1.0}
    one = replace(CONFIG, coverage=(0.5,))
    assert middle(told([run(training)], one)) == pytest.approx(1.0)


def test_the_farther_the_runs_the_wider_the_range() -> None:
    near, far = told([run(WARM)]), told([run(WARM)], replace(CONFIG, epochs=320))
    assert far.high / far.low > near.high / near.low


def test_runs_of_about_this_size_are_believed_before_far_smaller_ones() -> None:
    large = replace(CONFIG, epochs=600)
    seconds = {"compile": 0.0, "train": 20.0, "total": 20.0}
    found = told([run(seconds, large), run(WARM)], large)
    assert found.runs == 1
    assert middle(found) == pytest.approx(20.0)


def test_a_shape_the_worker_holds_needs_no_getting_ready() -> None:
    assert told([run(COLD), run(WARM)], worker="w").ready == (0.0, 0.0)


def test_a_new_worker_reads_the_shape_from_the_disk() -> None:
    low, high = told([run(COLD), run(WARM)], worker="another").ready
    assert (low, high) == (0.0, pytest.approx(0.4 * 7.6))


def test_a_new_shape_takes_as_long_to_get_ready_as_others_took() -> None:
    runs = [run(COLD), run(COLD | {"compile": 5.0}), run(WARM)]
    assert told(runs, replace(CONFIG, seeds=2), worker="w").ready == (5.0, 7.6)


def test_getting_ready_is_unknown_when_no_run_ever_did() -> None:
    assert told([run(WARM)], replace(CONFIG, batch_size=64)).ready is None


@pytest.mark.parametrize("change", [{"method": "naive"}, {"hidden": (512, 512)}])
def test_unlike_runs_say_nothing(change: dict[str, object]) -> None:
    assert told([run(WARM)], replace(CONFIG, **change)) is None  # type: ignore[arg-type]


def test_images_of_one_set_say_nothing_of_another() -> None:
    pictures = run(WARM, dataset_hash="pictures", network="cnn")
    task = Task(content_hash="pictures", kind="images", cases=40, experts=2)
    assert told([pictures], task=task) is not None
    assert told([pictures], task=replace(task, content_hash="other")) is None
    assert told([pictures]) is None


def test_a_run_whose_data_set_is_gone_says_nothing() -> None:
    assert told([run(WARM, dataset_hash="gone")]) is None
