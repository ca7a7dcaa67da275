"""Train: set what to train within which bounds, then watch it."""

import streamlit as st

from app.shared import data_queries, truth, views
from app.train import form, launch, live, waiting

views.title(
    "Train", "Set how much each agent may take; Caseload learns who should decide each case."
)

left, right = st.columns([3, 2], gap="large")
with left:
    data_id = views.pick_data()
    data = data_queries.dataset(data_id)
    launch.data_line(data_id)
    truth.say(data_queries.consensus_of(data_id))
    draft = form.training(data, data_id)
with right, st.container(key="side"):
    live.worker_notice()
    # Above the launch panel while the run goes on, below once it has ended.
    moving = st.container()
    launch.panel(data_id, draft)
    run_id = launch.current_run()
    if run_id:
        with moving if live.is_live(run_id) else st.container():
            live.run_panel(run_id, draft.config, data_id)
    waiting.draw_waiting_runs(run_id)
