"""Worklist: new cases assigned by a trained model, within whole-number capacities."""

import streamlit as st

from app.shared import views
from app.worklist import assignment, cases, model, outside, places, scenario


def draw_worklist_page() -> None:
    """Draws the page."""
    views.title(
        "Worklist",
        "Upload new cases, set how many each agent takes, and download the list with reasons.",
    )

    chosen = model.pick_worklist_run()
    if chosen is None:
        return

    st.header("New cases", anchor=False)
    given = cases.panel(chosen)
    if given is None:
        return
    given = outside.choose(given)

    st.header("Guard rules", anchor=False)
    held = scenario.pick_worklist_scenario(chosen, given)
    if held is None:
        return

    st.header("Cases per agent", anchor=False)
    wanted = places.editor(chosen, given, held.scenario)
    if wanted is None:
        return

    st.header("The worklist", anchor=False)
    assignment.draw_assignment(chosen, given, wanted, held.scenario)


draw_worklist_page()
