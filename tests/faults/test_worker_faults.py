"""A worker that hangs, and runs that no queue knows: noticed without anybody doing anything."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.base.report import Report
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.library.store import Library
from core.record.store import RunStore
from core.worker import service
from core.worker.process import HUNG_SECONDS
from core.worker.queue import submit
from tests.faults.test_power_cut import small_set

QUICK = TrainConfig(coverage=(0.0, 1.0), epochs=5, hidden=(8,), batch_size=8)
LONG = TrainConfig(coverage=(0.0, 1.0), epochs=4000, hidden=(8,), batch_size=8)


def wait_for(what: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with a worker that is watched as the app watches it."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("CASELOAD_REDIS_URL", raising=False)
    place, stop = tmp_path / "home", threading.Event()
    service.start_worker(place)
    wait_for(lambda: service.worker_state(place).ready, 60)
    watch = threading.Thread(target=service.watch_worker, args=(stop, place))
    watch.start()
    yield place
    stop.set()
    watch.join()
    service.stop_worker(place)


@pytest.fixture
def dataset() -> AnnotationSet:
    return small_set(0)


def test_worker_that_hangs_is_ended_and_its_run_goes_on(home: Path, dataset: AnnotationSet) -> None:
    store = RunStore(home)
    run_id = submit(Library(home).add(dataset, Report()), LONG, home=home)
    wait_for(lambda: store.get(run_id).progress.stage == "train", 60)
    hung = service.worker_state(home).pid
    assert hung is not None
    os.kill(hung, signal.SIGSTOP)
    wait_for(lambda: service.worker_state(home).pid not in (hung, None), HUNG_SECONDS + 40)
    wait_for(lambda: store.get(run_id).ends == ("hung",), 30)
    wait_for(lambda: store.get(run_id).state == "finished", 120)
    assert not psutil.pid_exists(hung)


def test_run_that_no_queue_knows_is_trained(home: Path, dataset: AnnotationSet) -> None:
    """As after a submit whose record could be written and whose queue could not."""
    store = RunStore(home)
    run_id = store.create(Library(home).add(dataset, Report()), dataset.name, QUICK)
    wait_for(lambda: store.get(run_id).state == "finished", 60)
