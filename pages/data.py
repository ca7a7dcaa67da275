"""Data: choose or upload a set, see what is in it and any problems found while reading it."""

import streamlit as st

from app.data import chosen, derive_dialog, parts, remarks, uploads
from app.shared import data_queries, truth, views


def sets() -> None:
    """The uploader, and the chosen data set."""
    views.title(
        "Data", "Choose a data set or upload your own, and see what is in it before training."
    )
    derive_dialog.arrive()
    left, right = st.columns([3, 2], gap="large")
    with right:
        uploads.panel()
    with left:
        data_id = views.pick_data()
        if data_queries.entries()[data_id].damaged:
            chosen.damaged(data_id)
            st.stop()
        facts = data_queries.description(data_id)
        chosen.summary(data_id, facts)
        truth.say(facts.get("consensus"))
        chosen.figures(facts)
        remarks.line(data_id)
        chosen.actions(data_id, facts)
    parts.draw(data_id, facts)


if uploads.matching():
    uploads.match()
else:
    sets()
