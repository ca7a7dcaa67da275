"""Train: say what to train within which bounds, then watch it."""

import streamlit as st

from app import queries, views
from app.train import form, launch, live

views.title("Train", "Say who may do how much; Caseload learns who should decide which case.")

left, right = st.columns([3, 2], gap="large")
with left:
    data_id = views.pick_data()
    data = queries.dataset(data_id)
    launch.data_line(data_id)
    draft = form.training(data, data_id) if data.kind != "labels" else None
with right, st.container(key="side"):
    launch.panel(data_id, draft)
    live.worker_notice()
    if run_id := launch.current_run():
        live.run_panel(run_id)
