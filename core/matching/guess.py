"""Guesses what each column is for, from its name and from what it holds."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.base.names import alike
from core.dataset.group_names import is_group
from core.files.table import Table
from core.matching.case_column import Columns, case_columns
from core.matching.facts import Column, columns_of, grade
from core.matching.findings import (
    findings_by_columns,
    findings_by_rows,
    truths_of_findings,
)
from core.matching.folds import is_of_folds
from core.matching.grades import FEWEST, columns_with, scale
from core.matching.names import (
    SURE,
    names_ai,
    names_gold,
    names_person,
    names_truth,
    plain,
    readers_of_files,
    role_score,
    split_of,
    stem,
)
from core.matching.roles import ColumnRole, Role, Roles, SplitName, TableRoles

_RATED = 0.2  # of the answers that are no class of the truth: ratings, no slips


def guess(tables: Sequence[Table]) -> Roles:
    """The roles that the columns of an upload probably have.

    Args:
      tables: all tables of the upload.
    """
    columns = columns_of(tables)
    ids = case_columns(columns)
    alone = _tables_of_one_reader(columns, ids)
    guessed = {
        name: _reader_table(own, ids[name], alone[name])
        if name in alone
        else _table(own, ids[name], [c for n, c in ids.items() if n != name and c])
        for name, own in columns.items()
    }
    guessed = truths_of_findings(columns, guessed)
    roles = _ratings(tables, Roles(tables=guessed, splits=_splits(columns, guessed)))
    return roles.model_copy(update={"classes": merges(tables, roles)})


# A table per reader ----------------------------------------------------------------------------


def _tables_of_one_reader(
    columns: Mapping[str, Columns], ids: Mapping[str, Column | None]
) -> dict[str, str]:
    """Tables alike in their columns: one per reader, "" for one that holds the ground truth."""
    alike_tables: dict[frozenset[str], list[str]] = {}
    for name, own in columns.items():
        case = ids[name]
        if case is not None and not case.distinct:
            continue
        if any(role_score(c, Role.READER) >= SURE and not names_person(c) for c in own):
            continue
        alike_tables.setdefault(frozenset(own), []).append(name)
    group = max(alike_tables.values(), key=len, default=[])
    if len(group) < 2:
        return {}
    case_free = all(ids[name] is None for name in group)
    lengths = {len(next(iter(columns[n].values())).codes) for n in group if columns[n]}
    if case_free and len(lengths) > 1:
        return {}
    # train.json beside label_A_train.json is the truth, however "label" sounds.
    whole = [n for n in group if split_of(stem(n.partition(" and ")[0]))]
    alone = len(whole) == 1 and len(group) > 2
    truth = whole if alone else [n for n in group if names_truth(n)]
    if len(group) - len(truth) < 1:
        return {}
    readers = readers_of_files([n for n in group if n not in truth])
    return {n: readers.get(n, "") for n in group}


def _reader_table(own: Columns, case: Column | None, reader: str) -> TableRoles:
    ai = names_ai(reader)
    parts = [c for c in own.values() if _says_split(c) or is_of_folds(c)]
    labels = [
        c
        for c in own.values()
        if c is not case and c not in parts and (c.labels or len(c.levels) == 1)
    ]
    several = len(labels) > 1
    said: dict[str, ColumnRole] = {}
    for name, column in own.items():
        if column is case:
            said[name] = ColumnRole(role=Role.CASE)
        elif column in parts:
            said[name] = ColumnRole(role=Role.SPLIT if _says_split(column) else Role.IGNORE)
        elif column in labels:
            role = Role.AI_CLASS if ai else Role.ANSWER if reader else Role.TRUTH
            said[name] = ColumnRole(role=role, finding=name if several else "")
        elif column.dates:
            said[name] = ColumnRole(role=Role.DATE)
        elif reader and column.numeric and not labels:
            finding = name if len(own) - (case is not None) > 1 else ""
            said[name] = ColumnRole(role=Role.AI_SCORE if ai else Role.SCORE, finding=finding)
        else:
            said[name] = ColumnRole(role=Role.IGNORE)
    return TableRoles(columns=said, reader="" if ai else reader, row_is_case=case is None)


# Other tables ----------------------------------------------------------------------------------


def _table(own: Columns, case: Column | None, others: Sequence[Column]) -> TableRoles:
    said: dict[str, ColumnRole] = {}
    if case is not None:
        said[case.name] = ColumnRole(role=Role.CASE)
    free = {name: c for name, c in own.items() if c is not case}
    reader = _reader_column(free, case)
    if reader is not None:
        said[reader.name] = ColumnRole(role=Role.READER)
        del free[reader.name]
    for name, column in list(free.items()):
        if (role := _plain_role(column, case, others)) is not None:
            said[name] = role
            del free[name]
    if reader is not None:
        _long(free, case, said)
    elif any(r.role in (Role.AI_CLASS, Role.AI_PROBABILITY) for r in said.values()) and all(
        names_ai(c.table.name) for c in own.values()
    ):
        for name, column in free.items():  # a table of an AI's predictions holds nothing else
            score = column.numeric and role_score(name, Role.SCORE) >= SURE
            said[name] = ColumnRole(role=Role.AI_SCORE if score else Role.IGNORE)
    else:
        _wide(free, case, said)
    for name, column in free.items():
        if name not in said:
            said[name] = _rest(column, case)
    ordered = {name: said[name] for name in own}
    answers = [c for n, c in own.items() if said[n].role is Role.ANSWER]
    dated = any(role.role is Role.DATE for role in said.values())
    presence: tuple[str, ...] = ()
    if case is not None and reader is not None and len(answers) == 1 and not dated:
        presence = findings_by_rows(case, reader, answers[0])
    return TableRoles(columns=ordered, row_is_case=case is None, presence=presence)


def _reader_column(free: Columns, case: Column | None) -> Column | None:
    """The column that names the readers, in a table of a row per answer."""
    best, top = None, 0.0
    for column in free.values():
        said = role_score(column.name, Role.READER)
        repeats = 1 <= len(column.levels) < column.filled and column.filled == column.rows
        if said < 0.3 or not repeats or column.distinct:
            continue
        if case is not None and case.distinct and said < 1 / 3:
            continue
        if names_person(column.name) and case is not None and case.distinct and column.labels:
            continue  # "Reader 1" in a row per case holds answers
        if said > top:
            best, top = column, said
    return best


def _plain_role(column: Column, case: Column | None, others: Sequence[Column]) -> ColumnRole | None:
    """A role that does not depend on the other columns; None where there is none."""
    name = column.name
    if not column.filled:
        return ColumnRole(role=Role.IGNORE)
    if is_group(name):
        return ColumnRole(role=Role.GROUP)
    if plain(name).startswith("prob ") and column.numeric:
        return ColumnRole(role=Role.AI_PROBABILITY, name=name[5:].strip())
    if _says_split(column):
        return ColumnRole(role=Role.SPLIT)
    if role_score(name, Role.PATIENT) >= SURE:
        repeats = len(column.levels) < column.filled
        return ColumnRole(role=Role.PATIENT if repeats else Role.IGNORE)
    if column.dates:
        return ColumnRole(role=Role.DATE if role_score(name, Role.DATE) else Role.IGNORE)
    if column.files or (column.addresses and role_score(name, Role.FILE) >= 0.3):
        once = case is None or column.constant_within(case)
        return ColumnRole(role=Role.FILE if once else Role.IGNORE)
    if role_score(name, Role.AI_SCORE) >= SURE and column.numeric and not column.labels:
        return ColumnRole(role=Role.AI_SCORE)
    if names_ai(name) and column.numeric and role_score(name, Role.SCORE) >= 0.3:
        return ColumnRole(role=Role.FEATURE if column.labels else Role.AI_SCORE)
    if role_score(name, Role.AI_CLASS) >= SURE and column.labels:
        return ColumnRole(role=Role.AI_CLASS)
    return None


def _says_split(column: Column) -> bool:
    return role_score(column.name, Role.SPLIT) >= 0.3 and all(map(split_of, column.levels))


def _long(free: Columns, case: Column | None, said: dict[str, ColumnRole]) -> None:
    """The answer and, where it is repeated in every row of a case, the ground truth."""
    steady = {
        n
        for n, c in free.items()
        if case is not None
        # A truth that differs in a few cases is one with errors, which are named later.
        and (c.constant_within(case) or (names_gold(n) and c.nearly_constant_within(case)))
    }
    repeated = case is not None and not case.distinct
    named = any(role_score(n, role) for n in free for role in (Role.ANSWER, Role.TRUTH))
    if repeated and not named and not steady.issuperset(marks := findings_by_columns(free)):
        said |= {n: ColumnRole(role=Role.ANSWER, finding=n) for n in marks}
        return
    answer = _best(
        [c for n, c in free.items() if c.labels and not (repeated and n in steady)], Role.ANSWER
    ) or _best([c for c in free.values() if c.labels or len(c.levels) == 1], Role.ANSWER)
    if answer is None or not role_score(answer.name, Role.ANSWER):
        score = _best([c for n, c in free.items() if c.numeric and not c.constant], Role.SCORE)
        score = score or _best(
            [c for c in free.values() if c.numeric and not c.constant], Role.ANSWER
        )
        if score is not None and (
            role_score(score.name, Role.SCORE) or role_score(score.name, Role.ANSWER)
        ):
            said[score.name] = ColumnRole(role=Role.SCORE)
    if not any(r.role is Role.SCORE for r in said.values()) and answer is not None:
        said[answer.name] = ColumnRole(role=Role.ANSWER)
    truths = [c for n, c in free.items() if n in steady and n not in said and c.labels]
    truth = _best(truths, Role.TRUTH)
    if truth is not None and role_score(truth.name, Role.TRUTH):
        said[truth.name] = ColumnRole(role=Role.TRUTH)


def _wide(free: Columns, case: Column | None, said: dict[str, ColumnRole]) -> None:
    """The ground truth, and columns that hold the answers of one reader each."""
    labelled = [c for c in free.values() if c.labels]
    # "Reader 1 confidence" beside "Reader 1" says how sure that reader was, and is no answer.
    about = {c.name for c in free.values() if _of_an_answer(c.name, free)}
    people = [c for c in labelled if names_person(c.name) and c.name not in about]
    truth = _best([c for c in labelled if c not in people], Role.TRUTH)
    if truth is not None and not role_score(truth.name, Role.TRUTH):
        truth = None
    if truth is None and not people:
        # Columns with one small alphabet, as an annotation tool exports them, and nothing else.
        alphabets = {frozenset(map(alike, c.values)) for c in free.values()}
        numbered = all(plain(c.name).isdigit() for c in labelled)
        if len(labelled) > 1 and len(labelled) == len(free) and (len(alphabets) == 1 or numbered):
            people = labelled
    if truth is not None:
        said[truth.name] = ColumnRole(role=Role.TRUTH)
        people += [c for c in labelled if c not in people and _answers(c, truth)]
        classes = set(map(alike, truth.values))
        people += [
            c
            for c in labelled
            if c not in people and names_ai(c.name) and set(map(alike, c.values)) <= classes
        ]
    # A reader who gave one class only is no less a reader.
    known = set[str]().union(*([truth.values] if truth is not None else [c.values for c in people]))
    people += [
        c
        for c in free.values()
        if len(c.levels) == 1
        and names_person(c.name)
        and c.name not in about
        and c not in people
        and c.values <= known
    ]
    for column in free.values():
        if column in people:
            machine = names_ai(column.name) and not names_person(column.name)
            role = Role.AI_CLASS if machine else Role.ANSWER
            said[column.name] = ColumnRole(role=role, name=column.name)
        elif column.name in about:
            said[column.name] = ColumnRole(role=Role.IGNORE)
        elif names_person(column.name) and column.numeric and not column.constant:
            said[column.name] = ColumnRole(role=Role.SCORE, name=column.name)


def _of_an_answer(name: str, free: Columns) -> bool:
    """Whether a column says something about another one, such as its confidence."""
    words = plain(name)
    return any(
        words.startswith(f"{plain(other)} ") and names_person(other)
        for other in free
        if other != name
    )


def _answers(column: Column, truth: Column) -> bool:
    """Whether a column looks like answers to the question of the ground truth."""
    if column is truth:
        return False
    mine, theirs = set(map(alike, column.values)), set(map(alike, truth.values))
    if not mine <= theirs or len(mine) < 2:
        return False
    if not truth.numeric and not theirs <= {"yes", "no", "true", "false", "y", "n"}:
        return True  # "malignant" is what somebody said
    # 0 and 1 may be anything: an answer agrees with the truth, and people leave some cases out.
    both = (column.codes >= 0) & (truth.codes >= 0)
    said = np.array([alike(str(v)) for v in column.levels], object)[column.codes[both]]
    right = np.array([alike(str(v)) for v in truth.levels], object)[truth.codes[both]]
    return bool(len(said) and (said == right).mean() > 0.6 and column.filled < column.rows)


def _best(columns: Sequence[Column], role: Role) -> Column | None:
    """The column whose name says a role best; the first of equals."""
    return max(columns, key=lambda c: role_score(c.name, role), default=None)


def _rest(column: Column, case: Column | None) -> ColumnRole:
    long = case is not None and not case.distinct
    if role_score(column.name, Role.SPLIT) >= SURE or plain(column.name).split()[-1:] == ["id"]:
        return ColumnRole(role=Role.IGNORE)
    if column.constant or (long and case is not None and not column.constant_within(case)):
        return ColumnRole(role=Role.IGNORE)
    # Texts of which every case has its own are names.
    named = column.distinct or (
        long and case is not None and len(column.levels) == len(case.levels)
    )
    return ColumnRole(role=Role.FEATURE if column.numeric or not named else Role.IGNORE)


def _ratings(tables: Sequence[Table], roles: Roles) -> Roles:
    """The roles with answers that are grades as scores, where the truth has two other classes.

    A few grades among answers of the truth's classes are mistakes.
    """
    for finding in roles.findings or ("",):
        of = roles.model_copy(update={"finding": finding})
        answers = columns_with(tables, of, Role.ANSWER)
        truth = {str(v) for c in columns_with(tables, of, Role.TRUTH) for v in c.levels}
        levels = np.concatenate([[], *(c.levels[c.codes[c.codes >= 0]] for c in answers)])
        words, counts = np.unique(levels.astype(str), return_counts=True)
        other = counts[~np.isin(words, list(truth))].sum()
        if len(truth) != 2 or len(scale(words)) < FEWEST or other < _RATED * counts.sum():
            continue
        for column in answers:
            mine = roles.tables[column.table.name].columns[column.name]
            score = mine.model_copy(update={"role": Role.SCORE})
            roles = roles.change(column.table.name, column.name, score)
    return roles


# Words -----------------------------------------------------------------------------------------


def _splits(
    columns: Mapping[str, Columns], tables: Mapping[str, TableRoles]
) -> dict[str, SplitName]:
    found: dict[str, SplitName] = {}
    for name, roles in tables.items():
        for column in roles.having(Role.SPLIT):
            words = map(str, columns[name][column].levels)
            found |= {word: split for word in words if (split := split_of(word)) is not None}
    return found


def merges(tables: Sequence[Table], roles: Roles) -> dict[str, str]:
    """Spellings of classes that probably mean one class: `Malignant `, `M` → `malignant`.

    The ground truth's spelling stands for the class; of several, the most frequent one.
    """
    counts: dict[str, int] = {}
    spoken: dict[str, int] = {}
    for table in tables:
        mine = roles.tables[table.name]
        for column in mine.having(Role.TRUTH, Role.ANSWER, Role.AI_CLASS):
            into = counts if mine.columns[column].role is Role.TRUTH else spoken
            for word, n in table.frame[column].value_counts().items():
                if word:
                    into[str(word)] = into.get(str(word), 0) + int(n)
    ordered = sorted(counts, key=lambda w: -counts[w])
    classes: dict[str, str] = {}
    for word in ordered:
        classes.setdefault(alike(word), word)
    grades = {value: label for label, value in scale(classes.values()).items()}
    found: dict[str, str] = {}
    for word in (*ordered, *spoken):
        same = classes.get(alike(word))
        if same is None and len(grades) >= FEWEST and (said := grade(word)) is not None:
            same = grades.get(said.value)  # III for 3
        if same is None:
            starts = [c for k, c in classes.items() if k.startswith(word.casefold()[:1])]
            same = starts[0] if len(word) == 1 and word.isalpha() and len(starts) == 1 else None
        if same is not None and same != word:
            found[word] = same
    return found
