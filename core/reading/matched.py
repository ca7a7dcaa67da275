"""Form 3: any other tables and exports, whose columns are matched by guess or by the user."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.base import limits
from core.base.progress import tell
from core.base.report import Choice, DataError, Problem, Report, clip, listed, refuse
from core.exports.registry import find_export
from core.exports.spec import as_tables
from core.files.csv_table import table_of_cells
from core.files.decode import decode
from core.files.sheets import SUFFIXES, json_sheet, load_json, read_tables
from core.files.sources import Source, read_text
from core.files.table import Table
from core.matching.facts import Column
from core.matching.guess import guess
from core.matching.positive import find_cut, find_positive
from core.matching.roles import LABELS, Role, Roles, find_roles
from core.matching.summary import Summary, summarise
from core.reading.bundle import parts_of
from core.reading.formats import Format, ReadOptions
from core.reading.parts import Parts
from core.reading.truth import offers

# Files that lie beside tables and are none, by their name without the ending.
_BESIDE = ("about", "readme", "license", "licence", "changelog", "notes", "requirements")
_BESIDE_JSON = ("metadata", "package", "settings", "config", "dataset_info")


@dataclass(frozen=True)
class Opened:
    """An upload as tables, with what is understood of them.

    Attributes:
      tables: of all files. roles: guessed, or of the export.
      understood: what the files are, in words, such as "a Label Studio export".
      given: the name of the file of roles among them, if it is about their columns.
    """

    tables: Sequence[Table]
    roles: Roles
    understood: tuple[str, ...]
    given: str = ""


class ToMatch(Exception):
    """Somebody should look at what the columns are for before the data set is read."""

    def __init__(self, opened: Opened, report: Report):
        self.opened, self.report = opened, report
        super().__init__("the columns are to be matched")


def sniff(names: Sequence[str]) -> list[str]:
    """The files that may be tables."""
    return [
        name
        for name in names
        if "/" not in name and name.casefold().endswith(SUFFIXES) and not _beside(name.casefold())
    ]


def _beside(name: str) -> bool:
    stem, _, ending = name.rpartition(".")
    return stem in _BESIDE or (ending == "json" and stem in _BESIDE_JSON)


def open_tables(source: Source, report: Report) -> Opened:
    """All tables of an upload, with the roles their columns probably have.

    Raises:
      DataError: a file cannot be read.
    """
    tables: list[Table] = []
    exports: dict[str, dict[str, object]] = {}
    others: list[Problem] = []
    given: dict[str, Roles] = {}
    for name in sniff(source.names):
        tell(f"Reading {clip(name, 60)}")
        if not name.casefold().endswith((".json", ".jsonl", ".ndjson")):
            tables += read_tables(read_text(source, name, limits.MOST_TABLE_BYTES), name, report)
            continue
        content = load_json(
            decode(read_text(source, name, limits.MOST_JSON_BYTES), name, report, "JSON"),
            name,
            report,
        )
        if (said := find_roles(content)) is not None:
            given[name] = said
            continue
        if (spec := find_export(content)) is not None:
            exports.setdefault(spec.title, {})[name] = content
            continue
        noticed = Report()
        try:
            sheet = json_sheet(content, name, noticed)
        except DataError as error:
            others += error.report.errors
            continue
        report.problems += noticed.problems
        tables.append(table_of_cells(sheet.rows, sheet.name, report, titled=True))
    tables = [table for table in tables if len(table.frame)]
    if others and not tables and not exports:
        report.problems += others
        report.stop()
    for problem in others:
        report.warn(f"{problem.what}, and is ignored", found=problem.found)
    roles = guess(tables) if tables else Roles(tables={})
    for contents in exports.values():
        spec = find_export(next(iter(contents.values())))
        assert spec is not None
        more, mine = as_tables(contents, spec, report)
        tables += more
        roles = roles.model_copy(
            update={
                "tables": {**roles.tables, **mine.tables},
                "splits": {**roles.splits, **mine.splits},
            }
        )
    for name, said in given.items():
        if (fitted := said.fit(tables)) is not None:
            return Opened(tables, fitted, tuple(exports), name)
        report.warn(f"{clip(name)} matches other columns than those of these tables and is ignored")
    return Opened(tables, roles, tuple(exports))


def read_matched(source: Source, options: ReadOptions, report: Report) -> Parts:
    """Read tables by the roles of their columns: those given, else the guessed ones.

    Raises:
      DataError: the roles do not say what is needed, or the cases cannot be used.
    """
    opened = open_tables(source, report)
    if not opened.tables:
        refuse(
            f"there is no data set in {source.label}",
            found=listed(sniff(source.names)),
            expected=FORMAT.expected,
            remedy="add the table of the readers' answers",
            report=report,
        )
    if options.roles is None:
        roles = opened.roles
    else:
        fitted = options.roles.fit(opened.tables)
        if fitted is None:
            refuse(
                "the roles are of other columns",
                found=f"the columns {listed([c for t in opened.tables for c in t.frame.columns])}",
                expected=listed([c for t in options.roles.tables.values() for c in t.columns]),
                remedy="match the columns again",
                report=report,
            )
        roles = fitted
    roles = _complete(opened.tables, roles, options, report)
    summary = summarise(opened.tables, roles)
    guessed = options.roles is None and not opened.given
    _tell(summary, opened, roles, options, report, guessed=guessed)
    report.stop()
    assert summary.matched is not None
    matched = summary.matched
    return parts_of(matched.cases, matched.answers, options, report, ai=matched.ai)


def _complete(tables: Sequence[Table], roles: Roles, options: ReadOptions, report: Report) -> Roles:
    """The roles with the finding and the cut that were chosen; asks for those that are needed."""
    chosen = {
        "finding": options.finding or roles.finding,
        "positive": options.positive or roles.positive,
        "cut": options.cut if options.cut is not None else roles.cut,
    }
    findings = roles.findings
    if findings and chosen["finding"] not in findings:
        report.error(
            "there are several findings, and a data set is about one",
            found=listed(findings),
            expected="one of them; the others become data sets of their own",
            remedy="choose one",
            choices=[Choice("finding", f, f"read {clip(f, 60)}") for f in findings[:50]],
        )
        report.stop()
    roles = roles.model_copy(update=chosen)
    if not roles.positive:
        roles = roles.model_copy(update={"positive": find_positive(tables, roles)})
    scores = [
        Column(t, c)
        for t in tables
        if t.name in roles.tables
        for c in roles.tables[t.name].having(Role.SCORE)
    ]
    if scores and roles.cut is None:
        cut = find_cut(scores)
        values = np.concatenate([c.numbers for c in scores])
        report.error(
            "the readers' answers are scores, which need a cut to become classes",
            found=f"numbers from {np.nanmin(values):g} to {np.nanmax(values):g}",
            expected=f"a score from which the answer is {roles.positive!r}",
            remedy="choose the cut",
            choices=[Choice("cut", cut, f"{roles.positive} from {cut:g} on")],
        )
        report.stop()
    return roles


def _tell(
    summary: Summary,
    opened: Opened,
    roles: Roles,
    options: ReadOptions,
    report: Report,
    *,
    guessed: bool,
) -> None:
    """What was understood; errors where the upload lacks something."""
    report.problems += summary.report.problems
    what = ", ".join(opened.understood) if opened.understood else "tables"
    # The columns of an export are ours: nobody has seen their names.
    roles_said = "" if opened.understood else f"; {_said(roles)}"
    if summary.matched is None:
        report.note(f"understood: {what}{roles_said}")
        return
    if not summary.with_truth and not options.fills:
        report.error(
            "there is no ground truth",
            found=f"{what}: {summary.sentence()}{roles_said}",
            expected="the right class of each case",
            remedy="choose the column that holds it, add a table of case ids and right classes, "
            "such as cases.csv with the columns case_id and label, or choose a consensus of the "
            "experts as the truth",
            choices=offers(predictable=summary.ai or summary.features > 0),
        )
        return
    if guessed:
        report.warn(
            "the columns were matched by their names and contents",
            found=f"{summary.sentence()}{roles_said}",
            remedy="check what each column was taken for",
        )
    else:
        report.note(f"columns as matched: {_said(roles)}")


def _said(roles: Roles) -> str:
    """The roles in words, without features and what is not used."""
    by_role: dict[Role, list[str]] = {}
    for table in roles.tables.values():
        for name, column in table.columns.items():
            if column.role not in (Role.FEATURE, Role.IGNORE):
                by_role.setdefault(column.role, []).append(name)
        if table.reader:
            by_role.setdefault(Role.READER, []).append(table.reader)
    return "; ".join(
        f"{LABELS[role][0].lower()}{LABELS[role][1:]}: {listed(dict.fromkeys(names), 4)}"
        for role, names in by_role.items()
    )


FORMAT = Format(
    title="tables",
    expected="a table of readers' answers with the right class of each case",
    sniff=sniff,
    read=read_matched,
)
