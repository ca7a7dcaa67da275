"""Workload: who reads how many cases; every change is answered at once."""

import streamlit as st

from app.shared import data_queries, run_queries, scenario_model, truth, views
from app.workload import board, waiting


def draw_workload_page() -> None:
    """Draws the page."""
    if (record := waiting.awaited()) is not None:
        st.title("Workload", anchor=False)
        waiting.draw_awaited_run(record)
        return
    left, right = st.columns([4, 5], gap="medium", vertical_alignment="bottom")
    with left:
        st.title("Workload", anchor=False)
    with right:
        chosen = scenario_model.pick_model()
    if chosen is None:
        return
    about = scenario_model.line(chosen, run_queries.result(chosen.model.run_id))
    st.markdown(f":gray[{views.escape(about)}]", help=views.escape(scenario_model.detail(chosen)))
    truth.say(data_queries.consensus_of(chosen.model.data_id))
    st.fragment(board.draw_workload, key="board")(chosen)


draw_workload_page()
