"""What is set for every agent: one record per data set, read and changed by all controls.

Controls show the record and change it in their callbacks, so it is up to date when the page is
drawn. Tables are the exception: their edits (`agent_table`) are taken into the record at the start
of every run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import pandas as pd
import streamlit as st

from app.shared import state
from app.shared.agent_table import AgentTable
from core.base.numbers import number
from core.dataset.agent_names import called
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.agent_bounds import AgentBounds
from core.scenarios.amount import ScenarioError

R = TypeVar("R")  # a record
A = TypeVar("A", bound=AgentBounds)  # what it says of one agent


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord(Generic[R]):
    """A record per data set, in the session and in links.

    Attributes:
      place: start of its keys in the session.
      link: its name in the URL.
      usual: the record before anything is set.
      read, write: the record from and to a link's text; `read` raises ValueError.
    """

    place: str
    link: str
    usual: Callable[[AnnotationSet], R]
    read: Callable[[str, AnnotationSet], R]
    write: Callable[[R, AnnotationSet], str]

    def key(self, data: AnnotationSet, part: str = "") -> str:
        """Session key of the record, or of a control over this data set."""
        return f"{self.place}:{data.content_hash}" + (f":{part}" if part else "")

    def known(self, data: AnnotationSet) -> R | None:
        """The record from a new link, or as it was left; None before there is one."""
        if (text := state.news(self.link)) is not None:
            try:
                self.put(data, self.read(text, data))
            except ValueError:  # of another data set, or not ours: what was set before stays
                state.refuse(self.link)
        elif st.session_state.get(self.key(data)) not in (None, self.usual(data)):
            state.remember()
        return st.session_state.get(self.key(data))

    def now(self, data: AnnotationSet) -> R:
        """The record as it is."""
        if self.key(data) not in st.session_state:
            self.put(data, self.usual(data))
        kept: R = st.session_state[self.key(data)]
        return kept

    def put(self, data: AnnotationSet, record: R) -> None:
        """Replaces the record."""
        st.session_state[self.key(data)] = record

    def publish(self, data: AnnotationSet, default: str | None = None) -> None:
        """Mirrors the record to the URL, unless its text is the default."""
        state.publish(self.link, self.write(self.now(data), data), default)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTables(Generic[R, A]):
    """Tables in which a record is edited, a row per agent.

    Attributes:
      record: that is edited.
      columns: table → its editable columns, which are fields of what is set for an agent.
      of: what a record says of an agent.
      having: a record with something else set for an agent.
      cell: what a cell shows, from the record, what it says of the agent, and the column.
      edited: what is set for an agent after an edit, from the same and the cell's new value;
        raises ScenarioError where the edit is rejected.
      texts: columns that hold texts, even where all cells are empty.
    """

    record: AgentRecord[R]
    columns: Mapping[str, Sequence[str]]
    of: Callable[[R, str], A]
    having: Callable[[R, str, A], R]
    cell: Callable[[R, A, str], Any]
    edited: Callable[[R, A, str, Any], A]
    texts: Sequence[str] = ()

    def table(self, data: AnnotationSet, name: str) -> AgentTable:
        """One of the tables."""
        return AgentTable(self.record.key(data, name), tuple(self.columns[name]))

    def frame(self, data: AnnotationSet, name: str, agents: Sequence[str]) -> pd.DataFrame:
        """What the editor of a table is given, indexed by agent."""
        record = self.record.now(data)

        def says(agent: str, column: str) -> Any:
            own = self.of(record, agent)
            return own.on_duty if column == "on_duty" else self.cell(record, own, column)

        made = self.table(data, name).frame(agents, says)
        # A column of another type would be another editor.
        return made.astype({column: "string" for column in self.texts if column in made})

    def merge(self, data: AnnotationSet) -> None:
        """Takes the edits of all tables into the record."""
        record, wrong, touched = self.record.now(data), list[str](), False
        for name in self.columns:
            for agent, column, value in self.table(data, name).changes():
                touched, own = True, self.of(record, agent)
                try:
                    if column == "on_duty":
                        own = replace(own, on_duty=value is None or bool(value))
                    else:
                        own = self.edited(record, own, column, value)
                    record = self.having(record, agent, own)
                except ScenarioError as error:
                    wrong.append(f"the {column} of {called(agent)}: {error}")
        self.record.put(data, record)
        if touched:
            self._reject(data, wrong)

    def change(self, data: AnnotationSet, changed: Callable[[R], R]) -> None:
        """Changes the record from anywhere but a table; an invalid change leaves it as it is."""
        self.merge(data)
        try:
            self.record.put(data, changed(self.record.now(data)))
        except ScenarioError as error:
            self._reject(data, [str(error)])

    def rejected(self, data: AnnotationSet) -> str | None:
        """Why the last change was rejected, until something else changes."""
        why, then = st.session_state.get(self.record.key(data, "refused"), (None, None))
        return why if then == self.record.now(data) else None

    def _reject(self, data: AnnotationSet, wrong: Sequence[str]) -> None:
        key = self.record.key(data, "refused")
        st.session_state[key] = "; ".join(wrong) or None, self.record.now(data)


def clipped(value: Any, most: float, empty: float) -> float:
    """A cell's number from 0 to `most`, which editors check in the browser only.

    Args:
      value: of the cell.
      most: the highest number.
      empty: stands for a cell without a number.
    """
    try:
        return min(max(number(value), 0.0), most)
    except ValueError:
        return empty
