"""Workload: play through who does how much; every change is answered at once."""

import streamlit as st

from app import queries, views
from app.workload import board, model

left, right = st.columns([4, 5], gap="medium", vertical_alignment="bottom")
with left:
    st.title("Workload", anchor=False)
with right:
    chosen = model.pick()
if chosen is None:
    st.stop()
st.markdown(f":gray[{views.escape(model.line(chosen, queries.result(chosen.model.run_id)))}]")
st.fragment(board.draw, key="board")(chosen)
