"""Boxes as in VinDr-CXR: a row per box that a reader drew around a finding."""

from collections.abc import Sequence

from core.base.report import Report
from core.exports.spec import TableExport
from core.files.table import Table
from core.matching.facts import Column
from core.matching.guess import guess
from core.matching.names import NOTHING_FOUND, plain
from core.matching.roles import ColumnRole, Role, Roles, TableRoles

_BOXES = (
    {"x min", "y min", "x max", "y max"},
    {"xmin", "ymin", "xmax", "ymax"},
    {"x1", "y1", "x2", "y2"},
    {"x", "y", "width", "height"},
    {"x", "y", "w", "h"},
    {"left", "top", "width", "height"},
)
_CLASS = ("class name", "class", "label", "finding", "category", "lesion type", "finding name")


def read(tables: Sequence[Table], report: Report) -> tuple[list[Table], Roles] | None:
    """The classes of boxes as findings, one data set each, where readers mark several.

    Where nobody marks several classes in one image, the class is the answer. Boxes without a
    reader's name are the ground truth of their images, as in the consensus of a test set.
    """
    boxes = {table.name: found for table in tables if (found := _class_of(table)) is not None}
    if not boxes:
        return None
    roles = guess(tables)
    findings: dict[str, None] = {}
    answered = False
    for table in tables:
        if table.name not in boxes:
            continue
        mine = _roles(table, boxes[table.name], roles.tables[table.name])
        if mine is None:
            return None
        roles = roles.model_copy(update={"tables": {**roles.tables, table.name: mine}})
        column = Column(table, boxes[table.name])
        answered |= bool(mine.having(Role.READER))
        if _several(table, mine, column):
            named = (str(v) for v in column.levels if plain(str(v)) not in NOTHING_FOUND)
            findings |= dict.fromkeys(named)
    if not answered:
        return None
    if findings:
        marked = {
            name: mine.model_copy(update={"presence": tuple(findings)})
            for name, mine in roles.tables.items()
            if name in boxes and mine.having(Role.ANSWER)
        }
        roles = roles.model_copy(update={"tables": {**roles.tables, **marked}, "classes": {}})
    return list(tables), roles


def _class_of(table: Table) -> str | None:
    """The column of classes of a table of boxes."""
    names = {plain(str(name)): str(name) for name in table.frame.columns}
    boxed = any(box <= names.keys() for box in _BOXES)
    return next((names[c] for c in _CLASS if c in names), None) if boxed else None


def _roles(table: Table, label: str, guessed: TableRoles) -> TableRoles | None:
    case, reader = guessed.having(Role.CASE), guessed.having(Role.READER)
    if not case:
        return None
    # What else a row says, it says of its box.
    said = dict.fromkeys(map(str, table.frame.columns), ColumnRole(role=Role.IGNORE))
    kept = (Role.CASE, Role.READER, Role.SPLIT, Role.PATIENT, Role.DATE)
    said |= {name: column for name, column in guessed.columns.items() if column.role in kept}
    said[label] = ColumnRole(role=Role.ANSWER if reader else Role.TRUTH)
    return TableRoles(columns=said)


def _several(table: Table, mine: TableRoles, label: Column) -> bool:
    """Whether any reader gave an image several classes."""
    who = mine.having(Role.CASE, Role.READER)
    pairs = table.frame[[*who, label.name]].drop_duplicates()
    return bool(pairs.duplicated(who).any())


EXPORT = TableExport(title="boxes that readers drew around findings", read=read)
