"""What Workload shows while the run that was asked for is still being trained."""

import logging
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import (
    data_queries,
    run_queries,
    scenario_queries,
    settings_link,
    state,
    views,
    words,
)

if TYPE_CHECKING:
    from core.record.record import RunRecord


def awaited() -> "RunRecord | None":
    """The run to wait for: the link's, or the last one started where none has finished yet.

    A run of a link that has failed counts too where no other could answer.
    """
    linked = state.said("run")
    others = bool(scenario_queries.finished_runs(limit=1))
    run_id = linked or (None if others else st.session_state.get("run"))
    record = run_queries.run(run_id) if run_id else None
    if record is None or record.state == "finished" or (record.done and others):
        return None
    return record


def draw(record: "RunRecord") -> None:
    """How far the training is, and the way to its details; the page goes on by itself."""
    with st.container(border=True, key="followed"):
        st.markdown(f"**{views.escape(views.called(record))}**")
        every = None if record.done else "1s"
        st.fragment(_tick, run_every=every, key="waiting")(record.run_id, record.state)
        with st.container(horizontal=True, vertical_alignment="center"):
            _train(record)
            if not record.done and scenario_queries.finished_runs(limit=1):
                st.button(
                    "Use another run meanwhile",
                    key="another_run",
                    icon=":material/swap_horiz:",
                    on_click=state.publish,
                    args=("run", None),
                )
    if not record.done:
        st.markdown(
            "As soon as the training has finished, this page shows how accurate the team is, who "
            "reads how many cases, and what changes when the AI takes more, an expert is on leave, "
            "or nobody may get more than a certain number of cases a day."
        )


def _train(record: "RunRecord") -> None:
    """The way to Train, whose form then shows this run's settings."""
    data_id = data_queries.data_id_of(record.dataset_hash)
    form = {}
    if data_id is not None:
        form = {"data": data_id} | settings_link.params(record.config, data_id)
    st.page_link(
        f"{views.PAGES}/train.py",
        label="Show the training in detail",
        icon=":material/model_training:",
        query_params=form | {"watch": record.run_id},
    )


def _tick(run_id: str, drawn: str) -> None:
    """One drawing; once the run has ended the whole page is drawn again."""
    try:
        record = run_queries.run(run_id)
        if record is None or (record.done and record.state != drawn):
            st.rerun()
        _progress(record)
    except Exception:
        logging.getLogger("caseload").exception("progress of run %s", run_id)
        st.warning("The progress could not be read just now; trying again.")


def _progress(record: "RunRecord") -> None:
    if record.state == "queued":
        st.progress(0.0, text="Waiting for the worker")
        if not run_queries.worker_is_up():
            st.caption("The worker that trains runs is not running; the Train page can start it.")
    elif record.state == "running":
        now = record.progress
        st.progress(
            min(max(now.fraction, 0.0), 1.0),
            text=words.progress_text(now.stage, now.seconds_left, record.cancel_requested),
        )
    else:
        ended = words.STATES[record.state][0].lower()
        why = f": {record.reason}" if record.reason else "."
        st.error(
            views.escape(f"This run cannot answer; it is {ended}{why}"), icon=":material/error:"
        )
