"""Annotations as rows, before they are checked."""

from dataclasses import dataclass

import pandas as pd

from core.reading.labels import Place


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Annotations as given, one row each, as trimmed text.

    Attributes:
      case: case ids. expert: names. label: "" where missing.
      place: row → its place in the files.
      more: all columns of the same rows, such as when an annotation was made.
    """

    case: pd.Series
    expert: pd.Series
    label: pd.Series
    place: Place
    more: pd.DataFrame | None = None
