"""What is set for single agents: one record per data set, which all controls read and write.

The tables are the exception that needs care: an editor keeps its own edits and lays them over the
frame it was given. So each editor keeps one frame for its life; its edits are merged into the
record at the start of every run; and a change from anywhere else begins a new editor.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from app import settings_link, state
from app.settings_link import Agent, Agents
from core.data.annotation_set import AI, AnnotationSet

TABLES = ("bounds", "away")
# Column of a table → field of an agent, and what an emptied cell means.
_FIELDS: Mapping[str, tuple[str, Any]] = {
    "on": ("on", True),
    "least": ("least", 0.0),
    "greatest": ("greatest", 100.0),
    "away": ("away", 0.0),
}


def adopt(data: AnnotationSet) -> Agents:
    """The record at the start of a page's run: from a link that is news, or as it was left."""
    said = state.news("agents")
    if said is not None:
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
    """Begins new editors, for example when they are to show other rows."""
    _merge(data)
    _keep(data, agents(data))


def key(data: AnnotationSet, part: str) -> str:
    """Session key of a control over this data set."""
    return f"{_name(data)}:{part}"


def table_key(data: AnnotationSet, table: str) -> str:
    """Session key of an editor; another one after every change from elsewhere."""
    return key(data, f"{table}:{st.session_state.get(key(data, 'version'), 0)}")


def base(data: AnnotationSet, table: str, names: list[str], columns: tuple[str, ...]) -> Any:
    """The frame of an editor, indexed by agent: made once in the editor's life."""
    place = table_key(data, table)
    frame = st.session_state.get(f"{place}:base")
    if place not in st.session_state or frame is None or list(frame.index) != names:
        record = agents(data)
        frame = pd.DataFrame(
            {c: [_cell(record[n], c) for n in names] for c in columns},
            index=pd.Index(names, name="agent"),
        )
        st.session_state[f"{place}:base"] = frame
    return frame


def on_duty(data: AnnotationSet) -> list[str]:
    """Agents that take cases, the AI last."""
    return [name for name, agent in agents(data).items() if agent.on]


def put_on_duty(data: AnnotationSet, names: Iterable[str], on: bool) -> None:
    """Puts agents on duty, or off it."""
    change(data, names, lambda _, agent: replace(agent, on=on))


def free(data: AnnotationSet) -> None:
    """Anyone on duty may get any share."""
    change(data, on_duty(data), lambda _, agent: replace(agent, least=0.0, greatest=100.0))


def balance(data: AnnotationSet) -> None:
    """Every expert on duty gets an equal share of what the AI leaves, (1 − c)/M."""
    _merge(data)
    record = agents(data)
    experts = [name for name in on_duty(data) if name != AI]
    ai = record[AI] if record[AI].on else Agent(least=0.0, greatest=0.0)
    count = max(len(experts), 1)
    least, greatest = (100.0 - ai.greatest) / count, (100.0 - ai.least) / count
    change(data, experts, lambda _, agent: replace(agent, least=least, greatest=greatest))


def _keep(data: AnnotationSet, record: Agents) -> None:
    """Writes the record; editors that show another one are over."""
    version = key(data, "version")
    for table in TABLES:
        place = table_key(data, table)
        for name in (place, f"{place}:base"):
            st.session_state.pop(name, None)
    st.session_state[_name(data)] = record
    st.session_state[version] = st.session_state.get(version, 0) + 1


def _merge(data: AnnotationSet) -> None:
    """Takes the editors' edits into the record; the editors stay as they are."""
    record = dict(agents(data))
    for table in TABLES:
        place = table_key(data, table)
        frame, edits = st.session_state.get(f"{place}:base"), st.session_state.get(place)
        if frame is None or not edits:
            continue
        for row, cells in edits["edited_rows"].items():
            name = frame.index[int(row)]
            if name not in record:
                continue
            for column, value in cells.items():
                field, empty = _FIELDS.get(column, (None, None))
                if field is None or (name == AI and field == "away"):
                    continue
                record[name] = replace(record[name], **{field: _clean(field, value, empty)})
    st.session_state[_name(data)] = record


def _clean(field: str, value: Any, empty: Any) -> Any:
    """A cell's value within its limits: editors check them in the browser only."""
    if field == "on":
        return empty if value is None else bool(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return empty
    most = 99.0 if field == "away" else 100.0
    return min(max(number, 0.0), most) if math.isfinite(number) else empty


def _cell(agent: Agent, column: str) -> Any:
    value = getattr(agent, column)
    return _FIELDS[column][1] if value is None else value


def _name(data: AnnotationSet) -> str:
    return f"agents:{data.content_hash}"
