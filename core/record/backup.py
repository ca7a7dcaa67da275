"""Backups of a home in one file, made while Caseload runs, and restored elsewhere."""

import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from core.base.files import atomic_file, replace_folder
from core.base.trouble import StorageError
from core.record.tracking import DATABASE, point_to

_ABOUT = "caseload-backup.json"
_FORMAT = 1
# Caches, queue and logs are recreated.
_KEPT = ("datasets", "artifacts", "scenarios", "sweeps", "matching")
_BLOCK = 1 << 20


class BackupError(StorageError):
    """A backup cannot be made or restored; the message says why."""


def backup(home: Path, file: Path) -> dict[str, Any]:
    """Writes all data sets, matched columns, runs and scenarios to one zip with checksums.

    The record is copied first, by SQLite's own backup: files of finished runs are on disk by then.
    Runs that finish during the backup are left out or restored without harm.

    Args:
      home: folder of everything made at run time.
      file: the new zip.

    Returns:
      What was written: files, bytes, and bytes of the zip.

    Raises:
      BackupError: there is no store, or the file exists already.
      OSError: it cannot be written; nothing is left behind.
    """
    if not home.is_dir():
        raise BackupError(f"{home}: there is no store to back up")
    if file.exists():
        raise BackupError(f"{file} exists already; expected the name of a new file")
    sums: dict[str, dict[str, Any]] = {}
    with (
        atomic_file(file.absolute(), private=True) as out,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        with tempfile.TemporaryDirectory() as place:
            if (home / DATABASE).exists():
                _copy_database(home / DATABASE, Path(place) / DATABASE)
                sums[DATABASE] = _add(archive, Path(place) / DATABASE, DATABASE)
        for path in _files(home):
            name = path.relative_to(home).as_posix()
            try:
                sums[name] = _add(archive, path, name)
            except FileNotFoundError:  # deleted meanwhile
                continue
        about = {
            "format": _FORMAT,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": sums,
        }
        archive.writestr(_ABOUT, json.dumps(about, indent=1))
    return {
        "file": str(file),
        "files": len(sums),
        "bytes": sum(facts["bytes"] for facts in sums.values()),
        "zip_bytes": file.stat().st_size,
    }


def restore(file: Path, home: Path) -> dict[str, Any]:
    """Restores a home from a backup, completely or not at all.

    Args:
      file: that `backup` wrote.
      home: must not exist or be empty; nothing is overwritten.

    Returns:
      What was restored.

    Raises:
      BackupError: it is not a backup, a file in it is damaged, or the home is not empty.
    """
    if home.exists() and any(home.iterdir()):
        raise BackupError(
            f"{home} is not empty; expected a new folder. Name another one with CASELOAD_HOME, or "
            "move this one first"
        )
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".restoring-") as place:
        new = Path(place) / "store"
        new.mkdir(mode=0o700)
        try:
            with zipfile.ZipFile(file) as archive:
                about = json.loads(archive.read(_ABOUT))
                if about["format"] != _FORMAT:
                    raise BackupError(f"{file} is a backup of format {about['format']}")
                for name, facts in about["files"].items():
                    _extract(archive, name, facts, new)
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as error:
            raise BackupError(f"{file} is not a Caseload backup, or is damaged: {error}") from None
        if (new / DATABASE).exists():
            point_to(new / DATABASE, home)
        replace_folder(new, home)
    sizes = [facts["bytes"] for facts in about["files"].values()]
    return {"home": str(home), "made": about["made"], "files": len(sizes), "bytes": sum(sizes)}


def _files(home: Path) -> Iterator[Path]:
    for name in _KEPT:
        for place, folders, names in os.walk(home / name):
            # Half-written: they begin with a dot.
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            yield from (Path(place) / n for n in sorted(names) if not n.startswith("."))


def _copy_database(source: Path, copy: Path) -> None:
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> dict[str, Any]:
    """Adds a file and returns size and checksum of the bytes that were added."""
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as content, archive.open(name, "w", force_zip64=True) as out:
        while block := content.read(_BLOCK):
            digest.update(block)
            size += len(block)
            out.write(block)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _extract(archive: zipfile.ZipFile, name: str, facts: dict[str, Any], folder: Path) -> None:
    """Writes one file of the backup, never outside the folder and never beyond its stated size."""
    parts = PurePosixPath(name).parts
    known = name == DATABASE or (parts and parts[0] in _KEPT)
    if not known or ".." in parts or PurePosixPath(name).is_absolute() or "\\" in name:
        raise ValueError(f"{name!r} does not belong in a store")
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), int(facts["bytes"])
    with archive.open(name) as content, open(path, "xb") as out:
        while block := content.read(_BLOCK):
            left -= len(block)
            if left < 0:
                break
            digest.update(block)
            out.write(block)
    if left or digest.hexdigest() != facts["sha256"]:
        raise ValueError(f"{name} differs from what was written")
