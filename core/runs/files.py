"""Small file helpers: atomic writes, a lock between processes, plain JSON values."""

import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any


class LockedError(RuntimeError):
    """Another process holds the lock."""


def atomic_write(path: Path, content: bytes) -> None:
    """Writes the file so that a reader sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in the file, or None when there is none that can be read."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
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
def file_lock(path: Path, *, wait: float = 0.0) -> Iterator[IO[bytes]]:
    """Holds the lock file; the system lets go of it when the process ends, however it ends.

    Args:
      path: the lock file, made when it is not there and left there.
      wait: seconds to wait for another holder.

    Raises:
      LockedError: another process still holds it after `wait` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait
    with open(path, "ab") as handle:
        while not _try_lock(handle):
            if time.monotonic() >= deadline:
                raise LockedError(f"{path} is held by another process")
            time.sleep(0.02)
        yield handle


def _try_lock(handle: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
