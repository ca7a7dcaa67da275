"""The real worker process, on a home of its own."""

import os
import signal
import subprocess
import sys
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
from core.worker.queue import cancel, submit

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
# Long enough to be killed in the middle, and few and small networks.
SHORT = TrainConfig(coverage=(0.0, 1.0), epochs=1500, hidden=(8,), batch_size=8, curve="each")
LONG = TrainConfig(coverage=(0.0, 1.0), epochs=20_000, hidden=(8,), batch_size=8)


def wait_for(what: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled programs, for all tests here: they are what takes the time."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture
def worker(home: Path, compiled: Path) -> Iterator[int]:
    """A worker that is ready; ended with the test."""
    (home / "jax-cache").symlink_to(compiled)
    handle = service.start_worker(home)
    try:
        wait_for(lambda: service.worker_state(home).ready)
        yield handle.pid
    finally:
        service.stop_worker(home)
        assert not service.worker_state(home).alive


@pytest.fixture
def content_hash(home: Path, small_set: AnnotationSet) -> str:
    return Library(home).add(small_set, Report())


def training(store: RunStore, run_id: str) -> bool:
    record = store.get(run_id)
    assert record.state in ("queued", "running"), record.reason
    return record.state == "running" and record.progress.stage == "train"


def test_run_survives_its_worker(home: Path, worker: int, content_hash: str) -> None:
    store = RunStore(home)
    run_id = submit(content_hash, SHORT, home=home)
    wait_for(lambda: training(store, run_id))
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not service.worker_state(home).alive)
    assert store.get(run_id).state == "running"  # nobody was left to say otherwise
    again = service.start_worker(home)
    assert again.pid != worker
    wait_for(lambda: store.get(run_id).done)
    record = store.get(run_id)
    assert (record.state, record.attempts) == ("finished", 2), record.reason
    assert len(store.result(run_id).points) == 2 * 3  # targets × rules


def test_first_progress_comes_soon_and_cancel_is_quick(
    home: Path, worker: int, content_hash: str
) -> None:
    store = RunStore(home)
    asked = time.monotonic()
    run_id = submit(content_hash, LONG, home=home)
    wait_for(lambda: store.get(run_id).state == "running")
    assert time.monotonic() - asked < 5.0  # the budget is 2 s on an idle machine
    wait_for(lambda: training(store, run_id))
    cancel(run_id, home)
    wait_for(lambda: store.get(run_id).done, 10)
    assert store.get(run_id).state == "cancelled"


def test_stopped_worker_gives_its_run_back(home: Path, worker: int, content_hash: str) -> None:
    store = RunStore(home)
    run_id = submit(content_hash, LONG, home=home)
    wait_for(lambda: training(store, run_id))
    assert service.stop_worker(home)
    record = store.get(run_id)
    assert (record.state, record.reason, record.attempts) == ("queued", "worker stopped", 0)
    assert not psutil.pid_exists(worker)


def test_living_worker_is_adopted_and_a_second_one_gives_way(home: Path, worker: int) -> None:
    assert service.start_worker(home) == service.WorkerHandle(worker, adopted=True)
    second = subprocess.run(
        [sys.executable, "-m", "core.worker.worker"],
        cwd=ROOT,
        env=os.environ | {"CASELOAD_HOME": str(home)},
        capture_output=True,
        timeout=60,
    )
    assert (second.returncode, second.stdout, second.stderr) == (0, b"", b"")
    assert service.worker_state(home).pid == worker
