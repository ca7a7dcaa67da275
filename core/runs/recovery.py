"""Finds runs whose worker is gone and puts them back to work."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.runs.journal import RunJournal
from core.runs.process import STALE_SECONDS, ProcessId
from core.runs.queue import open_queue
from core.runs.record import CANCELLED, RunRecord

MOST_ATTEMPTS = 3
_MANY = 1000
# A process that lives but has not written for so long does not have the run any more.
_FORGOTTEN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Recovered:
    """What `reconcile` did: ids of the runs that were queued again, failed or cancelled."""

    queued: tuple[str, ...]
    failed: tuple[str, ...]
    cancelled: tuple[str, ...]


def reconcile(home: Path | None = None) -> Recovered:
    """Makes every run's state true again after workers or servers have died.

    A running run whose worker is gone is queued again, or failed after three attempts, or
    cancelled when somebody had asked for that. A queued run which the queue does not know (a
    worker died between taking it and recording that) is put into the queue again; a run that is
    handed out twice is trained once.

    Args:
      home: folder of everything made at run time.
    """
    journal = RunJournal(home)
    queued, failed, cancelled = [], [], []
    for run in journal.list(_MANY, ("running",)):
        if is_held(run):
            continue
        if run.cancel_requested:
            journal.end(run.run_id, "cancelled", CANCELLED)
            cancelled.append(run.run_id)
        elif run.attempts >= MOST_ATTEMPTS:
            journal.fail(run.run_id, _GIVEN_UP.format(run.attempts))
            failed.append(run.run_id)
        else:
            journal.requeue(run.run_id, "worker died, trying again", attempts=run.attempts)
            queued.append(run.run_id)
    queue = open_queue(journal.home)
    waiting = queue.waiting()
    for run in reversed(journal.list(_MANY, ("queued",))):
        if run.run_id not in waiting:
            queue.put(run.run_id)
    return Recovered(tuple(queued), tuple(failed), tuple(cancelled))


def is_held(run: RunRecord) -> bool:
    """Whether the worker that took this running run still has it."""
    last = run.heartbeat or run.started or run.created
    silent = (datetime.now(UTC) - last).total_seconds()
    holder = ProcessId.parse(run.worker)
    if holder is None or not holder.here:
        return silent < STALE_SECONDS
    return holder.process() is not None and silent < _FORGOTTEN_SECONDS


_GIVEN_UP = (
    "The worker died {} times while training this, most likely for want of memory. Try fewer "
    "coverage targets or seeds, a smaller batch, or a smaller network."
)
