"""Which class a high score speaks for, and where scores are cut."""

from collections.abc import Sequence

import numpy as np

from core.files.table import Table
from core.matching.facts import Column
from core.matching.grades import classes_of, cut_grades
from core.matching.names import plain
from core.matching.roles import PRESENT, Roles

_POSITIVE = frozenset(
    {
        *("1", "yes", "true", "positive", "pos", "malignant", "abnormal", "disease", "diseased"),
        *("cancer", "present", "case", "sick", "ja", "positiv", "bosartig", "krank", "oui"),
        *("malin", "positif", "si", "positivo", "maligno", "maligne", "kwaadaardig", "positief"),
    }
)

_NEGATIVE = frozenset(
    {
        *("0", "no", "false", "negative", "neg", "benign", "normal", "healthy", "absent", "none"),
        *("control", "controls", "hc", "cn", "nc", "nein", "gesund", "gutartig", "negativ", "non"),
        *("sain", "benin", "negatif", "sano", "benigno", "negativo", "gezond", "goedaardig", "nee"),
    }
)


def find_class(classes: Sequence[str]) -> str:
    """The positive one of some classes; "" without classes.

    By its name or by that of the other one of two, else the last one.
    """
    named = [c for c in classes if plain(c) in _POSITIVE]
    others = [c for c in classes if plain(c) not in _NEGATIVE]
    if len(named) != 1 and len(classes) == 2 and len(others) == 1:
        return others[0]
    return named[0] if len(named) == 1 else classes[-1] if classes else ""


def find_positive(tables: Sequence[Table], roles: Roles) -> str:
    """The class that a high score speaks for; "" without classes.

    Args:
      tables: of the upload.
      roles: of their columns.
    """
    if roles.by_presence and roles.finding:
        return PRESENT
    return find_class(classes_of(tables, cut_grades(tables, roles)))


def find_cut(scores: Sequence[Column]) -> float:
    """The middle of the scale on which scores are given: 0 to 1, 0 to 100, or their own range.

    Args:
      scores: columns of scores.
    """
    values = np.concatenate([column.scores for column in scores])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if low >= 0 and high <= 1:
        return 0.5
    if low >= 0 and 10 < high <= 100:
        return 50.0
    return float(np.ceil((low + high) / 2))
