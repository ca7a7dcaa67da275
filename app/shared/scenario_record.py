"""The current scenario: one record per data set. Workload changes it; other pages show it."""

from collections.abc import Sequence

import streamlit as st

from app.shared import scenario_link
from app.shared.agent_record import AgentRecord
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.settings import Scenario

RECORD: AgentRecord[Scenario] = AgentRecord(
    place="workload",
    link="scenario",
    usual=scenario_link.default,
    read=scenario_link.read,
    write=scenario_link.write,
)
LINK = RECORD.link
known, now, publish = RECORD.known, RECORD.now, RECORD.publish


def adopt(data: AnnotationSet, off_duty: Sequence[str] = ()) -> Scenario:
    """The record from a new link, as it was left, or without bounds.

    Args:
      data: the run's data set.
      off_duty: experts that the run was trained without; they start off duty.
    """
    known(data)
    if RECORD.key(data) not in st.session_state:
        scenario = RECORD.usual(data)
        for name in off_duty:
            scenario = scenario.with_terms(name, on_duty=False)
        RECORD.put(data, scenario)
    return now(data)
