import socket
from pathlib import Path

import psutil
import pytest

from core.runs.config import TrainConfig
from core.runs.journal import RunJournal
from core.runs.process import ProcessId
from core.runs.queue import open_queue
from core.runs.record import PREFIX
from core.runs.recovery import MOST_ATTEMPTS, reconcile

# No process has ever had this start time.
DEAD = str(ProcessId(socket.gethostname(), 1, 1.0))
OLD = "2020-01-01T00:00:00.000+00:00"


@pytest.fixture
def journal(home: Path) -> RunJournal:
    return RunJournal(home)


def running(journal: RunJournal, worker: str) -> str:
    run_id = journal.create("abc", "d", TrainConfig())
    journal.claim(run_id, worker)
    return run_id


def test_run_of_a_dead_worker_is_queued_again(journal: RunJournal) -> None:
    run_id = running(journal, DEAD)
    assert reconcile(journal.home).queued == (run_id,)
    record = journal.get(run_id)
    assert (record.state, record.attempts) == ("queued", 1)
    assert open_queue(journal.home).waiting() == {run_id}


def test_run_of_a_living_worker_is_left_alone(journal: RunJournal) -> None:
    run_id = running(journal, str(ProcessId.own()))
    assert reconcile(journal.home).queued == ()
    assert journal.get(run_id).state == "running"


def test_run_a_living_process_has_forgotten_is_queued_again(journal: RunJournal) -> None:
    run_id = running(journal, str(ProcessId.own()))
    journal._tracking.client.set_tag(run_id, PREFIX + "heartbeat", OLD)
    assert reconcile(journal.home).queued == (run_id,)


@pytest.mark.parametrize("heartbeat", ["fresh", "stale"])
def test_on_another_machine_the_heartbeat_decides(journal: RunJournal, heartbeat: str) -> None:
    run_id = running(journal, "another-machine|1|1.0")
    if heartbeat == "stale":
        journal._tracking.client.set_tag(run_id, PREFIX + "heartbeat", OLD)
    assert reconcile(journal.home).queued == ((run_id,) if heartbeat == "stale" else ())


def test_run_that_keeps_killing_workers_fails_with_a_reason(journal: RunJournal) -> None:
    run_id = running(journal, DEAD)
    for _ in range(MOST_ATTEMPTS - 1):
        assert reconcile(journal.home).queued == (run_id,)
        journal.claim(run_id, DEAD)
    assert reconcile(journal.home).failed == (run_id,)
    record = journal.get(run_id)
    assert record.state == "failed"
    assert "died 3 times" in record.reason


def test_run_that_was_to_be_cancelled_is_not_trained_again(journal: RunJournal) -> None:
    run_id = running(journal, DEAD)
    journal.cancel(run_id)
    assert reconcile(journal.home).cancelled == (run_id,)
    assert journal.get(run_id).state == "cancelled"


def test_queued_run_that_the_queue_lost_is_put_back_once(journal: RunJournal) -> None:
    run_id = journal.create("abc", "d", TrainConfig())
    queue = open_queue(journal.home)
    assert queue.waiting() == set()
    reconcile(journal.home)
    reconcile(journal.home)
    assert [task.args[0] for task in queue.huey.pending()] == [run_id]


def test_a_later_process_with_the_same_number_is_another(journal: RunJournal) -> None:
    own = ProcessId.own()
    assert own.process() == psutil.Process()
    assert ProcessId(own.host, own.pid, own.started - 100).process() is None


@pytest.mark.parametrize("text", ["", "host|x|1", "host|1", "host|1|2|3"])
def test_text_that_names_no_process_is_none(text: str) -> None:
    assert ProcessId.parse(text) is None
