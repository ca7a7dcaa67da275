"""Queries of the Train page: how long a run will take, and which runs are under way."""

from typing import TYPE_CHECKING

import streamlit as st

from app.shared.data_queries import dataset, home, stored_hash
from app.shared.run_queries import LIVE, run, runs, store, submit
from core.config.train_config import TrainConfig
from core.dataset.splits import training_cases

if TYPE_CHECKING:
    from core.record.estimate import Estimate
    from core.record.record import RunRecord


def estimate(data_id: str, config: TrainConfig) -> "Estimate | None":
    """A run's duration, estimated from finished ones; None before a similar one has finished."""
    from core.record.estimate import Task, estimate_from
    from core.worker.process import read_worker

    data = dataset(data_id)
    task = Task(
        content_hash=data.content_hash,
        kind=data.kind,
        cases=training_cases(data),
        experts=len(data.experts),
    )
    records, sets = _finished(home())
    worker = read_worker(store().home).process
    return estimate_from(records, sets, config, task, str(worker) if worker else "")


def under_way() -> "list[RunRecord]":
    """Runs in training or waiting, in queue order."""
    from core.worker.queue import open_queue

    found = runs(200, LIVE)
    place = {run_id: at for at, run_id in enumerate(open_queue(store().home).order())}
    # A run that is in no queue is about to start, or returns to the queue at the next start.
    return sorted(
        found, key=lambda r: (r.state != "running", place.get(r.run_id, len(place)), r.created)
    )


def train_again(run_id: str, data_id: str) -> str | None:
    """Queues a run with the same settings and name; None when the run is gone."""
    record = run(run_id)
    if record is None or stored_hash(data_id) != record.dataset_hash:
        return None
    return submit(data_id, record.config, record.name)


@st.cache_data(ttl=3, max_entries=4, show_spinner=False)
def _finished(home: str) -> "tuple[list[RunRecord], dict[str, tuple[int, str]]]":
    """Finished runs and the sets they may be of: the same while somebody types into the form."""
    from core.record.estimate import known

    return known()
