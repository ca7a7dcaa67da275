"""The AIs of matched tables: the one that coverage counts, and others, which act as experts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.base.report import Choice, Report, clip, listed
from core.dataset.annotation_set import AI
from core.encoding.score_inputs import ScoreColumn
from core.files.table import Table
from core.matching.facts import Column
from core.matching.names import names_ai, plain, stem
from core.matching.roles import Role, Roles, TableRoles

Keyed = tuple[Table, TableRoles, np.ndarray]  # a table, its roles, the case of each row
CASE, PREDICTION, PROBABILITY = "case_id", "prediction", "prob_"
OF_AI = (Role.AI_CLASS, Role.AI_PROBABILITY, Role.AI_SCORE)
# Words in the name of a column that say what it holds, not whose it is.
_WHAT = frozenset(
    {
        *("class", "label", "prediction", "predicted", "pred", "score", "prob", "probability"),
        *("confidence", "answer", "output", "decision", "result", "of", "the", "y", "likelihood"),
    }
)


@dataclass(frozen=True)
class FoundAIs:
    """The AIs of an upload, each as a table of case_id and prediction or prob_<class>.

    Attributes:
      main: the AI that coverage counts; None without one.
      score: the column its probabilities were made of; None where they were given.
      others: further AIs by name.
    """

    main: Table | None
    score: ScoreColumn | None
    others: Mapping[str, Table]


def places_of(table: Table) -> list[str]:
    """Where each row stands, in words."""
    return [i if isinstance(i, str) else f"{table.name} row {i}" for i in table.frame.index]


def find_ais(keyed: Sequence[Keyed], roles: Roles, negative: str, report: Report) -> FoundAIs:
    """The AIs of matched tables.

    Columns called alike but for what they hold, such as "model A score" and "model A class", are
    of one AI; its probabilities count before its score, and that before its class.

    Args:
      keyed: tables with the case of each row.
      roles: `ai` names the one that coverage counts; without it, the first does.
      negative: the class that a low score speaks for.
      report: takes warnings.
    """
    found: dict[str, tuple[Table, ScoreColumn | None]] = {}
    for table, mine, ids in keyed:
        groups: dict[str, list[str]] = {}
        for column in mine.having(*OF_AI):
            if mine.columns[column].finding in ("", roles.finding):
                groups.setdefault(_whose(column, mine), []).append(column)
        for columns in groups.values():
            made = _table(table, mine, ids, columns, roles, negative, report)
            if made is not None:
                found[_name(columns, table, mine, found)] = made
    if not found:
        return FoundAIs(None, None, {})
    if roles.ai and roles.ai not in found:
        report.error(
            "the AI that was chosen is none of those found",
            found=repr(clip(roles.ai, 60)),
            expected=f"one of {listed(found)}",
            remedy="choose one of them",
            choices=[Choice("primary_ai", n, f"{clip(n, 60)} is the AI") for n in list(found)[:20]],
        )
        report.stop()
    first = roles.ai or next(iter(found))
    others = {name: ai for name, (ai, _) in found.items() if name != first}
    if others:
        names = [first, *list(others)[:20]]
        report.warn(
            "there are several AIs; coverage counts one, and cases can go to the others as they "
            "can to experts",
            found=f"{listed(found)}; {clip(first, 60)!r} is taken for the AI",
            remedy="choose another one if it is not",
            choices=[Choice("primary_ai", n, f"{clip(n, 60)} is the AI") for n in names],
        )
    return FoundAIs(*found[first], others)


def _whose(column: str, mine: TableRoles) -> str:
    """What a column's name says of whose it is; "" where it says only that it is an AI's."""
    if mine.columns[column].role is Role.AI_PROBABILITY:
        return ""  # named after a class
    words = [w for w in plain(mine.columns[column].name or column).split() if w not in _WHAT]
    only_ai = len(words) < 2 and all(w.isalpha() and names_ai(w) for w in words)
    return "" if only_ai else " ".join(words)


def _name(
    columns: Sequence[str], table: Table, mine: TableRoles, taken: Mapping[str, object]
) -> str:
    """The AI's name as people know it: of its column, else of its file."""
    first = mine.columns[columns[0]]
    stated = first.role is Role.AI_PROBABILITY  # its name is that of a class
    # "CAD score" is the score of an AI called CAD, but an "AI score" says no more.
    own = " ".join(w for w in columns[0].split() if not _WHAT.issuperset(plain(w).split()))
    name = stem(table.name) if stated else first.name or (own if _whose(columns[0], mine) else "")
    name = name or columns[0]
    while name in taken or name.casefold() == AI.casefold():
        name = f"{name} ({stem(table.name)})"
    return name


def _table(
    table: Table,
    mine: TableRoles,
    ids: np.ndarray,
    columns: Sequence[str],
    roles: Roles,
    negative: str,
    report: Report,
) -> tuple[Table, ScoreColumn | None] | None:
    """One AI's predictions, and the scores they were made of."""
    frame = pd.DataFrame({CASE: ids}, index=places_of(table), dtype=object)
    by_role, score = {mine.columns[c].role: c for c in reversed(columns)}, None
    probabilities = [c for c in columns if mine.columns[c].role is Role.AI_PROBABILITY]
    column = Column(table, by_role.get(Role.AI_SCORE, columns[0]))
    scale = _scale(column) if Role.AI_SCORE in by_role else 0.0
    if probabilities:
        for name in probabilities:
            said = mine.columns[name].name
            title = f"{PROBABILITY}{roles.classes.get(said, said)}"
            cells, before = table.frame[name].to_numpy(object), frame.get(title)
            frame[title] = cells if before is None else _sum(before.to_numpy(object), cells)
    elif scale and roles.positive:
        score = _add_scores(frame, column, scale, roles, negative, report)
    elif Role.AI_CLASS in by_role:
        said_classes = table.frame[by_role[Role.AI_CLASS]]
        frame[PREDICTION] = said_classes.replace(roles.classes).to_numpy(object)
    else:
        report.warn(
            f"{table.name} has an AI's scores that are not used",
            found=f"the column {by_role[Role.AI_SCORE]!r}",
            expected="probabilities, 0 to 1 or 0 to 100, of a known class",
            remedy="name the class that a high score speaks for"
            if scale
            else "add a column of the class that the AI chose",
        )
        return None
    return replace(table, frame=frame[~frame.duplicated()]), score


def _scale(column: Column) -> float:
    """What an AI's scores are divided by to be probabilities; 0 where they are no shares.

    Scores of 1 to 10, such as deciles, are not probabilities of anything.
    """
    numbers = column.numbers[np.isfinite(column.numbers)]
    if not len(numbers) or (numbers.min() >= 0 and numbers.max() <= 1):
        return 1.0
    return 100.0 if numbers.min() >= 0 and 10 < numbers.max() <= 100 else 0.0


def _sum(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Probabilities of two labels that are one class, as text; what is no number stays."""
    a, b = (
        pd.to_numeric(pd.Series(v, dtype=str), errors="coerce").to_numpy(float)
        for v in (one, other)
    )
    texts = np.array([f"{v:.9g}" for v in a + b], object)
    return np.where(np.isnan(a), one, np.where(np.isnan(b), other, texts))


def _add_scores(
    frame: pd.DataFrame,
    column: Column,
    scale: float,
    roles: Roles,
    negative: str,
    report: Report,
) -> ScoreColumn:
    """Probabilities of two classes from one score, 0 to `scale`."""
    if scale > 1:
        report.note(f"{column.table.name}: the AI's scores are read as percentages, 0 to 100")
    values = np.append(np.round(column.numbers / scale, 9), np.nan)[column.codes]
    for name, share in ((roles.positive, values), (negative, 1.0 - values)):
        frame[f"{PROBABILITY}{name}"] = ["" if v != v else f"{v:.9g}" for v in share]
    return ScoreColumn(column.name, roles.positive, scale)
