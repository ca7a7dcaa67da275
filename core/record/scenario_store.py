"""Saved scenarios: small JSON files, each tied to a data set and the run it was made with."""

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.base.files import atomic_write, json_text, read_json
from core.base.names import refusal
from core.base.report import clip
from core.library import store as library
from core.scenarios.settings import LONGEST_NAME, Scenario, ScenarioError

_FORMAT = 1
_MOST_BYTES = 4_000_000  # a scenario with thousands of experts is smaller


class ScenarioNotFoundError(KeyError):
    """No such saved scenario; the message names it."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A scenario as it was saved.

    Attributes:
      id: 16 random hexadecimal digits.
      name: of the scenario, which has it too.
      run_id: the run it was made with.
      dataset_hash: content hash of the data set it is about.
      saved: UTC time.
      scenario: the settings.
    """

    id: str
    name: str
    run_id: str
    dataset_hash: str
    saved: datetime
    scenario: Scenario


# Named here because inside the class `list` is a method.
SavedScenarios = list[Saved]
Names = list[str]


class ScenarioStore:
    """Saved scenarios of one home.

    Files are read every time, so that changes by other processes are seen. Files that are damaged,
    foreign or no longer valid scenarios appear in `damaged` only.

    Args:
      home: folder of everything made at run time; `core.library.store.home()` when None. Nothing
        is made before the first `save`.
    """

    def __init__(self, home: Path | None = None):
        self.folder = (library.home() if home is None else Path(home)) / "scenarios"

    def save(self, scenario: Scenario, run_id: str, dataset_hash: str) -> Saved:
        """Saves a scenario under its name.

        Raises:
          ScenarioError: it has no name, or one with control characters.
        """
        name = _typed(scenario.name)
        saved = Saved(
            id=secrets.token_hex(8),
            name=name,
            run_id=run_id,
            dataset_hash=dataset_hash,
            saved=datetime.now(UTC),
            scenario=replace(scenario, name=name),
        )
        self._write(saved)
        return saved

    def list(self, dataset_hash: str | None = None) -> SavedScenarios:
        """All of them, or those about one data set, the newest first."""
        known = (self._read(path.stem) for path in self.folder.glob("*.json"))
        wanted = [one for one in known if one and dataset_hash in (None, one.dataset_hash)]
        return sorted(wanted, key=lambda one: (one.saved, one.id), reverse=True)

    def damaged(self) -> Names:
        """Ids of files that cannot be read as saved scenarios."""
        names = sorted(path.stem for path in self.folder.glob("*.json"))
        return [name for name in names if self._read(name) is None]

    def remove_damaged(self) -> None:
        """Deletes those files."""
        for name in self.damaged():
            self._path(name).unlink(missing_ok=True)

    def get(self, id: str) -> Saved:
        """The saved scenario.

        Raises:
          ScenarioNotFoundError: there is none, or its file is damaged.
        """
        if (found := self._read(id)) is None:
            raise ScenarioNotFoundError(f"there is no saved scenario {clip(str(id), 40)!r}")
        return found

    def rename(self, id: str, name: str) -> Saved:
        """Renames it; the time of saving does not change.

        Raises:
          ScenarioNotFoundError: there is none. ScenarioError: the name is blank, or has control
            characters.
        """
        before = self.get(id)
        name = _typed(name)
        after = replace(before, name=name, scenario=replace(before.scenario, name=name))
        self._write(after)
        return after

    def delete(self, id: str) -> None:
        """Removes it.

        Raises:
          ScenarioNotFoundError: there is none.
        """
        self.get(id)
        with suppress(FileNotFoundError):  # already deleted by another process
            self._path(id).unlink()

    def _path(self, id: str) -> Path:
        return self.folder / f"{id}.json"

    def _write(self, saved: Saved) -> None:
        plain = {
            "format": _FORMAT,
            "run_id": saved.run_id,
            "dataset_hash": saved.dataset_hash,
            "saved": saved.saved.isoformat(),
            "scenario": saved.scenario.to_dict(),
        }
        atomic_write(self._path(saved.id), json_text(plain).encode())

    def _read(self, id: object) -> Saved | None:
        """The scenario with an id, which may be anything; None if there is no valid one."""
        if not isinstance(id, str) or not re.fullmatch(r"[0-9a-f]{16}", id):
            return None
        path = self._path(id)
        try:
            if not path.is_file() or path.stat().st_size > _MOST_BYTES:
                return None
            return _saved(id, read_json(path) or {})
        except (OSError, ScenarioError, ValueError, TypeError, KeyError, RecursionError):
            return None


def _saved(id: str, plain: Mapping[str, Any]) -> Saved:
    scenario = Scenario.from_dict(plain["scenario"])
    name = _clean(scenario.name)
    when = datetime.fromisoformat(plain["saved"])
    if plain["format"] != _FORMAT or not all(
        isinstance(plain[key], str) for key in ("run_id", "dataset_hash")
    ):
        raise ScenarioError("the file is of another format")
    return Saved(
        id=id,
        name=name,
        run_id=plain["run_id"],
        dataset_hash=plain["dataset_hash"],
        # Without a time zone it could not be sorted among the others.
        saved=when if when.tzinfo else when.replace(tzinfo=UTC),
        scenario=replace(scenario, name=name),
    )


def _typed(name: str) -> str:
    """Checks and cleans a newly typed name.

    Raises:
      ScenarioError: it is blank, or has control characters.
    """
    if why := refusal(name, "the name"):
        raise ScenarioError(why)
    return _clean(name)


def _clean(name: str) -> str:
    """A name on one line, cut to the maximum length.

    Raises:
      ScenarioError: it is blank.
    """
    given = clip(name, LONGEST_NAME)
    if not given:
        raise ScenarioError("the name is blank; expected a few words")
    return given
