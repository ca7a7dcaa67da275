"""The scenario on the table: one record per data set, which all controls read and write.

Controls show the record and change it in their callbacks, so it is up to date when the page is
drawn. The tables are the exception: what somebody changed in them (`agent_table`) is taken into
the record at the start of every run.
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
        _refuse(data, [str(error)])


def refused(data: AnnotationSet) -> str | None:
    """What was refused last, in words, until something else changes."""
    said, then = st.session_state.get(key(data, "refused"), (None, None))
    return said if then == now(data) else None


def set_terms(data: AnnotationSet, name: str, **terms: Any) -> None:
    """Changes what the scenario says of one agent."""
    change(data, lambda scenario: scenario.with_terms(name, **terms))


def set_unit(data: AnnotationSet, unit: Unit) -> None:
    """Has bounds typed in the other unit; those that there are stay what they are."""
    change(data, lambda scenario: replace(scenario, unit=unit))


def set_cases(data: AnnotationSet, cases: int) -> None:
    """Changes the cases per day; what that did can be said, and undone."""
    _merge(data)
    before = now(data)
    change(data, lambda scenario: replace(scenario, cases_per_day=cases))
    st.session_state[key(data, "day")] = before, now(data)


def day_before(data: AnnotationSet) -> Scenario | None:
    """The scenario before the cases per day changed, where that was the last change."""
    before, after = st.session_state.get(key(data, "day"), (None, None))
    changed = before is not None and before.cases_per_day != after.cases_per_day
    return before if changed and after == now(data) else None


def limitless(bound: Amount | None, day: int) -> bool:
    """Whether a maximum leaves all of a day's cases."""
    return bound is None or bound.share(day) >= 1.0 - 1e-9


def factor(scenario: Scenario) -> float:
    """What sliders show per unit of a bound that is typed: shares are shown in per cent."""
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
    made = table(data, name).frame(agents, lambda agent, c: _cell(scenario, terms[agent], c))
    # A column of another type would be another editor, also where nobody has a maximum.
    return made.astype({column: "string" for column in BOUNDS if column in made})


def _merge(data: AnnotationSet) -> None:
    """Takes what was changed in the tables into the record."""
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
    """Notes what was not taken, nothing where all was."""
    st.session_state[key(data, "refused")] = "; ".join(wrong) or None, now(data)


def _edited(scenario: Scenario, terms: AgentTerms, column: str, value: Any) -> AgentTerms:
    """The terms with a cell's value, within its limits: editors check in the browser only.

    Raises:
      ScenarioError: a text that is no amount.
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
