"""Form 3: any other tables and exports, whose columns are matched by guess or by the user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.base import limits
from core.base.progress import tell
from core.base.report import Choice, DataError, Problem, Report, clip, listed, refuse
from core.exports.registry import find_export, read_tables_of
from core.exports.spec import as_tables
from core.files.csv_table import table_of_cells
from core.files.decode import decode
from core.files.json_records import load_json
from core.files.sheets import SUFFIXES, json_sheet, read_tables
from core.files.sources import Source, read_text
from core.files.table import Table
from core.matching.facts import Column
from core.matching.folds import join_parts, keep_folds
from core.matching.grades import MOST, classes_of, grades_of, names_of
from core.matching.one_hot import marks_as_rows
from core.matching.positive import find_cut, find_positive
from core.matching.roles import LABELS, Role, Roles, find_roles
from core.matching.summary import Summary, summarise, tell_unused_readers
from core.matching.withdrawn import without_withdrawn
from core.reading.bundle import parts_of
from core.reading.formats import Format, ReadOptions
from core.reading.join_ids import join_ids
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
      own: how many tables are the user's; the columns of those after them are ours.
    """

    tables: Sequence[Table]
    roles: Roles
    understood: tuple[str, ...]
    given: str = ""
    own: int = 0

    @property
    def what(self) -> str:
        """What the files are, in words."""
        return ", ".join(self.understood) or "tables"


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
    tables = [without_withdrawn(table, report) for table in tables if len(table.frame)]
    if others and not tables and not exports:
        report.problems += others
        report.stop()
    for problem in others:
        report.warn(f"{problem.what}, and is ignored", found=problem.found)
    tables, roles, seen = read_tables_of(marks_as_rows(join_parts(tables), report), report)
    own = len(tables)
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
    understood = (*seen, *exports)
    for name, said in given.items():
        if (fitted := said.fit(tables)) is not None:
            return Opened(tables, fitted, understood, name, own)
        report.warn(f"{clip(name)} matches other columns than those of these tables and is ignored")
    return Opened(tables, roles, understood, own=own)


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
    roles = _complete(opened, roles, options, report)

    def join(
        given: pd.Series, of_truth: pd.Series, table: Table, who: pd.Series | None
    ) -> pd.Series:
        what = f"rows of {table.name}"
        return join_ids(given, of_truth, table.place, options, report, who=who, what=what)

    summary = summarise(opened.tables, keep_folds(opened.tables, roles), join)
    report.stop()
    guessed = options.roles is None and not opened.given
    _tell(summary, opened, roles, options, report, guessed=guessed)
    report.stop()
    assert summary.matched is not None
    matched = summary.matched
    parts = parts_of(matched.cases, matched.answers, options, report, ai=matched.ai)
    return replace(parts, score=matched.score, machines=matched.machines)


def _complete(opened: Opened, roles: Roles, options: ReadOptions, report: Report) -> Roles:
    """The roles with the finding and the cut that were chosen; asks for those that are needed."""
    tables = opened.tables
    chosen = {
        "finding": options.finding or roles.finding,
        "positive": options.positive or roles.positive,
        "cut": options.cut if options.cut is not None else roles.cut,
        "ai": options.primary_ai or roles.ai,
    }
    findings = roles.findings
    if findings and chosen["finding"] not in findings:
        report.error(
            "there are several findings, and a data set is about one",
            found=f"{opened.what}: {listed(findings)}",
            expected="one of them; the others become data sets of their own",
            remedy="choose one",
            choices=[Choice("finding", f, f"read {clip(f, 60)}") for f in findings[:50]],
        )
        known = any(table.having(Role.TRUTH) for table in roles.tables.values())
        if not known and not options.fills:
            _miss_truth(f"{opened.what}; {_seen(opened, roles)}", report)
        report.stop()
    roles = roles.model_copy(update=chosen)
    grades = grades_of(tables, roles)
    if grades and roles.cut is not None:
        _check_cut(grades, roles.cut, report)
    if not roles.positive:
        roles = roles.model_copy(update={"positive": find_positive(tables, roles)})
    scores = [
        Column(t, c)
        for t in tables
        if t.name in roles.tables
        for c in roles.tables[t.name].having(Role.SCORE)
    ]
    _check_choices(roles, options, classes_of(tables, roles), scores, grades, report)
    if coded := {f"{c.name}: {w}": n for c in scores for w, n in c.codes_for_missing.items()}:
        report.warn(
            "scores that stand for missing are no answers",
            found=", ".join(f"{clip(name, 60)!r} {n:,}" for name, n in [*coded.items()][:8]),
            remedy="if they are scores, name the words for missing yourself, and only these count",
            count=sum(coded.values()),
        )
    if scores and roles.cut is not None:
        report.note(f"scores from {roles.cut:g} on are answers of {clip(roles.positive, 60)!r}")
    if scores and roles.cut is None:
        cut = find_cut(scores)
        values = np.concatenate([c.scores for c in scores])
        report.error(
            "the readers' answers are scores, which need a cut to become classes",
            found=f"numbers from {np.nanmin(values):g} to {np.nanmax(values):g}",
            expected=f"a score from which the answer is {roles.positive!r}",
            remedy="choose the cut",
            choices=[Choice("cut", cut, f"{roles.positive} from {cut:g} on")],
        )
        report.stop()
    return roles


def _check_choices(
    roles: Roles,
    options: ReadOptions,
    classes: Sequence[str],
    scores: Sequence[Column],
    grades: Mapping[str, float],
    report: Report,
) -> None:
    """Refuses choices that would do nothing, or invent a class."""
    if options.finding and not roles.findings:
        report.error(
            "a finding was chosen, but the answers are about one thing only",
            found=f"finding {clip(options.finding, 60)!r}",
            remedy="leave it out",
        )
    own = classes and not grades and not roles.by_presence
    if options.positive and own and options.positive not in classes:
        report.error(
            "the class that a high score speaks for is none of the ground truth",
            found=repr(clip(options.positive, 60)),
            expected=f"one of {listed(classes)}",
            remedy="choose one of them",
            choices=[Choice("positive", c, f"{clip(c, 60)} is positive") for c in classes[:20]],
        )
    if options.cut is not None and not scores and not grades:
        report.error(
            "a cut was chosen, but no column holds readers' scores or grades",
            found=f"a cut at {options.cut:g}",
            remedy="leave it out, or say which columns are scores",
        )
    elif options.cut is not None and scores:
        values = np.concatenate([c.scores for c in scores])
        if not np.nanmin(values) < options.cut <= np.nanmax(values):
            report.error(
                "the cut leaves all scores on one side",
                found=f"a cut at {options.cut:g}, scores from {np.nanmin(values):g} to "
                f"{np.nanmax(values):g}",
                expected="a score between them",
                remedy="choose another cut",
            )
    report.stop()


def _check_cut(grades: Mapping[str, float], cut: float, report: Report) -> None:
    """Refuses a cut that leaves all grades of the truth in one class."""
    lowest, *upper = grades.items()
    if lowest[1] < cut <= upper[-1][1]:
        return
    report.error(
        "the cut leaves all grades of the ground truth in one class",
        found=f"a cut at {cut:g}, and the grades {listed(grades, 12)}",
        expected="the lowest grade of the upper class",
        remedy="choose one of the grades above the lowest one",
        choices=[
            Choice("cut", value, f"two classes, {' and '.join(names_of(grades, value))}")
            for _, value in upper[:MOST]
        ],
    )
    report.stop()


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
    what, said = opened.what, _seen(opened, roles)
    roles_said = f"; {said}" if said else ""
    if summary.matched is None:
        report.note(f"understood: {what}{roles_said}")
        return
    if not summary.with_truth and not options.fills:
        predictable = summary.ais > 0 or summary.features > 0
        _miss_truth(f"{what}: {summary.sentence()}{roles_said}", report, predictable)
        return
    if guessed:
        tell_unused_readers(opened.tables, roles, report)
    grades = grades_of(opened.tables, roles)
    if grades and roles.cut is None:
        middle = list(grades.values())[len(grades) // 2]
        report.note(
            f"the classes are grades, in the order {listed(grades, 12)}; a cut makes two classes "
            f"of them (on the command line --cut {middle:g})"
        )
    if guessed:
        report.warn(
            "the columns were matched by their names and contents",
            found=f"{what}: {summary.sentence()}{roles_said}",
            remedy="check what each column was taken for",
        )
    else:
        report.note(f"columns as matched: {_said(roles)}")


def _miss_truth(found: str, report: Report, predictable: bool = False) -> None:
    report.error(
        "there is no ground truth",
        found=found,
        expected="the right class of each case",
        remedy="choose the column that holds it (on the command line --roles FILE.json), add a "
        "table of case ids and right classes, such as cases.csv with the columns case_id and "
        "label, or choose a consensus of the experts as the truth",
        choices=offers(predictable=predictable),
    )


def _seen(opened: Opened, roles: Roles) -> str:
    """The roles in words; nobody has seen the names of columns that are ours."""
    own = {table.name for table in opened.tables[: opened.own]}
    return _said(Roles(tables={n: t for n, t in roles.tables.items() if n in own}))


def _said(roles: Roles) -> str:
    """The roles in words, without features and what is not used."""
    by_role: dict[Role, list[str]] = {}
    for table in roles.tables.values():
        for name, column in table.columns.items():
            if column.role not in (Role.FEATURE, Role.IGNORE):
                by_role.setdefault(column.role, []).append(name)
        if table.reader:
            by_role.setdefault(Role.READER, []).append(table.reader)
    titles = {r: t if t.startswith("AI") else f"{t[0].lower()}{t[1:]}" for r, t in LABELS.items()}
    return "; ".join(
        f"{titles[role]}: {listed(dict.fromkeys(names), 12)}" for role, names in by_role.items()
    )


FORMAT = Format(
    title="tables",
    expected="a table of readers' answers with the right class of each case",
    sniff=sniff,
    read=read_matched,
)
