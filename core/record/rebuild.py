"""Rebuilds the record of runs from the files that the runs left."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.base.files import file_lock, read_json, sync_folder, sync_tree
from core.config.train_config import ConfigError, TrainConfig
from core.experiment import artifacts
from core.record.journal import RunJournal, finished_facts
from core.record.record import ENDED, NOTE, PREFIX
from core.record.tracking import DATABASE, FACTS, forget, point_to, prepare_database, run_folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was restored.

    Attributes:
      aside: where the old record was moved; None where there was none.
      runs: ids of the runs in the new record.
      lost: ids of runs whose files are insufficient, with the reason.
    """

    aside: Path | None
    runs: tuple[str, ...]
    lost: Mapping[str, str]


def rebuild(home: Path) -> Rebuilt:
    """Moves the record aside and creates a new one from the runs' own files.

    Restored: names, notes, settings, states, results and times. Lost: the loss curves in MLflow's
    own pages (each run's `history.parquet` has them). Runs that were waiting or running are queued
    again by the next `reconcile`.

    Args:
      home: folder of everything made at run time; no worker may be training meanwhile.
    """
    found, lost = [], {}
    # In a separate folder until complete: if this fails the old record stays in place.
    with (
        file_lock(home / "rebuild.lock", wait=60),
        tempfile.TemporaryDirectory(dir=home, prefix=".rebuilding-") as place,
    ):
        journal = RunJournal(Path(place))
        journal.list(1)
        for folder in run_folders(home):
            try:
                _record(journal, folder)
            except (ConfigError, KeyError, ValueError, TypeError) as error:
                lost[folder.name] = f"its files are insufficient ({error})"
            else:
                found.append(folder.name)
        forget(journal.home)
        prepare_database(journal.home / DATABASE)  # nobody has it open: all of it in one file
        point_to(journal.home / DATABASE, home)
        forget(home)
        aside = _move_aside(home / DATABASE)
        sync_tree(journal.home)
        os.replace(journal.home / DATABASE, home / DATABASE)
        sync_folder(home)
    return Rebuilt(aside=aside, runs=tuple(found), lost=lost)


def _move_aside(database: Path) -> Path | None:
    """Renames what is left of the record."""
    left = [path for path in database.parent.glob(f"{database.name}*") if path.is_file()]
    if not left:
        return None
    place = database.parent / f"damaged-record-{time.strftime('%Y%m%d-%H%M%S')}"
    place.mkdir()
    for path in left:
        path.rename(place / path.name)
    return place


def _record(journal: RunJournal, folder: Path) -> None:
    """Records one run under its old id.

    Raises:
      ConfigError, KeyError, ValueError, TypeError: its files are insufficient.
    """
    facts = _facts(folder)
    kept = folder / "artifacts"
    whole = (kept / artifacts.RESULT).exists() and not artifacts.lost_files(kept)
    state = facts.get("state")
    if state not in ENDED or state == "finished":
        state = "finished" if whole else "queued"
    config = TrainConfig.from_dict(facts["config"])
    run_id = journal.create(
        str(facts["dataset_hash"]), str(facts["dataset_name"]), config, str(facts["name"])
    )
    _rename_id(journal.home, run_id, folder)
    tags = {f"{PREFIX}state": state, f"{PREFIX}reason": str(facts.get("reason") or "")}
    tags |= {NOTE: facts["note"]} if facts.get("note") else {}
    if state == "finished":
        with suppress(OSError, ValueError):  # of another version: the run is known all the same
            found = finished_facts(artifacts.read_result(kept))
            tags |= {PREFIX + name: text for name, text in found.items()}
    if state in ENDED:
        tags[f"{PREFIX}ended"] = str(facts.get("ended") or facts["created"])
    journal._log(folder.name, tags=tags, prefix="")
    journal._mirror(folder.name, state)


def _facts(folder: Path) -> dict[str, Any]:
    """The facts about a run in run.json; if that is lost, those in the result."""
    if facts := read_json(folder / FACTS):
        return facts
    try:
        result = artifacts.read_result(folder / "artifacts")
    except (OSError, ValueError):
        raise ValueError("neither run.json nor result.json can be read") from None
    made = datetime.fromtimestamp((folder / "artifacts" / artifacts.RESULT).stat().st_mtime, UTC)
    return {
        "name": f"{result.method} on {result.dataset.name}",
        "dataset_hash": result.dataset.content_hash,
        "dataset_name": result.dataset.name,
        "config": result.config,
        "created": made.isoformat(timespec="milliseconds"),
    }


def _rename_id(home: Path, made: str, folder: Path) -> None:
    """Gives a run its old id, which links and saved scenarios use.

    MLflow generates ids itself and cannot be given one.
    """
    created = datetime.fromisoformat(_facts(folder)["created"])
    with closing(sqlite3.connect(home / DATABASE, timeout=30)) as connection, connection:
        connection.execute(
            "UPDATE runs SET run_uuid = ?, start_time = ? WHERE run_uuid = ?",
            (folder.name, int(created.timestamp() * 1000), made),
        )
        for table in ("tags", "params"):
            connection.execute(
                f"UPDATE {table} SET run_uuid = ? WHERE run_uuid = ?", (folder.name, made)
            )
