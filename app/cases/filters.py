"""Filters and order of the list; everything in the URL by position, no names."""

from collections.abc import Mapping, Sequence
from typing import cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.shared import scenario_model, state, words
from app.shared.scenario_model import Chosen
from core.dataset.annotation_set import AnnotationSet
from core.dataset.group_names import group_name
from core.scenarios.case_list import ORDERS, Order, Right, Said, Wanted
from core.scenarios.scores import Scores

ANY = "any"
CASE, PAGE = "c_case", "c_page"
FILTERS = ("c_to", "c_ai", "c_said", "c_truth", "c_right", "c_moved", "c_group")
SORT, DOWN = "c_sort", "c_down"
_SAID: Mapping[str, str] = {"disagree": "Experts disagree", "nobody": "Nobody annotated it"}
_RIGHT: Mapping[str, str] = {
    "right": "Right",
    "wrong": "Wrong",
    "unmeasured": "Not measured",
}
_MOVED: Mapping[str, str] = {"yes": "Changes hands", "no": "Stays"}
_OF = "cases:of"  # data set that the filters are about


def begin(data: AnnotationSet) -> None:
    """Clears the filters of another data set, in which positions mean something else."""
    if st.session_state.get(_OF, data.content_hash) != data.content_hash:
        for key in (*FILTERS, CASE, PAGE):
            if state.news(key) is None:
                st.session_state.pop(key, None)
    st.session_state[_OF] = data.content_hash


def open_all() -> None:
    """Clears every filter."""
    for key in FILTERS:
        state.choose(key, ANY)


def baseline(chosen: Chosen) -> tuple[str, str]:
    """What the scenario is compared with, and how that is called."""
    return scenario_model.pick_baseline(chosen, practice=False)


def pick_case_filters(scores: Scores, places: Sequence[DeltaGenerator], assigns: bool) -> Wanted:
    """The filters.

    Args:
      scores: whose cases.
      places: four columns to draw in.
      assigns: whether the baseline assigns each case to one agent, so that cases can change hands.
    """
    classes, agents = scores.classes, words.all_marked(scores.agents, scores.machines)
    by_class = {str(c): name for c, name in enumerate(classes)}
    goes: dict[str, str] = {str(k): name for k, name in enumerate(agents)} | {"-1": "Nobody"}
    by_answer = {str(a): name for a, name in enumerate(scores.answers)}
    said = {**{a: f"Somebody says {name}" for a, name in by_answer.items()}, **_SAID}
    groups = _groups(scores)
    first, second, third, fourth = places
    with first:
        to = _one("c_to", "Goes to", goes, "Anybody")
        right = _one("c_right", "Right or wrong", _RIGHT, "Any", _RIGHT_HELP)
    with second:
        ai = _one("c_ai", "The AI says", by_class, "Anything")
        moved = _one(
            "c_moved",
            "Changes hands",
            _MOVED,
            "Any",
            without="" if assigns else "The baseline assigns no case to one particular agent.",
        )
    with third:
        heard = _one("c_said", "The experts said", said, "Anything")
        group = _one(
            "c_group",
            "Group",
            {key: f"{group_name(column)}: {value}" for key, (column, _, value) in groups.items()},
            "Any",
            without="" if groups else "This data set has no groups.",
        )
    with fourth:
        truth = _one("c_truth", "Ground truth", by_class, "Any class")
    return Wanted(
        goes_to=None if to is None else int(to),
        ai_says=None if ai is None else int(ai),
        said=None if heard is None else int(heard) if heard in by_answer else cast(Said, heard),
        truth=None if truth is None else int(truth),
        right=cast(Right | None, right),
        moved=None if moved is None or not assigns else moved == "yes",
        group=None if group is None else groups[group][:2],
    )


def order() -> tuple[Order, bool]:
    """The order, and whether it is reversed."""
    first, second = st.columns([3, 2], gap="small", vertical_alignment="bottom")
    with first:
        names: Sequence[str] = list(ORDERS)
        state.option(SORT, names, "set")
        by = st.selectbox(
            "Sort by",
            names,
            format_func=lambda o: ORDERS[cast(Order, o)],
            key=SORT,
            persist_state="session",
            help="Most at stake: where the agent that gets the case is furthest ahead of the next "
            "one, after deductions for limited capacity.",
        )
        state.publish(SORT, by, "set")
    with second:
        state.adopt(DOWN, False, read=lambda text: text == "True")
        down = st.toggle("Reverse", key=DOWN, persist_state="session")
        state.publish(DOWN, down, False)
    return cast(Order, by), down


def _one(
    key: str,
    label: str,
    names: Mapping[str, str],
    anything: str,
    about: str = "",
    *,
    without: str = "",
) -> str | None:
    """One filter; None where it is open.

    Args:
      key: in the session and the URL.
      label: above it.
      names: of its options.
      anything: what leaving it open is called.
      about: help.
      without: why there is nothing to choose, shown in the filter's place; empty where there is.
    """
    options = [ANY, *names]
    state.option(key, options, ANY)
    if without:
        state.publish(key, ANY, ANY)
        st.caption(f"{label}: any. {without}")
        return None
    value = st.selectbox(
        label,
        options,
        format_func=lambda o: names.get(o, anything),
        key=key,
        persist_state="session",
        help=about or None,
    )
    state.publish(key, value, ANY)
    return None if value == ANY else value


_RIGHT_HELP = (
    "Measured where the AI gets the case, or the expert who gets it annotated it. A missing "
    "annotation is never counted as right or wrong."
)


def _groups(scores: Scores) -> dict[str, tuple[str, int, str]]:
    """Every value of every group column by position: column, its place, the value."""
    return {
        f"{c}-{v}": (column, v, value)
        for c, (column, grouping) in enumerate(scores.test.groupings.items())
        for v, value in enumerate(grouping.values)
    }
