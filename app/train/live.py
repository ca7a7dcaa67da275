"""A run in progress, or how it ended: progress, results so far, and what to do next."""

import logging
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import (
    data_queries,
    live,
    run_queries,
    state,
    training_queries,
    trouble,
    views,
    words,
)
from app.shared.paint import PAINTS
from app.train import changes, launch, so_far
from core.config.train_config import TrainConfig

if TYPE_CHECKING:
    from core.record.record import RunRecord

# Streamlit has no link that looks like the one thing to do next.
_ONWARD = """
<style>
.st-key-onward a { justify-content: center; padding: 0.4rem 0.75rem; background: %(ground)s; }
.st-key-onward a:hover { background: %(ground)s; filter: brightness(0.9); }
.st-key-onward a, .st-key-onward a * { color: %(ink)s !important; }
</style>
"""


def is_live(run_id: str) -> bool:
    """Whether the run waits or is trained."""
    record = run_queries.run(run_id)
    return record is not None and not record.done


def run_panel(run_id: str, form: TrainConfig | None, data_id: str) -> None:
    """Draws a run, refreshed every half second while it goes on.

    Args:
      run_id: the run.
      form: the form's current settings, None while something is wrong there.
      data_id: the data set chosen in the form.
    """
    record = run_queries.run(run_id)
    if record is None:
        views.gone("run")
        return
    with st.container(border=True, key="followed"):
        settings = record.config
        st.markdown(
            f"**{views.escape(views.called(record))}**  \n"
            f":gray[:small[{words.targets_text(settings)} · {words.effort_text(settings)}]]"
        )
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            views.badge(record)
            # Outside the fragment: a click must not wait for a tick.
            if not record.done:
                st.button(
                    "Cancel this run",
                    icon=":material/close:",
                    key="cancel_run",
                    on_click=trouble.guarded(_cancel),
                    args=(run_id,),
                    disabled=record.cancel_requested,
                    help="Takes effect within one epoch. Points that have finished are kept.",
                )
        live.panel(
            partial(run_queries.run, run_id),
            _draw,
            key="progress",
            what="The progress",
            seconds=None if record.done else 0.5,
            state=lambda now: now and now.state,
            drawn=record.state,
        )
        if record.state in ("running", "cancelled", "failed"):
            # Less often: a changed figure is mounted again.
            live.panel(
                partial(run_queries.run, run_id),
                so_far.draw_curve_so_far,
                key="pictures",
                what="The points so far",
                seconds=None if record.done else 2,
            )
        if record.done:
            _ways_on(record)
        changes.draw_changes(record, form, data_id)


def worker_notice() -> None:
    """Warns when no worker is running, and offers to start it."""
    if run_queries.worker_is_up():
        return
    st.warning(
        "The worker that trains runs is not running. Runs wait in the queue until it is started.",
        icon=":material/power_off:",
    )
    if st.button("Start the worker", icon=":material/play_arrow:", key="start_worker"):
        try:
            run_queries.start_worker()
        except Exception:
            logging.getLogger("caseload").exception("starting the worker")
            st.error("The worker could not be started; see the program's log for the reason.")
        else:
            st.rerun()


def _cancel(run_id: str) -> None:
    run_queries.cancel(run_id)
    st.toast("Cancelling …", icon=":material/close:")


def _draw(record: "RunRecord | None") -> None:
    if record is None:
        st.warning("This run was deleted.")
    elif record.state == "queued":
        st.progress(0.0, text="Waiting for the worker")
        before = [r.run_id for r in training_queries.under_way()]
        ahead = before.index(record.run_id) if record.run_id in before else 0
        if record.reason:
            st.caption(f"Returned to the queue. {views.escape(words.sentence(record.reason))}")
        st.caption(
            f"{words.count(ahead, 'run')} ahead of it. You can leave this page."
            if ahead
            else "It starts as soon as the worker is free. You can leave this page."
        )
    elif record.state == "running":
        _progress(record)
    elif record.state == "finished":
        _finished(record)
    elif record.state == "failed":
        reason = views.escape(record.reason or "no reason was recorded.")
        st.error(f"This run failed: {reason}", icon=":material/error:")
    elif record.state == "cancelled":
        st.info(views.escape(record.reason or "This run was cancelled."), icon=":material/cancel:")


def _progress(record: "RunRecord") -> None:
    progress = record.progress
    st.progress(
        min(max(progress.fraction, 0.0), 1.0),
        text=words.progress_text(progress.stage, progress.seconds_left, record.cancel_requested),
    )
    st.caption(progress.text)


def _finished(record: "RunRecord") -> None:
    views.trained_badly(record.trouble)
    total = record.seconds.get("total")
    ready = record.seconds.get("compile", 0.0)
    if not total:
        return
    text = f"Took {words.duration(total)}"
    if ready >= 1:
        text += f", of which {words.duration(ready)} to compile the program"
    st.caption(text + ".")


def _ways_on(record: "RunRecord") -> None:
    """What to do after a run has ended."""
    if record.state == "finished":
        paint = PAINTS[state.theme()]
        st.html(_ONWARD % {"ground": paint.team, "ink": paint.ink(paint.team, 1.0)})
        with st.container(key="onward"):
            st.page_link(
                f"{views.PAGES}/workload.py",
                label="Plan the workload",
                icon=":material/balance:",
                query_params={"run": record.run_id},
                width="stretch",
            )
        st.page_link(
            f"{views.PAGES}/tradeoffs.py",
            label="See the trade-offs",
            icon=":material/show_chart:",
            query_params={"run": record.run_id},
        )
        return
    if record.state == "failed":
        st.page_link(
            f"{views.PAGES}/runs.py",
            label="See its log under Runs",
            icon=":material/receipt_long:",
            query_params={"chosen": record.run_id},
        )
    own_id = data_queries.data_id_of(record.dataset_hash)
    if st.button(
        "Train it again",
        key="train_again",
        icon=":material/replay:",
        disabled=own_id is None,
        help="With the same settings."
        if own_id
        else "Its data set is no longer here; upload it again.",
    ) and own_id is not None:  # fmt: skip
        again = training_queries.train_again(record.run_id, own_id)
        if again is not None:
            launch.follow(again)
        st.rerun()
