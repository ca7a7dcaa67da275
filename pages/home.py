"""Home: what this is, a sample in one click, runs under way, recent runs."""

import streamlit as st

from app.home import example, recent, start
from app.shared import views, words

views.title(words.TITLE)
left, right = st.columns([4, 5], gap="large")
with left:
    st.markdown(words.ABOUT)
    st.header("Start with a sample", anchor=False)
    st.caption(
        "One click trains on it and opens Workload: who reads how many cases, and how accurate the "
        "team is. Real cases, simulated experts."
    )
    start.sample_cards()
with right:
    example.picture()
    st.header("Bring your own annotations", anchor=False)
    start.own_data()

# Filled last: the first question about runs imports MLflow, and the rest is drawn by then.
now = st.container()

st.header("Recent runs", anchor=False, help=recent.HELP)
recent.recent_runs()
with now:
    recent.running_now()
