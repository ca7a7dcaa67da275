"""The runs that are in training or waiting, in queue order."""

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import live, run_queries, training_queries, views, words
from app.train import launch

if TYPE_CHECKING:
    from core.record.record import RunRecord

_MOST = 8  # rows; the Runs page has them all


def draw_waiting_runs(shown: str | None) -> None:
    """The list, refreshed while something is under way.

    Args:
      shown: the run that this page follows.
    """
    records = training_queries.under_way()
    if not records or [record.run_id for record in records] == [shown]:
        return
    with st.container(border=True):
        live.panel(
            training_queries.under_way,
            partial(_list, shown),
            key="waiting",
            what="The waiting runs",
            seconds=2,
            state=_order,
            drawn=_order(records),
        )


def _list(shown: str | None, records: "list[RunRecord]") -> None:
    st.markdown("**Runs under way, in queue order**")
    for place, record in enumerate(records[:_MOST]):
        _row(record, place, shown)
    if len(records) > _MOST:
        st.caption(f"… and {words.count(len(records) - _MOST, 'more run')} after these.")


def _row(record: "RunRecord", place: int, shown: str | None) -> None:
    name = views.called(record)
    turn = "in training" if record.state == "running" else "next"
    if record.state != "running" and place:
        turn = f"{words.count(place, 'run')} before it"
    here = record.run_id == shown
    settings = record.config
    st.markdown(
        f"{views.escape(name)} · {turn}{', shown here' if here else ''}  \n"
        f":gray[:small[{words.targets_text(settings)} · {words.effort_text(settings)}]]"
    )
    with st.container(horizontal=True, gap="small"):
        if not here and st.button(
            "Show",
            key=f"show_{record.run_id}",
            icon=":material/visibility:",
            type="tertiary",
            help=f"Show here: {views.escape(name)}, {turn}",
        ):
            launch.follow(record.run_id)
            st.rerun()
        if st.button(
            "Cancel",
            key=f"cancel_{record.run_id}",
            icon=":material/close:",
            type="tertiary",
            disabled=record.cancel_requested,
            help=f"Cancel: {views.escape(name)}, {turn}",
        ):
            run_queries.cancel(record.run_id)
            st.rerun()


def _order(records: "list[RunRecord]") -> list[tuple[str, str]]:
    return [(record.run_id, record.state) for record in records]
