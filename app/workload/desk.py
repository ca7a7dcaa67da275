"""The current scenario, which all controls of the page read and change."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from app.shared import scenario_record
from app.shared.agent_record import AgentTables, clipped
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.agent_bounds import BOUNDS
from core.scenarios.amount import MOST_CASES, Amount, Unit
from core.scenarios.settings import MOST_COST, MOST_MINUTES, AgentTerms, Scenario

_MOST = {"minutes": MOST_MINUTES, "cost": MOST_COST, "comfortable": float(MOST_CASES)}


def adopt(data: AnnotationSet, off_duty: Sequence[str] = ()) -> Scenario:
    """The scenario at the start of a drawing, as `scenario_record.adopt` with the tables' edits."""
    scenario_record.adopt(data, off_duty)
    _TABLES.merge(data)
    return now(data)


def remember(data: AnnotationSet) -> None:
    """Keeps the record as the last one that could be answered."""
    st.session_state[key(data, "good")] = now(data)


def last_good(data: AnnotationSet) -> Scenario | None:
    """The last scenario that could be answered, None where there was none or it is this one."""
    good: Scenario | None = st.session_state.get(key(data, "good"))
    return None if good == now(data) else good


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


def _noted(data: AnnotationSet, changed: Callable[[Scenario], Scenario]) -> None:
    """Changes the record and keeps what it was."""
    _TABLES.merge(data)
    before = now(data)
    change(data, changed)
    st.session_state[key(data, "noted")] = before, now(data)


def limitless(bound: Amount | None, day: int) -> bool:
    """Whether a maximum allows all of a day's cases."""
    return bound is None or bound.share(day) >= 1.0 - 1e-9


def factor(scenario: Scenario) -> float:
    """What sliders show per unit of a typed bound: shares are shown in per cent."""
    return 100.0 if scenario.unit == "share" else 1.0


def _edited(scenario: Scenario, terms: AgentTerms, column: str, value: Any) -> AgentTerms:
    """The terms with a cell's value.

    Raises:
      ScenarioError: a text that is no amount.
    """
    if column in _MOST:
        number = clipped(value, _MOST[column], math.nan if column == "comfortable" else 0.0)
        changed: dict[str, Any] = {column: None if math.isnan(number) else number}
        return replace(terms, **changed)
    amount = None
    if value is not None and str(value).strip():
        amount = Amount.typed(str(value), scenario.unit)
    return terms.moved(column, amount, scenario.cases_per_day)


def _cell(scenario: Scenario, terms: AgentTerms, column: str) -> Any:
    value = getattr(terms, column)
    if column == "minimum" and not value.value:
        return replace(value, unit=scenario.unit).text
    if column in BOUNDS:
        return None if value is None else value.text
    return math.nan if value is None else float(value)


_TABLES: AgentTables[Scenario, AgentTerms] = AgentTables(
    record=scenario_record.RECORD,
    columns={"bounds": ("on_duty", *BOUNDS), "effort": tuple(_MOST)},
    of=lambda scenario, name: dict(scenario.agents)[name],
    having=Scenario.having,
    cell=_cell,
    edited=_edited,
    texts=BOUNDS,
)
key, now, put = scenario_record.RECORD.key, scenario_record.now, scenario_record.RECORD.put
table, frame = _TABLES.table, _TABLES.frame
change, refused = _TABLES.change, _TABLES.rejected
