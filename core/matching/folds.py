"""Folds and splits that are columns, or tables of their own such as fold_1.csv and train.csv."""

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from core.files.table import Table
from core.matching.facts import Column
from core.matching.names import plain, split_of, stem
from core.matching.roles import ColumnRole, Role, Roles

MOST_FOLDS = 30
_NAMES = frozenset("fold folds kfold kfolds cv xval crossval partition partitions split".split())
# What may stand beside "fold" in the name of one: a nuchal fold is a measurement.
_BESIDE = frozenset(
    "k n outer inner test val train validation cross index idx id no nr number nested stratified "
    "group random data set case patient".split()
)
_A_FOLD = re.compile(r"[a-z]*[ _-]?\d{1,2}(\.0)?|[a-z]|[+-]?\d{1,18}(\.0*)?")  # "fold 3", "B"
_FOLD_FILE = re.compile(r"(?:(.*)[\W_])?(?:k?fold|cv)[\W_]*(\d{1,3})", re.IGNORECASE)
_SPLIT_FILE = re.compile(r"(?:(.*)[\W_])?([^\W_]+)")


def holds_folds(words: Iterable[str], levels: Sequence[str], rows: int) -> bool:
    """Whether a column's name says fold, and its values are few and called like folds.

    Args:
      words: of its name, lower case.
      levels: its different values.
      rows: how many are filled.
    """
    words = set(words)
    if not words & _NAMES or {w for w in words - _NAMES if not w.isdigit()} - _BESIDE:
        return False
    if len(levels) > min(MOST_FOLDS, rows / 2):
        return False
    return all(_A_FOLD.fullmatch(level.casefold()) for level in levels)


def is_of_folds(column: Column) -> bool:
    """Whether a column says in which fold a row is."""
    return holds_folds(plain(column.name).split(), list(column.levels), column.filled)


def find_folds(frame: pd.DataFrame) -> tuple[str, list[str]] | None:
    """The column that says in which fold a case is, with the folds in order; None without one.

    Args:
      frame: trimmed text.
    """
    for name in map(str, frame.columns):
        words = plain(name).split()
        if not _NAMES.intersection(words):
            continue
        cells = frame[name].to_numpy(object)
        filled = cells[cells != ""]
        levels = [str(v) for v in pd.unique(filled)]
        splits = all(split_of(level) for level in levels)
        if len(levels) > 1 and not splits and holds_folds(words, levels, len(filled)):
            return name, sorted(levels, key=_in_order)
    return None


def _in_order(fold: str) -> tuple[int, str]:
    digits = re.search(r"\d+", fold)
    return int(digits[0]) if digits else -1, fold


def join_parts(tables: Sequence[Table]) -> list[Table]:
    """The tables, with those that are parts of one joined: fold_1.csv …, train.csv and test.csv.

    Parts have the same columns. A column `fold` or `split` says from which a row came, and the
    index where it stands there.
    """
    groups: dict[tuple[str, str, str, frozenset[str]], dict[str, Table]] = {}
    for table in tables:
        book, _, name = table.name.rpartition("/")  # sheets are parts of one workbook
        name = name if book else stem(name)
        for kind, part in (("fold", _FOLD_FILE), ("split", _SPLIT_FILE)):
            found = part.fullmatch(name)
            if found and (kind == "fold" or split_of(found[2])):
                key = (kind, book, found[1] or "", frozenset(map(str, table.frame.columns)))
                groups.setdefault(key, {}).setdefault(found[2], table)
                break
    joined: dict[str, Table] = {}
    for (kind, _, prefix, _), parts in groups.items():
        if len(parts) > 1:
            whole = _joined(kind, prefix, parts)
            joined |= dict.fromkeys((table.name for table in parts.values()), whole)
    return list({(t := joined.get(table.name, table)).name: t for table in tables}.values())


def _joined(kind: str, prefix: str, parts: Mapping[str, Table]) -> Table:
    first, *others = parts.values()
    folder, _, ending = first.name.rpartition(".")
    frames = []
    for word, table in parts.items():
        frame = table.frame.set_axis(
            pd.Index([table.place(i) for i in range(len(table.frame))], dtype=object)
        )
        frames.append(frame if kind in frame.columns else frame.assign(**{kind: word}))
    more = others[0].name if len(others) == 1 else f"{len(others)} more"
    name = f"{prefix}.{ending}" if prefix and folder else f"{first.name} and {more}"
    frame = pd.concat(frames)[list(frames[0].columns)].astype(object)
    return Table(name, frame, first.delimiter)


def keep_folds(tables: Sequence[Table], roles: Roles) -> Roles:
    """The roles with a column of folds kept for the reader, who offers them where no split is.

    Args:
      tables: of an upload.
      roles: of their columns.
    """
    if any(mine.having(Role.SPLIT) for mine in roles.tables.values()):
        return roles
    for table in tables:
        mine = roles.tables.get(table.name)
        found = find_folds(table.frame)
        if mine is None or found is None or mine.columns[found[0]].role is not Role.IGNORE:
            continue
        case = mine.having(Role.CASE)
        steady = mine.row_is_case or (
            len(case) == 1 and Column(table, found[0]).constant_within(Column(table, case[0]))
        )
        if steady:
            return roles.change(table.name, found[0], ColumnRole(role=Role.FEATURE))
    return roles
