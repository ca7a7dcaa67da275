"""Runs: all of them in a table; find, open, repeat, compare, rename, cancel, delete."""

import streamlit as st

from app.runs import actions, bar, dialogs, differences, filters, live, panel, selection
from app.shared import views

views.title("Runs", "Everything that was trained here: find it, open it, repeat it, compare it.")
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
# What is selected is known once its field is drawn, which stands below the table.
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
