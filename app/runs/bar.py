"""Actions on the selected runs: a bar of constant size above the table.

A bar that appeared or grew with the selection would push the rows away from the pointer; one that
floats would cover them. So every action is always there, and those that do not apply are disabled.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.runs import actions, dialogs
from app.shared import data_queries, settings_link, state, views, words
from app.shared.paint import PAINTS

if TYPE_CHECKING:
    from core.record.record import RunRecord

# One line however long a run's name is; links that do not apply are to be read all the same.
_STYLE = """
<style>
.st-key-acts_about p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.st-key-acts a[disabled] * { color: %(muted)s; }
</style>
"""
_WIDTHS = {  # pixels, for the longest label each may have
    "open": 132,
    "compare": 154,
    "repeat": 180,
    "edit": 158,
    "cancel": 132,
    "log": 80,
    "delete": 146,
}


def place() -> DeltaGenerator:
    """The place of the bar; it is filled once the selection is known."""
    st.html(_STYLE % {"muted": PAINTS[state.theme()].muted})
    return st.container(key="acts", border=True, gap="small")


def draw_action_bar(chosen: "Sequence[RunRecord]") -> None:
    """The actions for the selected runs."""
    with st.container(key="acts_about"):
        st.markdown(_about(chosen))
    one = chosen[0] if len(chosen) == 1 else None
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        _open(one)
        _compare([r for r in chosen if r.state == "finished"])
        _repeat(one)
        _ask("Name and note", "edit", ":material/edit:", [one] if one else [])
        st.button(
            "Cancelling …" if one is not None and one.cancel_requested else "Cancel",
            key="cancel_chosen",
            icon=":material/close:",
            on_click=actions.cancel,
            args=(one,),
            disabled=one is None or one.done or one.cancel_requested,
            width=_WIDTHS["cancel"],
        )
        _ask("Log", "log", ":material/terminal:", [one] if one and one.state == "failed" else [])
        label = "Delete" if len(chosen) < 2 else f"Delete {len(chosen)} runs"
        _ask(label, "delete", ":material/delete:", list(chosen))


def _about(chosen: "Sequence[RunRecord]") -> str:
    if not chosen:
        return ":gray[Select runs in the table, or below it.]"
    if len(chosen) == 1:
        return f"**{views.escape(views.called(chosen[0]))}**"
    return f"**{words.count(len(chosen), 'run')} selected**"


def _open(one: "RunRecord | None") -> None:
    finished = one is None or one.state == "finished"
    _link(
        "See the curve" if finished else "Watch it" if one and not one.done else "How it ended",
        "open",
        "tradeoffs" if finished else "train",
        ":material/show_chart:" if finished else ":material/visibility:",
        {"run" if finished else "watch": one.run_id} if one else None,
    )


def _compare(finished: "Sequence[RunRecord]") -> None:
    query = None
    if len(finished) > 1:
        first, *others = (record.run_id for record in finished)
        query = {"run": first, "runs": ",".join(others)}
    label = f"Compare {len(finished)} runs" if query else "Compare runs"
    _link(label, "compare", "tradeoffs", ":material/stacked_line_chart:", query)


def _repeat(one: "RunRecord | None") -> None:
    """A link to Train with the same settings; disabled without the run's data set."""
    data_id = data_queries.data_id_of(one.dataset_hash) if one else None
    query = settings_link.params(one.config, data_id) if one and data_id else None
    _link("Repeat with changes", "repeat", "train", ":material/replay:", query)


def _link(label: str, key: str, page: str, icon: str, query: Mapping[str, str] | None) -> None:
    st.page_link(
        f"{views.PAGES}/{page}.py",
        label=label,
        icon=icon,
        query_params=query,
        disabled=query is None,
        width=_WIDTHS[key],
    )


def _ask(label: str, key: str, icon: str, about: "list[RunRecord]") -> None:
    ask: Callable[..., Any] = dialogs.ask
    st.button(
        label,
        key=f"{key}_chosen",
        icon=icon,
        on_click=ask,
        args=(key, about),
        disabled=not about,
        width=_WIDTHS[key],
    )
