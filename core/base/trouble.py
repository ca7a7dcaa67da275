"""Storage trouble in words: full and read-only disks, damaged files."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path


class StorageError(RuntimeError):
    """Something stored cannot be used; the message says what is lost and what to do."""


_FULL = (
    "The disk is full, so nothing could be saved just now. Free some space, then try again; what "
    "was saved before is still there."
)
_READ_ONLY = (
    "The store cannot be written: its disk is read-only, or this user may not write there. What "
    "was saved before is still there. Make the folder writable, then try again."
)
_BY_NUMBER = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
}
_DAMAGED = (
    "A database of the store is damaged. Restart Caseload: it rebuilds the queue by itself, and "
    "says what to do if the record of runs is damaged."
)
# SQLite's messages, which SQLAlchemy and MLflow wrap.
_BY_TEXT = {
    "database or disk is full": _FULL,
    "attempt to write a readonly database": _READ_ONLY,
    "unable to open database file": _READ_ONLY,
    "file is not a database": _DAMAGED,
    "database disk image is malformed": _DAMAGED,
}


def storage_words(error: BaseException) -> str | None:
    """What a person can do about an error that the disk caused; None for any other error."""
    for cause in causes(error):
        if isinstance(cause, StorageError):
            return str(cause)
        if isinstance(cause, OSError) and cause.errno in _BY_NUMBER:
            return _BY_NUMBER[cause.errno]
        if found := next((said for text, said in _BY_TEXT.items() if text in str(cause)), None):
            return found
    return None


def is_damaged_database(error: BaseException) -> bool:
    """Whether the error, however wrapped, is SQLite's for a file that is no longer a database."""
    return any(
        isinstance(cause, sqlite3.DatabaseError) or "sqlite3.DatabaseError" in str(cause)
        for cause in causes(error)
        if any(text in str(cause) for text, said in _BY_TEXT.items() if said is _DAMAGED)
    )


def database_damage(path: Path, wait: float) -> sqlite3.DatabaseError | None:
    """SQLite's error for a file that is no longer a database; None if it can be read.

    Args:
      path: the file, which exists.
      wait: seconds to wait for a writer.

    Raises:
      sqlite3.DatabaseError: it cannot be read for another reason.
    """
    try:
        with closing(sqlite3.connect(path, timeout=wait)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if not is_damaged_database(error):
            raise
        return error
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and its causes, the outermost first."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
