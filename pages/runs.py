"""Runs: a table of all runs; find, open, repeat, compare, rename, cancel, delete."""

import streamlit as st

from app.runs import actions, bar, dialogs, differences, filters, live, panel, selection
from app.shared import views

views.wide()
views.title("Runs", "Every run trained here: find, open, repeat and compare them.")
actions.say()

with st.skeleton(height=320):
    records = live.records()
if not records:
    views.empty(
        "**No runs yet.** Train on a data set, or on a sample with one click, and the run "
        "appears here.",
        page="home",
    )
    st.stop()

wanted = filters.pick(records)
shown = filters.matching(records, wanted)
if not shown:
    filters.nothing_found()
    st.stop()
# The selection is known once its field, which is below the table, has been drawn.
acts = bar.place()
rows = st.container()
about = panel.place()
with about:
    chosen = selection.pick(shown, {record.run_id for record in records})
    panel.draw(chosen, differences.among(shown))
with acts:
    bar.draw(chosen)
with rows:
    live.draw(records, wanted, [record.run_id for record in chosen])
dialogs.draw(records)
