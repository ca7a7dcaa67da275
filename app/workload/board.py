"""The page below its heading: controls and answer side by side, the rest in tabs below.

It is one fragment: moving a control redraws this and nothing else.
"""

from collections.abc import Callable, Mapping

import streamlit as st

from app.shared import scenario_queries, scenario_record, state
from app.shared.scenario_model import Chosen
from app.shared.scenario_queries import Asked
from app.workload import (
    asking,
    desk,
    details,
    figures,
    impossible,
    panel,
    saved,
    scenario_cases,
    sweep,
    training,
)
from app.workload.asking import View

_TABS: Mapping[str, str] = {
    "words": "What it means",
    "agents": "Every agent",
    "groups": "Groups",
    "sweep": "Sweep a setting",
    "saved": "Scenarios",
    "train": "Train with these bounds",
}


def draw_workload(chosen: Chosen) -> None:
    """Draws the scenario, its answer and the details."""
    data = chosen.data
    scenario = desk.adopt(data, chosen.record.config.off_duty)
    left, right = st.columns([9, 11], gap="medium")
    controls = left.container()  # filled last: the AI's slider shows the share in the answer
    with left:
        view = asking.pick_view(chosen)
    with right:
        asked = scenario_queries.ask(
            chosen.model, scenario, view.baseline, view.class_index, view.coming(scenario)
        )
        if asked.answer is not None:
            desk.remember(data)
            figures.draw_figures(chosen, asked.answer, view)
        else:
            impossible.draw_obstacle(data, asked)
    with controls:
        panel.draw_scenario_panel(data, asked.answer, chosen.scores)
    scenario_record.publish(data)
    _below(chosen, asked, view)
    if asked.answer is not None:
        scenario_cases.show(chosen, asked.answer, view.baseline)
    state.mirror()


def _below(chosen: Chosen, asked: Asked, view: View) -> None:
    """Only the open tab is made: the others cost nothing."""
    rooms: Mapping[str, Callable[[Chosen, Asked, View], None]] = {
        "words": details.meaning,
        "agents": details.agents,
        "groups": details.groups,
        "sweep": sweep.draw_sweep,
        "saved": saved.draw_saved_scenarios,
        "train": training.draw_training,
    }
    tabs = st.tabs(list(_TABS.values()), key="workload_tabs", on_change="rerun")
    for tab, room in zip(tabs, _TABS, strict=True):
        if tab.open:
            with tab:
                rooms[room](chosen, asked, view)
