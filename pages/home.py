"""Home: what this is, a sample in one click, recent runs."""

import streamlit as st

from app import views, words
from app.home import start

views.title(words.TITLE)
st.markdown(words.ABOUT)

st.subheader("Start with a sample", anchor=False)
st.caption("Real cases with simulated experts, so that you can try everything at once.")
start.sample_cards()

st.subheader("Bring your own annotations", anchor=False)
start.own_data()

st.subheader("Recent runs", anchor=False)
start.recent_runs()
