import json
import sqlite3
import time
from pathlib import Path

import pytest

from core.base.report import Report
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.library.store import Library
from core.record.store import RunStore
from core.worker.queue import POLL_SECONDS, RunQueue, cancel, open_queue, submit


def test_submitted_run_is_recorded_and_waits(home: Path, small_set: AnnotationSet) -> None:
    content_hash = Library(home).add(small_set, Report())
    run_id = submit(content_hash, TrainConfig(), home=home)
    record = RunStore(home).get(run_id)
    assert (record.state, record.dataset_name, record.name) == ("queued", "small", "pl2d on small")
    assert open_queue(home).waiting() == {run_id}


def test_set_outside_the_library_is_refused_and_nothing_recorded(home: Path) -> None:
    with pytest.raises(ConfigError, match="no data set 'nothing'"):
        submit("nothing", TrainConfig(), home=home)
    assert RunStore(home).list() == []


def test_cancelled_run_is_never_trained(home: Path, small_set: AnnotationSet) -> None:
    content_hash = Library(home).add(small_set, Report())
    run_id = submit(content_hash, TrainConfig(), home=home)
    cancel(run_id, home)
    assert RunStore(home).get(run_id).state == "cancelled"


def test_consumer_hands_out_in_order_and_keeps_looking_often(home: Path) -> None:
    seen: list[tuple[str, float]] = []
    queue = RunQueue(home, lambda run_id: seen.append((run_id, time.monotonic())))
    queue.put("one")
    queue.put("two")
    consumer = queue.consumer()
    # Without its `start`, which takes over the signals of the process.
    for _, thread in consumer.worker_threads:
        thread.start()
    time.sleep(6 * POLL_SECONDS)  # long enough for a back-off to show
    put_at = time.monotonic()
    queue.put("three")
    deadline = put_at + 5
    while len(seen) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    consumer.stop_flag.set()
    assert [run_id for run_id, _ in seen] == ["one", "two", "three"]
    assert seen[2][1] - put_at < 0.5 + 1.0  # a busy machine may oversleep


def test_messages_in_the_queue_are_json(home: Path) -> None:
    RunQueue(home).put("one")
    with sqlite3.connect(home / "queue.db") as connection:
        ((data,),) = connection.execute("select data from task").fetchall()
    assert "one" in json.dumps(json.loads(data))


def test_a_redis_without_its_client_is_explained(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("huey")
    try:
        import redis  # noqa: F401
    except ImportError:
        monkeypatch.setenv("CASELOAD_REDIS_URL", "redis://127.0.0.1:1/0")
        with pytest.raises(ConfigError, match="pip install redis"):
            RunQueue(home)
    else:
        pytest.skip("the Redis client is installed")


def test_waiting_runs_are_told_in_the_order_of_their_turn(home: Path) -> None:
    queue = open_queue(home)
    for run_id in ("c", "a", "b"):
        queue.put(run_id)
    assert queue.order() == ["c", "a", "b"]
