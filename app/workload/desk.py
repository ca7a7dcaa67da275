"""The unsaved scenario: one record per data set, which all controls read and write.

Controls show the record and change it in their callbacks, so it is up to date when the page is
drawn. Tables are the exception: edits in them (`agent_table`) are applied to the record at the
start of every run.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from app.shared import scenario_record
from app.shared.agent_table import AgentTable
from app.shared.scenario_record import now, record_key
from core.base import numbers
from core.dataset.agent_names import called
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.agent_bounds import BOUNDS
from core.scenarios.amount import MOST_CASES, Amount, Unit
from core.scenarios.settings import (
    MOST_COST,
    MOST_MINUTES,
    AgentTerms,
    Scenario,
    ScenarioError,
)

TABLES: Mapping[str, tuple[str, ...]] = {
    "bounds": ("on_duty", "minimum", "maximum"),
    "effort": ("minutes", "cost", "comfortable"),
}
_MOST = {"minutes": MOST_MINUTES, "cost": MOST_COST, "comfortable": float(MOST_CASES)}


def adopt(data: AnnotationSet, off_duty: Sequence[str] = ()) -> Scenario:
    """The scenario at the start of a drawing: from a link just opened, or as it was left.

    Args:
      data: the run's data set.
      off_duty: experts that the run was trained without; they start off duty.
    """
    if (linked := scenario_record.linked(data)) is not None:
        put(data, linked)
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
    """Makes this the current scenario."""
    st.session_state[record_key(data)] = scenario


def change(data: AnnotationSet, changed: Callable[[Scenario], Scenario]) -> None:
    """Changes the record from anywhere but a table; an invalid change leaves it as it was."""
    _merge(data)
    try:
        put(data, changed(now(data)))
    except ScenarioError as error:
        _refuse(data, [str(error)])


def refused(data: AnnotationSet) -> str | None:
    """Why the last change was rejected, until something else changes."""
    why, then = st.session_state.get(key(data, "refused"), (None, None))
    return why if then == now(data) else None


def _noted(data: AnnotationSet, changed: Callable[[Scenario], Scenario]) -> None:
    """Changes the record and keeps what it was."""
    _merge(data)
    before = now(data)
    change(data, changed)
    st.session_state[key(data, "noted")] = before, now(data)


def set_terms(data: AnnotationSet, name: str, **terms: Any) -> None:
    """Changes what the scenario says of one agent."""
    change(data, lambda scenario: scenario.with_terms(name, **terms))


def set_unit(data: AnnotationSet, unit: Unit) -> None:
    """Changes the unit of bounds that are typed without one; existing bounds stay as they are."""
    change(data, lambda scenario: replace(scenario, unit=unit))


def set_cases(data: AnnotationSet, cases: int) -> None:
    """Changes the cases per day; the change can be described and undone."""
    _noted(data, lambda scenario: replace(scenario, cases_per_day=cases))


def set_maximum(data: AnnotationSet, cases: float | None) -> None:
    """Gives every expert the same maximum in cases a day, or none; the change can be undone."""
    bound = None if cases is None else Amount(cases, "cases")

    def limited(scenario: Scenario) -> Scenario:
        for name, terms in scenario.agents[:-1]:
            scenario = scenario.having(name, terms.moved("maximum", bound, scenario.cases_per_day))
        return scenario

    _noted(data, limited)


def undoable(data: AnnotationSet) -> Scenario | None:
    """The scenario before the last change of the whole day, until something else changes."""
    before, after = st.session_state.get(key(data, "noted"), (None, None))
    return before if before != after and after == now(data) else None


def limitless(bound: Amount | None, day: int) -> bool:
    """Whether a maximum allows all of a day's cases."""
    return bound is None or bound.share(day) >= 1.0 - 1e-9


def factor(scenario: Scenario) -> float:
    """What sliders show per unit of a typed bound: shares are shown in per cent."""
    return 100.0 if scenario.unit == "share" else 1.0


def key(data: AnnotationSet, part: str) -> str:
    """Session key of a control over this data set."""
    return f"{record_key(data)}:{part}"


def table(data: AnnotationSet, name: str) -> AgentTable:
    """One of `TABLES`."""
    return AgentTable(key(data, name), TABLES[name])


def frame(data: AnnotationSet, name: str, agents: list[str]) -> pd.DataFrame:
    """Values for a table's editor, indexed by agent."""
    scenario = now(data)
    terms = dict(scenario.agents)
    made = table(data, name).frame(agents, lambda agent, c: _cell(scenario, terms[agent], c))
    # A column of another type would be another editor, also where nobody has a maximum.
    return made.astype({column: "string" for column in BOUNDS if column in made})


def _merge(data: AnnotationSet) -> None:
    """Applies changes made in the tables to the record."""
    scenario, wrong, touched = now(data), list[str](), False
    for name in TABLES:
        for agent, column, value in table(data, name).changes():
            if (old := dict(scenario.agents).get(agent)) is not None:
                touched = True
                try:
                    scenario = scenario.having(agent, _edited(scenario, old, column, value))
                except ScenarioError as error:
                    wrong.append(
                        f"{'the ' * (column in BOUNDS)}{column} of {called(agent)}: {error}"
                    )
    put(data, scenario)
    if touched:
        _refuse(data, wrong)


def _refuse(data: AnnotationSet, wrong: list[str]) -> None:
    """Remembers which changes were rejected; none clears the note."""
    st.session_state[key(data, "refused")] = "; ".join(wrong) or None, now(data)


def _edited(scenario: Scenario, terms: AgentTerms, column: str, value: Any) -> AgentTerms:
    """The terms with a cell's value, within its limits: editors check in the browser only.

    Raises:
      ScenarioError: the text is not an amount.
    """
    if column == "on_duty":
        return replace(terms, on_duty=value is None or bool(value))
    if column in BOUNDS and isinstance(value, str) and value.strip():
        bound = Amount.typed(value, scenario.unit)
        return terms.moved(column, bound, scenario.cases_per_day)
    number: float | None = None
    with suppress(ValueError):
        number = numbers.number(value)
    if column in _MOST:
        empty = None if column == "comfortable" else 0.0
        within = empty if number is None else min(max(number, 0.0), _MOST[column])
        changed: dict[str, Any] = {column: within}
        return replace(terms, **changed)
    amount = None
    if number is not None:
        limit = 1.0 if scenario.unit == "share" else float(MOST_CASES)
        shown = min(max(number / factor(scenario), 0.0), limit)
        amount = Amount(round(shown, 12), scenario.unit)
    return terms.moved(column, amount, scenario.cases_per_day)


def _cell(scenario: Scenario, terms: AgentTerms, column: str) -> Any:
    value = getattr(terms, column)
    if column == "on_duty":
        return value
    if column == "minimum" and not value.value:
        return replace(value, unit=scenario.unit).text
    if column in BOUNDS:
        return None if value is None else value.text
    return math.nan if value is None else float(value)
