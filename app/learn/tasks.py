"""Step 8: four tasks whose answers are checked."""

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from app.learn import bounds as bounds_step
from app.learn import choices, lesson_queries, map_chart, summary
from app.learn.parts import Note, Step, figure, per_agent
from app.shared import state, views, words
from core.em.bounds import BoundsError, WorkloadBounds
from core.lesson import task_limits
from core.lesson.world import NEW, PLACES

_NOBODY = "–"


def draw(lesson: choices.Lesson) -> None:
    """A tab per task, and what to take home."""
    one, two, three, four = st.tabs(
        ["1. Make C useful", "2. Costly bounds", "3. Whose case?", "4. Set a price"]
    )
    with one:
        _useful(lesson)
    with two:
        _costly(lesson)
    with three:
        _whose(lesson)
    with four:
        _price(lesson)
    summary.draw_button(lesson)


def _useful(lesson: choices.Lesson) -> None:
    st.markdown(
        "**Make expert C useful without hurting the team.** Where should C be good, so that the "
        f"team is at least {100 * task_limits.USEFUL:.0f} points more accurate with C than "
        "without? A and B stay where they are."
    )
    with st.form("learn_useful", border=False):
        place = st.selectbox("Expert C is good", [_NOBODY, *PLACES], key="learn_useful_place")
        checked = st.form_submit_button("Check", type="primary")
    if not checked:
        return
    if place == _NOBODY:
        _hint("Choose a place first.")
        return
    setting = replace(lesson.setting, places=(*lesson.setting.places[:-1], place))
    found = lesson_queries.usefulness(setting)
    text = (
        f"With C the team is right about {words.percent(found.with_c)} of new cases, without "
        f"{words.percent(found.without_c)}; C reads {words.percent(found.share)}."
    )
    _answer(
        found.done,
        f"{text} C adds where nobody else is good.",
        f"{text} Somebody else is good there already, or nobody can learn where C is good. Look "
        "for an empty corner in step 1.",
    )


def _costly(lesson: choices.Lesson) -> None:
    st.markdown(
        "**Find bounds that cost the team more than "
        f"{100 * task_limits.COSTLY:.0f} points of accuracy.** They must be possible."
    )
    with st.form("learn_costly", border=False):
        columns = st.columns(4, gap="medium")
        pairs = []
        for column, name in zip(columns, map_chart.AGENTS, strict=True):
            with column:
                pairs.append(
                    st.slider(
                        "The AI" if name == "AI" else f"Expert {name}",
                        0,
                        100,
                        (0, 100),
                        step=5,
                        format="%d %%",
                        key=f"learn_costly_{name}",
                    )
                )
        checked = st.form_submit_button("Check", type="primary")
    if not checked:
        return
    lower, upper = np.array(pairs).T / 100
    try:
        WorkloadBounds.feasible(lower, upper)
    except BoundsError as error:
        _hint(f"Not possible: {views.escape(str(error))}.")
        return
    limits = tuple(lower.tolist()), tuple(upper.tolist())
    found = lesson_queries.cost_of_bounds(lesson.setting, limits)
    text = (
        f"Without bounds {words.percent(found.free)} of new cases are right, within these "
        f"{words.percent(found.bounded)}: {100 * (found.free - found.bounded):.1f} points less."
    )
    _answer(
        found.done,
        text,
        f"{text} Force many cases on an agent who is good at few, or cap one whom nobody can "
        "replace.",
    )


def _whose(lesson: choices.Lesson) -> None:
    made = lesson_queries.world(lesson.setting)
    cases, value = lesson_queries.telling_cases(lesson.setting)
    st.markdown(
        "**Which case would you give to whom?** Your answers are compared with the model's "
        "expected correctness, without bounds. Only the places are shown, as in step 1."
    )
    left, right = st.columns([5, 5], gap="medium")
    inputs, truth = made.inputs[NEW], made.truth[NEW]
    with left:
        theme = state.theme()
        fig = map_chart.world(lesson.setting, inputs[:0], truth[:0], theme)
        for number, case in enumerate(cases, 1):
            map_chart.add_chosen(fig, theme, inputs[case], number)
        where = [f"case {n} at ({x:.2f}, {y:.2f})" for n, (x, y) in enumerate(inputs[cases], 1)]
        figure(
            fig,
            f"The places where agents are good, and {words.listing(where)}.",
            key="learn_whose_map",
        )
    with right, st.form("learn_whose", border=False):
        answers = [
            st.segmented_control(
                f"Case {number} goes to", map_chart.AGENTS, key=f"learn_whose_{number}"
            )
            for number in range(1, len(cases) + 1)
        ]
        checked = st.form_submit_button("Check", type="primary")
        if not checked:
            return
        if None in answers:
            _hint("Choose an agent for every case.")
            return
        best = [map_chart.AGENTS[n] for n in value.argmax(1)]
        lines = []
        for number, (mine, model, v) in enumerate(zip(answers, best, value, strict=True), 1):
            chances = per_agent(v, partial(words.percent, digits=0))
            agree = "as the model does" if mine == model else f"the model says {model}"
            lines.append(f"- Case {number}: you say {mine}, {agree} ({chances}).")
        text = "\n".join(["Probability that each agent is right:", *lines])
        _answer(list(answers) == best, text, text)


def _price(lesson: choices.Lesson) -> None:
    free = lesson_queries.share_at(lesson.setting, 0.0)
    wanted = round(0.5 * free, 2)
    st.markdown(
        f"**Set the AI's price yourself.** Without a price the AI takes {words.percent(free, 0)} "
        f"of the cases. Which price brings it down to {words.percent(wanted, 0)}, give or take "
        f"{100 * task_limits.CLOSE:.0f} points? A price of 10 means: the AI gets a case only if it "
        "is 10 points more likely right than every expert."
    )
    with st.form("learn_price", border=False):
        price = st.slider("Price of the AI, in points", -50, 50, 0, key="learn_price_set")
        checked = st.form_submit_button("Check", type="primary")
    if not checked:
        return
    share = lesson_queries.share_at(lesson.setting, price / 100)
    text = f"With a price of {price} points the AI takes {words.percent(share)}."
    way = "too many: raise the price" if share > wanted else "too few: lower the price"
    _answer(
        abs(share - wanted) <= task_limits.CLOSE,
        f"{text} The AI keeps the cases where it is clearly ahead. The program finds this number "
        "by itself, for all agents together.",
        f"{text} That is {way}.",
    )


def _answer(done: bool, right: str, wrong: str) -> None:
    if done:
        st.success(f"**Right.** {right}", icon=":material/check:")
    else:
        st.warning(f"**Not yet.** {wrong}", icon=":material/replay:")


def _hint(text: str) -> None:
    st.info(text, icon=":material/info:")


STEP = Step(
    short="Your turn",
    title="Your turn",
    lead="Four small tasks. Each answer is computed in the world that you have set up, so another "
    "world can have another answer. A page to print is at the end.",
    draw=draw,
    note=Note(
        say=(
            "Let people guess before they press Check.",
            "Task 4 is the whole idea of a price: they do by hand what the program solves.",
            bounds_step.PRICE.replace("**", ""),
        ),
        ask=(
            "What is a price, in one sentence, without a formula?",
            "In task 2: which bounds cost nothing, and how can you tell from the prices?",
            "In task 3: where do you disagree with the model, and who is right?",
        ),
    ),
)
