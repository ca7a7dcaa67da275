"""The scenario on the table: one record per data set, which all controls read and write.

Controls show the record and change it in their callbacks, so it is up to date when the page is
drawn. The tables are the exception: an editor keeps its edits and lays them over the frame it was
given, so these are taken into the record at the start of every run. A change from elsewhere gives
the editor another frame, and another identity only where an old edit would hide the change: a
slider that moves must not make the table blink.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import pandas as pd
import streamlit as st

from app import scenario_record
from app.scenario_record import now, record_key
from core.data.annotation_set import AnnotationSet
from core.scenarios.settings import (
    MOST_CASES,
    MOST_COST,
    MOST_MINUTES,
    AgentTerms,
    Scenario,
    ScenarioError,
)

TABLES: Mapping[str, tuple[str, ...]] = {
    "bounds": ("on_duty", "least", "greatest"),
    "effort": ("minutes", "cost", "comfortable"),
}
_MOST = {"minutes": MOST_MINUTES, "cost": MOST_COST, "comfortable": float(MOST_CASES)}


def adopt(data: AnnotationSet, off_duty: Sequence[str] = ()) -> Scenario:
    """The scenario at the start of a drawing: from a link that is news, or as it was left.

    Args:
      data: the run's data set.
      off_duty: experts that the run was trained without; they start off duty.
    """
    if (said := scenario_record.linked(data)) is not None:
        put(data, said)
    scenario_record.begin(data, off_duty)
    _merge(data)
    return now(data)


def remember(data: AnnotationSet) -> None:
    """Keeps the record as the last one that could be answered."""
    st.session_state[key(data, "good")] = now(data)


def last_good(data: AnnotationSet) -> Scenario | None:
    """The last scenario that could be answered, None where there was none or it is this one."""
    good: Scenario | None = st.session_state.get(key(data, "good"))
    return None if good == now(data) else good


def put(data: AnnotationSet, scenario: Scenario) -> None:
    """Makes this the scenario on the table."""
    st.session_state[record_key(data)] = scenario
    for table in TABLES:
        place = table_key(data, table)
        edits = st.session_state.get(place)
        st.session_state.pop(f"{place}:base", None)
        if edits and edits.get("edited_rows"):
            st.session_state.pop(place, None)
            version = key(data, f"{table}:version")
            st.session_state[version] = st.session_state.get(version, 0) + 1


def change(data: AnnotationSet, changed: Callable[[Scenario], Scenario]) -> None:
    """Changes the record from anywhere but a table; what cannot be meant leaves it as it was."""
    _merge(data)
    try:
        put(data, changed(now(data)))
    except ScenarioError as error:
        st.session_state[key(data, "refused")] = str(error)


def refused(data: AnnotationSet) -> str | None:
    """What was refused since this was last asked, in words."""
    said: str | None = st.session_state.pop(key(data, "refused"), None)
    return said


def set_terms(data: AnnotationSet, name: str, **terms: Any) -> None:
    """Changes what the scenario says of one agent."""
    change(data, lambda scenario: scenario.with_terms(name, **terms))


def set_unit(data: AnnotationSet, unit: str) -> None:
    """Says the bounds in the other unit; they stay the same bounds."""

    def convert(scenario: Scenario) -> Scenario:
        if unit == scenario.unit:
            return scenario
        day = scenario.cases_per_day
        by = float(day) if unit == "cases" else 1.0 / day
        agents = []
        for name, terms in scenario.agents:
            least, greatest = terms.least * by, terms.greatest
            if greatest is not None:
                greatest = round(greatest * by, 9)
                if unit == "share":  # more than a day brings is no bound
                    greatest = min(greatest, 1.0)
            least = round(least, 9) if unit == "cases" else min(round(least, 9), 1.0)
            agents.append((name, replace(terms, least=least, greatest=greatest)))
        return replace(scenario, agents=tuple(agents), unit=unit)  # type: ignore[arg-type]

    change(data, convert)


def most(scenario: Scenario) -> float:
    """What an agent without a greatest may get, in the scenario's unit."""
    return 1.0 if scenario.unit == "share" else float(scenario.cases_per_day)


def factor(scenario: Scenario) -> float:
    """What stands on screen per unit of a bound: shares are shown in per cent."""
    return 100.0 if scenario.unit == "share" else 1.0


def key(data: AnnotationSet, part: str) -> str:
    """Session key of a control over this data set."""
    return f"{record_key(data)}:{part}"


def table_key(data: AnnotationSet, table: str) -> str:
    """Session key of an editor."""
    return key(data, f"{table}:{st.session_state.get(key(data, f'{table}:version'), 0)}")


def base(data: AnnotationSet, table: str, names: list[str]) -> pd.DataFrame:
    """The frame of an editor, indexed by agent."""
    place = table_key(data, table)
    frame = st.session_state.get(f"{place}:base")
    if place not in st.session_state or frame is None or list(frame.index) != names:
        terms = dict(now(data).agents)
        frame = pd.DataFrame(
            {c: [_cell(now(data), terms[n], c) for n in names] for c in TABLES[table]},
            index=pd.Index(names, name="agent"),
        )
        st.session_state[f"{place}:base"] = frame
    return frame


def _merge(data: AnnotationSet) -> None:
    """Takes the editors' edits into the record; they stay as they are while they show it."""
    before = scenario = now(data)
    shown: list[tuple[str, str, Any]] = []
    for table, columns in TABLES.items():
        place = table_key(data, table)
        frame, edits = st.session_state.get(f"{place}:base"), st.session_state.get(place)
        if frame is None or not edits:
            continue
        for row, cells in edits["edited_rows"].items():
            name = frame.index[int(row)]
            old = dict(before.agents).get(name)
            if old is None:
                continue
            for column, value in cells.items():
                # Edits from before are part of the record and must not undo a new one.
                if column in columns and _edited(before, old, column, value) != old:
                    terms = _edited(before, dict(scenario.agents)[name], column, value)
                    scenario = scenario.with_terms(name, **asdict(terms))
                shown.append((name, column, value))
    st.session_state[record_key(data)] = scenario
    told = dict(scenario.agents)
    if any(not _same(value, _cell(scenario, told[n], c)) for n, c, value in shown):
        put(data, scenario)


def _same(shown: Any, kept: Any) -> bool:
    """Whether a cell shows what the record holds; an emptied cell may show a missing number."""
    if shown is None:
        return isinstance(kept, float) and math.isnan(kept)
    return bool(shown == kept)


def _edited(scenario: Scenario, terms: AgentTerms, column: str, value: Any) -> AgentTerms:
    """The terms with a cell's value, within its limits: editors check in the browser only."""
    if column == "on_duty":
        return replace(terms, on_duty=value is None or bool(value))
    try:
        number = None if value is None else float(value)
    except (TypeError, ValueError):
        number = None
    if number is not None and not math.isfinite(number):
        number = None
    if column in _MOST:
        empty = None if column == "comfortable" else 0.0
        within = empty if number is None else min(max(number, 0.0), _MOST[column])
        changed: dict[str, Any] = {column: within}
        return replace(terms, **changed)
    limit = most(scenario) if scenario.unit == "share" else float(MOST_CASES)
    if number is not None:
        number = round(min(max(number / factor(scenario), 0.0), limit), 12)
    return bounded(terms, column, number)


def bounded(terms: AgentTerms, moved: str, value: float | None) -> AgentTerms:
    """The terms with one bound moved; the other gives way where they would cross."""
    if moved == "least":
        value = value or 0.0
        greatest = terms.greatest
        return replace(
            terms, least=value, greatest=None if greatest is None else max(greatest, value)
        )
    least = terms.least if value is None else min(terms.least, value)
    return replace(terms, least=least, greatest=value)


def _cell(scenario: Scenario, terms: AgentTerms, column: str) -> Any:
    value = getattr(terms, column)
    if column in ("least", "greatest") and value is not None:
        return float(round(value * factor(scenario), 9))
    if column == "on_duty":
        return value
    return math.nan if value is None else float(value)
