"""The parts of the page as tabs: only the open one is computed."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.data import (
    agreements,
    annotation_pattern,
    cases,
    counts,
    experts,
    missing,
    remarks,
)
from app.shared import state

Draw = Callable[[str, Mapping[str, Any]], None]
PARTS: Mapping[str, tuple[str, Draw]] = {
    "overview": ("Overview", counts.overview),
    "problems": ("Problems", remarks.draw),
    "pattern": ("Who annotated what", annotation_pattern.draw),
    "experts": ("Experts", experts.draw),
    "agreement": ("Agreement", agreements.draw),
    "missing": ("Missing rate", missing.draw),
    "cases": ("Cases", cases.draw),
}


_TABS = "view_tabs"
_NAMES = {title: name for name, (title, _) in PARTS.items()}


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """Draws the tabs and the content of the open one, which is kept in the URL."""
    clicked = _NAMES.get(st.session_state.get(_TABS, ""))
    if clicked and clicked != st.session_state.get("view"):
        state.choose("view", clicked)
    view = state.option("view", PARTS, "overview")
    state.publish("view", view, "overview")
    # Written even when unchanged: after a visit to another page the tabs are new widgets.
    st.session_state[_TABS] = PARTS[view][0]
    tabs = st.tabs(list(_NAMES), key=_TABS, on_change="rerun")
    with tabs[list(PARTS).index(view)]:
        PARTS[view][1](data_id, facts)
