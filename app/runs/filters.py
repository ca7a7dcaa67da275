"""Which runs the table shows: by state, data set, method and words in the name or note."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import data_queries, state, views, words

if TYPE_CHECKING:
    from core.record.record import RunRecord

ALL = "all"
_KEYS = ("only_state", "only_data", "only_method")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The filters; `ALL` and an empty text match everything."""

    state: str = ALL
    data: str = ALL
    method: str = ALL
    text: str = ""


def pick_run_filters(records: "Sequence[RunRecord]") -> Wanted:
    """Draws the filters, which are kept in the URL."""
    states = [name for name in words.STATES if any(r.state == name for r in records)]
    counts = {name: sum(r.state == name for r in records) for name in states}
    columns = st.columns([2, 3, 3, 3], vertical_alignment="bottom")
    with columns[0]:
        shown = {name: f"{words.STATES[name][0]} ({counts[name]})" for name in states}
        in_state = _option("State", "only_state", shown)
    with columns[1]:
        names = sorted({r.dataset_name for r in records}, key=data_queries.title_of)
        of_data = _option("Data set", "only_data", {n: data_queries.title_of(n) for n in names})
    with columns[2]:
        methods = sorted({r.config.method for r in records}, key=words.method_name)
        by_method = _option("Method", "only_method", {m: words.method_name(m) for m in methods})
    with columns[3]:
        state.adopt("find", "")
        text = st.text_input(
            "Name or note contains",
            key="find",
            persist_state="session",
            icon=":material/search:",
            max_chars=200,
        )
        state.publish("find", text.strip() or None)
    return Wanted(state=in_state, data=of_data, method=by_method, text=text)


def matching(records: "Sequence[RunRecord]", wanted: Wanted) -> "list[RunRecord]":
    """The runs that match; every word of the text must be in the name or the note."""
    parts = wanted.text.casefold().split()
    return [
        r
        for r in records
        if wanted.state in (ALL, r.state)
        and wanted.data in (ALL, r.dataset_name)
        and wanted.method in (ALL, r.config.method)
        and all(part in f"{views.called(r)}\n{r.note}".casefold() for part in parts)
    ]


def nothing_found() -> None:
    """Shows that no run matches, and clears the filters on request."""
    st.info("No run matches all of these.", icon=":material/filter_alt_off:")
    st.button("Show all runs", key="clear_filters", on_click=_clear, icon=":material/close:")


def _clear() -> None:
    for key in _KEYS:
        state.choose(key, ALL)
    state.choose("find", "")


def _option(label: str, key: str, names: Mapping[str, str]) -> str:
    options = [ALL, *names]
    state.option(key, options, ALL)
    chosen = st.selectbox(
        label,
        options,
        format_func=lambda name: "All" if name == ALL else names[name],
        key=key,
        persist_state="session",
    )
    state.publish(key, chosen, ALL)
    return chosen
