"""Which stored data sets are findings of one upload."""

from collections.abc import Sequence

from core.library.store import LibraryEntry
from core.reading.findings import TIE


def of_one_upload(entries: Sequence[LibraryEntry], content_hash: str) -> dict[str, LibraryEntry]:
    """The sets that were read from the same files as one of them, by finding, as they were stored.

    Sets that were stored before uploads had names are of one upload where their names are alike up
    to the finding and they have the same number of cases.

    Args:
      entries: all stored sets.
      content_hash: of the one.

    Returns:
      the set itself and the others; empty where it is not one of several.
    """
    mine = next((e for e in entries if e.content_hash == content_hash), None)
    if mine is None:
        return {}
    found = sorted(
        (e for e in entries if _upload(e) == _upload(mine) != ("", "", 0)),
        key=lambda e: (e.added, e.name),
    )
    sets = {e.finding or e.name.partition(TIE)[2]: e for e in found}
    return sets if len(sets) > 1 else {}


def _upload(entry: LibraryEntry) -> tuple[str, str, int]:
    """What the sets of one upload have in common; blank for a set by itself."""
    if entry.upload:
        return entry.upload, "", 0
    name, tie, _ = entry.name.partition(TIE)
    return ("", name, entry.cases) if tie else ("", "", 0)
