"""Commands about the store: check, repair, back up, restore, clean."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.cli.options import UsageError
from core.library import store as library


def check(options: argparse.Namespace) -> dict[str, Any]:
    """Everything that is damaged, after repairing the record where that was asked for."""
    from core.record import rebuild, tracking
    from core.worker import upkeep

    home = _home()
    done: dict[str, Any] = {}
    if options.repair:
        try:
            tracking.open_tracking(home)
        except tracking.RecordError:
            found = rebuild.rebuild(home)
            aside = None if found.aside is None else str(found.aside)
            done["repaired"] = {**asdict(found), "aside": aside}
    damaged = [asdict(one) for one in upkeep.check(home)]
    return {"home": str(home), "ok": not damaged, "damaged": damaged, **done}


def backup(options: argparse.Namespace) -> dict[str, Any]:
    """Writes the backup, also while the dashboard runs."""
    from core.record import backup as backups

    return backups.backup(_home(), options.file)


def restore(options: argparse.Namespace) -> dict[str, Any]:
    """Restores a backup to the store's folder, which must be new."""
    from core.record import backup as backups

    return backups.restore(options.file, library.home())


def clean(options: argparse.Namespace) -> dict[str, Any]:
    """Bytes that cleaning freed."""
    from core.worker import upkeep

    home = _home()
    return {"home": str(home), "freed_bytes": upkeep.clean(home)}


def _home() -> Path:
    home = library.home()
    if not home.is_dir():
        raise UsageError(f"{home}: there is no store yet; CASELOAD_HOME names another folder")
    return home.resolve()
