"""Durable files: atomic writes that survive a power cut, checksums, locks, plain JSON values."""

import hashlib
import json
import math
import os
import secrets
import shutil
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedWriter
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

MANIFEST = "manifest.json"
_TEMPORARY = ".writing-"  # starts the name of a file that is not complete yet


class LockedError(RuntimeError):
    """Another process holds the lock."""


def atomic_write(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Writes a file atomically: readers, even after a power cut, see all of it or none.

    Args:
      path: the file; its folder is made when it is not there.
      content: all of it.
      durable: wait for the disk; not needed for files that are rewritten every few seconds.
    """
    with atomic_file(path, durable=durable) as out:
        out.write(content)


@contextmanager
def atomic_file(
    path: Path, *, durable: bool = True, private: bool = False
) -> Iterator[BufferedWriter]:
    """A file to write in pieces that gets its name when the block ends without an error.

    The content is on disk before the file gets its name, and the name is on disk before this
    returns. Without either sync a file system may keep the new name with no content.

    Args:
      path: the file; its folder is made when it is not there.
      durable: wait for the disk, as `atomic_write` does.
      private: only its owner may read it, whatever the umask says.
    """
    _make_folder(path.parent)
    temporary = path.parent / f"{_TEMPORARY}{secrets.token_hex(8)}"
    mode = 0o600 if private else 0o666  # less the umask, unlike the files of `tempfile`
    try:
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as out:
            yield out
            if durable:
                out.flush()
                os.fsync(out.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    if durable:
        sync_folder(path.parent)


def private_folder(folder: Path, *, known_by: str) -> None:
    """Makes a folder that only its owner can enter, as annotations need on a shared machine.

    Args:
      folder: one that exists is left alone unless it is ours.
      known_by: name of a file that only a folder of ours holds.
    """
    ours = not folder.exists() or (folder / known_by).is_file()
    _make_folder(folder)
    with suppress(OSError):  # somebody else's, or a file system without permissions
        if ours and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """`atomic_write` of `json_text`."""
    atomic_write(path, json_text(value).encode(), durable=durable)


def replace_folder(new: Path, target: Path) -> None:
    """Gives a finished folder its name, durably; `target` must not exist or be empty.

    Args:
      new: the folder as it should be, on the same file system.
      target: its name.

    Raises:
      OSError: there is a folder of that name with something in it.
    """
    sync_tree(new)
    os.replace(new, target)
    sync_folder(target.parent)


def sync_tree(folder: Path) -> None:
    """Waits until every file below the folder is on disk."""
    for place, _, names in os.walk(folder):
        for name in names:
            _sync(Path(place) / name, os.O_RDONLY)
        sync_folder(Path(place))


def sync_folder(folder: Path) -> None:
    """Waits until the names in the folder are on disk."""
    if sys.platform != "win32":  # which cannot open a folder, and orders names by itself
        _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make_folder(folder: Path) -> None:
    """Makes a folder and the missing ones above it, and their names durable."""
    if folder.is_dir():
        return
    missing = [folder]
    while not missing[-1].parent.is_dir():
        missing.append(missing[-1].parent)
    folder.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        sync_folder(made.parent)


def write_manifest(folder: Path) -> None:
    """Writes the size and SHA-256 of every file below the folder to its `manifest.json`.

    Written last, so that every file in the manifest was complete.
    """
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST and not path.name.startswith(_TEMPORARY)
    }
    write_json(folder / MANIFEST, {"files": files})


def check_manifest(
    folder: Path, *, deep: bool = False, ignore: Collection[str] = ()
) -> list[str] | None:
    """The files below the folder that differ from its manifest, sorted by name.

    Args:
      folder: with the manifest.
      deep: compare checksums too, not only sizes; reads every file.
      ignore: names of files that may change later.

    Returns:
      Paths relative to the folder, empty when all is well; None where there is no manifest that
      can be read.
    """
    manifest = read_json(folder / MANIFEST)
    files = manifest.get("files") if manifest else None
    if not isinstance(files, dict):
        return None
    return [
        name
        for name, facts in sorted(files.items())
        if name not in ignore and not _is_as_written(folder / name, facts, deep)
    ]


def _is_as_written(path: Path, facts: Any, deep: bool) -> bool:
    try:
        same = path.stat().st_size == facts["bytes"]
        return same and (not deep or _sha256(path) == facts["sha256"])
    except (OSError, KeyError, TypeError):
        return False


def _sha256(path: Path) -> str:
    with open(path, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def sweep(folder: Path, pattern: str, *, older_than: float) -> None:
    """Removes temporary files left behind by dead processes.

    Args:
      folder: where; need not exist.
      pattern: of the names of temporary files and folders.
      older_than: seconds since they were last changed.
    """
    for left in folder.glob(pattern):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime <= older_than:
                continue
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink()


def folder_size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 where there is nothing."""
    files = path.rglob("*") if path.is_dir() else [path]
    total = 0
    for file in files:
        with suppress(OSError):  # deleted meanwhile
            total += file.stat().st_size if file.is_file() else 0
    return total


def trim(folder: Path, maximum: int) -> None:
    """Removes the least recently used files until the rest fits.

    Args:
      folder: whose files can all be recreated.
      maximum: bytes to keep.
    """
    files = []
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file():
                facts = path.stat()
                files.append((max(facts.st_atime, facts.st_mtime), facts.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= maximum:
            return
        path.unlink(missing_ok=True)
        total -= size


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in the file, or None when there is none that can be read."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def to_plain(value: Any) -> Any:
    """The value with JSON's own types only: numpy scalars and tuples replaced, NaN → None."""
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return to_plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def json_text(value: Any) -> str:
    """Strict JSON (no NaN), indented by two, ending with a line end."""
    return json.dumps(to_plain(value), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


@contextmanager
def file_lock(path: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Holds the lock file; the system releases it when the process ends, however it ends.

    Args:
      path: the lock file, made when it is not there and left there.
      wait: seconds to wait for another holder.

    Raises:
      LockedError: another process still holds it after `wait` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Where the file system has no locks, filelock would fall back on the presence of the file as
    # the lock, which outlives a killed process; preserving the lock file prevents that.
    lock = FileLock(path, timeout=wait, poll_interval=0.02, preserve_lock_file=True)
    try:
        held = lock.acquire()
    except Timeout:
        raise LockedError(f"{path} is held by another process") from None
    with held:
        yield
