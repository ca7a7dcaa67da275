"""The selected runs: in the table, in a field for keyboards, and in the URL."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import run_queries, state, views

if TYPE_CHECKING:
    from core.record.record import RunRecord

_NEXT = "runs_next"  # what was selected in the table, until the next run of the page


def pick_selected_runs(
    shown: "Sequence[RunRecord]", known_ids: Collection[str]
) -> "list[RunRecord]":
    """Draws the field with the selected runs and returns them in the order of the table.

    Args:
      shown: the runs that match the filters.
      known_ids: ids of all runs.
    """
    known = {record.run_id: record for record in shown}
    asked = [i for i in (state.news("chosen") or "").split(",") if i]
    if (taken := st.session_state.pop(_NEXT, None)) is not None:
        state.choose("chosen", taken)
    elif gone := [i for i in asked if run_queries.run(i) is None]:
        _gone(len(gone))
    value: list[str] = state.adopt(
        "chosen", [], read=lambda text: [i for i in text.split(",") if i in known]
    )
    if any(i not in known_ids for i in value):
        st.toast("A selected run has been deleted.", icon=":material/delete:")
    # No action on runs that the filters hide.
    st.session_state["chosen"] = [i for i in value if i in known]
    labels = views.run_labels(shown)
    picked = st.multiselect(
        "Selected runs",
        list(known),
        format_func=labels.__getitem__,
        key="chosen",
        persist_state="session",
        placeholder=(
            "Click rows of the table or type a name: select one to open or change it, several "
            "to compare them"
        ),
        wrap=True,
    )
    state.publish("chosen", ",".join(picked) or None)
    return [record for record in shown if record.run_id in picked]


def take(run_ids: Sequence[str]) -> None:
    """Selects these runs in the next run of the page."""
    st.session_state[_NEXT] = list(run_ids)


def drop(run_ids: Collection[str]) -> None:
    """Removes these from the selection in the next run of the page."""
    take([i for i in st.session_state.get("chosen", ()) if i not in run_ids])


def _gone(count: int) -> None:
    what = "The run in this link is" if count == 1 else f"{count} runs in this link are"
    st.warning(
        f"{what} not here: deleted, or on another computer.",
        icon=":material/link_off:",
    )
