"""What the scenario says of each agent: two tables, and a band for the one in focus."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from app import state, words
from app.workload import desk
from core.data.annotation_set import AI, AnnotationSet
from core.scenarios.settings import Scenario

MANY = 12  # agents; above that the table can be searched
_ROW, _HEAD, _MOST_ROWS = 30, 36, 6  # pixels, and how many agents are seen without scrolling


def bounds(data: AnnotationSet) -> None:
    """On duty, least and greatest of every agent; the band of the agent in focus."""
    scenario = desk.now(data)
    if names := _shown(data):
        number = _number(scenario)
        frame = desk.frame(data, "bounds", names).reset_index()
        st.data_editor(
            frame,
            key=desk.table(data, "bounds").key,
            hide_index=True,
            row_height=_ROW,
            height=_HEAD + _ROW * min(len(names), _MOST_ROWS) + 2,
            num_rows="fixed",
            disabled=["agent"],
            placeholder="no limit",
            column_config={
                "agent": st.column_config.TextColumn("Agent", pinned=True),
                "on_duty": st.column_config.CheckboxColumn(
                    "On duty", help="Off duty: gets no cases at all.", width=76
                ),
                "least": st.column_config.NumberColumn("Least", width=88, **number),
                "greatest": st.column_config.NumberColumn(
                    "Greatest", width=96, help="Empty: no limit.", **number
                ),
            },
            alt="On duty, least and greatest workload per agent, editable",
        )
    _focus(data)


def effort(data: AnnotationSet) -> None:
    """Minutes and cost per case, and the load up to which nobody tires."""
    if names := _shown(data, "effort"):
        frame = desk.frame(data, "effort", names).reset_index()
        st.data_editor(
            frame,
            key=desk.table(data, "effort").key,
            hide_index=True,
            row_height=_ROW,
            height=_HEAD + _ROW * min(len(names), _MOST_ROWS) + 2,
            num_rows="fixed",
            disabled=["agent"],
            placeholder=words.UNKNOWN,
            column_config={
                "agent": st.column_config.TextColumn("Agent", pinned=True),
                "minutes": st.column_config.NumberColumn(
                    "Minutes", width=84, min_value=0.0, help="Working time per case.",
                    format="%.4g",
                ),
                "cost": st.column_config.NumberColumn(
                    "Cost", width=84, min_value=0.0, format="%.6g",
                    help="Per case, in any currency.",
                ),
                "comfortable": st.column_config.NumberColumn(
                    "Comfortable", width=104, min_value=0.0, format="%.6g",
                    help="Cases a day up to which accuracy holds; empty: never tires. Counts only "
                    "while tiredness is on.",
                ),
            },
            alt="Minutes, cost and comfortable load per agent, editable",
        )  # fmt: skip
    st.caption(
        "Minutes and cost per case, comfortable load in cases a day. Minutes and cost change no "
        "assignment; the comfortable load does once experts tire."
    )


def _number(scenario: Scenario) -> dict[str, Any]:
    if scenario.unit == "share":
        return {"min_value": 0.0, "max_value": 100.0, "step": 0.1, "format": "%.1f %%"}
    return {"min_value": 0.0, "step": 0.1, "format": "%.4g"}


def _shown(data: AnnotationSet, table: str = "bounds") -> list[str]:
    """The AI, then the experts whose name has what is looked for."""
    names = [AI, *data.experts]
    if len(names) <= MANY:
        return names
    sought = st.text_input(
        f"Find among {words.count(len(data.experts), 'expert')}",
        key=desk.key(data, f"find:{table}"),
        placeholder="part of a name",
        on_change=desk.change,
        args=(data, lambda scenario: scenario),
        icon=":material/search:",
    )
    found = [name for name in names if (sought or "").strip().lower() in name.lower()]
    if not found:
        st.info("No agent has this in its name.", icon=":material/search_off:")
    return found


def _focus(data: AnnotationSet) -> None:
    """The band of one agent."""
    names = [*data.experts, AI]
    place = desk.key(data, "focus")
    if st.session_state.get(place) not in names:
        st.session_state[place] = names[0]
    who, band = st.columns([2, 3.4], vertical_alignment="bottom")
    name = who.selectbox("In focus", names, key=place, persist_state="session")
    scenario = desk.now(data)
    terms = dict(scenario.agents)[name]
    if not terms.on_duty:
        band.caption("Off duty: no cases, whatever the bounds.")
        return
    cases = scenario.unit == "cases"
    most = float(scenario.cases_per_day) if cases else 100.0
    step = 1.0 if cases else 0.5
    slider = desk.key(data, f"band:{most}")
    by = desk.factor(scenario)
    greatest = most if terms.greatest is None else min(terms.greatest * by, most)
    state.show(slider, (min(terms.least * by, greatest), greatest))
    band.slider(
        "From least to greatest",
        0.0,
        most,
        step=step,
        format="%.0f" if cases else "%.1f %%",
        key=slider,
        on_change=_banded,
        args=(data, name, slider),
    )


def _banded(data: AnnotationSet, name: str, slider: str) -> None:
    if not state.moved(slider):
        return
    least, greatest = st.session_state[slider]
    scenario = desk.now(data)
    by = desk.factor(scenario)
    old = asdict(dict(scenario.agents)[name])
    no_limit = old["greatest"] is None and greatest >= desk.most(scenario) * by
    desk.set_terms(
        data,
        name,
        least=round(least / by, 12),
        greatest=None if no_limit else round(greatest / by, 12),
    )
