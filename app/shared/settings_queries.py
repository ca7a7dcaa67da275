"""A run's settings as they take effect, and the command that repeats it."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.shared.data_queries import data_id_of
from core.cli.repeat import Repeat, repeat
from core.experiment.differences import effective
from core.experiment.plan import network_for
from core.library.samples import SAMPLES
from core.library.store import Library

if TYPE_CHECKING:
    from core.record.record import RunRecord

DATA = "data_set"  # the content hash, among settings


def settings(records: "Sequence[RunRecord]") -> list[Mapping[str, Any]]:
    """Per run every setting as it takes effect, its data set's content hash among them."""
    kinds: dict[str, str] = {}
    if any(not record.network for record in records):
        kinds = {entry.content_hash: entry.kind for entry in Library().entries()}
    found: list[Mapping[str, Any]] = []
    for record in records:
        kind = kinds.get(record.dataset_hash, "features")
        network = record.network or network_for(kind, record.config).name
        found.append({DATA: record.dataset_hash, **effective(record.config, network)})
    return found


def command(record: "RunRecord") -> Repeat:
    """The command line that repeats a run; `PATH` stands for a data set that is gone."""
    return commands([record])[0]


def commands(records: "Sequence[RunRecord]") -> list[Repeat]:
    """The same for several runs; every data set is looked up once."""
    own = os.environ.get("CASELOAD_HOME")
    place = Path(own).expanduser().resolve() if own else None
    ids = {key: data_id_of(key) for key in {record.dataset_hash for record in records}}
    found = []
    for record in records:
        data_id = ids[record.dataset_hash]
        if data_id is None:
            found.append(repeat(record.config))
        elif data_id in SAMPLES:
            found.append(repeat(record.config, f"sample:{data_id}"))
        else:
            found.append(repeat(record.config, f"stored:{data_id}", place))
    return found
