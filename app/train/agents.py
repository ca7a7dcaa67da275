"""What is set for single agents: one record per data set, which all controls read and write.

The tables are the exception: what somebody changed in them (`agent_table`) is taken into the
record at the start of every run.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from app.shared import settings_link, state
from app.shared.agent_table import AgentTable
from app.shared.settings_link import Agent, Agents
from core.base.numbers import number
from core.dataset.annotation_set import AI, AnnotationSet
from core.scenarios.agent_bounds import BOUNDS
from core.scenarios.amount import NOTHING, Amount

TABLES: Mapping[str, tuple[str, ...]] = {"bounds": ("on_duty", *BOUNDS), "away": ("away",)}
# What an emptied cell of a column, which is a field of an agent, means.
_EMPTY: Mapping[str, Any] = {"on_duty": True, "minimum": 0.0, "maximum": 100.0, "away": 0.0}


def adopt(data: AnnotationSet) -> Agents:
    """The record at the start of a page's run: from a link that is news, or as it was left."""
    if state.left_out("agents"):
        _keep(data, settings_link.default_agents(data))
    elif (said := state.news("agents")) is not None:
        try:
            _keep(data, settings_link.read_agents(said, data))
        except ValueError:
            pass  # of another data set, or no link of ours: what was set before stays
    _merge(data)
    return agents(data)


def agents(data: AnnotationSet) -> Agents:
    """The record as it is now."""
    kept: Agents = st.session_state.setdefault(_name(data), settings_link.default_agents(data))
    return kept


def publish(data: AnnotationSet) -> None:
    """Mirrors the record to the URL."""
    usual = settings_link.write_agents(settings_link.default_agents(data), data)
    state.publish("agents", settings_link.write_agents(agents(data), data), usual)


def change(
    data: AnnotationSet, names: Iterable[str], changed: Callable[[str, Agent], Agent]
) -> None:
    """Changes some agents from anywhere but a table."""
    _merge(data)
    record = dict(agents(data))
    for name in names:
        record[name] = changed(name, record[name])
    _keep(data, record)


def refresh(data: AnnotationSet) -> None:
    """Takes in what the tables say before they show other rows."""
    _merge(data)


def key(data: AnnotationSet, part: str) -> str:
    """Session key of a control over this data set."""
    return f"{_name(data)}:{part}"


def table(data: AnnotationSet, name: str) -> AgentTable:
    """One of `TABLES`."""
    return AgentTable(key(data, name), TABLES[name])


def frame(data: AnnotationSet, name: str, names: list[str]) -> pd.DataFrame:
    """What the editor of a table is given, indexed by agent."""
    record = agents(data)
    return table(data, name).frame(names, lambda agent, column: _cell(record[agent], column))


def on_duty(data: AnnotationSet) -> list[str]:
    """Agents that take cases, the AI last."""
    return [name for name, agent in agents(data).items() if agent.on_duty]


def put_on_duty(data: AnnotationSet, names: Iterable[str], on: bool) -> None:
    """Puts agents on duty, or off it."""
    change(data, names, lambda _, agent: replace(agent, on_duty=on))


def free(data: AnnotationSet) -> None:
    """Anyone on duty may get any share."""
    change(data, on_duty(data), lambda _, agent: replace(agent, minimum=NOTHING, maximum=None))


def balance(data: AnnotationSet) -> None:
    """Every expert on duty gets an equal share of what the AI leaves, (1 − c)/M."""
    _merge(data)
    record = agents(data)
    experts = [name for name in on_duty(data) if name != AI]
    count = max(len(experts), 1)
    high, low = (round((1.0 - share) / count, settings_link.EXACT) for share in record[AI].shares())
    change(data, experts, lambda _, a: replace(a, minimum=Amount(low), maximum=Amount(high)))


def moved(agent: Agent, bound: str, shown: float) -> Agent:
    """The agent with one bound moved to per cent; the other gives way where they would cross."""
    to = settings_link.amount(shown) if bound == "minimum" else settings_link.maximum(shown)
    return agent.moved(bound, to)


def _keep(data: AnnotationSet, record: Agents) -> None:
    st.session_state[_name(data)] = record


def _merge(data: AnnotationSet) -> None:
    """Takes what was changed in the tables into the record."""
    record = dict(agents(data))
    for table_ in TABLES:
        for name, column, value in table(data, table_).changes():
            if name not in record or (name == AI and column == "away"):
                continue
            value = _clean(column, value)
            if column in BOUNDS:
                record[name] = moved(record[name], column, value)
            else:
                record[name] = replace(record[name], **{column: value})
    _keep(data, record)


def _clean(column: str, value: Any) -> Any:
    """A cell's value within its limits: editors check them in the browser only."""
    if column == "on_duty":
        return value is None or bool(value)
    try:
        most = 99.0 if column == "away" else 100.0
        return min(max(number(value), 0.0), most)
    except ValueError:
        return _EMPTY[column]


def _cell(agent: Agent, column: str) -> Any:
    value = getattr(agent, column)
    if isinstance(value, Amount):
        return settings_link.per_cent(value.value)
    return _EMPTY[column] if value is None else value


def shown(agent: Agent) -> tuple[float, float]:
    """Minimum and maximum in per cent."""
    return _cell(agent, "minimum"), _cell(agent, "maximum")


def _name(data: AnnotationSet) -> str:
    return f"agents:{data.content_hash}"
