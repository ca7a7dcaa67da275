"""The worker's side of the record: what it writes about runs."""

import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.base.files import atomic_write, file_lock, json_text
from core.experiment import artifacts, collapse
from core.experiment.events import Finished, Progress
from core.experiment.versions import numbers_version
from core.record.figures import figures
from core.record.glance import glance_tags
from core.record.record import PREFIX, STARTING, RunRecord, now, progress_text
from core.record.store import RunNotFoundError, RunStore
from core.results.models import Point, RunResult

_CLAIM_SECONDS = 60.0
_BATCH = 900  # metrics per call; MLflow takes 1000 things at most


class RunJournal(RunStore):
    """The store with the worker's operations: take a run, report on it, end it or give it back."""

    def claim(self, run_id: str, worker: str) -> RunRecord | None:
        """Takes a queued run for this worker; None when it is no longer queued."""
        # A sweep on the command line takes runs beside a worker: only one may find it queued.
        with file_lock(self.home / "claim.lock", wait=_CLAIM_SECONDS):
            try:
                record = self.get(run_id)
            except RunNotFoundError:
                return None
            if record.state != "queued":
                return None
            self._log(
                run_id,
                tags={
                    "state": "running",
                    "reason": "",
                    "worker": worker,
                    "attempts": str(record.attempts + 1),
                    "started": now(),
                    "heartbeat": now(),
                    "progress": progress_text(STARTING),
                },
            )
        self._mirror(run_id, "running")
        if self._tracking.embedded:
            (self.folder(run_id) / artifacts.LIVE_POINTS).unlink(missing_ok=True)
        return self.get(run_id)

    def cancel_requested(self, run_id: str, *, ask: bool = True) -> bool:
        """Whether this run is to be cancelled.

        Args:
          run_id: the run.
          ask: also ask MLflow (milliseconds), not only look for the file that says so
            (microseconds), which another machine's pages cannot write.
        """
        return self._doorbell(run_id).exists() or (ask and self.get(run_id).cancel_requested)

    def beat(self, run_id: str) -> None:
        """Writes the heartbeat."""
        self._log(run_id, tags={"heartbeat": now()})

    def report(
        self,
        run_id: str,
        progress: Progress,
        metrics: Iterable[tuple[str, float, int, int]] = (),
    ) -> None:
        """Writes progress, heartbeat and metrics together.

        Args:
          run_id: the run.
          progress: the latest report.
          metrics: name, value, epoch, time in ms, of all reports since the last call.
        """
        from mlflow.entities import Metric

        rows = [Metric(name, value, at, epoch) for name, value, epoch, at in metrics]
        for start in range(0, max(len(rows), 1), _BATCH):
            last = start + _BATCH >= len(rows)
            tags = (
                {PREFIX + "progress": progress_text(progress)} | {PREFIX + "heartbeat": now()}
                if last
                else {}
            )
            self._log(run_id, metrics=rows[start : start + _BATCH], tags=tags, prefix="")

    def write_points(self, run_id: str, points: Sequence[Point]) -> None:
        """Makes the points that have finished so far readable."""
        self.write_artifact(
            run_id, artifacts.LIVE_POINTS, json_text([p.to_dict() for p in points]).encode()
        )

    def write_artifact(self, run_id: str, name: str, content: bytes) -> None:
        """Writes one file among the run's artifacts."""
        if self._tracking.embedded:
            atomic_write(self.folder(run_id) / name, content)
            return
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / name).write_bytes(content)
            self._tracking.client.log_artifact(run_id, str(Path(folder) / name))

    def finish(self, run_id: str, finished: Finished) -> None:
        """Writes the artifacts, then the state."""
        if self._tracking.embedded:
            artifacts.write(self.folder(run_id), finished)
            (self.folder(run_id) / artifacts.LIVE_POINTS).unlink(missing_ok=True)
        else:
            with tempfile.TemporaryDirectory() as folder:
                artifacts.write(Path(folder), finished)
                self._tracking.client.log_artifacts(run_id, folder)
        self._log_figures(run_id, finished.result)
        self.end(run_id, "finished", "", finished_facts(finished.result))

    def _log_figures(self, run_id: str, result: RunResult) -> None:
        """Areas, accuracies and coverages as metrics that MLflow's own pages list and plot."""
        from mlflow.entities import Metric

        at = int(time.time() * 1000)
        rows = [Metric(name, value, at, step) for name, value, step in figures(result)]
        for start in range(0, len(rows), _BATCH):
            self._log(run_id, metrics=rows[start : start + _BATCH])

    def fail(self, run_id: str, reason: str, log: str = "") -> None:
        """Ends the run as failed.

        Args:
          run_id: the run.
          reason: for people.
          log: technical details for the artifact `log.txt`.
        """
        if log:
            self.write_artifact(run_id, artifacts.LOG, log.encode())
        self.end(run_id, "failed", reason)

    def requeue(self, run_id: str, reason: str, *, attempts: int, ends: Sequence[str] = ()) -> None:
        """Puts a run back to queued.

        Args:
          run_id: the run.
          reason: for people.
          attempts: number of failed attempts so far.
          ends: how its workers ended, as far as known.
        """
        tags = {"state": "queued", "reason": reason, "worker": "", "attempts": str(attempts)}
        self._log(run_id, tags=tags | {"progress": "", "ends": ",".join(ends), "spark": ""})
        self._mirror(run_id, "queued")


def finished_facts(result: RunResult) -> dict[str, str]:
    """What lists show about a finished run, as tags."""
    return {
        "seconds": json.dumps(result.seconds),
        "network": result.network,
        "trouble": collapse.sentence(result.training),
        "train_cases": str(result.cases.train),
        "numbers": numbers_version(result.versions),
        **glance_tags(result),
    }
