"""Ids of annotations that are nearly those of the cases: found, named and, where wanted, joined."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.base.report import FIRST_PLACES, Choice, Report, clip, listed
from core.reading.labels import Place
from core.reading.options import ReadOptions

_ENDING = re.compile(r"(?i)(\.nii\.gz|\.[a-z][a-z0-9]{1,4})$")
# What may differ, and ids without it. Applied in this order: c/A.PNG is .png before it is a.
DIFFERENCES: dict[str, Callable[[str], str]] = {
    "capitals": str.casefold,
    "folders": lambda i: i.replace("\\", "/").rstrip("/").rpartition("/")[2],
    "file endings": lambda i: _ENDING.sub("", i),
    "a final .0": lambda i: re.sub(r"(?<=\d)\.0+$", "", i),
    "hyphens, underscores and blanks": lambda i: re.sub(r"[-_\s]+", "", i),
    "leading zeros": lambda i: re.sub(r"(?<![\d.,])0+(?=\d)", "", i),
}
_FLOAT = "a final .0"
_WHOLE = re.compile(r"\d+(\.0+)?")


@dataclass(frozen=True, slots=True)
class _Match:
    """Ids that are those of cases but for some differences.

    Attributes:
      differences: in which they differ.
      cases: id → the case that is meant. clashes: pairs of ids that would become one case.
    """

    differences: tuple[str, ...]
    cases: Mapping[str, str]
    clashes: tuple[tuple[str, str], ...]


def join_ids(
    given: pd.Series,
    cases: pd.Series,
    place: Place,
    options: ReadOptions,
    report: Report,
    *,
    who: pd.Series | None = None,
    what: str = "annotations",
) -> pd.Series:
    """The ids with those that are nearly a case's written as that case's.

    They are changed also where this is refused, so that what else is wrong is found.

    Args:
      given: ids of the rows that belong to cases.
      cases: ids of all listed cases.
      place: row → where it stands.
      options: `ids` says whether to join.
      report: takes the error, the warning or the note.
      who: the expert of each row; one person's two ids may not become the same case.
      what: the rows, in the plural.
    """
    if given.isin(cases).all():
        return given
    codes, levels = pd.factorize(given.to_numpy(object))
    ids = [str(v) for v in levels]
    match = _match(ids, list(dict.fromkeys(cases)), _users(ids, codes, who))
    if match is None:
        return given
    rows = np.flatnonzero(np.isin(codes, [i for i, v in enumerate(ids) if v in match.cases]))
    *first, last = match.differences
    differ = f"{', '.join(first)} and {last}" if first else last
    found = f"{len(rows):,} {what} of {len(match.cases):,} cases, such as " + " for ".join(
        repr(clip(i, 60)) for i in next(iter(match.cases.items()))
    )
    examples = [f"{place(int(i))} {clip(given.iloc[int(i)], 40)!r}" for i in rows[:FIRST_PLACES]]
    joined = [match.cases.get(i, i) for i in ids]
    result = pd.Series(np.array(joined, object)[codes], index=given.index, dtype=given.dtype)
    if match.clashes and (options.ids == "alike" or not options.ignore_unknown_cases):
        report.error(
            f"{what} name cases that are not listed; if {differ} were ignored, two cases "
            "would become one",
            found=listed((f"{a} and {b}" for a, b in match.clashes), 3),
            expected="ids spelt as in the cases",
            remedy="spell them as the cases are spelt",
            count=len(rows),
            examples=examples,
        )
        return given
    whole = all(_WHOLE.fullmatch(i) for i in [*ids, *cases] if i)
    if options.ids == "alike":
        report.warn(
            f"ids of {what} differ from those of the cases in {differ} and were joined",
            found=found,
            remedy="check that they mean the same cases",
            count=len(rows),
            examples=examples,
        )
    elif match.differences == (_FLOAT,) and whole:
        report.note(
            f"ids of {what} that differ from those of the cases in {_FLOAT} only were joined",
            count=len(rows),
            examples=examples,
        )
    elif options.ignore_unknown_cases:
        report.warn(
            f"ids of {what} that are not listed differ from listed ones in {differ} only",
            found=found,
            remedy="they are left out; check whether they mean the same cases",
            count=len(rows),
            examples=examples,
            choices=[
                Choice("ignore_unknown_cases", True, f"leave these {what} out"),
                Choice("ids", "alike", "join them: they mean the same cases"),
            ],
        )
        return given
    else:
        report.error(
            f"{what} name cases that are not listed, but differ from listed ones in {differ} only",
            found=found,
            expected="ids spelt as in the cases",
            remedy="spell them alike, or have them joined",
            count=len(rows),
            examples=examples,
            choices=[
                Choice("ids", "alike", "join them: they mean the same cases"),
                Choice("ignore_unknown_cases", True, f"leave these {what} out"),
            ],
        )
    return result


def _users(ids: list[str], codes: np.ndarray, who: pd.Series | None) -> dict[str, set[int]]:
    """Who uses each id; all rows count as one user's where nobody is named."""
    if who is None:
        return {i: {0} for i in ids}
    users: dict[str, set[int]] = {}
    for code, user in set(zip(codes.tolist(), pd.factorize(who.to_numpy(object))[0], strict=True)):
        users.setdefault(ids[code], set()).add(int(user))
    return users


def _match(ids: list[str], cases: list[str], users: Mapping[str, set[int]]) -> _Match | None:
    """The fewest differences without which as many ids as possible are those of cases."""
    there = set(cases)
    unknown = [i for i in ids if i and i not in there]
    if not unknown or not (best := _with(tuple(DIFFERENCES), unknown, ids, cases, users)).cases:
        return None
    for name in reversed(DIFFERENCES):
        if len(best.differences) > 1:
            fewer = tuple(d for d in best.differences if d != name)
            match = _with(fewer, unknown, ids, cases, users)
            # With one difference fewer, ids become the same less often.
            best = match if len(match.cases) == len(best.cases) else best
    return best


def _with(
    differences: tuple[str, ...],
    unknown: list[str],
    ids: list[str],
    cases: list[str],
    users: Mapping[str, set[int]],
) -> _Match:
    def key(text: str) -> str:
        for name in differences:
            text = DIFFERENCES[name](text)
        return text

    by_key: dict[str, list[str]] = {}
    for case in cases:
        by_key.setdefault(key(case), []).append(case)
    by_key.pop("", None)
    found = {i: same for i in unknown if (same := by_key.get(key(i)))}
    clashes = [(same[0], same[1]) for same in found.values() if len(same) > 1]
    meant = {i: same[0] for i, same in found.items()}
    there, used = set(cases), dict[str, list[str]]()
    for i in ids:
        if case := meant.get(i, i if i in there else ""):
            used.setdefault(case, []).append(i)
    for case in dict.fromkeys(meant.values()):
        first: dict[int, str] = {}
        for i in used[case]:
            clashes += [(first[user], i) for user in users[i] if first.setdefault(user, i) != i]
    return _Match(differences, meant, tuple(dict.fromkeys(clashes)))
