"""Step 3: missing annotations."""

import numpy as np
import pandas as pd
import streamlit as st

from app.learn import choices, fields, lesson_queries, map_chart
from app.learn.parts import Note, Step, figure, per_agent, table
from app.shared import state, words
from core.lesson.world import EXPERTS, TRAIN


def draw(lesson: choices.Lesson) -> None:
    """Who is held responsible without and with the posterior; one case in numbers."""
    made, theme = lesson_queries.world(lesson.setting), state.theme()
    inputs, truth = made.inputs[TRAIN], made.truth[TRAIN]
    seen = lesson_queries.inside(lesson.setting, lesson.after)
    place = lesson.case - 1
    one, two, three = st.columns([3, 2, 3], gap="medium")
    with one:
        fields.missing(lesson)
    with two:
        fields.case(lesson.case)
    with three:
        fields.after(lesson)
    complete = np.asarray(made.annotated[TRAIN].all(1))
    for column, title, q, key in zip(
        st.columns(2, gap="medium"),
        ("Skipping what is missing (naive)", "Asking the posterior what is missing"),
        (seen.naive, seen.exact),
        ("learn_naive", "learn_posterior"),
        strict=True,
    ):
        with column:
            mean = per_agent(q.mean(0), "{:.2f}".format)
            st.markdown(f"**{title}**  \nmean responsibility {mean}")
            fig = map_chart.square(theme, 300, legend=False)
            colour = np.asarray(map_chart.colours(theme))[q.argmax(1)]
            map_chart.add_cases(
                fig, theme, inputs, truth, colour=colour, filled=complete, legend=False
            )
            map_chart.add_chosen(fig, theme, inputs[place], lesson.case)
            figure(
                fig,
                f"{title}: every case in the colour of the agent most responsible for it. Mean "
                f"responsibility {mean}.",
                key=key,
                pick=True,
            )
    st.caption(
        "Colour: the agent most responsible for the case (blue A, green B, pink C, orange AI). "
        "Open marks: at least one annotation is missing."
    )
    _case(lesson, place)
    _both(lesson)


def _case(lesson: choices.Lesson, place: int) -> None:
    """What is made of every annotation of the case."""
    made = lesson_queries.world(lesson.setting)
    seen = lesson_queries.inside(lesson.setting, lesson.after)
    right = int(made.truth[place])
    rows = []
    for m, name in enumerate(EXPERTS):
        there = bool(made.annotated[place, m])
        answer = map_chart.CLASSES[made.annotations[place, m]]
        rows.append(
            {
                "Expert": name,
                "Annotation": answer if there else "missing",
                "Naive: responsibility": f"{seen.naive[place, m]:.3f}",
                "Posterior: responsibility": f"{seen.exact[place, m]:.3f}",
                f"Would say “{map_chart.CLASSES[right]}”: expected before": ""
                if there
                else f"{seen.guess[place, m, right]:.3f}",
                "… and once the truth is known": ""
                if there
                else f"{seen.filled[place, m, right]:.3f}",
            }
        )
    st.markdown(f"**Case {lesson.case}**, whose ground truth is “{map_chart.CLASSES[right]}”")
    table(pd.DataFrame(rows), "The case: every annotation, and what is made of a missing one")
    _in_words(lesson, place, right)


def _in_words(lesson: choices.Lesson, place: int, right: int) -> None:
    """How the posterior of the case's first missing annotation comes about."""
    absent = np.flatnonzero(~lesson_queries.world(lesson.setting).annotated[place])
    if not absent.size:
        st.markdown("Every annotation of this case is there: nothing has to be filled in.")
        return
    m = int(absent[0])
    seen = lesson_queries.inside(lesson.setting, lesson.after)
    name, truth = EXPERTS[m], map_chart.CLASSES[right]
    q, before = seen.exact[place, m], seen.guess[place, m, right]
    st.markdown(
        f"**The posterior of {name}'s missing annotation.** Similar cases say that {name} would "
        f"answer “{truth}” with probability {before:.3f}. Now the truth is known. If {name} is "
        f"responsible (probability {q:.3f}), the answer was “{truth}”; if not, we know no more "
        f"than before: {q:.3f} × 1 + {1 - q:.3f} × {before:.3f} ≈ "
        f"**{seen.filled[place, m, right]:.3f}**."
    )


def _both(lesson: choices.Lesson) -> None:
    """What both learn from these annotations, on new cases."""
    left, right, _ = st.columns([2, 2, 3])
    for column, label, skip in ((left, "Naive", True), (right, "Posterior", False)):
        found = lesson_queries.by_gate(lesson.setting, skip)
        with column:
            st.metric(
                f"{label}: team accuracy on new cases",
                words.with_interval(found.accuracy, found.interval),
                help="Both trained to the end on the annotations that are left; each new case goes "
                "to the agent with the highest g. In brackets: 95 % interval over new cases. The "
                f"AI takes {words.percent(found.coverage)}.",
            )


STEP = Step(
    short="Missing",
    title="Missing annotations",
    lead="In practice no expert has read every case. Naive learning to defer treats a missing "
    "annotation as if the expert could not be asked, so the work drifts to whoever is left. The "
    "posterior of a missing annotation fills the gap with probabilities: what the expert would "
    "have answered, judged by their answers to similar cases and by the truth of this one.",
    draw=draw,
    note=Note(
        say=(
            "Take annotations away with the slider and watch the left picture turn to the AI's "
            "colour: the AI has an answer for every case.",
            "The right picture changes far less: what an expert would have said can be guessed "
            "from their answers to similar cases.",
            "An expert who is likely to have been responsible is also more likely to have been "
            "right: that is why the last two columns of the table differ.",
        ),
        ask=(
            "With 90 % missing, which agent does the naive method favour? Why that one?",
            "When would it be wrong to guess the missing answers from similar cases?",
            "Pick a case with a missing annotation: does knowing the truth raise or lower what "
            "we expect of the expert?",
        ),
    ),
    formulas=(
        r"q(t^{(j)}=c) = q(z=j)\,\frac{f_c\,S_{cy}}{\ell_j} + \bigl(1-q(z=j)\bigr) f_c"
        r"\quad\text{(annotation missing)}",
        r"\text{naive: } q(z=m) = 0 \ \text{where } t^{(m)} \text{ is missing}",
    ),
)
