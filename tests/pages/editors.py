"""Editable tables as a browser keeps them, for tests that have no browser."""

from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest

_ROUNDS = 5  # runs until browser and page agree, at most


class Editor:
    """An editor on screen: its edits lie over the frame that the page gave it.

    An edit that equals the frame is dropped, also when it is the frame that changes; after every
    change all edits are sent.
    """

    def __init__(self, app: AppTest, place: str, column: str):
        """Finds the editor.

        Args:
          app: the page.
          place: start of the editor's keys in the session.
          column: that no other table of the page has.
        """
        self.app, self.place, self.column = app, place, column
        self.edits: dict[int, dict[str, Any]] = {}

    def type(self, row: int, column: str, value: Any) -> None:
        """Types into a cell, and waits until the page has answered."""
        self.edits.setdefault(row, {})[column] = value
        self._drop()
        self._send()
        self.settle()

    def settle(self) -> None:
        """Takes the page's last frame, and says so where it drops edits."""
        for _ in range(_ROUNDS):
            if not self._drop():
                return
            self._send()
        raise AssertionError("browser and page do not come to an end")

    def shown(self, column: str) -> list[Any]:
        """What the cells of a column say."""
        cells = self._frame()[column].tolist()
        for row, edits in self.edits.items():
            cells[row] = edits.get(column, cells[row])
        return [None if _nothing(cell) else cell for cell in cells]

    def _frame(self) -> pd.DataFrame:
        return next(d.value for d in self.app.dataframe if self.column in d.value.columns)

    def _drop(self) -> bool:
        frame, dropped = self._frame(), False
        for row, cells in list(self.edits.items()):
            for column, value in list(cells.items()):
                base = frame[column].iloc[row]
                if (_nothing(base) and _nothing(value)) or (not _nothing(base) and base == value):
                    del cells[column]
                    dropped = True
            if not cells:
                del self.edits[row]
        return dropped

    def _send(self) -> None:
        version = f"{self.place}:version"
        number = self.app.session_state[version] if version in self.app.session_state else 0
        edits = {row: dict(cells) for row, cells in self.edits.items()}
        self.app.session_state[f"{self.place}:{number}"] = {
            "edited_rows": edits,
            "added_rows": [],
            "deleted_rows": [],
        }
        self.app.run()
        assert not self.app.exception


def _nothing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
