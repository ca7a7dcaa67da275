"""Worklist: new cases handed out by a trained model, within whole-number capacities."""

import streamlit as st

from app.shared import views
from app.worklist import assignment, cases, model, places, scenario


def draw() -> None:
    """Draws the page."""
    views.title(
        "Worklist",
        "Upload new cases, say how many each may take, and take the list away, with reasons.",
    )

    chosen = model.pick()
    if chosen is None:
        return

    st.header("New cases", anchor=False)
    given = cases.panel(chosen)
    if given is None:
        return

    st.header("What must hold", anchor=False)
    held = scenario.pick(chosen, given)
    if held is None:
        return

    st.header("Who takes how many", anchor=False)
    wanted = places.editor(chosen, given, held.scenario)
    if wanted is None:
        return

    st.header("The worklist", anchor=False)
    assignment.draw(chosen, given, wanted, held.scenario)


draw()
