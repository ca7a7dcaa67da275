"""A run while it goes on: progress, what is known so far, and the way out."""

import logging
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app import queries, state, views, words
from app.charts import training

if TYPE_CHECKING:
    from core.runs.record import RunRecord


def run_panel(run_id: str) -> None:
    """Draws a run; while it is live the panel draws itself anew every second."""
    record = queries.run(run_id)
    if record is None:
        st.warning(
            "The run in this link is not here: it was deleted, or the link comes from another "
            "computer.",
            icon=":material/link_off:",
        )
        return
    live = not record.done
    with st.container(border=True):
        head, status = st.columns([4, 1.6], vertical_alignment="center")
        head.markdown(f"**{views.escape(record.name or queries.title_of(record.dataset_name))}**")
        with status:
            views.badge(record.state)
        settings = record.config.to_dict()
        st.caption(f"{words.targets_text(settings)} · {words.effort_text(settings)}")
        # Outside the fragment: a click must not wait for a tick.
        if live:
            st.button(
                "Cancel this run",
                icon=":material/close:",
                key="cancel_run",
                on_click=_cancel,
                args=(run_id,),
                disabled=record.cancel_requested,
                help="Takes effect within one pass over the data.",
            )
        st.fragment(_tick, run_every="0.5s" if live else None, key="progress")(run_id, live)


def worker_notice() -> None:
    """Says when no worker is there to take runs, and offers to start it."""
    if queries.worker_is_up():
        return
    st.warning(
        "The worker that trains runs is not running. Runs wait until it is started; none is lost.",
        icon=":material/power_off:",
    )
    if st.button("Start the worker", icon=":material/play_arrow:", key="start_worker"):
        try:
            queries.start_worker()
        except Exception:
            logging.getLogger("caseload").exception("starting the worker")
            st.error("The worker could not be started; the reason is in the program's log.")
        else:
            st.rerun()


def _cancel(run_id: str) -> None:
    queries.cancel(run_id)
    st.toast("Cancelling …", icon=":material/close:")


def _tick(run_id: str, live: bool) -> None:
    """One drawing of the panel; an error in a tick is said, and the next tick tries again."""
    try:
        record = queries.run(run_id)
        if record is None:
            st.warning("This run was deleted.")
            return
        if live and record.done:
            st.rerun()
        _draw(record)
    except Exception:
        logging.getLogger("caseload").exception("progress of run %s", run_id)
        st.warning("The progress could not be read just now; trying again.")


def _draw(record: "RunRecord") -> None:
    if record.state == "queued":
        st.progress(0.0, text="Waiting for the worker")
        st.caption("It starts as soon as the worker is free. You can leave this page.")
        return
    if record.state == "running":
        _progress(record)
    elif record.state == "finished":
        _finished(record)
    elif record.state == "failed":
        st.error(
            f"This run failed: {record.reason or 'no reason was recorded.'}",
            icon=":material/error:",
        )
    elif record.state == "cancelled":
        st.info(record.reason or "This run was cancelled.", icon=":material/cancel:")
    if record.state in ("running", "cancelled", "failed"):
        _so_far(record.run_id)


def _progress(record: "RunRecord") -> None:
    progress = record.progress
    left = progress.seconds_left
    time_left = f"about {words.duration(left)} left" if left is not None else "estimating the time"
    if record.cancel_requested:
        time_left = "cancelling"
    st.progress(
        min(max(progress.fraction, 0.0), 1.0),
        text=f"{words.STAGES.get(progress.stage, progress.stage)} · {time_left}",
    )
    st.caption(progress.text)


def _finished(record: "RunRecord") -> None:
    total = record.seconds.get("total")
    st.success(
        "Finished" + (f" in {words.duration(total)}." if total else "."), icon=":material/check:"
    )
    st.page_link(
        f"{views.PAGES}/tradeoffs.py",
        label="See the trade-offs",
        icon=":material/show_chart:",
        query_params={"run": record.run_id},
    )


def _so_far(run_id: str) -> None:
    """Loss, likelihood and the points that have finished."""
    history = queries.live_history(run_id)
    if len(history):
        st.plotly_chart(
            training.history(history, theme=state.theme()),
            theme=None,
            key="live_history",
            config=views.PLOT,
            alt="Loss and log-likelihood per pass over the data, so far.",
        )
    points = pd.DataFrame(queries.live_points(run_id))
    if len(points):
        points = points[points["rule"] == "gate"] if "gate" in set(points["rule"]) else points
    if not len(points):
        return
    st.caption("Points so far are the gating model's own; prices and accuracies follow at the end.")
    known = points.dropna(subset=["target"])
    if len(known):
        st.plotly_chart(
            training.reached(known, theme=state.theme()),
            theme=None,
            key="live_reached",
            config=views.PLOT,
            alt=(
                f"Share the AI really takes against its target, {len(known)} points so far, "
                "before prices correct it."
            ),
        )
    st.plotly_chart(
        training.growing(points, theme=state.theme()),
        theme=None,
        key="live_curve",
        config=views.PLOT,
        alt=f"Team accuracy of the {words.count(len(points), 'finished point')} so far.",
    )
