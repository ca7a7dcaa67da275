"""What Workload shows while the run that was asked for is still being trained."""

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import (
    data_queries,
    live,
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
    run_id = state.said("run") or (None if _others() else st.session_state.get("run"))
    record = run_queries.run(run_id) if run_id else None
    if record is None or record.state == "finished" or (record.done and _others()):
        return None
    return record


def _others() -> bool:
    """Whether any run can answer."""
    return bool(scenario_queries.finished_runs(limit=1))


def draw_awaited_run(record: "RunRecord") -> None:
    """How far the training is, and the way to its details; the page goes on by itself."""
    with st.container(border=True, key="followed"):
        st.markdown(f"**{views.escape(views.called(record))}**")
        live.panel(
            partial(run_queries.run, record.run_id),
            _progress,
            key="awaited",
            what="The progress",
            seconds=None if record.done else 1,
            state=_ended,
            drawn=_ended(record),
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            _train(record)
            if not record.done and _others():
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


def _ended(record: "RunRecord | None") -> str | None:
    """How the run has ended, which the page depends on; None while it goes on."""
    if record is None:
        return "deleted"
    return record.state if record.done else None


def _progress(record: "RunRecord | None") -> None:
    if record is None:
        st.warning("This run was deleted.")
    elif record.state == "queued":
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
