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
    views.no_runs("the run appears here", "No runs yet")
    st.stop()

wanted = filters.pick_run_filters(records)
shown = filters.matching(records, wanted)
if not shown:
    filters.nothing_found()
    st.stop()
# The selection is known once its field, which is below the table, has been drawn.
acts = bar.place()
rows = st.container()
about = panel.place()
with about:
    chosen = selection.pick_selected_runs(shown, {record.run_id for record in records})
    panel.draw_run_panel(chosen, differences.among(shown))
with acts:
    bar.draw_action_bar(chosen)
with rows:
    live.draw_live_table(records, wanted, [record.run_id for record in chosen])
dialogs.draw_dialogs(records)
