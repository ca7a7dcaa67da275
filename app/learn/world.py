"""Step 1: the world."""

from functools import partial

import streamlit as st

from app.learn import choices, fields, lesson_queries, map_chart
from app.learn.parts import Note, Step, figure, per_agent
from app.shared import state, words
from core.lesson.world import EXPERTS, TRAIN, Box, Place


def draw(lesson: choices.Lesson) -> None:
    """Cases and regions on the left, who is right about what on the right."""
    made = lesson_queries.world(lesson.setting)
    inputs, truth, right = (a[TRAIN] for a in (made.inputs, made.truth, made.right))
    theme = state.theme()
    left, middle, side = st.columns([5, 5, 3], gap="medium")
    with side:
        fields.classes(lesson)
        fields.places(lesson)
        expert = fields.drawing(lesson)
        fields.reach(lesson)
        fields.seed(lesson)

    def draw_box(x: tuple[float, float], y: tuple[float, float]) -> None:
        if expert and (box := fields.box_of(x, y)):
            choices.choose_box(expert, box)

    with left:
        st.markdown(
            f"**Drag a box where expert {expert} is good**"
            if expert
            else "**Cases, and where each agent is good**"
        )
        figure(
            map_chart.world(lesson.setting, inputs, truth, theme),
            f"{len(truth)} cases in a square, of {lesson.setting.classes} classes. "
            + " ".join(
                f"Expert {name} is good {where(place)}."
                for name, place in zip(EXPERTS, lesson.setting.places, strict=True)
            )
            + " The AI is good upper right.",
            key="learn_world",
            draw=draw_box if expert else None,
        )
    with middle:
        st.markdown("**Who is right about which case** (a cross is an error)")
        shares = per_agent(right.mean(0), partial(words.percent, digits=0))
        figure(
            map_chart.who_is_right(inputs, truth, right, theme),
            f"Cases that each agent is right about: {shares}.",
            key="learn_right",
        )
    best, known = (words.percent(v) for v in (right.mean(0).max(), made.skill[TRAIN].max(1).mean()))
    st.markdown(
        f"The best single agent is right about **{best}** of these cases. Someone who always knew "
        f"whom to ask would expect **{known}**: the difference is what there is to gain."
    )


def where(place: Place) -> str:
    """A region of skill in words: “upper left”, or the edges of a box."""
    if isinstance(place, Box):
        return (
            f"{place.left} to {place.right}\u202f% from the left and {place.bottom} to "
            f"{place.top}\u202f% from below"
        )
    return place


STEP = Step(
    short="World",
    title="The world",
    lead="Three experts and an AI read cases. Each is good at some of them and little better than "
    "guessing elsewhere. Nobody knows beforehand who is good where: that has to be learned from "
    "their past answers.",
    draw=draw,
    note=Note(
        say=(
            "A case is a point here: its two features are its position. In practice it is an "
            "image or a row of a table.",
            "The rings are known to us because we made this world. The program never sees them.",
            "The AI is fixed in this lesson, and it knows how sure it can be.",
            "Set an expert to “drawn” and drag a box in the left picture: that is where the "
            "expert is good from now on.",
        ),
        ask=(
            "Whom would you ask about a case in the lower left?",
            "What happens to the team if the AI's reach grows to the whole square?",
            "Is an expert with 70 % accuracy always worse than one with 75 %?",
        ),
    ),
    formulas=(
        r"x \in \mathbb{R}^2,\quad y \in \{1,\dots,C\},\quad t^{(m)}: \text{answer of expert } m",
        r"z \in \{1,\dots,M+1\}: \text{the agent who decides; the AI is } M+1",
    ),
)
