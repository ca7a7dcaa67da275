"""The tables of an upload, a row per column with a control for its role."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app.data.matching.held import Held
from app.shared import views, words
from core.base.report import clip
from core.files.table import Table
from core.matching.facts import Column
from core.matching.names import role_score
from core.matching.roles import LABELS, ColumnRole, Role, TableRoles

_ROWS = 25  # columns with a row of their own; the others stand in a table
_PLAIN = 15  # features and unused columns up to which they have rows, too
_SURE = 0.45  # of a name such as fold, which is used for nothing unless the user says so
_OPEN = 2  # tables that are open at first
_ROLES = {label: role for role, label in LABELS.items()}
_NAMED = {  # what the name of a role says
    Role.ANSWER: "Name of the reader",
    Role.SCORE: "Name of the reader",
    Role.AI_PROBABILITY: "Class",
    Role.GROUP: "Name of the group",
}
_OF_FINDINGS = (Role.TRUTH, Role.ANSWER, Role.SCORE, Role.AI_CLASS, Role.AI_SCORE)


def draw(held: Held) -> None:
    """Draws all tables; changes of the roles are taken over at once."""
    tables = held.passed.opened.tables
    guessed = held.passed.opened.roles.tables
    # Ground truth first, then answers: in the order in which they are looked for.
    order = sorted(
        enumerate(tables),
        key=lambda one: (
            not guessed[one[1].name].having(Role.TRUTH),
            not guessed[one[1].name].having(Role.ANSWER, Role.SCORE),
        ),
    )
    titles: dict[str, str] = {}
    for i, table in order:
        key = held.key(i, "open")
        few = len(tables) <= _OPEN or i == order[0][0]
        opens = held.opens(key, few and table.name not in held.off)
        titles[table.name] = _title(held, table)
        with st.expander(titles[table.name], opens, key=key, on_change="rerun") as place:
            if place.open:
                _table(held, i, table, alone=len(tables) == 1)
    if any(_title(held, table) != titles[table.name] for table in tables):
        st.rerun()


def _title(held: Held, table: Table) -> str:
    """The table's name and what it holds."""
    mine = held.roles.tables[table.name]
    name = f"**{views.escape(clip(table.name, 60))}** · {words.count(len(table.frame), 'row')}"
    if table.name in held.off:
        return f"{name} · not used"
    holds = []
    readers = mine.having(Role.ANSWER, Role.SCORE)
    if mine.reader and readers:
        holds.append(f"answers of {views.escape(clip(mine.reader, 40))}")
    elif mine.having(Role.READER) and readers:
        holds.append("a row per answer")
    elif readers:
        holds.append(f"answers of {words.count(len(readers), 'reader')}")
    for role, text in (
        (Role.TRUTH, "ground truth"),
        (Role.SPLIT, "split"),
        (Role.FILE, "images"),
    ):
        if mine.having(role):
            holds.append(text)
    if mine.having(Role.AI_CLASS, Role.AI_PROBABILITY, Role.AI_SCORE):
        holds.append("an AI's predictions")
    if features := mine.having(Role.FEATURE):
        holds.append(words.count(len(features), "feature"))
    return f"{name} · {', '.join(holds) or 'nothing that is used'}"


def _table(held: Held, i: int, table: Table, *, alone: bool) -> None:
    if not alone:
        if not st.toggle("Use this table", table.name not in held.off, held.key(i, "on")):
            held.off.add(table.name)
            return
        held.off.discard(table.name)
    mine = held.roles.tables[table.name]
    columns = held.columns[table.name]
    if mine.reader or held.passed.opened.roles.tables[table.name].reader:
        reader = st.text_input(
            "This table holds the answers of reader",
            mine.reader,
            key=held.key(i, "reader"),
            max_chars=200,
        )
        held.change_table(table.name, reader=reader.strip())
    rows, folded = _parted(held.passed.opened.roles.tables[table.name], columns)
    for j, name in enumerate(columns):
        if name in rows:
            _row(held, (i, j), table.name, columns[name])
    if folded:
        _fold(held, i, table.name, [columns[name] for name in folded])
    mine = held.roles.tables[table.name]
    if not mine.having(Role.CASE):
        each = st.toggle(
            "There is no case id: each row is a case",
            mine.row_is_case,
            held.key(i, "rows"),
            help="The first row of every such table is the first case, and so on.",
        )
        held.change_table(table.name, row_is_case=each)


def _parted(guessed: TableRoles, columns: Mapping[str, Column]) -> tuple[set[str], list[str]]:
    """Columns with a row of their own, and those that are folded away."""
    telling = [
        name
        for name in columns
        if guessed.columns[name].role not in (Role.FEATURE, Role.IGNORE)
        or role_score(name, Role.SPLIT) >= _SURE
    ]
    plain = [name for name in columns if name not in telling]
    rows = telling[:_ROWS] + (plain if len(plain) <= _PLAIN else [])
    return set(rows), [name for name in columns if name not in rows]


def _row(held: Held, at: tuple[int, int], table: str, column: Column) -> None:
    mine = held.roles.tables[table]
    role = mine.columns[column.name]
    left, middle, right = st.columns([5, 3, 3], vertical_alignment="center")
    name = views.escape(clip(column.name, 60) or "(no name)")
    left.markdown(f"**{name}**  \n:gray[:small[{_facts(column)}]]")
    chosen = middle.selectbox(
        f"Role of {clip(column.name, 60)}",
        list(_ROLES),
        list(_ROLES).index(LABELS[role.role]),
        key=held.key(*at, "role"),
        label_visibility="collapsed",
    )
    new = _ROLES[chosen]
    if new is not role.role:
        named = column.name if new is Role.AI_PROBABILITY else ""
        role = ColumnRole(role=new, name=named, finding=role.finding)
        st.session_state.pop(held.key(*at, "name"), None)
    name, finding = role.name, role.finding
    of_reader = new in (Role.ANSWER, Role.SCORE)
    needs = None if of_reader and _said_elsewhere(mine) else _NAMED.get(new)
    if needs:
        key = held.key(*at, "name")
        name = right.text_input(needs, name or column.name, key=key, max_chars=200).strip()
    if new in _OF_FINDINGS and held.roles.findings and not held.roles.by_presence:
        finding = right.text_input(
            "Finding",
            finding,
            key=held.key(*at, "finding"),
            max_chars=200,
            placeholder="all findings",
        ).strip()
    changed = {**mine.columns, column.name: ColumnRole(role=new, name=name, finding=finding)}
    held.change_table(table, columns=changed)


def _said_elsewhere(mine: TableRoles) -> bool:
    """Whether a column or the table says whose the answers are."""
    return bool(mine.reader or mine.having(Role.READER))


def _facts(column: Column) -> str:
    """Examples, and how many values differ and are blank."""
    shown = " · ".join(clip(v, 28) for v in column.examples) or "blank"
    blank = column.rows - column.filled
    return f"{views.escape(shown)} — {len(column.levels):,} different, " + (
        f"{blank:,} blank" if blank else "no blanks"
    )


def _fold(held: Held, i: int, table: str, columns: Sequence[Column]) -> None:
    """The other columns as one editable table."""
    roles = held.roles.tables[table].columns

    def frame() -> pd.DataFrame:
        return pd.DataFrame(
            {
                "Column": views.isolate(c.name for c in columns),
                "Examples": views.isolate(
                    ", ".join(clip(v, 28) for v in c.examples) for c in columns
                ),
                "Different": [len(c.levels) for c in columns],
                "Blank": [c.rows - c.filled for c in columns],
                "Role": [LABELS[roles[c.name].role] for c in columns],
                "Name": [roles[c.name].name for c in columns],
            }
        )

    name, rows = f"fold{i}", str(len(columns))
    base = held.frame(name, rows, frame)
    said = pd.Series([LABELS[roles[c.name].role] for c in columns]).value_counts()
    st.caption(
        f"{words.count(len(columns), 'further column')}: "
        + ", ".join(f"{n:,} as “{label}”" for label, n in said.items())
    )
    edited = st.data_editor(
        base,
        key=held.key(name, rows),
        hide_index=True,
        num_rows="fixed",
        height=300,
        disabled=["Column", "Examples", "Different", "Blank"],
        column_order=["Column", "Role", "Name", "Examples", "Different", "Blank"],
        column_config={
            "Column": st.column_config.TextColumn(pinned=True),
            "Role": st.column_config.SelectboxColumn(options=list(_ROLES), required=True),
            "Name": st.column_config.TextColumn(help="Of the reader, class or group."),
        },
        alt=f"The other columns of {table} with their roles, editable",
    )
    for column, label, called in zip(columns, edited["Role"], edited["Name"], strict=True):
        old = roles[column.name]
        new = _ROLES.get(label, old.role)
        called = called if isinstance(called, str) else ""
        if (new, called) != (old.role, old.name):
            named = called or (column.name if new is Role.AI_PROBABILITY else "")
            changed = ColumnRole(role=new, name=named, finding=old.finding)
            held.change(tables=held.roles.change(table, column.name, changed).tables)
