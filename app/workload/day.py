"""The day: how many cases it brings, the most that any expert may get, and who is on duty."""

import streamlit as st

from app.shared import following, views, words
from app.workload import desk
from core.dataset.agent_names import called, whose
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.amount import Amount, cases_text
from core.scenarios.settings import MOST_CASES, AgentTerms, Scenario

_MOST_LISTED = 3  # bounds in a sentence
_MOST_BOXES = 12  # experts with a check box each


def draw_day(data: AnnotationSet, scenario: Scenario) -> None:
    """Cases per day and everyone's maximum, with what the last change of either did."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        _cases_per_day(data, scenario)
    with right:
        _everyone(data, scenario)
    # Always there: the tables below stay mounted when the note comes and goes.
    with st.container():
        if (before := desk.undoable(data)) and (text := change_words(before, scenario)):
            note, back = st.columns([5, 1.6], vertical_alignment="center")
            note.caption(views.escape(text))
            back.button(
                "Undo",
                key="undo_day",
                icon=":material/undo:",
                help="Back to the scenario before this change.",
                on_click=desk.put,
                args=(data, before),
            )


def on_duty(data: AnnotationSet, scenario: Scenario) -> None:
    """Who is on duty: a check box per expert, or of many the list of those who are not."""
    if len(data.experts) > _MOST_BOXES:
        _off_duty(data, scenario)
        return
    with st.container(gap="xxsmall"):
        st.markdown(":small[On duty]", help="Experts who are off duty get no cases at all.")
        boxes = st.container(horizontal=True, gap="medium", key="on_duty")
    with boxes:
        for number, name in enumerate(data.experts):
            place, on = desk.key(data, f"duty:{number}"), dict(scenario.agents)[name].on_duty
            st.checkbox(
                views.escape(words.marked(name, data.machines)),
                on,
                following.key(place, on),
                on_change=_duty,
                args=(data, name, place),
            )


def change_words(before: Scenario, now: Scenario) -> str:
    """What the last change of the day did; empty where there is nothing to say.

    For example: “200 cases a day instead of 100: the AI's 40.0 % are now 80 cases; Ann's maximum
    of 60 cases is now 30.0 % of the day.”
    """
    if before.cases_per_day == now.cases_per_day:
        return _maximum_words(before, now)
    day = now.cases_per_day
    agents = [*now.agents[-1:], *now.agents[:-1]]  # as in the table
    parts = [text for name, t in agents if t.on_duty for text in _bounds(name, t, day)]
    if not parts:
        return ""
    if (more := len(parts) - _MOST_LISTED) > 0:
        parts = [*parts[:_MOST_LISTED], f"and {words.count(more, 'more bound')}"]
    return (
        f"{words.count(day, 'case')} a day instead of {before.cases_per_day:,}: {'; '.join(parts)}."
    )


def held_words(scenario: Scenario, name: str) -> str:
    """The workload of an agent whose minimum equals its maximum, in both units."""
    bound, day = dict(scenario.agents)[name].minimum, scenario.cases_per_day
    who = called(name, start=True)
    if bound.unit == "share":
        share = f"{bound.words()} of the cases"
        return f"{who} is held at {share}: {cases_text(bound.cases(day))} of {day:,} a day"
    return f"{who} is held at {bound.words()}: {words.percent(bound.share(day))} of {day:,}"


def _cases_per_day(data: AnnotationSet, scenario: Scenario) -> None:
    place = desk.key(data, "cases")
    st.number_input(
        "Cases per day",
        1,
        MOST_CASES,
        scenario.cases_per_day,
        step=10,
        key=following.key(place, scenario.cases_per_day),
        on_change=_cases,
        args=(data,),
        help="How many cases a day brings. When it changes, bounds in cases a day stay so many "
        "cases, and bounds in shares stay shares.",
    )


def _everyone(data: AnnotationSet, scenario: Scenario) -> None:
    place = desk.key(data, "everyone")
    first, *others = {terms.maximum for terms in scenario.terms[:-1]}
    placeholder = "different limits"
    if not others:
        placeholder = "no limit" if first is None else f"{first.text} each"
    shared = first if not others and first is not None and first.unit == "cases" else None
    most = None if shared is None else shared.value
    key = following.key(place, most)
    # Set in every run: a field can be emptied only if its default is empty.
    st.session_state[key] = most
    st.number_input(
        "Everyone at most, a day",
        0.0,
        float(MOST_CASES),
        None,
        step=5.0,
        format="%.7g",
        key=key,
        placeholder=placeholder,
        on_change=_maximum,
        args=(data,),
        help="The maximum of every expert in cases a day; the AI is not limited by it. Empty: no "
        "limit. A maximum for one agent is set under “More settings”.",
    )


def _off_duty(data: AnnotationSet, scenario: Scenario) -> None:
    place = desk.key(data, "off_duty")
    off = [name for name, terms in scenario.agents[:-1] if not terms.on_duty]
    st.multiselect(
        "Off duty",
        data.experts,
        off,
        key=following.key(place, off),
        placeholder="nobody",
        on_change=_many,
        args=(data, place),
        help="Experts who are off duty get no cases at all.",
    )


def _maximum_words(before: Scenario, now: Scenario) -> str:
    experts = words.count(len(now.terms) - 1, "expert")
    bound = now.terms[0].maximum
    if bound is None:
        return f"No maximum any more for any of the {experts}."
    return f"At most {bound.words()} for each of the {experts}."


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


def _cases(data: AnnotationSet) -> None:
    place = desk.key(data, "cases")
    value = following.held(place)
    if value is not None and following.moved(place):
        desk.set_cases(data, int(value))


def _maximum(data: AnnotationSet) -> None:
    place = desk.key(data, "everyone")
    if following.moved(place):
        desk.set_maximum(data, following.held(place))


def _duty(data: AnnotationSet, name: str, place: str) -> None:
    if following.moved(place):
        desk.set_terms(data, name, on_duty=bool(following.held(place)))


def _many(data: AnnotationSet, place: str) -> None:
    if not following.moved(place):
        return
    off = set(following.held(place))

    def changed(scenario: Scenario) -> Scenario:
        for name in data.experts:
            scenario = scenario.with_terms(name, on_duty=name not in off)
        return scenario

    desk.change(data, changed)
