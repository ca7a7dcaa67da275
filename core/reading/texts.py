"""Texts of cases as NumPy arrays, in which every text is as wide as the longest."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.base import limits
from core.base.names import controls
from core.base.report import Report, listed, refuse
from core.reading.labels import Place, check_names


def text_array(texts: np.ndarray, what: str, report: Report) -> np.ndarray:
    """One text per case as an array of texts.

    Args:
      texts: any objects that are texts.
      what: what they are, for messages, in the plural.
      report: of the reading.

    Raises:
      DataError: they would take too much memory.
    """
    widest = max(map(len, texts), default=0)
    if len(texts) * widest * 4 > limits.MOST_FIXED_TEXT:
        refuse(
            f"{what} are too long for so many cases",
            found=f"{len(texts):,} cases, the longest text of {widest:,} characters",
            expected=f"at most {limits.MOST_FIXED_TEXT // 4 // len(texts):,} characters with so "
            "many cases",
            remedy="shorten the longest",
            report=report,
        )
    return texts.astype(str)


def check_group_columns(names: Sequence[str], report: Report) -> None:
    """Refuses too many group columns, and names with control characters.

    Raises:
      DataError: there are more, or such a name.
    """
    if bad := [name for name in names if controls(name)]:
        refuse(
            "group columns have control characters in their names",
            found=listed(bad),
            expected="letters of any script, numbers and signs",
            remedy="delete these invisible characters",
            count=len(bad),
            report=report,
        )
    if len(names) > limits.MOST_GROUP_COLUMNS:
        refuse(
            "there are too many group columns",
            found=f"{len(names):,}, such as {listed(names, 3)}",
            expected=f"at most {limits.MOST_GROUP_COLUMNS}",
            remedy="keep only those to compare cases by",
            report=report,
        )


def text_groups(
    groups: Mapping[str, np.ndarray], place: Place, report: Report
) -> dict[str, np.ndarray]:
    """Group columns as arrays of texts.

    Args:
      groups: the values of each column.
      place: row → its place in the files.
      report: of the reading.

    Raises:
      DataError: too many of them, values that are too long or have control characters, or too
        large in total.
    """
    check_group_columns(list(groups), report)
    result = {}
    room = limits.MOST_FIXED_TEXT
    for name, values in groups.items():
        check_names(pd.Series(values), place, f"values of the group column {name!r}", report)
        report.stop()
        widest = max(map(len, values), default=0)
        if widest > limits.LONGEST_GROUP:
            refuse(
                f"the group column {name!r} has values that are too long",
                found=f"one of {widest:,} characters",
                expected=f"at most {limits.LONGEST_GROUP:,} characters",
                remedy="shorten them, or leave the column out",
                count=sum(len(v) > limits.LONGEST_GROUP for v in values),
                report=report,
            )
        room -= len(values) * widest * 4
        if room < 0:
            refuse(
                "the group columns are too long for so many cases",
                found=f"more than {limits.MOST_FIXED_TEXT // 2**20} MiB as far as {name!r}, whose "
                f"longest value has {widest:,} characters",
                expected=f"at most {limits.MOST_FIXED_TEXT // 2**20} MiB: cases × the longest "
                "value × 4 bytes, all columns together",
                remedy="shorten the longest values, or leave columns out",
                report=report,
            )
        result[name] = values.astype(str)
    return result
