"""Puts matched tables into the one form: a table of cases, one of answers, one of an AI."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.base.report import FIRST_PLACES, Report, clip, listed
from core.dataset.group_names import PREFIX, is_group
from core.encoding.score_inputs import ScoreColumn
from core.files.table import Table
from core.matching.ais import CASE, OF_AI, PREDICTION, PROBABILITY, Keyed, find_ais, places_of
from core.matching.facts import Column
from core.matching.grades import classes_of, cut_grades
from core.matching.roles import ABSENT, PRESENT, UNUSED, Role, Roles, TableRoles

SPLIT, LABEL, FILE, EXPERT, DATE = "split", "label", "file", "expert", "date"
PATIENT = f"{PREFIX}patient"
_KNOWN = (CASE, SPLIT, LABEL, FILE)
# Roles that belong to a case, whichever table they stand in.
_OF_CASES = (Role.PATIENT, Role.TRUTH, Role.FEATURE, Role.GROUP, Role.SPLIT, Role.FILE)


@dataclass(frozen=True)
class Matched:
    """Tables in the form of cases.csv, annotations.csv and ai_predictions.csv.

    Attributes:
      cases: case_id, label where a truth was matched, split, file, groups and features.
      answers: case_id, expert, label, and date where there is one.
      ai: case_id and prediction or prob_<class>; None without an AI.
      score: the column that the AI's probabilities were made of; None where they were given.
      machines: experts who are AIs too.
    """

    cases: Table
    answers: Table
    ai: Table | None
    score: ScoreColumn | None = None
    machines: tuple[str, ...] = ()


# Ids of a table's rows, ids of the cases of the ground truth, the table, and whose row each is.
Join = Callable[[pd.Series, pd.Series, Table, pd.Series | None], pd.Series]


def apply(
    tables: Sequence[Table], roles: Roles, report: Report, join: Join | None = None
) -> Matched:
    """Matched tables.

    Args:
      tables: of the upload.
      roles: of their columns; tables that are not named are left out. Where the ground truth is
        grades, their cut makes two classes of the truth, the answers and the AI's predictions.
      report: takes errors and warnings.
      join: spells ids of other tables as those of the ground truth, where they nearly meet.

    Raises:
      DataError: nothing says which case a row is about, or nobody's answers were matched.
    """
    roles = cut_grades(tables, roles)
    used = [(t, roles.tables[t.name]) for t in tables if t.name in roles.tables]
    used = [(t, mine) for t, mine in used if _used(mine)]
    keyed = [
        (table, mine, ids)
        for table, mine in used
        if (ids := _case_ids(table, mine, report)) is not None
    ]
    _check(tables, keyed, roles, report)
    report.stop()
    if join is not None:
        keyed = _joined(keyed, join)
        report.stop()
    of_cases: dict[str, pd.Series] = {}
    for table, mine, ids in keyed:
        for name, series in _case_columns(table, mine, ids, roles, report):
            _add_column(of_cases, name, series, table, report)
    negative = _negative(classes_of([t for t, _, _ in keyed], roles), roles)
    answers = _answers(keyed, roles, negative)
    report.stop()
    ais = find_ais(keyed, roles, negative, report)
    if ais.others:
        said = [answers.frame, *(_of_machine(name, ai) for name, ai in ais.others.items())]
        answers = replace(answers, frame=pd.concat(said).fillna(""))
    order = _order(keyed, of_cases, answers)
    if UNUSED in roles.splits.values() and SPLIT in of_cases:
        split = of_cases[SPLIT]
        order = order[(split.reindex(order) != UNUSED).to_numpy(bool)]
        answers = answers.rows(answers.frame[CASE].isin(set(order)).to_numpy(bool))
    cells = {CASE: order}
    for name, series in of_cases.items():
        same = len(series) == len(order) and (series.index.to_numpy(object) == order).all()
        found = series if same else series.reindex(pd.Index(order, dtype=object)).fillna("")
        cells[name] = found.to_numpy(object)
    frame = pd.DataFrame(cells, dtype=object)
    first: dict[str, str] = {}
    for table, _, ids in sorted(keyed, key=lambda one: not one[1].having(Role.TRUTH)):
        for case, place in zip(ids, places_of(table), strict=True):
            first.setdefault(case, place)
    frame.index = pd.Index([first[case] for case in order], dtype=object)
    cases = Table(_names(keyed), frame, keyed[0][0].delimiter)
    return Matched(cases, answers, ais.main, ais.score, tuple(ais.others))


def _joined(keyed: Sequence[Keyed], join: Join) -> list[Keyed]:
    """The tables, with the ids of those without the ground truth spelt as in those with it."""
    of_truth = [ids for _, mine, ids in keyed if mine.having(Role.TRUTH)]
    if not of_truth or len(of_truth) == len(keyed):
        return list(keyed)
    listed_ids = pd.Series(np.concatenate(of_truth), dtype=object)
    found = []
    for table, mine, ids in keyed:
        if not mine.having(Role.TRUTH) and not mine.row_is_case:
            readers = mine.having(Role.READER)
            who = table.frame[readers[0]].reset_index(drop=True) if readers else None
            ids = join(pd.Series(ids, dtype=object), listed_ids, table, who).to_numpy(object)
        found.append((table, mine, ids))
    return found


def _add_column(
    columns: dict[str, pd.Series], name: str, series: pd.Series, table: Table, report: Report
) -> None:
    """Adds a column of the cases; a second table may continue one of the same name."""
    if name not in columns:
        columns[name] = series
        return
    old = columns[name]
    both = old.index.intersection(series.index)
    differ = both[(old.loc[both] != series.loc[both]).to_numpy(bool)]
    if not len(differ):
        columns[name] = pd.concat([old, series[~series.index.isin(old.index)]])
    elif name in _KNOWN:
        report.error(
            f"tables have different values of {clip(name, 60)!r} for one case",
            found=f"{len(differ):,} such cases, also in {table.name}",
            expected="one value per case",
            remedy="correct them, or do not use one of the columns",
            count=len(differ),
            examples=[clip(case, 60) for case in differ[:FIRST_PLACES]],
        )
    else:
        columns[f"{name} ({table.name})"] = series


def _used(mine: TableRoles) -> bool:
    said = {column.role for column in mine.columns.values()}
    return bool(said & {*_OF_CASES, *OF_AI, Role.ANSWER, Role.SCORE})


def _names(keyed: Sequence[Keyed]) -> str:
    return listed([t.name for t, _, _ in keyed], 2) if len(keyed) > 1 else keyed[0][0].name


def _case_ids(table: Table, mine: TableRoles, report: Report) -> np.ndarray | None:
    """The case of each row; None with an error where nothing says it."""
    columns = mine.having(Role.CASE)
    if len(columns) == 1:
        return table.frame[columns[0]].to_numpy(object)
    if mine.row_is_case and not columns:
        width = len(str(len(table.frame)))
        return np.array([f"case {i:0{width}d}" for i in range(1, len(table.frame) + 1)], object)
    report.error(
        f"{table.name} has {'several columns' if columns else 'no column'} of case ids",
        found=f"the columns {listed(columns or table.frame.columns)}",
        expected="one column that says which case a row is about",
        remedy="choose it among the columns, or say that the n-th row is the n-th case",
    )
    return None


def _check(tables: Sequence[Table], keyed: Sequence[Keyed], roles: Roles, report: Report) -> None:
    answers = [t for t, mine, _ in keyed if mine.having(Role.ANSWER, Role.SCORE)]
    if not answers:
        report.error(
            "no column holds the readers' answers",
            found=f"the columns {listed(c for t in tables for c in t.frame.columns)}",
            expected="a column per reader, or a column of answers beside one of readers' names",
            remedy="say which columns these are, or add a table of the answers, such as "
            "annotations.csv with the columns case_id, expert and label",
        )
    rows = {t.name: len(t.frame) for t, mine, _ in keyed if mine.row_is_case}
    if len(set(rows.values())) > 1:
        report.error(
            "tables in which the n-th row is the n-th case have different numbers of rows",
            found=", ".join(f"{name}: {n:,}" for name, n in rows.items()),
            expected="as many rows in each",
            remedy="add the missing rows, or a column of case ids",
        )
    if rows and len(rows) < len(keyed):
        report.error(
            "some tables have case ids and others do not",
            found=f"no case ids in {listed(rows)}",
            expected="case ids such as those of a column case_id in every table, or in none",
            remedy="choose the column of case ids in each table",
        )
    for table, mine, _ in keyed:
        for role in (Role.TRUTH, Role.SPLIT, Role.FILE, Role.PATIENT, Role.READER):
            columns = [
                c for c in mine.having(role) if mine.columns[c].finding in ("", roles.finding)
            ]
            if len(columns) > 1:
                report.error(
                    f"{table.name} has several columns of one role",
                    found=f"{listed(columns)} as {role.value}",
                    expected="one",
                    remedy="choose the right one",
                )


def _case_columns(
    table: Table, mine: TableRoles, ids: np.ndarray, roles: Roles, report: Report
) -> list[tuple[str, pd.Series]]:
    """Columns that belong to a case, a value per case of the table."""
    found = []
    cases = pd.Index(ids, dtype=object)  # once: pandas would make another kind of each
    for name in mine.having(*_OF_CASES):
        column = mine.columns[name]
        if column.finding not in ("", roles.finding):
            continue
        values = pd.Series(table.frame[name].to_numpy(object), cases, dtype=object)
        if column.role is Role.TRUTH:
            values = values.replace(roles.classes) if roles.classes else values
            if roles.by_presence and roles.finding and not column.finding:
                values = _said_of(values, pd.Series(ids, cases), roles.finding)
        if column.role is Role.SPLIT:
            values = values.map(lambda word: roles.splits.get(word, word))
        there = values.to_numpy(object) != ""
        filled = values if there.all() else values[there]
        once = filled if filled.index.is_unique else filled[~filled.index.duplicated()]
        if len(once) < len(filled):
            _tell_conflicts(table, name, column.role, filled, once, report)
        found.append((_canonical(column.name or name, column.role), once))
    return found


def _tell_conflicts(
    table: Table, name: str, role: Role, filled: pd.Series, once: pd.Series, report: Report
) -> None:
    differs = (filled != once.reindex(filled.index)).to_numpy(bool)
    cases = pd.unique(filled.index[differs])
    if not len(cases):
        return
    tell = report.error if role in (Role.TRUTH, Role.SPLIT) else report.warn
    tell(
        f"{table.name} has different values of {clip(name, 60)!r} for one case",
        found=f"{len(cases):,} such cases",
        expected="the same value in every row of a case",
        remedy="correct them" if tell == report.error else "the first value counts",
        count=len(cases),
        examples=[clip(c, 60) for c in cases[:FIRST_PLACES]],
    )


def _canonical(name: str, role: Role) -> str:
    fixed = {Role.TRUTH: LABEL, Role.SPLIT: SPLIT, Role.FILE: FILE, Role.PATIENT: PATIENT}
    if role in fixed:
        return fixed[role]
    if role is Role.GROUP:
        return name if is_group(name) else f"{PREFIX}{name}"
    # A feature may be called as a column that means something else.
    return f"{name} (feature)" if name.casefold() in _KNOWN or is_group(name) else name


def _answers(keyed: Sequence[Keyed], roles: Roles, negative: str) -> Table:
    """A row per answer, of all tables."""
    parts = []
    for table, mine, ids in keyed:
        places = pd.Index(places_of(table), dtype=object)
        readers = mine.having(Role.READER)
        dates = mine.having(Role.DATE)
        for name in mine.having(Role.ANSWER, Role.SCORE):
            column = mine.columns[name]
            if column.finding not in ("", roles.finding):
                continue
            said = table.frame[name]
            if column.role is Role.SCORE:
                said = cut_scores(Column(table, name), roles, negative)
            label = said.replace(roles.classes) if roles.classes else said
            expert = column.name or mine.reader or name
            by_row = bool(readers)  # a column of readers says it better than one's own name
            who = table.frame[readers[0]].to_numpy(object) if by_row else expert
            cells = {CASE: ids, LABEL: label.to_numpy(object), EXPERT: who}
            part = pd.DataFrame(cells, index=places, dtype=object)
            if mine.presence and roles.finding:
                pairs = part[CASE].astype(str) + "\x1f" + part[EXPERT].astype(str)
                part[LABEL] = _said_of(part[LABEL], pairs, roles.finding).to_numpy(object)
                part = part[~pairs.duplicated()]
            if dates:
                part[DATE] = table.frame[dates[0]].to_numpy(object)
            # In a wide table a blank cell is no row.
            parts.append(part if by_row else part[part[LABEL].to_numpy(object) != ""])
    if not parts:
        frame = pd.DataFrame(columns=[CASE, EXPERT, LABEL], dtype=object)
    else:
        frame = pd.concat(parts).fillna("")[[*parts[0].columns]]
    return Table(_names(keyed), frame, keyed[0][0].delimiter)


def _of_machine(name: str, ai: Table) -> pd.DataFrame:
    """The answers of an AI as those of an expert: of probabilities, the most probable class."""
    if PREDICTION in ai.frame:
        said = ai.frame[PREDICTION]
    else:
        cells = ai.frame.drop(columns=CASE)
        shares = cells.apply(pd.to_numeric, errors="coerce")
        known = shares.notna().any(axis=1)
        best = shares[known].idxmax(axis=1).str.removeprefix(PROBABILITY)
        said = best.reindex(ai.frame.index).fillna("")
    frame = pd.DataFrame({CASE: ai.frame[CASE], LABEL: said.to_numpy(object), EXPERT: name})
    return frame.astype(object)[said.to_numpy(object) != ""]


def _said_of(labels: pd.Series, whose: pd.Series, finding: str) -> pd.Series:
    """Whether any row of the same case, or the same case and reader, names the finding."""
    filled = labels.to_numpy(object) != ""
    named = (labels.to_numpy(object) == finding) & filled
    group = pd.factorize(whose.to_numpy(object))[0]
    seen = np.bincount(group, weights=named, minlength=1) > 0
    any_row = np.bincount(group, weights=filled, minlength=1) > 0
    said = np.where(seen[group], PRESENT, np.where(any_row[group], ABSENT, ""))
    return pd.Series(said.astype(object), index=labels.index)


def cut_scores(column: Column, roles: Roles, negative: str) -> pd.Series:
    """Answers from scores: the positive class from the cut on, else the other one.

    Args:
      column: of scores as text.
      roles: with `cut` and `positive`; without a cut, the scores stay as they are.
      negative: the other class.

    Returns:
      a label per row, "" where there is no score.
    """
    rows = column.table.frame.index
    if roles.cut is None or not roles.positive:
        return pd.Series(column.table.frame[column.name].to_numpy(object), index=rows)
    labels = np.where(column.scores >= roles.cut, roles.positive, negative).astype(object)
    # What is no number stays as it is, to be seen.
    labels = np.where(np.isnan(column.scores), column.levels, labels)
    labels[np.isin(column.levels, list(column.codes_for_missing))] = ""
    by_code = np.append(labels, "")  # the last is for −1
    return pd.Series(by_code[column.codes], index=rows)


def _negative(classes: Sequence[str], roles: Roles) -> str:
    """The class that a low score speaks for: the other one of two."""
    others = [c for c in classes if c != roles.positive]
    return others[0] if len(others) == 1 else f"not {roles.positive}"


def _order(keyed: Sequence[Keyed], of_cases: dict[str, pd.Series], answers: Table) -> np.ndarray:
    """The cases: those of the truth first, then others in the order of the tables."""
    first = [LABEL] if LABEL in of_cases else []
    parts = [of_cases[n].index.to_numpy(object) for n in dict.fromkeys([*first, *of_cases])]
    parts += [ids for _, mine, ids in keyed if mine.row_is_case]
    parts.append(answers.frame[CASE].to_numpy(object))
    order = parts[0]
    for part in parts[1:]:
        # Most columns hold the same cases.
        if len(part) != len(order) or (part != order).any():
            order = pd.unique(np.concatenate([order, part]))
    order = pd.unique(order)
    return order[order != ""]
