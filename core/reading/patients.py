"""Whose case it is: a column says so, or the beginning of the case ids where that is chosen."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from core.base.report import Choice, Report, clip, listed, refuse
from core.dataset.group_names import group_name, is_group
from core.encoding.missing_words import stands_for_missing
from core.files.table import Table
from core.matching.apply import CASE, FILE, LABEL, PATIENT, SPLIT
from core.matching.names import plain, role_score, stem
from core.matching.roles import Role
from core.reading.options import ReadOptions

IDS, NONE = "ids", "none"  # of `ReadOptions.patients`
_FEWEST, _MOST_SHARE = 5, 0.6  # beginnings of ids to be offered: at least; of the cases at most
_BEGINNING = re.compile(r"(.*[^\W_])[\W_]+[^\W_]+$")
_TAKEN = (CASE, SPLIT, LABEL, FILE)  # columns of a use of their own
# Called so, a column may also be something else, such as the subject of a question.
_AMBIGUOUS = ("subject", "person")


class Patients(NamedTuple):
    """Whose case it is.

    Attributes:
      names: of the patient of each case, "" for a patient of its own; None where none are known.
      columns: that say it, and are neither features nor groups.
    """

    names: np.ndarray | None
    columns: tuple[str, ...] = ()


def with_patients(cases: Table, ids: pd.Series, options: ReadOptions, report: Report) -> Table:
    """The cases with the column `group_patient` in place of those that name patients.

    Args:
      cases: a row per case.
      ids: of the cases.
      options: which column names patients.
      report: takes warnings, notes and the offer of other choices.

    Raises:
      DataError: the chosen column does not exist.
    """
    found = find_patients(cases.frame, ids, options, report)
    frame = cases.frame.drop(columns=list(found.columns))
    if found.names is not None:
        frame = frame.assign(**{PATIENT: found.names})
    return replace(cases, frame=frame)


def find_patients(
    columns: pd.DataFrame, ids: pd.Series, options: ReadOptions, report: Report
) -> Patients:
    """Whose case it is, as chosen, else by the names of the columns; other arguments as above.

    A column called like one of patients counts where its values repeat. Cases whose ids begin
    alike are only offered.
    """
    named = [str(c) for c in columns.columns if _score(str(c)) > 0]
    named.sort(key=lambda c: (-is_group(c), -_score(c)))
    chosen = options.patients
    if chosen == NONE:
        return Patients(None, tuple(named))
    if chosen == IDS:
        return Patients(_repeated(_beginnings(ids), report), tuple(named))
    if chosen:
        able = [str(c) for c in columns.columns if c not in _TAKEN]
        column = next((c for c in able if _same(c, chosen)), None)
        if column is None:
            refuse(
                f"no column {clip(chosen, 60)!r} can say whose case it is",
                found=f"the columns {listed(able)}",
                expected="one of these",
                remedy="choose another",
                report=report,
            )
        names = _repeated(_names(columns[column]), report)
        return Patients(names, tuple(dict.fromkeys([column, *named])))
    for column in named:
        names = _names(columns[column])
        patients = len(set(names) - {""})
        if patients >= (names != "").sum():
            continue  # no patient has two cases
        if plain(group_name(column)) in _AMBIGUOUS and patients < _FEWEST:
            continue
        others = tuple(c for c in named if not is_group(c) and plain(c) not in _AMBIGUOUS)
        if not is_group(column):
            report.note(
                f"the column {clip(column, 60)!r} says whose case it is: {patients:,} patients; "
                "it is no feature, and a patient's cases are kept together"
            )
        return Patients(names, tuple(dict.fromkeys([column, *others])))
    _offer(ids, report)
    return Patients(None, ())  # a column of ids is no feature either (`core.reading.columns`)


def _repeated(names: np.ndarray, report: Report) -> np.ndarray:
    """The names that were asked for, with a warning where they are of one case each."""
    known = names[names != ""]
    if len(set(known)) == len(known):
        report.warn(
            "no patient has two cases",
            found=f"{len(known):,} different patients, and {len(names) - len(known):,} cases "
            "without one",
            remedy="every case counts for itself; choose another column if that is wrong",
        )
    return names


def _score(column: str) -> float:
    said = role_score(group_name(column), Role.PATIENT)
    return said if said >= 0.5 else 0.0  # less for a name that only holds such a word


def _same(column: str, chosen: str) -> bool:
    return column == chosen or plain(group_name(column)) == plain(group_name(chosen))


def _names(values: Sequence[object]) -> np.ndarray:
    """Trimmed names, "" for words that stand for missing: these are no patient."""
    texts = [str(v).strip() for v in values]
    missing = {t for t in set(texts) if stands_for_missing(t, numbered=False)}
    return np.array(["" if t in missing else t for t in texts], object)


def _beginnings(ids: pd.Series) -> np.ndarray:
    """What stands before the last separator of each id, "" for an id without one."""
    found = [_BEGINNING.match(_without_ending(str(i))) for i in ids]
    return np.array([m[1] if m else "" for m in found], object)


def _without_ending(case: str) -> str:
    """An id that is a file's name without its ending; its folder stays."""
    folder, slash, name = case.rpartition("/")
    return folder + slash + (stem(name) if re.search(r"\.[A-Za-z]\w{1,4}$", name) else name)


def _offer(ids: pd.Series, report: Report) -> None:
    """Offers the beginnings of the ids as patients where several cases share most of them."""
    beginnings = _beginnings(ids)
    known, cases = np.unique(beginnings[beginnings != ""].astype(str), return_counts=True)
    several = int((cases > 1).sum())
    if (beginnings == "").any() or len(known) < _FEWEST:
        return
    if 2 * several <= len(known) or len(known) >= _MOST_SHARE * len(ids):
        return
    report.warn(
        "case ids begin alike, as if several cases were of one patient",
        found=f"{len(known):,} beginnings of {len(ids):,} ids, such as {listed(known, 3)}",
        remedy="if these are patients, say so: otherwise a patient's cases can be in both train "
        "and test, and intervals are too narrow",
        count=int(cases[cases > 1].sum()),
        choices=[
            Choice("patients", NONE, "no patients: every case counts for itself"),
            Choice("patients", IDS, "the beginning of the case ids is the patient"),
        ],
    )
