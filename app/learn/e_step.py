"""Step 4: the E-step by hand."""

import numpy as np
import pandas as pd
import streamlit as st

from app.learn import bars_chart, choices, fields, lesson_queries, map_chart
from app.learn.parts import Note, Step, figure, table
from app.shared import state, words
from core.lesson.world import TRAIN


def draw(lesson: choices.Lesson) -> None:
    """The numbers that multiply, and both E-steps beside one another."""
    made, theme = lesson_queries.world(lesson.setting), state.theme()
    seen = lesson_queries.inside(lesson.setting, lesson.after)
    place = lesson.case - 1
    gate, likelihood = seen.gate[place], seen.likelihood[place]
    exact, rough = seen.exact[place], seen.mean_field[place]
    left, right = st.columns([4, 8], gap="medium")
    with left:
        fig = map_chart.square(theme, 290, legend=False)
        colour = np.asarray(map_chart.colours(theme))[seen.exact.argmax(1)]
        map_chart.add_cases(
            fig, theme, made.inputs[TRAIN], made.truth[TRAIN], colour=colour, size=7, legend=False
        )
        map_chart.add_chosen(fig, theme, made.inputs[place], lesson.case)
        figure(
            fig,
            "The cases in the colour of the agent most responsible for each; "
            f"case {lesson.case} is marked.",
            key="learn_e_step_map",
            pick=True,
        )
        fields.case(lesson.case)
        fields.after(lesson)
    with right:
        total = float((gate * likelihood).sum())
        frame = pd.DataFrame(
            {
                "Agent": map_chart.AGENTS,
                "Its answer": _answers(lesson, place),
                "g (before)": _three(gate),
                "× ℓ (fits the truth)": _three(likelihood),
                "= g · ℓ": _three(gate * likelihood),
                "q exact": _three(exact),
                "q mean field": _three(rough),
                "Difference": [words.signed(float(d), 3) for d in rough - exact],
            }
        )
        table(frame, f"The E-step of case {lesson.case}, number by number")
        st.markdown(
            f"Divide each product by their sum, **{total:.3f}**, and the responsibilities q add up "
            f"to one. The ground truth of case {lesson.case} is "
            f"“{map_chart.CLASSES[made.truth[place]]}”."
        )
        said = words.listing(
            [
                f"{n} g {a:.2f}, exact {b:.2f}, mean field {c:.2f}"
                for n, a, b, c in zip(map_chart.AGENTS, gate, exact, rough, strict=True)
            ]
        )
        figure(
            bars_chart.grouped(
                {"g, before the truth is known": gate, "q exact": exact, "q mean field": rough},
                theme,
                colours=map_chart.colours(theme),
                axis="probability",
                height=260,
            ),
            f"Responsibilities of case {lesson.case}: {said}.",
            key="learn_e_step_bars",
        )
    gap = np.abs(seen.mean_field - seen.exact).max(1)
    worst = int(gap.argmax())
    st.markdown(
        f"Over all {len(gap)} cases the two differ by {gap.mean():.3f} on average, and the most on "
        f"case {worst + 1}, by **{gap[worst]:.3f}**. Mean field is the paper's "
        "approximation: it treats who is responsible and what a missing annotation says as "
        "independent of one another, and repeats two formulas ten times. The exact E-step is one "
        "formula."
    )
    st.button(
        f"Show case {worst + 1}",
        key="learn_worst",
        on_click=choices.choose_case,
        args=(worst + 1,),
        disabled=worst == place,
    )


def _answers(lesson: choices.Lesson, place: int) -> list[str]:
    """What every agent said of the case; a missing annotation says so."""
    made = lesson_queries.world(lesson.setting)
    experts = [
        map_chart.CLASSES[answer] if there else "missing"
        for answer, there in zip(made.annotations[place], made.annotated[place], strict=True)
    ]
    return [*experts, map_chart.CLASSES[made.ai_answer[place]]]


def _three(values: np.ndarray) -> list[str]:
    return [f"{value:.3f}" for value in values]


STEP = Step(
    short="E-step",
    title="The E-step by hand",
    lead="Once the truth is known, who deserves the credit for a case? Multiply what the gating "
    "model expected (g) by how well the agent's answer fits the truth (ℓ), then rescale to a sum "
    "of one. The result is the agent's responsibility q.",
    draw=draw,
    note=Note(
        say=(
            "Do one case aloud: read g, multiply by ℓ, add up, divide.",
            "ℓ of an annotation that is there is close to 1 or close to 0. ℓ of a missing one is "
            "what the model of this expert expects.",
            "Mean field treats the choice of the agent and the missing answers as independent; it "
            "punishes a missing annotation harder than it deserves.",
        ),
        ask=(
            "Why does a wrong answer leave almost no responsibility?",
            "Find a case where the AI takes credit although the gating model preferred an expert.",
            "What would q be if all agents had the same ℓ?",
        ),
    ),
    formulas=(
        r"q(z=n) = \frac{g_n\,\ell_n}{\sum_k g_k\,\ell_k},\qquad "
        r"S = (1-\alpha) I + \tfrac{\alpha}{C}\mathbf{1}\mathbf{1}^\top",
        r"\ell_m = S_{t^{(m)}y}\ \text{(annotated)},\quad \ell_j = \textstyle\sum_c f_c S_{cy}\ "
        r"\text{(missing)},\quad \ell_{M+1} = \textstyle\sum_c f_c(x;\theta_{M+1}) S_{cy}",
        r"\text{mean field: } \ln q(z=j) = \ln g_j + \textstyle\sum_c q(t^{(j)}=c) \ln S_{cy}"
        r" + \text{const}",
    ),
)
