"""The exports that are understood; a new one is a file and a line here."""

from collections.abc import Sequence
from typing import Any

from core.base.report import Report
from core.exports import coco, label_studio, open_l2d, peerannot, prodigy, via, vindr
from core.exports.spec import ExportSpec, TableExport
from core.files.table import Table
from core.matching.guess import guess
from core.matching.roles import Roles

# The first that fits is read, so the most particular come first.
EXPORTS: tuple[ExportSpec, ...] = (
    label_studio.EXPORT,
    coco.EXPORT,
    via.EXPORT,
    prodigy.EXPORT,
    peerannot.EXPORT,
)
TABLE_EXPORTS: tuple[TableExport, ...] = (open_l2d.EXPORT, vindr.EXPORT)


def find_export(content: Any) -> ExportSpec | None:
    """The export that JSON content is; None where it is none."""
    return next((spec for spec in EXPORTS if spec.fits(content)), None)


def read_tables_of(
    tables: Sequence[Table], report: Report
) -> tuple[list[Table], Roles, tuple[str, ...]]:
    """The tables to use, the roles of their columns, and what the tables are, if that is known.

    Args:
      tables: of an upload.
      report: takes remarks.
    """
    for spec in TABLE_EXPORTS:
        if (found := spec.read(tables, report)) is not None:
            return *found, (spec.title,)
    return list(tables), guess(tables) if tables else Roles(tables={}), ()
