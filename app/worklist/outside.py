"""New cases outside the range of training: how many, and whether the AI may get them."""

from collections import Counter
from dataclasses import replace

import streamlit as st

from app.shared import state, views, words
from app.worklist.worklist_queries import Given

KEY, PEOPLE = "outside", "people"
_WHO = {PEOPLE: "People only", "ai": "Anyone, also the AI"}
_HELP = (
    "A case is outside if a number lies beyond the minimum or maximum of the train cases by more "
    "than a margin (the width of their middle 90 %, or half of their whole range where that is "
    "more), if its column looks like another unit, or if it has a category that no train case has. "
    "For images, brightness and contrast count. The AI can be sure and wrong about such cases; "
    "people see the case itself."
)


def choose(given: Given) -> Given:
    """The cases, with the choice of who may get those outside the range of training, if any."""
    outside = given.cases.outside
    if outside is None or not outside.cases.any():
        state.publish(KEY, None)
        return given
    count, cases = int(outside.cases.sum()), words.count(len(given.cases), "case")
    named = Counter(name for columns in outside.columns for name in columns)
    listed = words.listing([f"{name}: {n:,}" for name, n in named.most_common()], 5)
    st.warning(
        f"**{count:,} of {cases} {'lies' if count == 1 else 'lie'} outside the range of training** "
        f"({views.escape(listed)}). The model's expectations do not hold for them.",
        icon=":material/warning:",
    )
    state.option(KEY, _WHO, PEOPLE)
    who = st.segmented_control(
        "Who may get cases outside the range of training",
        list(_WHO),
        format_func=_WHO.__getitem__,
        key=KEY,
        required=True,
        persist_state="session",
        help=_HELP,
    )
    state.publish(KEY, who, PEOPLE)
    if who != PEOPLE:
        return given
    return replace(given, id=f"{given.id}:{PEOPLE}", people_only=True)
