"""Remembers what the columns of tables were matched to, for the next files of the same shape."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from core.base.files import LockedError, file_lock, read_json, write_json
from core.files.table import Table
from core.matching.roles import Roles

_FOLDER = "matching"
MOST = 100  # shapes that are remembered
_WAIT = 10.0  # seconds for another upload that is just being stored


class KeptRoles(BaseModel):
    """Roles that were used.

    Attributes:
      roles: of the columns. used: when, as ISO time (UTC). files: the names of the files.
    """

    model_config = ConfigDict(frozen=True)

    roles: Roles
    used: str
    files: tuple[str, ...]


def keep(home: Path, roles: Roles, files: Sequence[str]) -> None:
    """Remembers roles in place of older ones for the same columns.

    What cannot be written is not remembered: the data set is stored all the same.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    new = KeptRoles(roles=roles, used=now, files=tuple(files))
    with suppress(OSError, LockedError), file_lock(_file(home).with_name(".lock"), wait=_WAIT):
        others = [one for one in _all(home) if one.roles.shape != roles.shape]
        kept = [new, *others][:MOST]
        write_json(_file(home), {"version": 1, "kept": [one.model_dump() for one in kept]})


def find(home: Path, tables: Sequence[Table]) -> KeptRoles | None:
    """What tables of this shape were matched to last, for these tables; None if there were none."""
    for one in _all(home):
        if (roles := one.roles.fit(tables)) is not None:
            return one.model_copy(update={"roles": roles})
    return None


def _file(home: Path) -> Path:
    return home / _FOLDER / "roles.json"


def _all(home: Path) -> list[KeptRoles]:
    """What is remembered, newest first; an entry that cannot be read is passed over."""
    content = (read_json(_file(home)) or {}).get("kept")
    found = []
    for one in content if isinstance(content, list) else ():
        with suppress(ValidationError):
            found.append(KeptRoles.model_validate(one))
    return found
