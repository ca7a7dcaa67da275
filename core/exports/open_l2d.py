"""OpenL2D's tables, as of its data set FiFAR: alerts, and what each expert decides about them.

They are Parquet with the case id as index: the alerts with `fraud_bool` or `fraud_label`; a table
of all decisions with a column per expert, such as `standard#0` and `model#0`; or, in a testbed, the
alerts with the one expert (`assignment`) who decided each (`decision`).
"""

import re
from collections.abc import Sequence

import pandas as pd

from core.base.report import Report, listed
from core.exports.spec import TableExport
from core.files.table import Table
from core.matching.facts import Column
from core.matching.folds import join_parts
from core.matching.guess import guess
from core.matching.roles import ColumnRole, Role, Roles, SplitUse

_AGENT, _AI = re.compile(r"[a-z]\w*#\d+"), re.compile(r"model#\d+")
_WHO, _WHAT, _BATCH, _MONTH, _SCORE = "assignment", "decision", "batch", "month", "model_score"
_TRUTHS = ("fraud_bool", "fraud_label")
_DECISIONS = frozenset({"0", "1", "0.0", "1.0", "true", "false"})
# The benchmark's own splits: the AI was trained on the months before.
_MONTHS: dict[str, SplitUse] = {
    **dict.fromkeys("012", "unused"),
    **dict.fromkeys("3456", "train"),
    "7": "test",
}


def read(tables: Sequence[Table], report: Report) -> tuple[list[Table], Roles] | None:
    """Alerts and decisions; capacities, batches and the experts' parameters are left out."""
    if not any(_agents(table) or _assigned(table) for table in tables):
        return None
    used: list[Table] = []
    beside: list[str] = []
    for table in tables:
        if _assigned(table):
            used += _parted(table)
        elif _about_agents(table) or (_agents(table) and not _decided(table)):
            beside.append(table.name)
        elif {"batch_id"} >= set(table.frame.columns) - {"case_id"}:
            beside.append(table.name)
        else:
            used.append(table)
    if beside:
        report.note(
            "batches, capacities and properties of the experts are not part of a data set and are "
            f"left out: {listed(beside)}"
        )
    used = join_parts(used)
    roles = guess(used)
    splits: dict[str, SplitUse] = {**roles.splits}
    scored = any(_SCORE in table.frame.columns for table in used)
    for table in used:
        for name in map(str, table.frame.columns):
            role = _role(table, name, scored=scored)
            if role is None and name == _MONTH:
                role = ColumnRole(role=Role.SPLIT if _is_split(table, roles) else Role.IGNORE)
                splits |= {m: use for m, use in _MONTHS.items() if role.role is Role.SPLIT}
            if role is not None:
                roles = roles.change(table.name, name, role)
    return used, roles.model_copy(update={"splits": splits})


def _agents(table: Table) -> list[str]:
    """The columns called like agents, if there are several."""
    found = [str(name) for name in table.frame.columns if _AGENT.fullmatch(str(name))]
    return found if len(found) > 1 else []


def _decided(table: Table) -> bool:
    people = [name for name in _agents(table) if not _AI.fullmatch(name)]
    return all(set(table.frame[name].unique()) <= {*_DECISIONS, ""} for name in people)


def _assigned(table: Table) -> bool:
    frame = table.frame
    if not {_WHO, _WHAT} <= set(frame.columns):
        return False
    return all(_AGENT.fullmatch(who) for who in map(str, frame[_WHO].unique()))


def _about_agents(table: Table) -> bool:
    """Whether the rows are experts, as in a table of their parameters."""
    return any(all(map(_AGENT.fullmatch, map(str, c.unique()))) for _, c in table.frame.items())


def _parted(table: Table) -> list[Table]:
    """The alerts, and the decisions about those that a person decided."""
    frame = table.frame
    human = ~frame[_WHO].str.fullmatch(_AI.pattern)
    ids = [name for name in ("case_id", "index") if name in frame.columns][:1]
    said = frame.loc[human.to_numpy(bool), [*ids, _WHO, _WHAT]]
    places = [table.place(i) for i in human.to_numpy(bool).nonzero()[0]]
    said = said.set_axis(pd.Index(places, dtype=object))
    # Who decides depends on nothing that is known of a case.
    alerts = frame.drop(columns=[_WHO, _WHAT, _BATCH], errors="ignore")
    return [
        Table(table.name, alerts, table.delimiter),
        Table(f"{table.name}/decisions", said, table.delimiter),
    ]


def _role(table: Table, name: str, *, scored: bool) -> ColumnRole | None:
    """The role that a column's name alone says."""
    if name in _TRUTHS:
        return ColumnRole(role=Role.TRUTH)
    if name == _WHO:
        return ColumnRole(role=Role.READER)
    if name == _WHAT:
        return ColumnRole(role=Role.ANSWER)
    if name == _BATCH:
        return ColumnRole(role=Role.IGNORE)
    if not _AGENT.fullmatch(name):
        return None
    if not _AI.fullmatch(name):
        return ColumnRole(role=Role.ANSWER, name=name)
    if scored:  # the alerts have it
        return ColumnRole(role=Role.IGNORE)
    whole = set(table.frame[name].unique()) <= _DECISIONS
    return ColumnRole(role=Role.AI_CLASS if whole else Role.AI_SCORE)


def _is_split(table: Table, roles: Roles) -> bool:
    """Whether the months are the benchmark's, and nothing else says the splits."""
    months = set(map(str, Column(table, _MONTH).levels))
    given = any(mine.having(Role.SPLIT) for mine in roles.tables.values())
    return not given and "7" in months and months <= _MONTHS.keys() and bool(months & set("3456"))


EXPORT = TableExport(title="OpenL2D's alerts and experts' decisions", read=read)
