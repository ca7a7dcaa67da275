import threading
import time
from pathlib import Path

import pytest

from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.em.bounds import BoundsError
from core.record.journal import RunJournal
from core.worker.executor import Executor, Experiment
from tests.unit.record import fakes

CONFIG = TrainConfig(epochs=6, coverage=(0.0, 0.5, 1.0))
WORKER = "host|1|1.0"


class Bench:
    """A journal with one queued run and an executor that trains fakes."""

    def __init__(self, home: Path, dataset: AnnotationSet):
        self.journal = RunJournal(home)
        self.dataset = dataset
        self.run_id = self.journal.create(dataset.content_hash, dataset.name, CONFIG)

    def executor(self, experiment: Experiment) -> Executor:
        return Executor(self.journal, WORKER, experiment, load=lambda _: self.dataset)

    def execute(self, experiment: Experiment) -> str:
        return self.executor(experiment).execute(self.run_id)


@pytest.fixture
def bench(home: Path, small_set: AnnotationSet) -> Bench:
    return Bench(home, small_set)


def test_run_is_carried_to_its_end(bench: Bench) -> None:
    assert bench.execute(fakes.experiment()) == "finished"
    record = bench.journal.get(bench.run_id)
    assert (record.state, record.reason, record.progress.fraction) == ("finished", "", 1.0)
    assert record.started is not None
    assert record.ended is not None
    assert record.started <= record.ended


def test_metrics_of_every_epoch_are_recorded(bench: Bench) -> None:
    bench.execute(fakes.experiment())
    loss = bench.journal.metric(bench.run_id, "loss")
    assert loss == [(epoch, 1.0 / epoch) for epoch in range(1, 7)]
    assert bench.journal.metric(bench.run_id, "bad") == []


def test_last_report_before_a_long_silence_is_written(bench: Bench) -> None:
    """Compiling takes seconds; people must see what goes on meanwhile."""
    reached, go_on, seen = threading.Event(), threading.Event(), []
    executor = bench.executor(fakes.held(reached, go_on, seen))
    thread = threading.Thread(target=executor.execute, args=(bench.run_id,))
    thread.start()
    assert reached.wait(20)
    deadline = time.monotonic() + 10
    while bench.journal.get(bench.run_id).progress.text != "Epoch 1":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(bench.journal.points(bench.run_id)) == 1
    go_on.set()
    thread.join(20)


def test_run_handed_out_twice_is_trained_once(bench: Bench) -> None:
    seen: list[int] = []
    assert bench.execute(fakes.experiment(seen=seen)) == "finished"
    assert bench.execute(fakes.experiment(seen=seen)) == "skipped"
    assert len(seen) == CONFIG.epochs


def test_deleted_run_is_skipped(bench: Bench) -> None:
    bench.journal.delete(bench.run_id)
    assert bench.execute(fakes.experiment()) == "skipped"


def test_cancel_takes_effect_at_the_next_event_and_keeps_points(bench: Bench) -> None:
    reached, go_on, seen = threading.Event(), threading.Event(), []
    executor = bench.executor(fakes.held(reached, go_on, seen))
    thread = threading.Thread(target=executor.execute, args=(bench.run_id,))
    thread.start()
    assert reached.wait(20)
    bench.journal.cancel(bench.run_id)
    go_on.set()
    thread.join(20)
    record = bench.journal.get(bench.run_id)
    assert record.state == "cancelled"
    assert seen == [1, 2]  # the third epoch never began
    assert len(bench.journal.points(bench.run_id)) == 1


def test_stopping_the_worker_gives_the_run_back_without_counting(bench: Bench) -> None:
    reached, go_on, seen = threading.Event(), threading.Event(), []
    executor = bench.executor(fakes.held(reached, go_on, seen))
    thread = threading.Thread(target=executor.execute, args=(bench.run_id,))
    thread.start()
    assert reached.wait(20)
    executor.stop.set()
    go_on.set()
    thread.join(20)
    record = bench.journal.get(bench.run_id)
    assert (record.state, record.reason, record.attempts) == ("queued", "worker stopped", 0)


def test_run_that_cannot_be_waited_for_is_given_back(bench: Bench) -> None:
    reached, go_on = threading.Event(), threading.Event()
    executor = bench.executor(fakes.held(reached, go_on, []))
    thread = threading.Thread(target=executor.execute, args=(bench.run_id,))
    thread.start()
    assert reached.wait(20)
    executor.abandon()
    assert bench.journal.get(bench.run_id).state == "queued"
    executor.stop.set()
    go_on.set()
    thread.join(20)


def test_a_stopped_worker_takes_no_more_runs(bench: Bench) -> None:
    executor = bench.executor(fakes.experiment())
    executor.stop.set()
    assert executor.execute(bench.run_id) == "queued"
    assert bench.journal.get(bench.run_id).attempts == 0


@pytest.mark.parametrize("error", [ConfigError("no such thing"), BoundsError("no such thing")])
def test_refusal_is_the_reason(bench: Bench, error: Exception) -> None:
    assert bench.execute(fakes.failing(error)) == "failed"
    assert bench.journal.get(bench.run_id).reason == "no such thing"
    assert bench.journal.log(bench.run_id) == ""


def test_defect_is_told_in_words_and_its_traceback_kept_apart(bench: Bench) -> None:
    assert bench.execute(fakes.failing(ZeroDivisionError("secret detail"))) == "failed"
    reason = bench.journal.get(bench.run_id).reason
    assert "defect in the program (ZeroDivisionError)" in reason
    assert "secret" not in reason
    assert "secret detail" in bench.journal.log(bench.run_id)
    assert len(bench.journal.points(bench.run_id)) == 1


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("RESOURCE_EXHAUSTED: 3 GiB")])
def test_want_of_memory_is_told_with_a_remedy(bench: Bench, error: Exception) -> None:
    bench.execute(fakes.failing(error))
    assert "not enough memory" in bench.journal.get(bench.run_id).reason


def test_data_set_that_is_gone_is_told(bench: Bench) -> None:
    executor = Executor(bench.journal, WORKER, fakes.experiment())  # the real, empty library
    assert executor.execute(bench.run_id) == "failed"
    record = bench.journal.get(bench.run_id)
    assert record.dataset_hash in record.reason
    assert "defect" not in record.reason


def test_experiment_without_a_result_fails(bench: Bench) -> None:
    assert bench.execute(lambda dataset, config: (x for x in ())) == "failed"
