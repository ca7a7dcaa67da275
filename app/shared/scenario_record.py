"""The scenario on the table: one record per data set, in the session and in links.

Workload changes it; other pages tell of it.
"""

from collections.abc import Sequence

import streamlit as st

from app.shared import scenario_link, state
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.settings import Scenario

LINK = "scenario"  # in the URL


def linked(data: AnnotationSet) -> Scenario | None:
    """The scenario in the URL where it is news; None where it is none of this data set."""
    said = state.news(LINK)
    if said is None:
        return None
    try:
        return scenario_link.read(said, data)
    except ValueError:
        return None  # of another data set, or no link of ours: what was set before stays


def usual(data: AnnotationSet, off_duty: Sequence[str] = ()) -> Scenario:
    """Everybody free, but who was left out when the run was trained."""
    scenario = scenario_link.default(data)
    for name in off_duty:
        scenario = scenario.with_terms(name, on_duty=False)
    return scenario


def adopt(data: AnnotationSet, off_duty: Sequence[str] = ()) -> Scenario:
    """The record, from a link that is news, or as it was left, or the usual one."""
    known(data)
    begin(data, off_duty)
    return now(data)


def known(data: AnnotationSet) -> Scenario | None:
    """The record, from a link that is news or as it was left; None where nobody made one."""
    if (said := linked(data)) is not None:
        st.session_state[record_key(data)] = said
    return st.session_state.get(record_key(data))


def begin(data: AnnotationSet, off_duty: Sequence[str] = ()) -> None:
    """The usual scenario where there is no record yet."""
    if record_key(data) not in st.session_state:
        st.session_state[record_key(data)] = usual(data, off_duty)


def now(data: AnnotationSet) -> Scenario:
    """The record as it is."""
    scenario: Scenario = st.session_state[record_key(data)]
    return scenario


def publish(data: AnnotationSet) -> None:
    """Mirrors the record to the URL."""
    state.publish(LINK, scenario_link.write(now(data), data))


def record_key(data: AnnotationSet) -> str:
    """Session key of the record."""
    return f"workload:{data.content_hash}"
