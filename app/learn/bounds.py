"""Step 5: workload bounds."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from app.learn import choices, fields, lesson_queries, map_chart, triangle_chart
from app.learn.parts import Note, Step, figure, per_agent, table
from app.shared import state, views, words
from core.em.bounds import BoundsError, WorkloadBounds

PRICE = (
    "**A price is a handicap.** Every agent has a score for every case, and a higher score means "
    "more of the work. The price is one number per agent, the same for all cases, which is "
    "subtracted from its scores. It is not money. An agent that would get more than its maximum "
    "gets a price above zero, just high enough to bring it down to the maximum: it keeps the cases "
    "where it is clearly ahead and loses those where others are nearly as good. An agent that "
    "would get less than its minimum gets a price below zero, which is a bonus. An agent strictly "
    "within its bounds has the price zero."
)


def draw(lesson: choices.Lesson) -> None:
    """The triangle, its bounds, and the prices that keep to them."""
    theme = state.theme()
    q = lesson_queries.inside(lesson.setting, lesson.after).three
    lower, upper = np.array(lesson.bounds).T
    colours = [map_chart.colours(theme)[n] for n in (0, 1, 3)]
    left, right = st.columns([6, 6], gap="medium")
    with right:
        fields.bounds(lesson)
    try:
        bounds = WorkloadBounds.feasible(lower, upper)
    except BoundsError as error:
        with right:
            _impossible(error)
        with left:
            fig = triangle_chart.triangle(q, None, None, theme, colours)
            figure(fig, _seen(q, q), key="learn_triangle")
        return
    moved = lesson_queries.kept_to(lesson.setting, lesson.after, lesson.bounds)
    with left:
        fig = triangle_chart.triangle(q, moved, bounds, theme, colours)
        figure(fig, _seen(q, moved.q) + _prices(moved.prices), key="learn_triangle")
    with right:
        table(
            pd.DataFrame(
                {
                    "Agent": triangle_chart.NAMES,
                    "Workload before": [words.percent(v) for v in q.mean(0)],
                    "Now": [words.percent(v) for v in moved.q.mean(0)],
                    "Price μ": [words.signed(v, 2) for v in moved.prices],
                    "Every q is multiplied by": [f"× {np.exp(-v):.2f}" for v in moved.prices],
                }
            ),
            "Workloads before and now, and prices",
        )
        st.caption(
            r"The score here is $\ln q$. To subtract $\mu$ from it is to multiply $q$ by "
            r"$e^{-\mu}$; then the three of every case are rescaled to a sum of one."
        )
        st.info(PRICE, icon=":material/sell:")


def _impossible(error: BoundsError) -> None:
    """Why nothing can keep to the bounds, and what can be done."""
    st.error(
        f"Not possible: {views.escape(str(error))}. So the region is empty: no mean of the points "
        "can lie in it.",
        icon=":material/error:",
    )
    if (nearest := error.nearest) is None:
        return
    # Sliders move in steps of 5: outward, so that it stays feasible.
    low = np.floor(np.round(100 * nearest.lower / 5, 6)).astype(int) * 5
    high = np.ceil(np.round(100 * nearest.upper / 5, 6)).astype(int) * 5
    said = words.listing(
        [
            f"{name} {a} to {b}\u202f%"
            for name, a, b in zip(triangle_chart.NAMES, low, high, strict=True)
        ]
    )

    def use() -> None:
        for agent, a, b in zip(choices.TRIANGLE, low, high, strict=True):
            state.choose(f"l_on_{agent.lower()}", (int(a), int(b)))

    st.button(f"Use the nearest possible bounds: {said}", key="learn_nearest", on_click=use)


def _seen(before: np.ndarray, now: np.ndarray) -> str:
    def means(q: np.ndarray) -> str:
        return per_agent(q.mean(0), words.percent, triangle_chart.NAMES)

    return (
        f"A triangle with the corners A, B and AI and {len(before)} cases as points. Mean workload "
        f"before: {means(before)}; now: {means(now)}."
    )


def _prices(prices: np.ndarray) -> str:
    said = per_agent(prices, partial(words.signed, digits=2), triangle_chart.NAMES)
    return f" Prices: {said}."


STEP = Step(
    short="Bounds",
    title="Workload bounds and prices",
    lead="Every case is a point: the nearer to a corner, the more that agent is responsible for "
    "it. Bounds say where the mean of all points may lie, not where each point may. Prices move "
    "all points as little as possible until the mean is inside. Expert C is off duty here, so that "
    "three agents fit into a triangle.",
    draw=draw,
    note=Note(
        say=(
            "Press Move: points in the corners stay, undecided points move. Clear cases keep "
            "their agent; the doubtful ones make room.",
            "An arrow away from a corner is a price above zero, which pushes cases away; an arrow "
            "towards a corner is a bonus.",
            "Only differences between prices matter for a case; agents within their bounds are "
            "the ones at zero.",
        ),
        ask=(
            "Lower the AI's maximum to 20 %. Whose price rises, and who takes over?",
            "Which bounds can nobody keep to? Try minimums that add up to more than 100 %.",
            "If an agent's maximum is raised and its price was zero, what changes?",
        ),
    ),
    formulas=(
        r"\tilde q = \arg\min_{\tilde q} \mathrm{KL}(\tilde q \,\|\, q)\quad\text{s.t.}\quad"
        r"\varepsilon_l \preceq \tfrac1N \textstyle\sum_i \tilde q(z_i) \preceq \varepsilon_u",
        r"\tilde q(z_i=n) = \frac{q(z_i=n)\,e^{-\mu_n}}{\sum_k q(z_i=k)\,e^{-\mu_k}},"
        r"\qquad \mu = \lambda_u - \lambda_l",
    ),
)
