"""The runs that are trained or wait, in the order of their turn."""

import logging
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import run_queries, training_queries, views, words
from app.train import launch

if TYPE_CHECKING:
    from core.record.record import RunRecord

_MOST = 8  # rows; the Runs page has them all


def draw(shown: str | None) -> None:
    """The list, drawn anew while something is under way.

    Args:
      shown: the run this page follows.
    """
    live = training_queries.under_way()
    if not live or [record.run_id for record in live] == [shown]:
        return
    with st.container(border=True):
        st.fragment(_tick, run_every="2s", key="waiting")(_order(live), shown)


def _tick(drawn: list[tuple[str, str]], shown: str | None) -> None:
    try:
        live = training_queries.under_way()
    except Exception:
        logging.getLogger("caseload").exception("the list of waiting runs")
        st.warning("The waiting runs could not be read just now; trying again.")
        return
    if _order(live) != drawn:
        st.rerun()
    st.markdown("**Runs under way, in the order of their turn**")
    for place, record in enumerate(live[:_MOST]):
        _row(record, place, shown)
    if len(live) > _MOST:
        st.caption(f"… and {words.count(len(live) - _MOST, 'more run')} after these.")


def _row(record: "RunRecord", place: int, shown: str | None) -> None:
    name = views.called(record)
    turn = "being trained" if record.state == "running" else "next"
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


def _order(live: "list[RunRecord]") -> list[tuple[str, str]]:
    return [(record.run_id, record.state) for record in live]
