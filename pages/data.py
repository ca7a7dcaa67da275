"""Data: choose or upload a set, see what is in it and what the reader remarked."""

import streamlit as st

from app import queries, views
from app.data import tables, uploads

views.title("Data", "Choose a data set or bring your own, and see what is in it before training.")

left, right = st.columns([3, 2], gap="large")
with right:
    uploads.panel()
with left:
    data_id = views.pick_data()
    facts = queries.description(data_id)
    uploads.summary(data_id, facts)
    tables.data_figures(facts)
    uploads.next_step(data_id, facts)
    uploads.remarks(data_id, facts)

st.subheader("Experts", anchor=False)
left, right = st.columns(2, gap="large")
with left:
    tables.expert_chart(facts)
with right:
    tables.expert_table(facts)

left, right = st.columns(2, gap="large")
with left:
    st.subheader("Cases per class", anchor=False)
    tables.count_table(facts)
with right:
    st.subheader("Cases and annotations", anchor=False)
    tables.split_table(facts)
    if facts["kind"] == "images":
        st.subheader("Some cases", anchor=False)
        tables.example_row(data_id)
