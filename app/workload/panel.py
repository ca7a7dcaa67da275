"""The scenario's controls: the day, the AI's share, who is on duty; the rest folded away."""

import math

import streamlit as st

from app.shared import following, views, words
from app.workload import agents, caps, day, desk, fatigue, guards
from core.dataset.annotation_set import AI, AnnotationSet
from core.scenarios.answer import Answer
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario

_TABS = ("Bounds", "Time and cost", "Rules", "Fatigue")


def draw_scenario_panel(data: AnnotationSet, answer: Answer | None, scores: Scores) -> None:
    """All controls of the scenario.

    Args:
      data: the run's data set.
      answer: to the scenario, None where there is none.
      scores: of the model that answers.
    """
    scenario = desk.now(data)
    takes = None if answer is None else answer.agents[-1].share
    with st.container(border=True, key="scenario_panel"):
        day.draw_day(data, scenario)
        # A container of their own: where something comes or goes before the tabs, the browser
        # would mount the tables anew and lose what is being typed.
        with st.container():
            _ai(data, scenario, takes)
            if why := desk.refused(data):
                st.warning(f"Change rejected: {views.escape(why)}.", icon=":material/undo:")
        day.on_duty(data, scenario)
        # The same labels always: a tab with another label would close itself.
        with st.expander("More settings", key="more_settings", icon=":material/tune:"):
            bounds, effort, rules, fatigued = st.tabs(_TABS, key="scenario_tabs")
            with bounds:
                agents.bounds(data)
                caps.expected(answer)
            with effort:
                agents.effort(data)
            with rules:
                guards.draw_guards(data)
            with fatigued:
                fatigue.draw_fatigue(data, scores)


def _ai(data: AnnotationSet, scenario: Scenario, takes: float | None) -> None:
    """The AI's slider while it is on duty, and its bounds in words."""
    terms = scenario.terms[-1]
    cases_per_day = scenario.cases_per_day
    free = terms.minimum.value <= 0 and desk.limitless(terms.maximum, cases_per_day)
    fixed = terms.held(cases_per_day)
    if terms.on_duty:
        asked = terms.minimum.share(cases_per_day) if fixed else None
        _ai_slider(data, scenario, free, asked, takes)
    sentences = [_ai_words(scenario, free, fixed, takes)]
    if scenario.guards:
        sentences.append(f"{words.count(len(scenario.guards), 'rule')} set.")
    if scenario.fatigue is not None:
        sentences.append("Fatigue is on.")
    st.caption(" ".join(sentences))


def _ai_slider(
    data: AnnotationSet, scenario: Scenario, free: bool, asked: float | None, takes: float | None
) -> None:
    """One slider: it shows what the AI takes, and moving it sets exactly that share."""
    cases = scenario.unit == "cases"
    most = scenario.cases_per_day if cases else 100
    step = max(1, 10 ** max(0, math.ceil(math.log10(most)) - 3))
    by = desk.factor(scenario)
    where = most * ((takes or 0.0) if asked is None else asked)
    place = desk.key(data, f"ai:{most}:{step}")
    shown = min(max(step * round(where / step), 0), most)
    slider, way = st.columns([5, 1.6], vertical_alignment="bottom")
    slider.slider(
        "The AI takes",
        0,
        most,
        shown,
        step,
        format="%d cases" if cases else "%d %%",
        key=following.key(place, shown),
        on_change=_ai_moved,
        args=(data, place),
        help="Moving it fixes the AI's share. While the AI is free, or has a range, the slider "
        "shows the share that the model gives it.",
    )
    if free:
        here = step * round(where / step) / by
        way.button(
            "Lock",
            key="hold_ai",
            icon=":material/lock:",
            on_click=desk.set_terms,
            args=(data, AI),
            kwargs={"minimum": here, "maximum": here},
            disabled=takes is None,
            width="stretch",
            help="Fixes the AI's share at what the slider shows.",
        )
    else:
        way.button(
            "Unlock",
            key="free_ai",
            icon=":material/lock_open:",
            on_click=desk.set_terms,
            args=(data, AI),
            kwargs={"minimum": 0.0, "maximum": None},
            width="stretch",
            help="The AI takes whatever it is best at.",
        )


def _ai_words(scenario: Scenario, free: bool, fixed: bool, takes: float | None) -> str:
    terms = scenario.terms[-1]
    if not terms.on_duty:
        return "The AI is off duty."
    if free:
        now = "" if takes is None else f": on the test cases it takes {words.percent(takes)}"
        return f"The AI is free{now}."
    if fixed:
        now = "" if takes is None else f"; on the test cases it takes {words.percent(takes)}"
        return f"{day.held_words(scenario, AI)}{now}."
    return f"The AI may take {words.range_words(scenario, terms)}."


def _ai_moved(data: AnnotationSet, place: str) -> None:
    if not following.moved(place):
        return
    value = float(following.held(place)) / desk.factor(desk.now(data))
    desk.set_terms(data, AI, minimum=value, maximum=value)
