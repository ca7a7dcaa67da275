"""Tiredness: a stated assumption, off until somebody turns it on, its curve drawn beside it."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from app.shared import state, views, words
from app.workload import desk, fatigue_chart
from core.dataset.annotation_set import AI, AnnotationSet
from core.scenarios.fatigue import curve_points, most_lost
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario

_MOST_CURVES = 6
_USUAL = 1.0  # points lost per 10 % beyond the comfortable load


def draw(data: AnnotationSet, scores: Scores) -> None:
    """The switch, how fast accuracy falls, and the curve that is assumed, down to guessing."""
    scenario = desk.now(data)
    on, loss = desk.key(data, "tires"), desk.key(data, "tiring")
    state.show(on, scenario.fatigue is not None)
    st.toggle(
        "Experts tire beyond a comfortable load",
        key=on,
        on_change=_switched,
        args=(data,),
        help="An assumption of yours, not something that was measured. The measured accuracy is "
        "always shown beside the tired one.",
    )
    if scenario.fatigue is None:
        st.caption(
            "Off. When on, a case read beyond the comfortable load of the table “Time and cost” "
            "is assumed to be read less well, and work moves to those who are fresh."
        )
        return
    rested = [n for n, t in scenario.agents if t.comfortable is None and n != AI and t.on_duty]
    # One above the other: beside the picture the label wraps and the button is cut.
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        state.show(loss, float(scenario.fatigue))
        st.number_input(
            "Points lost per 10 % beyond it",
            0.0,
            100.0,
            step=0.5,
            format="%.2f",
            key=loss,
            on_change=_lost,
            args=(data,),
        )
    if rested:
        with right:
            st.button(
                "Equal loads are comfortable",
                key=desk.key(data, "comfort"),
                on_click=_comfort,
                args=(data,),
                help=f"Sets the comfortable load of {views.escape(words.listing(rested))} to the "
                "day's cases divided by the experts on duty.",
            )
    _curves(scenario, scores)
    if rested:
        st.caption(
            views.escape(
                f"Without a comfortable load, and so never tired: {words.listing(rested)}."
            )
        )


def _curves(scenario: Scenario, scores: Scores) -> None:
    """The assumption as a picture: one line per comfortable load and accuracy there is to lose."""
    tires = [n for n, t in scenario.agents if t.comfortable is not None and t.on_duty and n != AI]
    if not tires:
        return
    most = most_lost(scores)
    alike: dict[tuple[float | None, float], list[str]] = {}
    for name in tires:
        # Where the curve ends only matters to those whom a day brings that far.
        _, lost, _ = curve_points(scenario, name, most, 2)
        end = round(float(lost[-1]), 3)
        alike.setdefault((dict(scenario.agents)[name].comfortable, end), []).append(name)
    parts = []
    for names in list(alike.values())[:_MOST_CURVES]:
        load, lost, _ = curve_points(scenario, names[0], most, 121)
        who = words.listing(names, 2)
        parts.append(pd.DataFrame({"agent": who, "load": load, "lost": 100 * lost}))
    guess = words.percent(1 / len(scores.classes))
    st.plotly_chart(
        fatigue_chart.curves(pd.concat(parts), theme=state.theme()),
        theme=None,
        key="tiring_curve",
        config=views.PLOT,
        alt="Assumed: up to the comfortable load nothing is lost; every 10 % beyond it costs a "
        f"case read at that moment {scenario.fatigue:g} points of accuracy, until the reader is as "
        f"good as guessing, {guess}.",
    )
    ends = [f"{name} {100 * most[scenario.names.index(name)]:.1f}" for name in tires[:_MOST_CURVES]]
    more = f" and {len(tires) - len(ends)} more" if len(tires) > len(ends) else ""
    st.caption(
        views.escape(
            f"Nobody falls below guessing, {guess}. Points there are to lose, by the model's own "
            f"expectation: {', '.join(ends)}{more}."
        )
    )
    if len(alike) > _MOST_CURVES:
        st.caption(f"The first {_MOST_CURVES} of {len(alike)} different curves are drawn.")


def _switched(data: AnnotationSet) -> None:
    place = desk.key(data, "tires")
    if not state.moved(place):
        return
    tires = bool(st.session_state[place])
    desk.change(data, lambda scenario: replace(scenario, fatigue=_USUAL if tires else None))


def _lost(data: AnnotationSet) -> None:
    place = desk.key(data, "tiring")
    value = st.session_state[place]
    if value is not None and state.moved(place):
        desk.change(data, lambda scenario: replace(scenario, fatigue=float(value)))


def _comfort(data: AnnotationSet) -> None:
    def equal(scenario: Scenario) -> Scenario:
        on = [name for name, terms in scenario.agents if terms.on_duty and name != AI]
        load = round(scenario.cases_per_day / max(len(on), 1), 1)
        for name in on:
            if dict(scenario.agents)[name].comfortable is None:
                scenario = scenario.with_terms(name, comfortable=load)
        return scenario

    desk.change(data, equal)
