"""The scenario on the table: one record per data set, which all controls read and write.

Controls show the record and change it in their callbacks, so it is up to date when the page is
drawn. The tables are the exception: what somebody changed in them (`agent_table`) is taken into
the record at the start of every run.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import pandas as pd
import streamlit as st

from app import scenario_record
from app.agent_table import AgentTable
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


def table(data: AnnotationSet, name: str) -> AgentTable:
    """One of `TABLES`."""
    return AgentTable(key(data, name), TABLES[name])


def frame(data: AnnotationSet, name: str, agents: list[str]) -> pd.DataFrame:
    """What the editor of a table is given, indexed by agent."""
    scenario = now(data)
    terms = dict(scenario.agents)
    return table(data, name).frame(agents, lambda agent, c: _cell(scenario, terms[agent], c))


def _merge(data: AnnotationSet) -> None:
    """Takes what was changed in the tables into the record."""
    scenario = now(data)
    for name in TABLES:
        for agent, column, value in table(data, name).changes():
            if (old := dict(scenario.agents).get(agent)) is not None:
                terms = _edited(scenario, old, column, value)
                scenario = scenario.with_terms(agent, **asdict(terms))
    put(data, scenario)


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
