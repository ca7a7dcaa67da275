"""What defines an export; `core.exports.registry` lists them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from core.base.report import Report
from core.files.table import Table
from core.matching.names import names_gold, plain, readers_of_files, split_of, stem
from core.matching.roles import ColumnRole, Role, Roles, SplitName, TableRoles

CASE, READER, DATE, LABEL, SPLIT = "case", "reader", "date", "label", "split"


@dataclass(frozen=True)
class Said:
    """One answer, or one label of the ground truth.

    Attributes:
      case: which case. label: the class; "" where the reader looked and chose nothing.
      finding: the question that was answered; "" where there is one.
      reader: who answered; None for the ground truth.
      date: when, as it is written.
    """

    case: str
    label: str
    finding: str = ""
    reader: str | None = None
    date: str = ""


@dataclass
class Understood:
    """What was understood of an export.

    Attributes:
      said: answers and labels of the ground truth, in the order of the file.
      features: columns of the cases, by name, case → text.
      split: of the cases, case → word.
      several: questions of which one reader may choose several labels.
    """

    said: list[Said] = field(default_factory=list)
    features: dict[str, dict[str, str]] = field(default_factory=dict)
    split: dict[str, str] = field(default_factory=dict)
    several: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSpec:
    """An export.

    Attributes:
      title: what it is, in a message: "a Label Studio export".
      fits: whether JSON content is such an export.
      read: what it says; `reader` is the name to use where the export does not say who answered.
    """

    title: str
    fits: Callable[[Any], bool]
    read: Callable[[Any, str, Report], Understood]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableExport:
    """An export whose files are tables.

    Attributes:
      title: what it is, in a message: "OpenL2D's tables".
      read: the tables to use with the roles of their columns; None where they are not of this kind.
        Takes all tables of an upload, in which some may be of another kind.
    """

    title: str
    read: Callable[[Sequence[Table], Report], tuple[list[Table], Roles] | None]


def as_tables(
    contents: Mapping[str, Any], spec: ExportSpec, report: Report
) -> tuple[list[Table], Roles]:
    """The files of one kind of export as tables with their roles.

    Args:
      contents: JSON content by file name.
      spec: the export.
      report: takes problems.
    """
    splits = {name: split_of(plain(stem(name)).rpartition(" ")[2]) for name in contents}
    if all(splits.values()):  # train.json and test.json: parts of the cases, no readers
        readers = dict.fromkeys(contents, "reader")
    else:
        readers, splits = readers_of_files(list(contents)), {}
    tables: list[Table] = []
    roles: dict[str, TableRoles] = {}
    for name, content in contents.items():
        understood = spec.read(content, readers[name], report)
        if len(contents) > 1 and names_gold(stem(name)):  # gold.jsonl is nobody's reading
            whose = readers[name]
            understood.said = [
                replace(s, reader=None) if s.reader == whose else s for s in understood.said
            ]
        if split := splits.get(name):
            understood.split = {said.case: split for said in understood.said}
        for table, mine in _tables(name, understood):
            tables.append(table)
            roles[table.name] = mine
    words: dict[str, SplitName] = {split: split for split in splits.values() if split}
    return tables, Roles(tables=roles, splits=words)


def _tables(name: str, understood: Understood) -> list[tuple[Table, TableRoles]]:
    made = []
    for truth in (False, True):
        mine = [s for s in understood.said if (s.reader is None) is truth]
        findings = list(dict.fromkeys(s.finding for s in mine))
        # Where one may choose several labels, every row names one of them.
        for several in (False, True):
            asked = [f for f in findings if (f in understood.several) is several]
            if asked:
                made.append(_table(name, mine, asked, truth=truth, several=several))
    of_cases = {**understood.features, **({SPLIT: understood.split} if understood.split else {})}
    if of_cases:
        cases = list(dict.fromkeys(case for column in of_cases.values() for case in column))
        columns = {name: [v.get(c, "") for c in cases] for name, v in of_cases.items()}
        frame = pd.DataFrame({CASE: cases, **columns}, dtype=object)
        roles = {name: ColumnRole(role=Role.FEATURE) for name in understood.features}
        made.append(_with_roles(f"{name}/cases", frame, roles))
    return made


def _table(
    name: str, said: Sequence[Said], findings: Sequence[str], *, truth: bool, several: bool
) -> tuple[Table, TableRoles]:
    rows: dict[tuple[str, str, str, int], dict[str, str]] = {}
    for i, one in enumerate(said, 1):
        if one.finding in findings:
            # A row per answer; answers to several questions at once share one.
            key = (one.case, one.reader or "", one.date, i if several else 0)
            if one.finding in rows.setdefault(key, {}):
                key = (*key[:3], i)
            rows.setdefault(key, {})[one.finding] = one.label
    titles = {f: f or LABEL for f in findings}
    frame = pd.DataFrame(
        {CASE: [key[0] for key in rows], READER: [key[1] for key in rows],
         DATE: [key[2] for key in rows]}
        | {titles[f]: [row.get(f, "") for row in rows.values()] for f in findings},
        dtype=object,
    )  # fmt: skip
    role = Role.TRUTH if truth else Role.ANSWER
    many = len(findings) > 1
    columns = {titles[f]: ColumnRole(role=role, finding=f if many else "") for f in findings}
    if truth:
        frame = frame.drop(columns=[READER, DATE])
    elif not frame[DATE].any():
        frame = frame.drop(columns=[DATE])
    labels = dict.fromkeys(one.label for one in said if one.finding in findings and one.label)
    presence = tuple(labels) if several and not truth else ()
    where = f"{name}/{'ground truth' if truth else 'answers'}"
    return _with_roles(f"{where} {findings[0]}" if several and many else where, frame, columns,
                       presence)  # fmt: skip


def _with_roles(
    name: str,
    frame: pd.DataFrame,
    columns: Mapping[str, ColumnRole],
    presence: tuple[str, ...] = (),
) -> tuple[Table, TableRoles]:
    fixed = {CASE: Role.CASE, READER: Role.READER, DATE: Role.DATE, SPLIT: Role.SPLIT}
    roles = {c: columns.get(c) or ColumnRole(role=fixed[c]) for c in frame.columns}
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return Table(name, frame, ","), TableRoles(columns=roles, presence=presence)


def short_name(address: object) -> str:
    """A case's name from the path or address of its image: the file's name."""
    return str(address).split("?", 1)[0].rstrip("/").rpartition("/")[2] or str(address)
