"""Grades: labels with an order, such as 1 to 5, KL 0 to 4, BI-RADS 4a, grade 2, stage IIIb."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from core.encoding.missing_words import stands_for_missing
from core.files.table import Table
from core.matching.facts import Column, grade
from core.matching.roles import Role, Roles

FEWEST = 3  # grades of a scale; of two there is nothing to cut
MOST = 30  # grades that are offered one by one
_WORDED = (Role.TRUTH, Role.ANSWER, Role.AI_CLASS)


class Classes(NamedTuple):
    """The names of the two classes that a cut makes of grades."""

    below: str
    above: str


def scale(labels: Iterable[str]) -> dict[str, float]:
    """The labels with the value of each, lowest first; empty where they are no grades of one scale.

    Labels of one scale are all numbers, or all Roman numerals and 0, behind the same word or none,
    and have different values.
    """
    found = {label: grade(label) for label in labels}
    grades = [one for one in found.values() if one is not None]
    values = {one.value for one in grades}
    if len(grades) < len(found) or len(values) < len(found):
        return {}
    roman = [one.value for one in grades if one.roman]
    # I, V and X alone are letters.
    if len({one.word.casefold() for one in grades if one.word}) > 1 or (
        roman and (min(roman) >= 3 or any(not one.roman and one.value for one in grades))
    ):
        return {}
    known = {label: one.value for label, one in found.items() if one is not None}
    return dict(sorted(known.items(), key=lambda item: item[1]))


def in_order(names: Sequence[str]) -> list[str]:
    """Names of classes: whole numbers and grades by their value, others alphabetically."""
    if all(re.fullmatch(r"[+-]?\d{1,18}", name) for name in names):
        return sorted(names, key=int)
    return list(scale(names)) or sorted(names, key=lambda name: (name.casefold(), name))


def classes_of(tables: Sequence[Table], roles: Roles) -> list[str]:
    """The classes of the ground truth, in order; of the answers where no column holds a truth.

    Args:
      tables: of the upload.
      roles: of their columns, with the finding that is read.
    """
    found: dict[str, None] = {}
    known = columns_with(tables, roles, Role.TRUTH)
    for column in known or columns_with(tables, roles, Role.ANSWER):
        found |= dict.fromkeys(roles.classes.get(v, v) for v in map(str, column.levels))
    return in_order([name for name in found if name])


def grades_of(tables: Sequence[Table], roles: Roles) -> dict[str, float]:
    """The grades of the ground truth with their values, lowest first; empty where it has none."""
    if roles.by_presence:
        return {}
    found = scale(c for c in classes_of(tables, roles) if not _missing(c))
    return found if len(found) >= FEWEST else {}


def value(label: str) -> float | None:
    """The place of a label among grades; None where it is no grade, or says there is none (−9)."""
    found = grade(label)
    return None if found is None or _missing(label) else found.value


def _missing(label: str) -> bool:
    return stands_for_missing(label, numbered=True)


def names_of(grades: Mapping[str, float], cut: float) -> Classes:
    """What the two classes are called, such as “grade < 3” and “grade >= 3”.

    Args:
      grades: values by label, lowest first.
      cut: the lowest value of the upper class.
    """
    first = next((label for label, value in grades.items() if value >= cut), "")
    parts = [one for label in grades if (one := grade(label)) is not None]
    word = next((one.word for one in parts if one.word), "grade")
    lowest = grade(first)
    number = f"{cut:g}" if lowest is None else lowest.number
    return Classes(f"{word} < {number}", f"{word} >= {number}")


def cut_grades(tables: Sequence[Table], roles: Roles) -> Roles:
    """The roles with every grade read as one of two classes; as they are without grades or a cut.

    Answers may be spelt in another way than the truth (III for 3); those that are no grades stay.

    Args:
      tables: of the upload.
      roles: of their columns, with the cut.
    """
    grades = grades_of(tables, roles)
    if roles.cut is None or not grades:
        return roles
    names = names_of(grades, roles.cut)
    spelt = [str(v) for c in columns_with(tables, roles, *_WORDED) for v in c.levels]
    for table in roles.tables.values():
        spelt += [table.columns[name].name for name in table.having(Role.AI_PROBABILITY)]
    classes = dict(roles.classes)
    for word in dict.fromkeys([*spelt, *classes]):
        meant = classes.get(word, word)
        if (place := value(meant)) is not None:
            classes[word] = names.above if place >= roles.cut else names.below
        elif _missing(meant):
            classes[word] = ""  # the classes are no numbers now, among which −9 would say so
    return roles.model_copy(update={"classes": classes, "positive": names.above})


def columns_with(tables: Sequence[Table], roles: Roles, *of: Role) -> list[Column]:
    """The columns of some roles that are about the finding."""
    return [
        Column(table, name)
        for table in tables
        if (mine := roles.tables.get(table.name)) is not None
        for name in mine.having(*of)
        if mine.columns[name].finding in ("", roles.finding)
    ]
