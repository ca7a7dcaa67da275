"""How many cases a day brings, the unit in which bounds are typed, and what a change did."""

import streamlit as st

from app.shared import state, views, words
from app.workload import desk
from core.dataset.agent_names import called, whose
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.amount import Amount, cases_text
from core.scenarios.settings import MOST_CASES, AgentTerms, Scenario

UNITS = {"share": "Shares", "cases": "Cases a day"}
_MOST_SAID = 3  # bounds


def draw(data: AnnotationSet, scenario: Scenario) -> None:
    """The two controls, and what the last change of the cases per day did."""
    cases, unit = desk.key(data, "cases"), desk.key(data, "unit")
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    state.show(cases, scenario.cases_per_day)
    left.number_input(
        "Cases per day",
        1,
        MOST_CASES,
        step=10,
        key=cases,
        on_change=_cases,
        args=(data,),
        help="How many cases a day brings. When it changes, bounds in cases a day stay so many "
        "cases, and bounds in shares stay shares.",
    )
    state.show(unit, scenario.unit)
    right.segmented_control(
        "Bounds are typed in",
        list(UNITS),
        format_func=UNITS.__getitem__,
        key=unit,
        required=True,
        on_change=_unit,
        args=(data,),
        help="What a number without a unit means, and the scale of the sliders. Switching changes "
        "no bound: each keeps the unit in which it was set, and “40 %” or “60 cases” can always "
        "be typed.",
    )
    # Always there: the tables below stay mounted when the note comes and goes.
    with st.container():
        if (before := desk.day_before(data)) and (said := change_words(before, scenario)):
            note, back = st.columns([5, 1.6], vertical_alignment="center")
            note.caption(views.escape(said))
            back.button(
                "Undo",
                key="undo_day",
                icon=":material/undo:",
                help=f"Back to {words.count(before.cases_per_day, 'case')} a day.",
                on_click=desk.put,
                args=(data, before),
            )


def change_words(before: Scenario, now: Scenario) -> str:
    """What other cases per day did to the bounds; empty where there is none.

    For example: “200 cases a day instead of 100: the AI's 40.0 % are now 80 cases; Ann's maximum
    of 60 cases is now 30.0 % of the day.”
    """
    day = now.cases_per_day
    agents = [*now.agents[-1:], *now.agents[:-1]]  # as in the table
    told = [text for name, t in agents if t.on_duty for text in _bounds(name, t, day)]
    if not told:
        return ""
    if (more := len(told) - _MOST_SAID) > 0:
        told = [*told[:_MOST_SAID], f"and {words.count(more, 'more bound')}"]
    return (
        f"{words.count(day, 'case')} a day instead of {before.cases_per_day:,}: {'; '.join(told)}."
    )


def _bounds(name: str, terms: AgentTerms, day: int) -> list[str]:
    low, high = terms.minimum, terms.maximum
    if high is not None and low == high:
        verb = "is" if low == Amount(1.0, "cases") else "are"
        return [f"{whose(name)} {_given(low)} {verb} now {_now(low, day)}"]
    bounds = [("minimum", low if low.value > 0 else None), ("maximum", high)]
    return [
        f"{whose(name)} {kind} of {_given(bound)} is now {_now(bound, day)}"
        for kind, bound in bounds
        if bound is not None
    ]


def _given(bound: Amount) -> str:
    return bound.words(" cases")


def _now(bound: Amount, day: int) -> str:
    if bound.unit == "share":
        return bound.to("cases", day).words(" cases")
    if bound.value > day:
        return "more than a day brings"
    return f"{words.percent(bound.share(day))} of the day"


def held_words(scenario: Scenario, name: str) -> str:
    """At how much an agent is held whose minimum is its maximum, in both units."""
    bound, day = dict(scenario.agents)[name].minimum, scenario.cases_per_day
    who = called(name, start=True)
    if bound.unit == "share":
        share = f"{bound.words()} of the cases"
        return f"{who} is held at {share}: {cases_text(bound.cases(day))} of {day:,} a day"
    return f"{who} is held at {bound.words()}: {words.percent(bound.share(day))} of {day:,}"


def _cases(data: AnnotationSet) -> None:
    place = desk.key(data, "cases")
    value = st.session_state.get(place)
    if value is not None and state.moved(place):
        desk.set_cases(data, int(value))


def _unit(data: AnnotationSet) -> None:
    place = desk.key(data, "unit")
    if state.moved(place):
        desk.set_unit(data, st.session_state[place])
