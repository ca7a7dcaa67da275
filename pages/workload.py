"""Workload: who reads how many cases; every change is answered at once."""

import streamlit as st

from app.shared import run_queries, scenario_model, views
from app.workload import board, waiting


def draw() -> None:
    """Draws the page."""
    if (record := waiting.awaited()) is not None:
        st.title("Workload", anchor=False)
        waiting.draw(record)
        return
    left, right = st.columns([4, 5], gap="medium", vertical_alignment="bottom")
    with left:
        st.title("Workload", anchor=False)
    with right:
        chosen = scenario_model.pick()
    if chosen is None:
        return
    about = scenario_model.line(chosen, run_queries.result(chosen.model.run_id))
    st.markdown(f":gray[{views.escape(about)}]", help=views.escape(scenario_model.detail(chosen)))
    st.fragment(board.draw, key="board")(chosen)


draw()
