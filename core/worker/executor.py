"""Trains one recorded run, from taking it to its end."""

import importlib
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

from core.base.report import DataError
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.em.bounds import BoundsError
from core.experiment.events import Event, Finished, Progress
from core.library.store import Library
from core.record.journal import RunJournal
from core.record.record import CANCELLED, RunRecord
from core.worker.reports import Reports

STOPPED = "worker stopped"
_log = logging.getLogger("caseload.worker")

Experiment = Callable[[AnnotationSet, TrainConfig], Iterator[Event]]
Load = Callable[[str], AnnotationSet]


class Executor:
    """Trains runs one at a time; each ends, or goes back to the queue.

    Args:
      journal: where runs are recorded.
      worker: `host|pid|start time` of this process.
      experiment: yields the events of a run; `core.experiment.experiment.run` when None.
      load: gives the data set of a content hash; the library's own when None.
    """

    def __init__(
        self,
        journal: RunJournal,
        worker: str,
        experiment: Experiment | None = None,
        load: Load | None = None,
    ):
        self.journal = journal
        self.worker = worker
        self.stop = threading.Event()
        self.run_id: str | None = None
        self._record: RunRecord | None = None
        self._experiment = experiment
        self._load = load or Library(journal.home).load
        self._ending = threading.Lock()  # one writer of a run's last state

    def execute(self, run_id: str) -> str:
        """Trains the run and returns the state it is in afterwards.

        A run that is no longer queued is skipped: the queue may deliver a task twice.
        """
        if self.stop.is_set():
            return "queued"
        record = self.journal.claim(run_id, self.worker)
        if record is None:
            return "skipped"
        self.run_id, self._record = run_id, record
        _log.info("run %s begins, attempt %s", run_id, record.attempts)
        reports = Reports(self.journal, record)
        try:
            with reports:
                state = self._carry(record, reports)
        finally:
            self.run_id = self._record = None
        _log.info("run %s is %s", run_id, state)
        return state

    def abandon(self) -> None:
        """Gives the current run back to the queue without waiting for its thread."""
        with self._ending:
            record = self._record
            if record is not None and self.journal.get(record.run_id).state == "running":
                self.journal.requeue(record.run_id, STOPPED, attempts=record.attempts - 1)

    def _carry(self, record: RunRecord, reports: Reports) -> str:
        """Trains a claimed run; any error becomes its state and reason."""
        try:
            if record.cancel_requested:
                return self._end(record, "cancelled", "Cancelled before it started.")
            events = self._run(self._load(record.dataset_hash), record.config)
            with closing(events):
                for event in events:
                    if isinstance(event, Finished):
                        return self._finish(record, event, reports)
                    reports.add(event)
                    if reports.cancelled():
                        reports.flush()
                        return self._end(record, "cancelled", CANCELLED)
                    if self.stop.is_set():
                        return self._give_back(record)
            raise RuntimeError("the experiment ended without a result")
        except (ConfigError, BoundsError, DataError) as error:
            reason, details = str(error), ""
        except MemoryError:
            reason, details = _NO_MEMORY, traceback.format_exc()
        except Exception as error:
            memory = "RESOURCE_EXHAUSTED" in str(error)
            reason = _NO_MEMORY if memory else _DEFECT.format(type(error).__name__)
            details = traceback.format_exc()
        _log.warning("run %s failed: %s", record.run_id, details or reason)
        with suppress(Exception):  # the points so far are optional, the state below is not
            reports.flush()
        with self._ending:
            self.journal.fail(record.run_id, reason, details)
            self._record = None
        return "failed"

    def _run(self, dataset: AnnotationSet, config: TrainConfig) -> Any:
        experiment = self._experiment or importlib.import_module("core.experiment.experiment").run
        return experiment(dataset, config)

    def _finish(self, record: RunRecord, event: Finished, reports: Reports) -> str:
        reports.add(Progress(stage="evaluate", fraction=1.0, text="Writing the results"))
        reports.flush()
        with self._ending:
            self.journal.finish(record.run_id, event)
            self._record = None
        return "finished"

    def _end(self, record: RunRecord, state: str, reason: str) -> str:
        with self._ending:
            self.journal.end(record.run_id, state, reason)
            self._record = None
        return state

    def _give_back(self, record: RunRecord) -> str:
        with self._ending:
            # The run did not cause the worker to stop: the attempt does not count.
            self.journal.requeue(record.run_id, STOPPED, attempts=record.attempts - 1)
            self._record = None
        return "queued"


_NO_MEMORY = (
    "There was not enough memory. Try fewer coverage targets or seeds, a smaller batch, or a "
    "smaller network."
)
_DEFECT = (
    "Training stopped because of a defect in the program ({}); log.txt of the run has details."
)
