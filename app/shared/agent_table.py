"""Editable tables of agents: the cells that were changed, and the frame that shows the record.

Streamlit's editor keeps its edits in the browser, lays them over the frame that it was given and
sends all of them after every edit; an edit that equals the frame again is dropped. So the content
of a cell is its edit, else the frame's value, and a cell was changed when its content differs from
the last time it was checked. That includes a cell that was set back.

A record that was changed elsewhere (a slider, a link, a bound moved along with the other one) must
show without a new editor: a new one loses what is being typed and what the browser has not sent
yet. A cell without an edit takes the record's value in the frame. A cell with an edit first takes
the edit's value: then the browser drops the edit and reports it, and the frame takes the record's.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

Cell = tuple[str, str]  # agent, column


class Change(NamedTuple):
    """A cell that was changed.

    Attributes:
      agent: of the row. column: of the cell. value: the cell's new value; None or NaN if empty.
    """

    agent: str
    column: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _Editor:
    """What is known of an editor in the browser.

    Attributes:
      names: agents of its rows.
      columns: that can be edited.
      frame: the cells that it was given last.
      edits: the cells under an edit when they were last looked at.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    frame: dict[Cell, Any]
    edits: dict[Cell, Any]


@dataclass(frozen=True, slots=True)
class AgentTable:
    """A table with a row per agent.

    Attributes:
      place: start of its keys in the session.
      columns: that can be edited.
    """

    place: str
    columns: tuple[str, ...]

    @property
    def key(self) -> str:
        """Key of the editor that is drawn next; another one where it has other rows."""
        return f"{self.place}:{st.session_state.get(self._version, 0)}"

    def changes(self) -> tuple[Change, ...]:
        """The cells that were changed since the last call, each with its content."""
        editor, edits = self._editor(), self._edits()
        if editor is None or edits is None:
            return ()
        changed = [
            Change(*cell, editor.frame[cell])
            for cell, before in editor.edits.items()
            if cell not in edits and not same(before, editor.frame[cell])
        ]
        for cell, value in edits.items():
            if not same(editor.edits.get(cell, editor.frame[cell]), value):
                changed.append(Change(*cell, value))
        st.session_state[self._state] = replace(editor, edits=edits)
        return tuple(changed)

    def frame(self, names: Sequence[str], says: Callable[[str, str], Any]) -> pd.DataFrame:
        """The frame to give to the editor under `key`, indexed by agent.

        Args:
          names: agents of the rows.
          says: the record's value for an agent and a column.
        """
        editor, edits = self._editor(), self._edits()
        rows = tuple(names)
        if (
            editor is None
            or edits is None  # it was not drawn last time: the browser has forgotten its edits
            or (editor.names, editor.columns) != (rows, self.columns)
        ):
            if editor is not None:
                st.session_state[self._version] = st.session_state.get(self._version, 0) + 1
            editor, edits = _Editor(names=rows, columns=self.columns, frame={}, edits={}), {}
        cells = {}
        for cell in ((name, column) for name in rows for column in self.columns):
            wanted = says(*cell)
            if cell not in edits:
                cells[cell] = wanted
            elif same(edits[cell], wanted):
                cells[cell] = editor.frame[cell]
            else:
                cells[cell] = edits[cell]
        st.session_state[self._state] = replace(editor, frame=cells)
        return pd.DataFrame(
            {column: [cells[name, column] for name in rows] for column in self.columns},
            index=pd.Index(rows, name="agent"),
        )

    def _editor(self) -> _Editor | None:
        editor: _Editor | None = st.session_state.get(self._state)
        return editor

    def _edits(self) -> dict[Cell, Any] | None:
        """The cells under an edit now; None where no editor is drawn."""
        editor, said = self._editor(), st.session_state.get(self.key)
        if editor is None or not said:
            return None
        return {
            (editor.names[int(row)], column): value
            for row, cells in said["edited_rows"].items()
            if 0 <= int(row) < len(editor.names)
            for column, value in cells.items()
            if column in editor.columns
        }

    @property
    def _state(self) -> str:
        return f"{self.place}:editor"

    @property
    def _version(self) -> str:
        return f"{self.place}:version"


def same(one: Any, other: Any) -> bool:
    """Whether two cells have the same content; None and NaN are both empty."""
    return bool(one == other) or (_nothing(one) and _nothing(other))


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
