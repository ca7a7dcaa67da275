"""The queue of runs: Huey over SQLite, or over Redis by one setting."""

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.exceptions import ConfigurationError
from huey.registry import Message
from huey.serializer import Serializer

from core.base.trouble import database_damage
from core.config.train_config import ConfigError, TrainConfig
from core.library.store import Library
from core.record.store import RunStore

POLL_SECONDS = 0.2  # between polls of the queue; Huey's own default backs off to 10 s
_BUSY_SECONDS = 20
_opened: dict[tuple[str, Path], "RunQueue"] = {}
_opening = threading.Lock()


class _Json(Serializer):
    """Messages as JSON: unlike pickles they can never execute code."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Any:
        value = json.loads(data)
        return Message(*value) if isinstance(value, list) else value


class RunQueue:
    """Ids of runs on their way to a worker.

    Args:
      home: folder of everything made at run time. `CASELOAD_REDIS_URL` names a Redis instead,
        for several machines.
      train: what a consumer does with a run id; only the worker has one.

    Raises:
      ConfigError: a Redis is named but its client is not installed.
    """

    def __init__(self, home: Path, train: Callable[[str], Any] | None = None):
        self.huey = _huey(home)

        def train_task(run_id: str) -> None:
            if train is None:
                raise RuntimeError("only a worker takes runs out of the queue")
            train(run_id)

        self._task = self.huey.task(name="train")(train_task)

    def put(self, run_id: str) -> None:
        """Adds the run at the end."""
        self._task(run_id)

    def waiting(self) -> set[str]:
        """Ids of the runs that no worker has taken yet."""
        return set(self.order())

    def order(self) -> list[str]:
        """The same, next one first."""
        return [str(task.args[0]) for task in self.huey.pending() if task.args]

    def consumer(self) -> Consumer:
        """One thread that passes runs to `train`, polling at a constant rate."""
        return Consumer(
            self.huey,
            workers=1,
            worker_type="thread",
            periodic=False,
            initial_delay=POLL_SECONDS,
            max_delay=POLL_SECONDS,
            backoff=1.0,
        )


def _huey(home: Path) -> Huey:
    url = os.environ.get("CASELOAD_REDIS_URL", "").strip()
    common = {"results": False, "serializer": _Json()}
    if not url:
        home.mkdir(parents=True, exist_ok=True)
        path = home / "queue.db"
        _move_damaged_aside(path)
        return SqliteHuey("caseload", filename=str(path), timeout=_BUSY_SECONDS, **common)
    try:
        return RedisHuey("caseload", url=url, **common)
    except ConfigurationError as error:
        raise ConfigError(
            "CASELOAD_REDIS_URL is set but Redis' client is missing; install it: pip install redis"
        ) from error


def _move_damaged_aside(path: Path) -> None:
    """Moves an unreadable queue aside, so that a new one is created.

    Nothing is lost: the queue holds only ids of runs that the record has as waiting.
    """
    if not path.exists():
        return
    if (error := database_damage(path, _BUSY_SECONDS)) is None:
        return
    aside = path.with_name(f"damaged-queue-{time.strftime('%Y%m%d-%H%M%S')}.db")
    path.rename(aside)
    logging.getLogger("caseload").warning(
        "the queue was damaged (%s) and is created again; the old one is %s", error, aside
    )


def open_queue(home: Path) -> RunQueue:
    """The queue of this home for putting runs in, opened once per process."""
    key = (os.environ.get("CASELOAD_REDIS_URL", "").strip(), home.resolve())
    with _opening:
        if key not in _opened:
            _opened[key] = RunQueue(key[1])
        return _opened[key]


def submit(
    dataset_hash: str, config: TrainConfig, name: str | None = None, home: Path | None = None
) -> str:
    """Records a run and queues it.

    Args:
      dataset_hash: a set in the library.
      config: what to train.
      name: what to call the run; method and data set when None.
      home: folder of everything made at run time.

    Returns:
      The run's id; follow it with `RunStore.get`.

    Raises:
      ConfigError: the library has no such set.
    """
    store = RunStore(home)
    entries = {entry.content_hash: entry for entry in Library(store.home).entries()}
    if dataset_hash not in entries:
        raise ConfigError(f"the library has no data set {dataset_hash!r}; add it first")
    run_id = store.create(dataset_hash, entries[dataset_hash].name, config, name)
    open_queue(store.home).put(run_id)
    return run_id


def cancel(run_id: str, home: Path | None = None) -> None:
    """Cancels the run: at once when it waits, at its next event when it is being trained.

    Raises:
      RunNotFoundError: there is no such run.
    """
    RunStore(home).cancel(run_id)
