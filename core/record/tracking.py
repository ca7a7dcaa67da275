"""Opens MLflow: embedded SQLite under the home, or a tracking server; quiet and offline."""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core.base.files import file_lock
from core.base.trouble import StorageError, database_damage

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "caseload"
DATABASE = "mlflow.db"
FACTS = "run.json"  # beside a run's artifacts: facts from the record
_BUSY_SECONDS = 30
_TRIES = 5
_MOST_KNOWN = 32  # lists of runs that are cached
_opened: dict[tuple[str, Path], "Tracking"] = {}
_opening = threading.Lock()
T = TypeVar("T")


@dataclass(frozen=True)
class Tracking:
    """An open connection to the record of runs.

    Attributes:
      client: MLflow's client; safe to share between threads.
      experiment_id: the experiment that holds all runs.
      embedded: whether it is the home's SQLite with artifacts in local folders.
      changes: for caching lists of runs; None where changes cannot be detected.
    """

    client: "MlflowClient"
    experiment_id: str
    embedded: bool
    changes: "Changes | None" = None


class RecordError(StorageError):
    """The record of runs is missing or damaged, but runs' own files exist."""


class Changes:
    """Detects whether any process has written to the database (microseconds).

    SQLite counts the commits of all other connections; this connection never writes.

    Args:
      database: the file.
    """

    def __init__(self, database: Path):
        self._connection = sqlite3.connect(
            database, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )
        self._lock = threading.Lock()
        self._known: dict[Hashable, tuple[int, Any]] = {}

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def remembered(self, key: Hashable, read: Callable[[], T]) -> T:
        """The cached result of `read`, or a new one if anything has changed."""
        version = self._version()
        with self._lock:
            known = self._known.get(key)
        if known is not None and known[0] == version:
            return known[1]
        # The version is read first: writes during the reading count as a change.
        value = read()
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = version, value
        return value

    def _version(self) -> int:
        with self._lock:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


def open_tracking(home: Path) -> Tracking:
    """The record of runs for this home, opened once per process.

    The first call imports MLflow (one to two seconds) and may create the database (one more).
    `MLFLOW_TRACKING_URI` names a server or another database instead of `<home>/mlflow.db`.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI", "").strip()
    key = (uri, home.resolve())
    with _opening:
        if key not in _opened:
            _opened[key] = _connect(uri) if uri else _connect_embedded(key[1])
        return _opened[key]


def erase_run(tracking: Tracking, home: Path, run_id: str) -> None:
    """Removes a run from the record permanently, and frees its disk space.

    MLflow's own deletion keeps all tags and metrics; on a tracking server that is left as it is.
    """
    if not tracking.embedded:
        tracking.client.delete_run(run_id)
        return
    # What `mlflow gc` calls; there is no public way within the program.
    tracking.client._tracking_client.store._hard_delete_run(run_id)
    with closing(sqlite3.connect(home / DATABASE, timeout=_BUSY_SECONDS)) as connection:
        connection.execute("PRAGMA incremental_vacuum").fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def without_locked_errors(call: Callable[[], T]) -> T:
    """Repeats the call while SQLite reports a lock.

    Writers already wait for one another inside SQLite; this covers the rare cases in which SQLite
    refuses without waiting, because two writers would wait for each other.
    """
    for attempt in range(_TRIES):
        try:
            return call()
        except Exception as error:
            locked = "database is locked" in str(error) or "database table is locked" in str(error)
            if not locked or attempt == _TRIES - 1:
                raise
            time.sleep(0.05 * 2**attempt)
    raise AssertionError("unreachable")


def run_folders(home: Path) -> list[Path]:
    """Folders in which runs of the embedded record keep their files."""
    folders = (home / "artifacts").glob("*")
    return sorted(f for f in folders if (f / "artifacts").is_dir() or (f / FACTS).is_file())


def forget(home: Path) -> None:
    """Closes the embedded record of this process, for whoever replaces its file."""
    with _opening:
        opened = _opened.pop(("", home.resolve()), None)
    if opened is not None:
        if opened.changes is not None:
            opened.changes.close()
        opened.client._tracking_client.store._dispose_engine()


def _check_database(database: Path) -> None:
    """Refuses a record that is unreadable or would be replaced by an empty one.

    Raises:
      RecordError: says which, and how to rebuild it.
    """
    lost = not database.exists() or not database.stat().st_size
    count = len(run_folders(database.parent)) if lost else 0
    if count:
        raise RecordError(_LOST.format("is missing", count))
    if lost:
        return
    if (error := database_damage(database, _BUSY_SECONDS)) is not None:
        count = len(run_folders(database.parent))
        raise RecordError(_LOST.format("is damaged and cannot be read", count)) from error


_LOST = (
    "The record of runs (mlflow.db) {}. The files of {:,} runs are still here, and so are the data "
    "sets. The record can be rebuilt from them: `python -m core check --repair` moves what is left "
    "of the old one aside and restores the runs."
)


def prepare_database(database: Path) -> None:
    """Sets the file's persistent options, creating it if it does not exist."""
    with closing(sqlite3.connect(database, timeout=_BUSY_SECONDS)) as connection:
        # Lets the file shrink when runs are deleted; can only be set on a new file.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        # Readers and the writer no longer wait for each other.
        connection.execute("PRAGMA journal_mode=WAL")


def point_to(database: Path, home: Path) -> None:
    """Updates the paths to the runs' files in the record, after the home has moved."""
    artifacts = (home.resolve() / "artifacts").as_uri()
    with closing(sqlite3.connect(database, timeout=_BUSY_SECONDS)) as connection, connection:
        connection.execute(
            "UPDATE experiments SET artifact_location = ? WHERE name = ?", (artifacts, EXPERIMENT)
        )
        connection.execute(
            "UPDATE runs SET artifact_uri = ? || '/' || run_uuid || '/artifacts'", (artifacts,)
        )


def _connect_embedded(home: Path) -> Tracking:
    home.mkdir(parents=True, exist_ok=True)
    database = home / DATABASE
    _check_database(database)
    # IMMEDIATE: a writing transaction takes the write lock when it begins, where SQLite can wait
    # for it; one that asks for it half-way may be refused at once.
    uri = f"sqlite:///{database}?timeout={_BUSY_SECONDS}&isolation_level=IMMEDIATE"
    # Server and worker start at the same time; only one may create the tables.
    with file_lock(home / "mlflow.lock", wait=60):
        prepare_database(database)
        return _connect(uri, home / "artifacts", Changes(database))


def _connect(uri: str, artifacts: Path | None = None, changes: Changes | None = None) -> Tracking:
    client = _client_class()(uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        location = None if artifacts is None else artifacts.as_uri()
        experiment_id = client.create_experiment(EXPERIMENT, artifact_location=location)
    else:
        experiment_id = experiment.experiment_id
    return Tracking(client, experiment_id, artifacts is not None, changes)


def _client_class() -> Any:
    # Read when MLflow is imported, so set before. No telemetry and no output: errors are raised as
    # exceptions, which we report ourselves.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    os.environ["MLFLOW_DISABLE_AGENT_HINT"] = "true"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    huey = logging.getLogger("huey")
    kept = huey.handlers, huey.level, huey.propagate
    from mlflow.tracking import MlflowClient

    # MLflow configures Huey's logger for its own job queue, which would affect ours.
    huey.handlers, huey.propagate = kept[0], kept[2]
    huey.setLevel(kept[1])
    return MlflowClient
