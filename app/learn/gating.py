"""Step 2: a mixture of agents."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from app.learn import bars_chart, choices, fields, lesson_queries, map_chart
from app.learn.parts import Note, Step, figure, per_agent, table
from app.shared import state, words
from core.lesson.world import TRAIN


def draw(lesson: choices.Lesson) -> None:
    """The gating model as a map, and one case on its way to an answer."""
    made = lesson_queries.world(lesson.setting)
    theme, place = state.theme(), lesson.case - 1
    gate = lesson_queries.inside(lesson.setting, lesson.after).gate[place]
    everywhere = lesson_queries.maps(lesson.setting)[lesson.after]
    chosen = int(gate.argmax())
    left, right = st.columns([6, 6], gap="medium")
    with left:
        fig = map_chart.gating_map(everywhere, theme)
        map_chart.add_cases(fig, theme, made.inputs[TRAIN], made.truth[TRAIN], size=6, legend=False)
        map_chart.add_chosen(fig, theme, made.inputs[place], lesson.case)
        shares = np.bincount(everywhere.argmax(1), minlength=4) / len(everywhere)
        area = per_agent(shares, partial(words.percent, digits=0))
        figure(
            fig,
            f"The square coloured by the agent that the gating model prefers: {area} of its area.",
            key="learn_gating",
            pick=True,
        )
    with right:
        one, two = st.columns(2)
        with one:
            fields.case(lesson.case)
        with two:
            fields.after(lesson)
        figure(
            bars_chart.grouped(
                {"g": gate},
                theme,
                colours=map_chart.colours(theme),
                axis="probability g",
                height=250,
            ),
            "Probability that the gating model gives each agent for this case: "
            + per_agent(gate, "{:.2f}".format),
            key="learn_gate_bars",
        )
        answers = [*made.annotations[place], made.ai_answer[place]]
        names = [map_chart.CLASSES[a] for a in answers]
        good = made.right[place, chosen]
        x, y = made.inputs[place]
        who = map_chart.AGENTS[chosen]
        table(
            pd.DataFrame(
                {
                    "": ["Features", "Who decides", "Answer", "Ground truth"],
                    f"Case {lesson.case}": [
                        f"({x:.2f}, {y:.2f})".replace("-", "\u2212"),
                        f"{who}, with the highest g",
                        f"{names[chosen]}: {'right' if good else 'wrong'}",
                        map_chart.CLASSES[made.truth[place]],
                    ],
                }
            ),
            "The case from its features to the answer",
        )


STEP = Step(
    short="Agents",
    title="A mixture of agents",
    lead="The gating model looks at a case before anybody has read it and gives every agent a "
    "probability of being the one who should decide it. The agent with the highest probability "
    "answers. More rounds of training make the map clearer: move the slider.",
    draw=draw,
    note=Note(
        say=(
            "The colours are what the gating model believes. Compare them with step 1.",
            "The gating model knows the features only. It never sees the answers of the case.",
            "Each agent answers alone here; nobody votes.",
        ),
        ask=(
            "At 0 rounds, what does the map look like, and why?",
            "Where does the map differ from the rings? Does that cost accuracy?",
            "Can the chosen agent be wrong although the choice was right?",
        ),
    ),
    formulas=(
        r"g(x;\gamma) = \Pr(z \mid x;\gamma)",
        r"\Pr(y \mid x) = \sum_{n=1}^{M+1} g_n(x)\,\ell_n(x, y)",
    ),
)
