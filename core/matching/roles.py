"""What each column of an upload is for; kept, downloaded and typed as one JSON object."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from core.files.table import Table


class Role(StrEnum):
    """What a column is for."""

    CASE = "case"
    PATIENT = "patient"
    TRUTH = "truth"
    READER = "reader"
    ANSWER = "answer"
    SCORE = "score"
    FEATURE = "feature"
    GROUP = "group"
    SPLIT = "split"
    FILE = "file"
    DATE = "date"
    AI_CLASS = "ai_class"
    AI_PROBABILITY = "ai_probability"
    AI_SCORE = "ai_score"
    IGNORE = "ignore"


LABELS: Mapping[Role, str] = {
    Role.CASE: "Case id",
    Role.PATIENT: "Patient",
    Role.TRUTH: "Ground truth",
    Role.READER: "Reader's name",
    Role.ANSWER: "Reader's answer",
    Role.SCORE: "Reader's score",
    Role.FEATURE: "Feature",
    Role.GROUP: "Group",
    Role.SPLIT: "Split",
    Role.FILE: "Image file",
    Role.DATE: "Date of the answer",
    Role.AI_CLASS: "AI's class",
    Role.AI_PROBABILITY: "AI's probability of a class",
    Role.AI_SCORE: "AI's score",
    Role.IGNORE: "Not used",
}
PRESENT, ABSENT = "yes", "no"  # the classes of a finding that is said by rows
SplitName = Literal["train", "validation", "test"]
SplitUse = Literal["train", "validation", "test", "unused"]
UNUSED: SplitUse = "unused"  # cases that a split column marks so are left out


class ColumnRole(BaseModel):
    """The role of one column.

    Attributes:
      role: what it is for.
      name: of the reader whose answers or scores it holds, or of the class whose probability;
        "" where another column or the file says so.
      finding: which finding an answer, a score or a truth is about; "" where there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    name: str = ""
    finding: str = ""


class TableRoles(BaseModel):
    """The roles of one table.

    Attributes:
      columns: role by column; columns that are not named are not used.
      reader: whose answers the whole table holds, where no column says so.
      row_is_case: there is no case id: the n-th row of every such table is the n-th case.
      presence: findings that are the values of the answer: a row says that the reader saw this
        one, and a reader who has other rows of the case, that they did not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, ColumnRole]
    reader: str = ""
    row_is_case: bool = False
    presence: tuple[str, ...] = ()

    def having(self, *roles: Role) -> list[str]:
        """The columns of these roles."""
        return [name for name, column in self.columns.items() if column.role in roles]


class Roles(BaseModel):
    """What all columns of an upload are for.

    Attributes:
      version: of this format.
      tables: roles by table, in the order of the files.
      classes: spelling of a label → the class that is meant, "" for none.
      splits: word of a split column → split, or "unused" for cases that are left out.
      finding: which one to read, of several.
      positive: the class that a high score speaks for.
      cut: scores from here on are answers of the positive class.
      ai: which of several AIs coverage counts; "" the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    tables: dict[str, TableRoles]
    classes: dict[str, str] = {}
    splits: Mapping[str, SplitUse] = {}
    finding: str = ""
    positive: str = ""
    cut: float | None = None
    ai: str = ""

    @property
    def findings(self) -> tuple[str, ...]:
        """The findings that columns are about, in the order of the columns."""
        found = [c.finding for t in self.tables.values() for c in t.columns.values()]
        found += [f for t in self.tables.values() for f in t.presence]
        return tuple(dict.fromkeys(f for f in found if f))

    @property
    def by_presence(self) -> bool:
        """Whether findings are said by rows, each of which names one."""
        return any(table.presence for table in self.tables.values())

    @property
    def shape(self) -> str:
        """A name for what columns the tables have; the same for files of the same shape."""
        return _shape(list(table.columns) for table in self.tables.values())

    def change(self, table: str, column: str, role: ColumnRole) -> "Roles":
        """The roles with another role for one column."""
        old = self.tables[table]
        changed = old.model_copy(update={"columns": {**old.columns, column: role}})
        return self.model_copy(update={"tables": {**self.tables, table: changed}})

    def fit(self, tables: Sequence[Table]) -> "Roles | None":
        """These roles for tables of the same shape; None where the shapes differ.

        File names may differ. Of several tables with the same columns, such as one per reader,
        at most one may be called otherwise: nothing says which of two is whose.
        """
        mine = dict(self.tables)
        if shape(tables) != self.shape:
            return None
        columns = {table.name: frozenset(map(str, table.frame.columns)) for table in tables}
        found = {
            name: mine.pop(name)
            for name, there in columns.items()
            if name in mine and frozenset(mine[name].columns) == there
        }
        for name, there in columns.items():
            if name not in found:
                fits = [n for n, roles in mine.items() if frozenset(roles.columns) == there]
                if len(fits) != 1:
                    return None
                found[name] = mine.pop(fits[0])
        return self.model_copy(update={"tables": {name: found[name] for name in columns}})


def find_roles(content: Any) -> Roles | None:
    """The roles that JSON content holds, as the dashboard downloads them; None if it does not."""
    if not isinstance(content, dict) or not {"version", "tables"} <= content.keys():
        return None
    try:
        return Roles.model_validate(content)
    except ValidationError:
        return None


def shape(tables: Sequence[Table]) -> str:
    """The `Roles.shape` of tables."""
    return _shape(list(map(str, table.frame.columns)) for table in tables)


def _shape(columns: Iterable[list[str]]) -> str:
    text = "\x1e".join(sorted("\x1f".join(sorted(names)) for names in columns))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
