"""Writes a running experiment's events in the background."""

import logging
import math
import threading
import time
from types import TracebackType

from core.experiment.events import PointsDone, Progress
from core.record.journal import RunJournal
from core.record.record import RunRecord
from core.results.models import Point

_FLUSH_SECONDS = 0.25  # reports are written at most this often
_BEAT_SECONDS = 2.0
_ASK_SECONDS = 1.0  # between questions to MLflow whether to cancel
_MOST_STEPS = 500  # epochs of a metric that are stored, approximately
_log = logging.getLogger("caseload.worker")


class Reports:
    """Collects the reports of one run and writes them from a separate thread.

    So the last report before a long pause (a compilation) is written too, heartbeats continue
    during it, and training never waits for the database. A context manager for the thread.

    Args:
      journal: where to write.
      record: the run.
    """

    def __init__(self, journal: RunJournal, record: RunRecord):
        self._journal = journal
        self._run_id = record.run_id
        self._every = max(record.config.epochs // _MOST_STEPS, 1)
        self._lock = threading.Lock()  # of what waits to be written
        self._writing = threading.Lock()  # one writer at a time
        self._progress: Progress | None = None
        self._metrics: list[tuple[str, float, int, int]] = []
        self._points: list[Point] = []
        self._written_points = 0
        self._cancelled = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._write, name="reports", daemon=True)

    def __enter__(self) -> "Reports":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def add(self, event: Progress | PointsDone) -> None:
        """Takes a report; it is written within a quarter of a second."""
        with self._lock:
            if isinstance(event, PointsDone):
                self._points += event.points
                return
            self._progress = event
            epoch = event.epoch
            if epoch is not None and (epoch % self._every == 0 or epoch == 1):
                at = int(time.time() * 1000)
                self._metrics += [
                    (name, float(value), epoch, at)
                    for name, value in event.metrics.items()
                    if math.isfinite(value)
                ]

    def cancelled(self) -> bool:
        """Whether the run is to be cancelled (microseconds)."""
        return self._cancelled.is_set() or self._journal.cancel_requested(self._run_id, ask=False)

    def flush(self) -> None:
        """Writes the reports since the last flush."""
        with self._writing:
            with self._lock:
                progress, self._progress = self._progress, None
                metrics, self._metrics = self._metrics, []
                points = list(self._points)
            if progress is not None:
                self._journal.report(self._run_id, progress, metrics)
            if len(points) > self._written_points:
                self._journal.write_points(self._run_id, points)
                self._written_points = len(points)

    def _write(self) -> None:
        beat = asked = time.monotonic()
        while not self._end.wait(_FLUSH_SECONDS):
            now = time.monotonic()
            try:
                self.flush()
                if now - beat >= _BEAT_SECONDS:
                    beat = now
                    self._journal.beat(self._run_id)
                if now - asked >= _ASK_SECONDS:
                    asked = now
                    if self._journal.cancel_requested(self._run_id):
                        self._cancelled.set()
            except Exception:
                _log.exception("reports of run %s", self._run_id)
