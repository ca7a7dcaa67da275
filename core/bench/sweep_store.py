"""Sweeps as they are kept: what was asked for. How far they are is derived from the runs."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from core.base.files import atomic_write, json_text, read_json
from core.bench.cells import SetOfSweep
from core.bench.spec import SweepSpec
from core.library import store as library
from core.results.models import Part

_ID = re.compile(r"[0-9a-f]{16}")


class Sweep(Part):
    """A comparison over data sets that are in the library.

    Attributes:
      format: of the file.
      id: `SweepSpec.identity`: the same comparison of the same data is the same sweep.
      created: when it was first asked for; UTC.
      spec: what is compared. sets: its data sets, and those made of them.
    """

    format: Literal[1] = 1
    id: str
    created: datetime
    spec: SweepSpec
    sets: tuple[SetOfSweep, ...]


class SweepNotFoundError(KeyError):
    """No such sweep; the message names it."""

    def __str__(self) -> str:
        return str(self.args[0])


# Named here because inside the class `list` is a method.
Sweeps = list[Sweep]


class SweepStore:
    """Sweeps of one home, a small JSON file each.

    Args:
      home: folder of everything made at run time; `core.library.store.home()` when None.
    """

    def __init__(self, home: Path | None = None):
        self.home = (library.home() if home is None else Path(home)).resolve()
        self.folder = self.home / "sweeps"

    def keep(self, spec: SweepSpec, sets: tuple[SetOfSweep, ...]) -> Sweep:
        """Keeps a sweep; one that is known keeps its age, and takes the new name and rule."""
        hashes = {one.given: one.content_hash for one in sets if not one.missingness}
        id = spec.identity(hashes)
        known = self._read(id)
        now = datetime.now(UTC).replace(microsecond=0)
        sweep = Sweep(id=id, created=known.created if known else now, spec=spec, sets=sets)
        text = json_text(sweep.model_dump(mode="json"))
        atomic_write(self.folder / f"{id}.json", text.encode())
        return sweep

    def get(self, id: str) -> Sweep:
        """The sweep.

        Raises:
          SweepNotFoundError: there is none, or its file is damaged.
        """
        if (found := self._read(id)) is None:
            raise SweepNotFoundError(f"there is no comparison {id[:40]!r}")
        return found

    def list(self) -> Sweeps:
        """All that can be read, the newest first."""
        known = (self._read(path.stem) for path in self.folder.glob("*.json"))
        return sorted((s for s in known if s), key=lambda s: (s.created, s.id), reverse=True)

    def delete(self, id: str) -> None:
        """Removes a sweep; its runs stay."""
        self.get(id)
        with suppress(FileNotFoundError):
            (self.folder / f"{id}.json").unlink()

    def _read(self, id: str) -> Sweep | None:
        if not _ID.fullmatch(id):
            return None
        try:
            plain = read_json(self.folder / f"{id}.json")
            return None if plain is None else Sweep.model_validate(plain)
        except (OSError, ValidationError, ValueError):
            return None
