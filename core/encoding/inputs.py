"""Inputs as they are made of a table's columns, a few columns at a time."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from jaxtyping import Float32

from core.base import limits
from core.base.report import Report, refuse

Columns = list[tuple[str, np.ndarray]]  # titles and values of what becomes of one column
_BLOCK = 1_000_000  # cells that are encoded at once


def blocks(frame: pd.DataFrame) -> Iterator[tuple[int, np.ndarray]]:
    """A table a few columns at a time: the first one's position, and texts [N, d]."""
    step = max(_BLOCK // max(len(frame), 1), 1)
    for start in range(0, frame.shape[1], step):
        yield start, frame.iloc[:, start : start + step].to_numpy(object)


class Inputs:
    """Inputs as they are made, in blocks that hold what the networks see and nothing more."""

    def __init__(self, cases: int, report: Report):
        self._cases, self._report = cases, report
        self._names: list[str] = []
        self._open: list[np.ndarray] = []
        self._blocks: list[np.ndarray] = []

    def add(self, columns: Columns) -> None:
        """Put what became of a column to the right.

        Raises:
          DataError: there are too many inputs.
        """
        self._names += [title for title, _ in columns]
        self._open += [values for _, values in columns]
        width = len(self._names)
        if width > limits.MOST_INPUTS or width * self._cases > limits.MOST_INPUT_CELLS:
            refuse(
                "the features need too many inputs",
                found=f"{width:,} inputs × {self._cases:,} cases as far as {columns[0][0]!r}",
                expected=f"at most {limits.MOST_INPUTS:,} inputs, and {limits.MOST_INPUT_CELLS:,} "
                "values in all",
                remedy="every category gets an input of its own: leave columns out, or call a "
                "column group_… to keep it beside the cases without using it",
                report=self._report,
            )

    def close_block(self) -> None:
        """Keep what was added since the last call."""
        if self._open:
            self._blocks.append(np.column_stack(self._open).astype(np.float32, copy=False))
            self._open = []

    def together(self) -> tuple[Float32[np.ndarray, "N D"], tuple[str, ...]]:
        """The columns side by side, and their titles."""
        values = np.zeros((self._cases, 0), np.float32)
        if self._blocks:
            values = np.ascontiguousarray(np.concatenate(self._blocks, axis=1))
        return values, tuple(self._names)
