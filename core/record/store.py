"""The record of runs, stored in MLflow.

What the worker writes during a run is in `core.record.journal`.
"""

import json
import shutil
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from core.base.files import atomic_write, read_json, write_json
from core.base.trouble import StorageError
from core.config.train_config import TrainConfig
from core.experiment import artifacts
from core.library import store as library
from core.record.record import (
    MLFLOW_STATUS,
    NOTE,
    PREFIX,
    RunRecord,
    config_params,
    config_tags,
    from_mlflow,
    now,
    shown_tags,
)
from core.record.tracking import FACTS, Tracking, erase_run, open_tracking, without_locked_errors
from core.results.models import Point, RunResult
from core.results.stored import UnknownVersionError

_DAMAGED = (
    "The run “{}” is damaged: its file {} is {}. Repeat it from the Runs page with the same "
    "settings, or delete it there. The next start of Caseload queues it again by itself. "
    "Everything else works."
)
_UNKNOWN = (
    "The run “{}” was trained by another version of Caseload, whose results this one cannot read. "
    "Train it again with the same settings; its name, note and settings are kept."
)
# Named here because inside the class `list` is a method.
Records = list[RunRecord]
Steps = list[tuple[int, float]]
MOST_NOTE = 5000  # characters; MLflow cuts a tag at 8000 without a word


class RunNotFoundError(KeyError):
    """No such run; the message names it."""

    def __str__(self) -> str:
        return str(self.args[0])


class RunDamagedError(StorageError):
    """A finished run's file is missing or unreadable; the message says which and what to do."""


class RunOfUnknownVersionError(StorageError):
    """A finished run's result is in an unknown format; the message says what to do."""


class RunStateError(RuntimeError):
    """The run is in a state in which this cannot be done; the message says which."""


class RunStore:
    """Runs of one home: made by `create`, moved on by the worker, read by the pages.

    States go queued → running → finished, failed or cancelled; a run whose worker stopped goes
    back to queued. Making a store costs nothing; its first use imports MLflow (seconds).

    Args:
      home: folder of everything made at run time; `core.library.store.home()` when None.
    """

    def __init__(self, home: Path | None = None):
        self.home = (library.home() if home is None else Path(home)).resolve()

    @property
    def _tracking(self) -> Tracking:
        return open_tracking(self.home)

    @property
    def has_folders(self) -> bool:
        """Whether artifacts lie in folders of this computer, not on a tracking server."""
        return self._tracking.embedded

    def get(self, run_id: str) -> RunRecord:
        """The run's record, with its last progress.

        Raises:
          RunNotFoundError: there is no such run.
        """
        from mlflow.exceptions import MlflowException

        try:
            run = without_locked_errors(lambda: self._tracking.client.get_run(run_id))
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise RunNotFoundError(f"there is no run {run_id!r}") from None
            raise
        record = from_mlflow(run) if run.info.lifecycle_stage == "active" else None
        if record is None:
            raise RunNotFoundError(f"there is no run {run_id!r}")
        return record

    def list(self, limit: int = 100, states: Sequence[str] | None = None) -> Records:
        """The newest runs first; cached until anything is written to the record.

        Args:
          limit: how many at most.
          states: only runs in these states.
        """
        wanted = None if states is None else tuple(states)
        if (changes := self._tracking.changes) is None:
            return self._search(limit, wanted)
        return [*changes.remembered((limit, wanted), lambda: self._search(limit, wanted))]

    def _search(self, limit: int, states: tuple[str, ...] | None) -> Records:
        tracking = self._tracking
        filters = [""] if states is None else [f"tags.`{PREFIX}state` = '{s}'" for s in states]
        records: Records = []
        for text in filters:
            found = without_locked_errors(
                lambda text=text: tracking.client.search_runs(  # type: ignore[misc]
                    [tracking.experiment_id], filter_string=text, max_results=limit
                )
            )
            records += [record for record in map(from_mlflow, found) if record is not None]
        return sorted(records, key=lambda r: r.created, reverse=True)[:limit]

    def result(self, run_id: str) -> RunResult:
        """The result of a finished run.

        Raises:
          RunNotFoundError: there is no such run.
          RunStateError: it has not finished.
          RunOfUnknownVersionError: another version of the program trained it.
          RunDamagedError: its file is missing or unreadable.
        """
        with self._whole(run_id, artifacts.RESULT):
            try:
                return artifacts.read_result(self.folder(run_id, artifacts.RESULT))
            except FileNotFoundError:
                if (state := self.get(run_id).state) == "finished":
                    raise
                raise RunStateError(f"run {run_id} has no result: it is {state}") from None

    def of_another_version(self, run_id: str) -> bool:
        """Whether `result` would raise `RunOfUnknownVersionError`; a server is not asked."""
        return self.has_folders and artifacts.of_another_version(self.folder(run_id))

    def points(self, run_id: str) -> Sequence[Point]:
        """Points of the result so far; rule `gate` only while the run goes on."""
        with suppress(FileNotFoundError), self._whole(run_id, artifacts.RESULT):
            return artifacts.read_result(self.folder(run_id, artifacts.RESULT)).points
        with suppress(FileNotFoundError, ValueError):  # the file may be missing or incomplete
            path = self.folder(run_id, artifacts.LIVE_POINTS) / artifacts.LIVE_POINTS
            return [Point.model_validate(point) for point in json.loads(path.read_bytes())]
        return []

    def outputs(
        self, run_id: str, seed: int, names: Collection[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Arrays of the outputs on validation and test cases for one seed, all or those named.

        Raises:
          FileNotFoundError: the run has not finished or has no such seed.
        """
        name = f"outputs_seed{seed}.npz"
        with self._whole(run_id, name):
            return artifacts.read_outputs(self.folder(run_id, name), seed, names)

    def areas(self, run_id: str) -> dict[str, np.ndarray]:
        """AUC-CAC of every resample of the test cases, [S, R] per rule.

        Raises:
          FileNotFoundError: the run has not finished.
        """
        name = f"{artifacts.AREAS}.npz"
        with self._whole(run_id, name):
            return artifacts.read_areas(self.folder(run_id, name))

    @contextmanager
    def _whole(self, run_id: str, name: str) -> Iterator[None]:
        """Turns errors from reading a damaged file into `RunDamagedError`."""
        try:
            yield
        except FileNotFoundError:
            finished = self.has_folders and self.get(run_id).state == "finished"
            if not finished or name not in artifacts.lost_files(self.folder(run_id)):
                raise  # not finished yet, or the run never had this file
            raise RunDamagedError(_DAMAGED.format(self._called(run_id), name, "missing")) from None
        except UnknownVersionError:
            raise RunOfUnknownVersionError(_UNKNOWN.format(self._called(run_id))) from None
        except (ValueError, EOFError, KeyError, BadZipFile, zlib.error) as error:
            what = f"unreadable ({type(error).__name__})"
            raise RunDamagedError(_DAMAGED.format(self._called(run_id), name, what)) from error

    def _called(self, run_id: str) -> str:
        record = self.get(run_id)
        return record.name or record.dataset_name or run_id

    def log(self, run_id: str) -> str:
        """The technical log of a failed run; empty when there is none."""
        with suppress(FileNotFoundError):
            return (self.folder(run_id, artifacts.LOG) / artifacts.LOG).read_text("utf-8")
        return ""

    def metric(self, run_id: str, name: str) -> Steps:
        """(epoch, value) pairs of one metric; of one epoch in the order they were reported."""
        history = self._tracking.client.get_metric_history(run_id, name)
        ordered = sorted(history, key=lambda metric: (metric.step, metric.timestamp))
        return [(metric.step, metric.value) for metric in ordered]

    def folder(self, run_id: str, name: str = "") -> Path:
        """Local folder of the run's artifacts; with a tracking server, a copy of `name` in it.

        Raises:
          FileNotFoundError: the server has no such artifact.
        """
        if not run_id.isalnum():
            raise RunNotFoundError(f"there is no run {run_id!r}")
        if self._tracking.embedded:
            return self.home / "artifacts" / run_id / "artifacts"
        copy = self.home / "cache" / run_id
        # What a run leaves at its end does not change; the live points and the log do.
        if not (copy / name).exists() or name in ("", artifacts.LIVE_POINTS, artifacts.LOG):
            from mlflow.exceptions import MlflowException

            copy.mkdir(parents=True, exist_ok=True)
            try:
                self._tracking.client.download_artifacts(run_id, name, str(copy))
            except (MlflowException, OSError) as error:
                raise FileNotFoundError(f"run {run_id} has no {name or 'artifacts'}") from error
        return copy

    def size(self, run_id: str) -> int:
        """Bytes that the run's files take on this computer, with a tracking server its copies."""
        places = (self.home / "artifacts" / run_id, self.home / "cache" / run_id)
        files = (path for place in places if run_id.isalnum() for path in place.rglob("*"))
        return sum(path.stat().st_size for path in files if path.is_file())

    def create(
        self, dataset_hash: str, dataset_name: str, config: TrainConfig, name: str | None = None
    ) -> str:
        """Records a run as queued and returns its id; `core.worker.queue.submit` also queues it."""
        tracking = self._tracking
        tags = {
            "state": "queued",
            "reason": "",
            "dataset_hash": dataset_hash,
            "dataset_name": dataset_name,
            "attempts": "0",
        }
        run = without_locked_errors(
            lambda: tracking.client.create_run(
                tracking.experiment_id,
                run_name=name or f"{config.method} on {dataset_name}",
                tags={PREFIX + key: value for key, value in tags.items()}
                | config_tags(config)
                | shown_tags(dataset_hash, dataset_name, config),
            )
        )
        run_id = run.info.run_id
        self._log(run_id, params=config_params(config))
        self._mirror(run_id, "queued")
        self._keep(
            run_id,
            name=run.info.run_name,
            dataset_hash=dataset_hash,
            dataset_name=dataset_name,
            config=config.to_dict(),
            created=datetime.fromtimestamp(run.info.start_time / 1000, UTC).isoformat(),
        )
        return run_id

    def _keep(self, run_id: str, **facts: Any) -> None:
        """Copies facts of the record to a file beside the run, so that it can be rebuilt.

        A full disk must not prevent a run from ending; the record has the facts anyway.
        """
        if not self.has_folders:
            return
        path = self.home / "artifacts" / run_id / FACTS
        with suppress(OSError):
            write_json(path, {**(read_json(path) or {}), **facts})

    def cancel(self, run_id: str) -> None:
        """Asks for the run to be cancelled: at once when queued, at its next event when running.

        A run that has ended stays as it is.
        """
        record = self.get(run_id)
        if record.done:
            return
        # The request is written before the state is read again, and the worker reads it after
        # taking a run: whichever comes second sees what the first one wrote.
        self._log(run_id, tags={"cancel": "true"})
        if self.get(run_id).state == "queued":
            self.end(run_id, "cancelled", "Cancelled before it started.")
            return
        atomic_write(self._doorbell(run_id), b"")

    def delete(self, run_id: str) -> None:
        """Removes the run and its artifacts.

        Raises:
          RunStateError: the run is running; cancel it first.
        """
        if self.get(run_id).state == "running":
            raise RunStateError(f"run {run_id} is running; cancel it before deleting it")
        without_locked_errors(lambda: erase_run(self._tracking, self.home, run_id))
        for folder in (self.home / "artifacts" / run_id, self.home / "cache" / run_id):
            shutil.rmtree(folder, ignore_errors=True)

    def rename(self, run_id: str, name: str) -> None:
        """Gives the run another name, in MLflow's own pages too.

        Raises:
          RunNotFoundError: there is no such run.
          ValueError: the name is blank.
        """
        name = " ".join(name.split())
        if not name:
            raise ValueError("the name is blank; expected at least one letter")
        self.get(run_id)
        without_locked_errors(lambda: self._tracking.client.update_run(run_id, name=name))
        self._keep(run_id, name=name)

    def write_note(self, run_id: str, note: str) -> None:
        """Stores a note on the run, which MLflow's own pages show too; an empty one clears it.

        Raises:
          RunNotFoundError: there is no such run.
          ValueError: the note is longer than MLflow keeps.
        """
        note = note.strip()
        if len(note) > MOST_NOTE:
            raise ValueError(
                f"the note has {len(note):,} characters; expected at most {MOST_NOTE:,}"
            )
        self.get(run_id)
        self._log(run_id, tags={NOTE: note}, prefix="")
        self._keep(run_id, note=note)

    def end(
        self, run_id: str, state: str, reason: str, facts: Mapping[str, str] | None = None
    ) -> None:
        """Ends the run in `state`, with a reason for people."""
        at = now()
        self._keep(run_id, state=state, reason=reason, ended=at)
        self._log(run_id, tags={**(facts or {}), "state": state, "reason": reason, "ended": at})
        self._mirror(run_id, state)
        self._doorbell(run_id).unlink(missing_ok=True)

    def _doorbell(self, run_id: str) -> Path:
        return self.home / "signals" / f"{run_id}.cancel"

    def _mirror(self, run_id: str, state: str) -> None:
        status, client = MLFLOW_STATUS[state], self._tracking.client
        if state in ("queued", "running"):
            without_locked_errors(lambda: client.update_run(run_id, status=status))
        else:
            without_locked_errors(lambda: client.set_terminated(run_id, status=status))

    def _log(
        self,
        run_id: str,
        *,
        tags: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        metrics: Sequence[Any] = (),
        prefix: str = PREFIX,
    ) -> None:
        from mlflow.entities import Param, RunTag

        client = self._tracking.client
        run_tags = [RunTag(prefix + key, value) for key, value in (tags or {}).items()]
        run_params = [Param(key, value) for key, value in (params or {}).items()]
        without_locked_errors(
            lambda: client.log_batch(run_id, metrics=metrics, params=run_params, tags=run_tags)
        )
