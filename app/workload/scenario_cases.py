"""The cases behind a bar or a row of the scenario, in a dialog: exactly those that were counted."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from app.shared import case_dialog, scenario_queries, views
from app.shared.scenario_model import Chosen
from core.dataset.agent_names import called
from core.dataset.group_names import group_name
from core.scenarios.answer import Answer
from core.scenarios.case_list import Wanted


class Which(NamedTuple):
    """Test cases of a scenario: what they are, above the list, and the filter that finds them."""

    title: str
    wanted: Wanted


def of_agent(answer: Answer, agent: int) -> Which:
    """The cases that go to an agent, by position."""
    name = called(answer.agents[agent].name)
    return Which(f"Cases assigned to {name}", Wanted(goes_to=agent))


def of_group(column: str, place: int, value: str) -> Which:
    """The cases of a group that an agent takes; `place` is the value's among the column's."""
    return Which(f"{group_name(column)}: {value}", Wanted(group=(column, place)))


def on_row(key: str, rows: Callable[[int], Which]) -> Callable[[], None]:
    """A callback for the table `key`: a row opens its cases."""

    def which(selection: Mapping[str, Any]) -> Which | None:
        return next(map(rows, selection["rows"]), None)

    return case_dialog.on_select(key, which)


def show(chosen: Chosen, answer: Answer, baseline: str) -> None:
    """Opens the list that was asked for; closing it leaves the page as it was."""
    which = case_dialog.asked()
    if which is not None:
        title = views.escape(which.title)
        st.dialog(title, width="large")(_listed)(chosen, answer, baseline, which)


def table_of(chosen: Chosen, answer: Answer, baseline: str, wanted: Wanted) -> pd.DataFrame:
    """The cases as the file of Cases has them, with their place among the test cases."""
    cases, _ = scenario_queries.cases(chosen.model, answer.scenario, baseline)
    assert cases is not None  # the scenario was answered
    found = cases.find(wanted)
    if wanted.group is not None:  # its row counts what agents take
        found = found[cases.explained.chosen[found] >= 0]
    return cases.table(found).assign(place=found)


def _listed(chosen: Chosen, answer: Answer, baseline: str, which: Which) -> None:
    run_id = chosen.model.run_id

    def link(row: pd.Series) -> dict[str, str]:
        return {
            "run": run_id, "c_case": str(row["place"]), "model_seed": str(chosen.model.seed)
        }  # fmt: skip

    case_dialog.listed(
        case_dialog.ends(table_of(chosen, answer, baseline, which.wanted)),
        chosen.data.content_hash,
        link,
        seeds=1,
        file=f"caseload-{run_id[:8]}-cases",
        without=("place",),
    )
