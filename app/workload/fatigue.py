"""Fatigue: a stated assumption, off by default, with its curve drawn beside it."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from app.shared import following, state, views, words
from app.workload import desk, fatigue_chart
from core.dataset.annotation_set import AI, AnnotationSet
from core.scenarios.fatigue import curve_points, most_lost
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario

_MOST_CURVES = 6
_USUAL = 1.0  # points lost per 10 % beyond the comfortable load


def draw_fatigue(data: AnnotationSet, scores: Scores) -> None:
    """The switch, how fast accuracy falls, and the assumed curve, down to guessing."""
    scenario = desk.now(data)
    on, loss = desk.key(data, "tires"), desk.key(data, "tiring")
    st.toggle(
        "Accuracy falls beyond a comfortable load",
        scenario.fatigue is not None,
        following.key(on, scenario.fatigue is not None),
        on_change=_switched,
        args=(data,),
        help="An assumption of yours, not a measurement. The measured accuracy is always shown "
        "beside the one with fatigue.",
    )
    if scenario.fatigue is None:
        st.caption(
            "Off. When on, cases read beyond the comfortable load (table “Time and cost”) are "
            "assumed to be read less accurately, and work moves to experts below theirs."
        )
        return
    rested = [n for n, t in scenario.agents if t.comfortable is None and n != AI and t.on_duty]
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        st.number_input(
            "Points lost per 10 % beyond",
            0.0,
            100.0,
            float(scenario.fatigue),
            step=0.5,
            format="%.2f",
            key=following.key(loss, float(scenario.fatigue)),
            on_change=_lost,
            args=(data,),
        )
    if rested:
        with right:
            st.button(
                "Use equal loads",
                key=desk.key(data, "comfort"),
                on_click=_comfort,
                args=(data,),
                help=f"Sets the comfortable load of {views.escape(words.listing(rested))} to the "
                "day's cases divided by the number of experts on duty.",
            )
    _curves(scenario, scores)
    if rested:
        st.caption(views.escape(f"No comfortable load, so no fatigue: {words.listing(rested)}."))


def _curves(scenario: Scenario, scores: Scores) -> None:
    """The assumption as a picture: a line per comfortable load and accuracy that can be lost."""
    affected = [
        n for n, t in scenario.agents if t.comfortable is not None and t.on_duty and n != AI
    ]
    if not affected:
        return
    most = most_lost(scores)
    alike: dict[tuple[float | None, float], list[str]] = {}
    for name in affected:
        # Where the curve ends matters only to experts who get that many cases.
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
        alt="Assumed: up to the comfortable load nothing is lost; every 10 % beyond it costs "
        f"{scenario.fatigue:g} points of accuracy on the cases read then, until the reader is as "
        f"good as guessing, {guess}.",
    )
    ends = [
        f"{name} {100 * most[scenario.names.index(name)]:.1f}" for name in affected[:_MOST_CURVES]
    ]
    more = f" and {len(affected) - len(ends)} more" if len(affected) > len(ends) else ""
    st.caption(
        views.escape(
            f"Nobody falls below guessing, {guess}. Points that can be lost, as the model "
            f"expects: {', '.join(ends)}{more}."
        )
    )
    if len(alike) > _MOST_CURVES:
        st.caption(f"The first {_MOST_CURVES} of {len(alike)} different curves are drawn.")


def _switched(data: AnnotationSet) -> None:
    place = desk.key(data, "tires")
    if not following.moved(place):
        return
    loss = _USUAL if following.held(place) else None
    desk.change(data, lambda scenario: replace(scenario, fatigue=loss))


def _lost(data: AnnotationSet) -> None:
    place = desk.key(data, "tiring")
    value = following.held(place)
    if value is not None and following.moved(place):
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
