import os
import shutil
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.base.files import MANIFEST, check_manifest
from core.base.report import Report
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.library.store import Library
from core.record.journal import RunJournal
from core.record.record import PREFIX
from core.worker.process import ProcessId, boot_id, note_end, write_worker
from core.worker.queue import open_queue
from core.worker.recovery import MOST_ATTEMPTS, reconcile, sweep_home
from tests.unit.record.fakes import finished

# No process has ever had this start time.
DEAD = str(ProcessId(socket.gethostname(), 1, 1.0, boot_id()))
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
    assert record.reason.startswith("The worker stopped 3 times")
    assert "It is not known why it stopped" in record.reason


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
    assert replace(own, started=own.started - 100).process() is None
    assert replace(own, boot="another").process() is None


@pytest.mark.parametrize("text", ["", "host|x|1", "host|1", "host|1|2|3|4"])
def test_text_that_names_no_process_is_none(text: str) -> None:
    assert ProcessId.parse(text) is None


def test_process_is_written_and_read_back() -> None:
    own = ProcessId.own()
    assert ProcessId.parse(str(own)) == replace(own, started=round(own.started, 2))
    assert ProcessId.parse(str(own)).process() == psutil.Process()  # type: ignore[union-attr]


@pytest.mark.skipif(not boot_id(), reason="the start is counted from the boot on Linux only")
def test_setting_the_clock_leaves_a_process_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ProcessId.own()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(psutil, "boot_time", lambda: 0.0)
    assert own.process() == psutil.Process()


def test_run_of_a_living_worker_is_kept_when_the_clock_is_set(journal: RunJournal) -> None:
    own = ProcessId.own()
    run_id = running(journal, str(own))
    write_worker(journal.home, own, run_id=run_id)
    journal._tracking.client.set_tag(run_id, PREFIX + "heartbeat", OLD)
    assert reconcile(journal.home).queued == ()


def test_reboots_are_no_fault_of_the_run(journal: RunJournal) -> None:
    before = str(replace(ProcessId.own(), boot="an earlier boot"))
    run_id = running(journal, before)
    for _ in range(MOST_ATTEMPTS + 2):
        assert reconcile(journal.home).queued == (run_id,)
        record = journal.get(run_id)
        assert "restarted" in record.reason
        assert record.attempts == 0
        journal.claim(run_id, before)


def test_reason_says_what_is_known_of_the_worker_s_end(journal: RunJournal) -> None:
    run_id = journal.create("abc", "d", TrainConfig())
    for attempt in range(MOST_ATTEMPTS):
        worker = ProcessId(socket.gethostname(), 1, float(attempt), boot_id())
        journal.claim(run_id, str(worker))
        if attempt != 1:
            note_end(journal.home, worker, "killed")
        reconcile(journal.home)
    assert "operating system killed it 2 of 3 times" in journal.get(run_id).reason


def finish(journal: RunJournal, dataset_hash: str = "abc") -> str:
    run_id = journal.create(dataset_hash, "d", TrainConfig())
    journal.claim(run_id, DEAD)
    journal.finish(run_id, finished(TrainConfig()))
    return run_id


@pytest.mark.parametrize("damage", ["result.json", "outputs_seed0.npz", "no folder", "older"])
def test_finished_run_whose_files_are_lost_is_trained_again_and_says_so(
    journal: RunJournal, small_set: AnnotationSet, damage: str
) -> None:
    run_id = finish(journal, Library(journal.home).add(small_set, Report()))
    whole = finish(journal)
    folder = journal.folder(run_id)
    if damage == "no folder":
        shutil.rmtree(folder)
    elif damage == "older":  # written before there were manifests
        (folder / MANIFEST).unlink()
        (folder / "curve.csv").write_bytes(b"")
    else:
        (folder / damage).write_bytes(b"")
    assert reconcile(journal.home).queued == (run_id,)
    record = journal.get(run_id)
    assert record.state == "queued"
    assert "damaged" in record.reason
    assert not record.areas
    assert journal.get(whole).state == "finished"
    assert open_queue(journal.home).waiting() == {run_id}


def test_finished_run_without_its_files_and_its_data_set_says_what_is_lost(
    journal: RunJournal,
) -> None:
    run_id = finish(journal)
    (journal.folder(run_id) / "result.json").write_bytes(b"")
    assert reconcile(journal.home).failed == (run_id,)
    assert "result.json" in journal.get(run_id).reason


def test_finished_means_that_everything_is_on_disk(
    journal: RunJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is synced after the state was written could be lost while the record says finished."""
    synced: set[int] = set()
    sync, end = os.fsync, RunJournal.end
    checked: list[str] = []

    def fsync(handle: int) -> None:
        synced.add(os.fstat(handle).st_ino)
        sync(handle)

    def ended(self: RunJournal, run_id: str, *rest: Any) -> None:
        folder = self.folder(run_id)
        checked.extend(path.name for path in folder.rglob("*"))
        assert {path.stat().st_ino for path in (folder, *folder.rglob("*"))} <= synced
        assert check_manifest(folder, deep=True) == []
        end(self, run_id, *rest)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(RunJournal, "end", ended)
    finish(journal)
    assert {"result.json", "outputs_seed0.npz"} <= set(checked)


def test_half_written_files_are_swept_at_the_start(journal: RunJournal) -> None:
    run_id = finish(journal)
    left = [journal.folder(run_id) / ".writing-0", journal.home / "datasets" / ".part-0" / "a.npz"]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (0, 0))
    os.utime(left[1].parent, (0, 0))
    sweep_home(journal.home)
    assert not any(path.exists() for path in left)
