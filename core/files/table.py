"""One table as text, with the row numbers that a spreadsheet shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.base.report import Report, listed


@dataclass(frozen=True)
class Table:
    """One table as text.

    Attributes:
      name: the file's name, for messages.
      frame: trimmed text, "" where blank; the index is the row number a spreadsheet shows, or a
        text that says where the row is, for rows of several files.
      delimiter: what separated the cells.
    """

    name: str
    frame: pd.DataFrame
    delimiter: str

    def find(self, wanted: str) -> str | None:
        """The column called `wanted`, ignoring case, spaces and dashes."""
        if wanted in self.frame.columns:
            return wanted
        alike = [c for c in self.frame.columns if re.sub(r"[\s-]+", "_", c.casefold()) == wanted]
        return alike[0] if len(alike) == 1 else None

    def rename_known(self, wanted: Sequence[str]) -> "Table":
        """The same table with its known columns called exactly as in `wanted`."""
        names = {found: name for name in wanted if (found := self.find(name)) is not None}
        return Table(self.name, self.frame.rename(columns=names), self.delimiter)

    def rows(self, kept: np.ndarray) -> "Table":
        """The same table with some of its rows."""
        return Table(self.name, self.frame[kept], self.delimiter)

    def require(self, wanted: Sequence[str], meanings: Sequence[str], report: Report) -> None:
        """An error for every missing column of `wanted`."""
        for name, meaning in zip(wanted, meanings, strict=True):
            if name not in self.frame.columns:
                report.error(
                    f"{self.name} has no column {name!r} ({meaning})",
                    found=f"the columns {listed(self.frame.columns)}",
                    expected=", ".join(wanted),
                    remedy=f"rename the column that holds the {meaning} to {name!r}",
                )

    def place(self, position: int) -> str:
        """Where a row is: its file and the row number a spreadsheet shows."""
        row = self.frame.index[position]
        return row if isinstance(row, str) else f"{self.name} row {row}"
