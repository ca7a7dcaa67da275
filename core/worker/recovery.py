"""Finds runs whose worker is gone or whose results are lost, and queues them again."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.base.files import sweep
from core.experiment import artifacts
from core.library.store import Library
from core.record.journal import RunJournal
from core.record.record import CANCELLED, RunRecord
from core.worker.process import HUNG_SECONDS, STALE_SECONDS, ProcessId, end_of, read_worker
from core.worker.queue import open_queue

MOST_ATTEMPTS = 3
_MANY = 1000
_STALE_FILES = 3600.0  # seconds after which a half-written file was left by a process that died


@dataclass(frozen=True, slots=True)
class Recovered:
    """The result of `reconcile`: ids of the runs that were queued again, failed or cancelled."""

    queued: tuple[str, ...]
    failed: tuple[str, ...]
    cancelled: tuple[str, ...]


def reconcile(home: Path | None = None) -> Recovered:
    """Corrects every run's state after a crash of a worker, a server or the machine.

    A running run whose worker is gone is queued again, or failed after three attempts, or
    cancelled if that had been requested. A finished run whose files are missing or truncated is
    queued again, with a reason. A queued run that is missing from the queue (a worker died between
    taking it and recording that, or the disk was full) is put into the queue again; a run that is
    delivered twice is trained once.

    Args:
      home: folder of everything made at run time.
    """
    journal = RunJournal(home)
    queued, failed, cancelled = [], [], []
    for run in journal.list(_MANY, ("running",)):
        if is_held(run, journal.home):
            continue
        if run.cancel_requested:
            journal.end(run.run_id, "cancelled", CANCELLED)
            cancelled.append(run.run_id)
        elif _take_back(journal, run):
            queued.append(run.run_id)
        else:
            failed.append(run.run_id)
    for run in journal.list(_MANY, ("finished",)) if journal.has_folders else ():
        if lost := artifacts.lost_files(journal.folder(run.run_id)):
            (queued if _train_again(journal, run, lost) else failed).append(run.run_id)
    queue_lost(journal)
    return Recovered(tuple(queued), tuple(failed), tuple(cancelled))


def queue_lost(journal: RunJournal) -> None:
    """Puts every queued run that is missing from the queue into it, the oldest first."""
    queue = open_queue(journal.home)
    waiting = queue.waiting()
    for run in reversed(journal.list(_MANY, ("queued",))):
        if run.run_id not in waiting:
            queue.put(run.run_id)


def sweep_home(home: Path) -> None:
    """Removes half-written files of dead processes."""
    for place in (home, home / "scenarios", home / "signals", *(home / "artifacts").glob("*/*")):
        sweep(place, ".writing-*", older_than=_STALE_FILES)
    sweep(home / "datasets", ".part-*", older_than=_STALE_FILES)


def is_held(run: RunRecord, home: Path) -> bool:
    """Whether the worker that took this running run still has it.

    On this machine the worker's own file decides, by a clock that cannot be set; for another
    machine's worker there is only the run's heartbeat, which uses the time of day.

    Args:
      run: running.
      home: where the worker writes.
    """
    last = run.heartbeat or run.started or run.created
    silent = (datetime.now(UTC) - last).total_seconds()
    holder = ProcessId.parse(run.worker)
    if holder is None or not holder.here:
        return silent < STALE_SECONDS
    if holder.process() is None:
        return False
    worker = read_worker(home)
    if worker.process == holder and worker.run_id == run.run_id and worker.age is not None:
        return worker.age < HUNG_SECONDS
    return silent < HUNG_SECONDS


def _take_back(journal: RunJournal, run: RunRecord) -> bool:
    """Queues a run whose worker is gone, or fails it; whether it was queued."""
    holder = ProcessId.parse(run.worker)
    if holder is not None and holder.rebooted:
        # Not caused by the run: the attempt does not count.
        journal.requeue(run.run_id, _RESTARTED, attempts=run.attempts - 1)
        return True
    end = end_of(journal.home, holder)
    ends = (*run.ends, end)
    if run.attempts < MOST_ATTEMPTS:
        journal.requeue(
            run.run_id, _AGAIN.get(end, _AGAIN["unknown"]), attempts=run.attempts, ends=ends
        )
        return True
    journal.fail(run.run_id, given_up(run.attempts, ends))
    return False


def given_up(attempts: int, ends: tuple[str, ...]) -> str:
    """Why a run is not tried again, from how its workers ended.

    Args:
      attempts: how often it was tried.
      ends: of these workers: `killed`, `hung` or `unknown`.
    """
    counted = Counter(ends)
    known = " ".join(
        words.format(
            "every time" if counted[end] == attempts else f"{counted[end]} of {attempts} times"
        )
        for end, words in _KNOWN.items()
        if counted[end]
    )
    return (
        f"The worker stopped {attempts} times while training this. {known or _KNOWN['unknown']} "
        "If memory is short, try fewer coverage targets or seeds, a smaller batch, or a smaller "
        "network; worker.log in the store may say more."
    )


def _train_again(journal: RunJournal, run: RunRecord, lost: list[str]) -> bool:
    """Queues a finished run whose files are lost, or fails it where its data set is gone too."""
    files = f"{lost[0]} and {len(lost) - 1} more files" if len(lost) > 1 else lost[0]
    what = f"Its results were damaged ({files} missing or truncated"
    if run.dataset_hash not in Library(journal.home):
        journal.fail(run.run_id, f"{what}), and its data set is gone, so it cannot be repeated.")
        return False
    journal.requeue(run.run_id, f"{what}, as after a power cut); training again.", attempts=0)
    return True


_KNOWN = {
    "killed": "The operating system killed it {}, as it does when memory runs out.",
    "hung": "It did not respond {} and was stopped.",
    "unknown": "It is not known why it stopped.",
}
_RESTARTED = "The computer was restarted while this was training; training again."
_AGAIN = {
    "killed": "The operating system killed the worker, as it does when memory runs out; "
    "training again.",
    "hung": "The worker no longer responded and was stopped; training again.",
    "unknown": "The worker stopped for an unknown reason; training again.",
}
