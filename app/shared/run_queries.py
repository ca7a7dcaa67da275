"""Runs: read from the record while they change, cached once they have finished.

MLflow is imported by the first query about runs, never by a page without one.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import words
from app.shared.data_queries import dataset, entries, home, stored_hash
from core.config.train_config import TrainConfig
from core.methods.registry import METHODS

if TYPE_CHECKING:
    from core.record.glance import Glance
    from core.record.record import RunRecord
    from core.record.store import RunStore
    from core.results.models import Point, RunResult

LIVE = ("queued", "running")


def methods() -> dict[str, words.Choice]:
    """Methods by name, in plain words; those in a group with it and with their name."""
    return {
        name: words.Choice(f"{m.group}: {m.label} ({name})" if m.group else m.label, m.text, m.term)
        for name, m in METHODS.items()
    }


def refusal(data_id: str, config: TrainConfig) -> tuple[str | None, list[str]]:
    """Why this cannot be trained, in words (None when it can), and warnings worth reading."""
    from core.base.report import DataError
    from core.config.train_config import ConfigError
    from core.em.bounds import BoundsError
    from core.experiment.experiment import check

    try:
        return None, list(check(dataset(data_id), config))
    except (DataError, BoundsError, ConfigError) as error:
        return str(error), []


def can_rebuild(error: Exception) -> bool:
    """Whether the error is a lost record of runs whose files are still there."""
    from core.record.tracking import RecordError

    return isinstance(error, RecordError)


def rebuild_record() -> None:
    """Rebuilds the record of runs from the runs' files."""
    from core.record.rebuild import rebuild
    from core.worker.recovery import reconcile

    place = store().home
    rebuild(place)
    reconcile(place)


def lost_files(run_id: str) -> list[str]:
    """Files of a finished run that are missing or incomplete."""
    from core.experiment.artifacts import lost_files as lost

    return lost(store().folder(run_id)) if store().has_folders else []


def store() -> "RunStore":
    """The record of runs; the first call imports MLflow (seconds)."""
    from core.record.store import RunStore

    return RunStore()


def run(run_id: str) -> "RunRecord | None":
    """A run as it is now, None when there is no such run."""
    try:
        return store().get(run_id)
    except LookupError:
        return None


def runs(limit: int = 50, states: tuple[str, ...] | None = None) -> "list[RunRecord]":
    """The newest runs."""
    return store().list(limit=limit, states=states) if states else store().list(limit=limit)


def runs_of(content_hash: str) -> "list[RunRecord]":
    """The runs that were trained on a data set, the newest first."""
    return [r for r in store().list(limit=10_000) if r.dataset_hash == content_hash]


def result(run_id: str) -> "RunResult":
    """The result of a finished run.

    Raises:
      StorageError: it is damaged, or another version of the program trained it (`is_unknown`).
    """
    return _result(run_id, home())


def is_unknown(error: Exception) -> bool:
    """Whether the error is that another version of the program trained a run."""
    from core.record.store import RunOfUnknownVersionError

    return isinstance(error, RunOfUnknownVersionError)


def of_another_version(record: "RunRecord") -> bool:
    """Whether another version of the program trained a finished run: it cannot be opened here."""
    return record.state == "finished" and _of_another_version(record.run_id, home())


def live_points(run_id: str) -> "Sequence[Point]":
    """Points that have finished so far, rule `gate`."""
    return store().points(run_id)


def live_history(run_id: str, names: Iterable[str]) -> pd.DataFrame:
    """Metrics per epoch so far: epoch, and a column per name."""
    series: dict[str, dict[int, float]] = {
        name: dict(store().metric(run_id, name)) for name in names
    }
    return pd.DataFrame(series).rename_axis("epoch").sort_index().reset_index()


def submit(data_id: str, config: TrainConfig, name: str | None = None) -> str:
    """Puts a run into the queue and returns its id; it is called as its data set if not named."""
    from core.worker.queue import submit as enqueue

    return enqueue(stored_hash(data_id), config, name or entries()[data_id].title)


def cancel(run_id: str) -> None:
    """Asks for a run to be cancelled."""
    from core.worker.queue import cancel as ask

    ask(run_id)


def rename(run_id: str, name: str) -> None:
    """Gives a run another name.

    Raises:
      LookupError: there is no such run. ValueError: the name is blank.
    """
    store().rename(run_id, name)


def write_note(run_id: str, note: str) -> None:
    """Keeps a note on a run.

    Raises:
      LookupError: there is no such run. ValueError: the note is too long.
    """
    store().write_note(run_id, note)


def delete(run_id: str) -> None:
    """Removes a run and everything it left.

    Raises:
      LookupError: there is no such run. RuntimeError: it is running.
    """
    store().delete(run_id)


def log(run_id: str) -> str:
    """The technical log of a failed run; empty when there is none."""
    return store().log(run_id)


def size(run_id: str) -> int:
    """Bytes that a run's files take; 0 where they are not on this computer."""
    return store().size(run_id)


def glance(record: "RunRecord") -> "Glance":
    """A run's areas and sparkline."""
    from core.record.glance import Glance

    return Glance(areas=record.areas, intervals=record.area_intervals, spark=tuple(record.spark))


def worker_is_up() -> bool:
    """Whether a worker process is there to take runs."""
    from core.worker import service

    return service.worker_state().alive


def start_worker() -> None:
    """Starts the worker process."""
    from core.worker import service

    service.start_worker()


# One object for all sessions, which nobody changes: a copy per look at it (what `cache_data` makes)
# takes 0.2 s for dozens of experts and several seeds.
@st.cache_resource(max_entries=32, show_spinner=False)
def _result(run_id: str, home: str) -> "RunResult":
    return store().result(run_id)


# Asked of every row of a list that is drawn each second; what a finished run left does not change.
@lru_cache(maxsize=4096)
def _of_another_version(run_id: str, home: str) -> bool:
    return store().of_another_version(run_id)
