"""Checks a home for damage, and cleans it up."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.base.files import check_manifest, folder_size, read_json, trim
from core.base.report import DataError
from core.base.trouble import StorageError
from core.experiment import artifacts
from core.library.store import Library
from core.record.journal import RunJournal
from core.record.scenario_store import ScenarioStore
from core.record.tracking import DATABASE, open_tracking
from core.worker.recovery import sweep_home

MOST_CACHE = 2 << 30  # bytes of compiled programs; a new shape takes a few megabytes
_EVERY_RUN = 50_000  # as many as MLflow lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Something stored that is damaged.

    Attributes:
      kind: `record`, `queue`, `data set`, `run` or `scenario`. name: of it.
      lost: what is unusable. remedy: what to do.
    """

    kind: str
    name: str
    lost: str
    remedy: str


def check(home: Path) -> list[Damage]:
    """Reads everything in a home and compares it with its checksums.

    Args:
      home: folder of everything made at run time.
    """
    return [*_databases(home), *_data_sets(home), *_runs(home), *_scenarios(home)]


def clean(home: Path) -> dict[str, int]:
    """Removes unneeded files and returns how many bytes each kind freed.

    Half-written files of dead processes, tags and metrics of deleted runs (older versions kept
    them), the least recently used compiled programs beyond 2 GiB.

    Args:
      home: folder of everything made at run time.
    """
    freed = {}
    for what, places, action in (
        ("half-written files", ("datasets", "artifacts", "scenarios", "signals"), sweep_home),
        ("record of runs", (DATABASE, f"{DATABASE}-wal"), _shrink),
        ("compiled programs", ("jax-cache",), trim_cache),
    ):
        before = sum(folder_size(home / name) for name in places)
        action(home)
        freed[what] = max(before - sum(folder_size(home / name) for name in places), 0)
    return freed


def trim_cache(home: Path) -> None:
    """Removes the least recently used compiled programs beyond the limit."""
    trim(home / "jax-cache", MOST_CACHE)


def _shrink(home: Path) -> None:
    """Removes deleted runs permanently and frees their disk space."""
    if not (home / DATABASE).exists():
        return
    store = open_tracking(home).client._tracking_client.store
    for run_id in store._get_deleted_runs():
        store._hard_delete_run(run_id)
    with closing(sqlite3.connect(home / DATABASE, timeout=30)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _databases(home: Path) -> list[Damage]:
    found = []
    try:
        open_tracking(home)
    except StorageError as error:
        found.append(Damage(kind="record", name=DATABASE, lost=str(error), remedy=_REPAIR))
    for kind, name in (("record", DATABASE), ("queue", "queue.db")):
        if found or not (home / name).exists():
            continue
        try:
            with closing(sqlite3.connect(home / name, timeout=30)) as connection:
                (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            said = str(error)
        if said != "ok":
            remedy = _REPAIR if kind == "record" else "start Caseload: it rebuilds the queue"
            found.append(Damage(kind=kind, name=name, lost=str(said), remedy=remedy))
    return found


def _data_sets(home: Path) -> list[Damage]:
    library = Library(home)
    found = []
    for key in library.keys():
        lost = check_manifest(library.folder / key, deep=True, ignore=library.RENAMED)
        if lost is None:
            try:
                library.load(key)
                lost = []
            except DataError as error:
                lost = [str(error)]
        entry = read_json(library.folder / key / "entry.json")
        if lost or entry is None:
            name = str(entry["name"]) if entry and entry.get("name") else f"data set {key[:6]}"
            what = ", ".join(lost) or "entry.json"
            remedy = "add its files again on the Data page, or delete it there"
            found.append(Damage(kind="data set", name=name, lost=what, remedy=remedy))
    return found


def _runs(home: Path) -> list[Damage]:
    try:
        journal = RunJournal(home)
        records = journal.list(_EVERY_RUN, ("finished",)) if journal.has_folders else []
    except StorageError:
        return []  # the record is damaged, which is already reported
    found = []
    for record in records:
        folder = journal.folder(record.run_id)
        deep = check_manifest(folder, deep=True, ignore=artifacts.CHANGING)
        if lost := artifacts.lost_files(folder) if deep is None else deep:
            name = f"{record.name or record.dataset_name} ({record.run_id})"
            remedy = "start Caseload: it trains the run again; or delete it on the Runs page"
            found.append(Damage(kind="run", name=name, lost=", ".join(lost), remedy=remedy))
    return found


def _scenarios(home: Path) -> list[Damage]:
    store = ScenarioStore(home)
    remedy = "restore it from a backup, or remove it on the Workload page"
    return [
        Damage(kind="scenario", name=f"{name}.json", lost="the whole scenario", remedy=remedy)
        for name in store.damaged()
    ]


_REPAIR = "python -m core check --repair"
