"""Bounds and effort of each agent: two tables, and a range slider for one agent."""

import streamlit as st

from app.shared import following, views, words
from app.workload import desk
from core.dataset.annotation_set import AI, AnnotationSet
from core.scenarios.agent_bounds import BOUNDS
from core.scenarios.amount import TYPED, Amount
from core.scenarios.settings import AgentTerms, Scenario

UNITS = {"share": "Shares", "cases": "Cases a day"}
MANY = 12  # agents; above that the table can be searched
_TYPED = rf"^(?:{TYPED}|\s*)$"  # an empty cell means no bound
_HOW = (
    "“40 %” is a share of the day's cases, “60 cases” are cases a day; a number alone is in the "
    "unit chosen above."
)
_ROW, _HEAD, _MOST_ROWS = 30, 36, 6  # pixels, and how many agents are seen without scrolling


def bounds(data: AnnotationSet) -> None:
    """On duty, minimum and maximum of every agent; the range of the chosen one."""
    _unit(data)
    if names := _shown(data):
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
                "minimum": st.column_config.TextColumn(
                    "Minimum", width=88, validate=_TYPED, help=_HOW
                ),
                "maximum": st.column_config.TextColumn(
                    "Maximum", width=96, validate=_TYPED, help=f"{_HOW} Empty: no limit."
                ),
            },
            alt="On duty, minimum and maximum workload per agent, editable",
        )
    if text := words.further_ais(data.machines):
        st.caption(views.escape(text))
    _focus(data)


def effort(data: AnnotationSet) -> None:
    """Minutes and cost per case, and the load up to which there is no fatigue."""
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
                    help="Cases a day up to which accuracy holds; empty: no fatigue. Counts only "
                    "while fatigue is on.",
                ),
            },
            alt="Minutes, cost and comfortable load per agent, editable",
        )  # fmt: skip
    st.caption(
        "Minutes and cost per case, comfortable load in cases a day. Minutes and cost change no "
        "assignment; the comfortable load does while fatigue is on."
    )


def _unit(data: AnnotationSet) -> None:
    place, unit = desk.key(data, "unit"), desk.now(data).unit
    st.segmented_control(
        "Bounds are typed in",
        list(UNITS),
        format_func=UNITS.__getitem__,
        default=unit,
        key=following.key(place, unit),
        required=True,
        on_change=_switched,
        args=(data, place),
        help="The unit of a number typed without one, and the scale of the sliders. Switching "
        "changes no bound: each keeps its unit, and “40 %” or “60 cases” can always be typed.",
    )


def _switched(data: AnnotationSet, place: str) -> None:
    if following.moved(place):
        desk.set_unit(data, following.held(place))


def _shown(data: AnnotationSet, table: str = "bounds") -> list[str]:
    """The AI, then the experts whose name contains the search text."""
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
    """The range of one agent."""
    names = [*data.experts, AI]
    place = desk.key(data, "focus")
    if st.session_state.get(place) not in names:
        st.session_state[place] = names[0]
    who, band = st.columns([2, 3.4], vertical_alignment="bottom")
    name = who.selectbox("Range of", names, key=place, persist_state="session")
    scenario = desk.now(data)
    terms = dict(scenario.agents)[name]
    if not terms.on_duty:
        band.caption("Off duty: no cases, whatever the bounds.")
        return
    cases = scenario.unit == "cases"
    most = float(scenario.cases_per_day) if cases else 100.0
    slider = desk.key(data, f"band:{most}")
    ends = _ends(scenario, terms)
    band.slider(
        "From minimum to maximum",
        0.0,
        most,
        ends,
        step=1.0 if cases else 0.5,
        format="%.0f" if cases else "%.1f %%",
        key=following.key(slider, ends),
        on_change=_banded,
        args=(data, name, slider),
    )


def _ends(scenario: Scenario, terms: AgentTerms) -> tuple[float, float]:
    """The ends of an agent's range, in the unit in which bounds are typed."""
    unit, day, by = scenario.unit, scenario.cases_per_day, desk.factor(scenario)
    most = by if unit == "share" else float(day)
    minimum, maximum = terms.minimum.to(unit, day), terms.maximum
    high = most if maximum is None else min(maximum.to(unit, day).value * by, most)
    return min(minimum.value * by, high), high


def _banded(data: AnnotationSet, name: str, slider: str) -> None:
    if not following.moved(slider):
        return
    low, high = following.held(slider)
    shown = desk.now(data)
    ends = _ends(shown, dict(shown.agents)[name])
    unit, by = shown.unit, desk.factor(shown)

    def set_(scenario: Scenario) -> Scenario:
        terms = dict(scenario.agents)[name]
        # An end that was not moved keeps the unit in which it was given.
        for bound, before, value in zip(BOUNDS, ends, (low, high), strict=True):
            if abs(value - before) > 1e-9:
                to = Amount(round(value / by, 12), unit)
                terms = terms.moved(bound, to, scenario.cases_per_day)
        return scenario.having(name, terms)

    desk.change(data, set_)
