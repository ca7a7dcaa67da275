"""New cases outside the range of training: who reads them."""

from dataclasses import replace

import numpy as np
import streamlit as st

from app.shared import state, views, words
from app.worklist.worklist_queries import Given

KEY = "outside"
WAYS = {"people": "Only people", "ai": "People and the AI"}


def choose_readers(given: Given) -> Given:
    """The cases, with those outside the range of training kept from the AI if the user says so."""
    found = given.cases.outside
    if found is None or not found.cases.any():
        return given
    columns = dict.fromkeys(
        name for names in found.columns[found.cases] for name in str(names).split(", ")
    )
    count = int(found.cases.sum())
    st.warning(
        f"**{words.count(count, 'case')} of {len(given.cases):,} "
        f"{'lies' if count == 1 else 'lie'} outside the range of training** "
        f"({views.escape(words.listing(list(columns), 4))}). The model has seen nothing like them: "
        "what it expects of any agent there has no support.",
        icon=":material/warning:",
    )
    state.option(KEY, WAYS, "people")
    way = st.segmented_control(
        "Who may read these cases",
        list(WAYS),
        format_func=WAYS.__getitem__,
        key=KEY,
        required=True,
        persist_state="session",
        help="A case lies outside where a number is far beyond the minimum or maximum of the train "
        "cases (by half the spread of their middle 90 %; by their whole range for heavy-tailed "
        "numbers), or where a category occurs in no train case.",
    )
    state.publish(KEY, way, "people")
    if way == "ai":
        return given
    return replace(given, id=f"{given.id}-people", people_only=True)


def marks(columns: np.ndarray | None) -> np.ndarray | None:
    """The column of the worklist that marks such cases; None where there is none to mark."""
    return columns if columns is not None and (columns != "").any() else None
