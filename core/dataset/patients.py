"""Whose case it is: cases of one patient are alike, in truth and in how well they are read."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int

from core.dataset.group_names import names_patients


def patient_column(groups: Mapping[str, np.ndarray]) -> str | None:
    """The group column that names patients."""
    return next(filter(names_patients, sorted(groups)), None)


def patient_numbers(groups: Mapping[str, np.ndarray]) -> Int[np.ndarray, " n"] | None:
    """A number for the patient of each case, from 0 without gaps; None without such a column.

    A case without a patient stands for itself.
    """
    column = patient_column(groups)
    if column is None:
        return None
    names = np.asarray(groups[column], str)
    number = np.unique(names, return_inverse=True)[1]
    alone = np.where(names == "", len(names) + np.arange(len(names)), number)
    return np.asarray(np.unique(alone, return_inverse=True)[1], np.int64)


def clusters(
    groups: Mapping[str, np.ndarray], rows: Int[np.ndarray, " n"] | None = None
) -> Int[np.ndarray, " n"] | None:
    """`patient_numbers` of some cases; None also where every case is of another patient.

    Then cases are independent, and figures are those of a set without patients.

    Args:
      groups: text per case for each group column.
      rows: positions of the cases; None for all.
    """
    column = patient_column(groups)
    if column is None:
        return None
    names = np.asarray(groups[column])
    number = patient_numbers({column: names if rows is None else names[rows]})
    assert number is not None
    return number if len(number) and number.max() + 1 < len(number) else None
