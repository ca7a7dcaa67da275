"""What can be done with the selected runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import queries, settings_link, state, views, words
from app.charts.compare import MOST_RUNS
from app.charts.paint import PAINTS
from app.runs import actions, dialogs
from app.runs.table import seconds_taken

if TYPE_CHECKING:
    from core.runs.record import RunRecord

# Streamlit has no setting for a bar that stays at the window's lower edge.
_STYLE = """
<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-acts) {
  position: sticky; bottom: 0.75rem; z-index: 5;
}
.st-key-acts { background: %(paper)s; box-shadow: 0 0 1rem 0.75rem %(paper)s; }
</style>
"""


def bar() -> DeltaGenerator:
    """The place for the selection and its actions: below the table, always in sight.

    Above the table it would push the rows away from under the pointer at every selection.
    """
    st.html(_STYLE % {"paper": PAINTS[state.theme()].paper})
    return st.container(key="acts", border=True, gap="small")


def panel(chosen: "Sequence[RunRecord]") -> None:
    """One run with its actions, or several with theirs."""
    if not chosen:
        return
    if len(chosen) == 1:
        _one(chosen[0])
    else:
        _several(chosen)


def _one(record: "RunRecord") -> None:
    facts = [views.about(record), f"asked for {words.ago(record.created)}"]
    if (seconds := seconds_taken(record)) is not None:
        facts.append(f"{'took' if record.done else 'running for'} {words.duration(seconds)}")
    if record.attempts > 1:
        facts.append(f"begun {record.attempts} times")
    with st.container(horizontal=True, vertical_alignment="center"):
        small = f":gray[:small[{' · '.join(facts)}]]"
        st.markdown(f"**{views.escape(views.called(record))}**  \n{small}", width="stretch")
        views.badge(record.state)
    if record.note:
        st.markdown(_quoted(record.note))
    if record.state == "failed":
        st.error(
            f"Why it failed: {views.escape(record.reason or 'no reason was recorded.')}",
            icon=":material/error:",
        )
    elif record.state == "finished" and (lost := queries.lost_files(record.run_id)):
        st.error(
            f"Damaged: {views.escape(words.listing(lost, 3))} missing or cut short. Two ways on: "
            "repeat it with the same settings, or delete it. The next start of Caseload queues it "
            "again by itself.",
            icon=":material/broken_image:",
        )
    elif record.reason:
        st.caption(views.escape(record.reason))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _open(record)
        _repeat(record)
        _button("Name and note", "edit", ":material/edit:", dialogs.ask, "edit", [record])
        if not record.done:
            st.button(
                "Cancelling …" if record.cancel_requested else "Cancel",
                key="cancel_chosen",
                icon=":material/close:",
                on_click=actions.cancel,
                args=(record,),
                disabled=record.cancel_requested,
            )
        if record.state == "failed":
            _button("Log", "log", ":material/terminal:", dialogs.ask, "log", [record])
        _button("Delete", "delete", ":material/delete:", dialogs.ask, "delete", [record])


def _several(chosen: "Sequence[RunRecord]") -> None:
    finished = [r for r in chosen if r.state == "finished"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if 2 <= len(finished) <= MOST_RUNS:
            first, *others = (r.run_id for r in finished)
            st.page_link(
                f"{views.PAGES}/tradeoffs.py",
                label=f"Compare {len(finished)} on Trade-offs",
                icon=":material/stacked_line_chart:",
                query_params={"run": first, "runs": ",".join(others)},
            )
        label = f"Delete {len(chosen)} runs"
        _button(label, "delete", ":material/delete:", dialogs.ask, "delete", list(chosen))
        if remark := _comparable(len(finished), len(chosen)):
            st.caption(remark)


def _comparable(finished: int, chosen: int) -> str:
    """What stands in the way of a comparison, or is left out of it."""
    if finished < 2:
        return "To compare, select at least two finished runs: only those have a curve."
    if finished > MOST_RUNS:
        return f"To compare, select at most {MOST_RUNS} finished runs."
    return "Those that have not finished have no curve to compare." if finished < chosen else ""


def _open(record: "RunRecord") -> None:
    finished = record.state == "finished"
    st.page_link(
        f"{views.PAGES}/{'tradeoffs' if finished else 'train'}.py",
        label="See the curve" if finished else "Watch it" if not record.done else "What it left",
        icon=":material/show_chart:" if finished else ":material/visibility:",
        query_params={"run" if finished else "watch": record.run_id},
    )


def _repeat(record: "RunRecord") -> None:
    """The way to Train with the same settings; without its data set there is nothing to train."""
    data_id = queries.data_id_of(record.dataset_hash)
    if data_id is None:
        st.caption("Its data set is gone: it cannot be repeated.", width="content")
        return
    st.page_link(
        f"{views.PAGES}/train.py",
        label="Repeat with changes",
        icon=":material/replay:",
        query_params=settings_link.params(record.config, data_id),
    )


def _button(label: str, key: str, icon: str, call, *args) -> None:  # type: ignore[no-untyped-def]
    st.button(label, key=f"{key}_chosen", icon=icon, on_click=call, args=args)


def _quoted(note: str) -> str:
    """The note as written: its line ends kept, its signs not read as Markdown."""
    lines = [views.escape(line.strip()) for line in note.strip().splitlines()]
    return ":gray[Note:] " + "  \n".join(line.replace(">", "\\>") for line in lines)
