"""What is being matched, kept in the session until it is read or given up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd
import streamlit as st

from core.base.report import Report
from core.files.table import Table
from core.library.passed_tables import PassedTables
from core.matching.facts import Column, columns_of
from core.matching.guess import merges
from core.matching.roles import ColumnRole, Role, Roles, TableRoles
from core.matching.summary import Summary, summarise

Origin = Literal["guess", "kept", "given", "mine"]
WORDED = (Role.TRUTH, Role.ANSWER, Role.AI_CLASS)  # their words are classes
_HELD = "upload_match"
_MOST = 24  # summaries that are kept


@dataclass
class Held:
    """An upload whose columns are being matched.

    Attributes:
      passed: its tables with the guess.
      report: problems found while opening the files.
      revision: of the files.
      origin: where the roles came from at first.
      roles: as they stand on screen; `final` is what follows from all.
      off: tables that are switched off.
      spelt: class by spelling, as typed.
      each: whether every finding becomes a data set.
      round: changes when the roles are replaced as a whole, so that widgets start anew.
      columns: facts by table and column.
    """

    passed: PassedTables
    report: Report
    revision: int
    origin: Origin
    roles: Roles
    off: set[str] = field(default_factory=set)
    spelt: dict[str, str] = field(default_factory=dict)
    each: bool = False
    round: int = 0
    columns: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)
    _summaries: dict[str, Summary] = field(default_factory=dict)
    _merged: tuple[str, dict[str, str]] = ("", {})
    _opens: dict[str, bool] = field(default_factory=dict)
    _frames: dict[str, tuple[str, pd.DataFrame]] = field(default_factory=dict)

    @property
    def tables(self) -> list[Table]:
        """The tables that are switched on."""
        return [t for t in self.passed.opened.tables if t.name not in self.off]

    @property
    def final(self) -> Roles:
        """The roles to read by: without the tables that are off, with all spellings."""
        tables = {n: _unused(t) if n in self.off else t for n, t in self.roles.tables.items()}
        roles = self.roles.model_copy(update={"tables": tables})
        classes = {} if roles.by_presence else {**self.merged(roles), **self.spelt}
        return roles.model_copy(update={"classes": classes})

    def merged(self, roles: Roles) -> dict[str, str]:
        """Spellings that probably mean one class."""
        key = repr([(n, t.having(*WORDED)) for n, t in roles.tables.items()])
        if self._merged[0] != key:
            self._merged = (key, merges(self.passed.opened.tables, roles))
        return self._merged[1]

    def summary(self) -> Summary:
        """What follows from the roles, without the matched tables themselves."""
        roles = self.final
        key = roles.model_dump_json()
        if key not in self._summaries:
            found = replace(summarise(self.passed.opened.tables, roles), matched=None)
            self._summaries = dict([*self._summaries.items(), (key, found)][-_MOST:])
        return self._summaries[key]

    def used(self, *roles: Role) -> list[Column]:
        """The columns of these roles, of the chosen finding, in tables that are on."""
        return [
            self.columns[table.name][name]
            for table in self.tables
            for name in self.roles.tables[table.name].having(*roles)
            if self.roles.tables[table.name].columns[name].finding in ("", self.roles.finding)
        ]

    def change(self, **what: object) -> None:
        """Other values of fields of the roles."""
        self.roles = self.roles.model_copy(update=what)

    def change_table(self, name: str, **what: object) -> None:
        """Other values of fields of one table's roles."""
        changed = self.roles.tables[name].model_copy(update=what)
        self.change(tables={**self.roles.tables, name: changed})

    def key(self, *parts: object) -> str:
        """The key of a widget."""
        return "match_" + "_".join(map(str, (self.round, *parts)))

    def opens(self, key: str, at_first: bool) -> bool:
        """Whether an expander of this key was open when it was drawn first."""
        return self._opens.setdefault(key, at_first)

    def frame(self, name: str, rows: str, made: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """What an editor shows below its edits: made anew for other rows or another editor.

        Args:
          name: of the editor.
          rows: what its rows are.
          made: makes the frame from the roles as they stand.
        """
        key = self.key(name, rows)
        if self._frames.get(name, ("",))[0] != key or key not in st.session_state:
            self._frames[name] = (key, made())
        return self._frames[name][1]

    def take(self, roles: Roles, origin: Origin) -> None:
        """Replaces the roles as a whole."""
        guessed = self.passed.opened.roles
        self.roles, self.origin = roles, origin
        # Guessed ones follow from the columns, see `merged`.
        self.spelt = dict(roles.classes) if origin in ("kept", "given") else {}
        self.off = {name for name, table in roles.tables.items() if table == _unused(table)}
        # A table that is switched on starts from the guess.
        for name in self.off:
            self.change_table(name, columns=guessed.tables[name].columns)
        if roles.findings and roles.finding not in roles.findings:
            self.change(finding=roles.findings[0])
        self.round += 1


def held() -> Held | None:
    """What is being matched now."""
    found: Held | None = st.session_state.get(_HELD)
    return found


def drop() -> None:
    """Gives up the matching; the files stay."""
    st.session_state.pop(_HELD, None)


def begin(passed: PassedTables, report: Report, revision: int) -> None:
    """Starts matching, or goes on where files were added to those that were matched before."""
    before, opened = held(), passed.opened
    new = Held(passed, report, revision, "guess", opened.roles, columns=columns_of(opened.tables))
    if opened.given:
        new.take(opened.roles, "given")
    elif before is not None:
        new.round = before.round
        new.take(_go_on(before, opened.roles), "mine")
        new.spelt = before.spelt
    elif passed.kept is not None:
        new.take(passed.kept.roles, "kept")
    else:
        new.take(opened.roles, "guess")
    st.session_state[_HELD] = new


def _go_on(before: Held, guessed: Roles) -> Roles:
    """The guess, with what was changed by hand in the tables that were there before."""
    tables = dict(guessed.tables)
    first = before.passed.opened.roles.tables
    for name, mine in before.roles.tables.items():
        same = name in tables and tables[name].columns.keys() == mine.columns.keys()
        if same and (mine != first[name] or name in before.off):
            tables[name] = _unused(mine) if name in before.off else mine
    kept = {f: getattr(before.roles, f) for f in ("finding", "positive", "cut", "ai")}
    splits = {**guessed.splits, **before.roles.splits}
    return guessed.model_copy(update={"tables": tables, "splits": splits, **kept})


def _unused(table: TableRoles) -> TableRoles:
    columns = dict.fromkeys(table.columns, ColumnRole(role=Role.IGNORE))
    return table.model_copy(update={"columns": columns})
