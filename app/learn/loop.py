"""Step 6: the M-step and the loop."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from app.learn import choices, fields, lesson_queries, map_chart, player
from app.learn.parts import Note, Step, per_agent, table
from app.shared import state, views, words
from core.em.bounds import BoundsError, WorkloadBounds
from core.lesson.world import CASES, ROUNDS

LIKELIHOOD, BOUNDED = "log-likelihood", "free energy"


def draw(lesson: choices.Lesson) -> None:
    """The player, and what was promised and what happened."""
    left, right = st.columns([3, 4], gap="medium")
    with left:
        fields.batch(lesson)
    with right:
        fields.bounded(lesson)
    if (limits := possible(lesson)) is None:
        return
    made = lesson_queries.world(lesson.setting)
    done = lesson_queries.trained(lesson.setting, limits, lesson.batch)
    curves = {LIKELIHOOD: done.likelihood}
    if lesson.bounded:
        curves = {BOUNDED: done.free_energy, LIKELIHOOD: done.likelihood}
    said = per_agent(done.gate[-1], partial(words.percent, digits=0))
    player.draw(
        made,
        lesson_queries.maps(lesson.setting, limits, lesson.batch),
        curves=curves,
        mean_gate=done.gate,
        loads=done.responsible,
        limits=limits,
        bounded=lesson.bounded,
        theme=state.theme(),
        alt=f"Training over {ROUNDS} rounds. The log-likelihood goes from "
        f"{done.likelihood[0]:.2f} to {done.likelihood[-1]:.2f} nats. At the end the gating model "
        f"gives {said} of the cases.",
    )
    _verdict(lesson, curves)
    if lesson.bounded:
        _met(lesson, limits)


def possible(lesson: choices.Lesson) -> lesson_queries.Limits | None:
    """The bounds of the loop; None, and said, where nothing can keep to them."""
    try:
        WorkloadBounds.feasible(*map(np.asarray, lesson.limits))
    except BoundsError as error:
        st.error(
            f"Not possible: {views.escape(str(error))}. Step 5 shows why.",
            icon=":material/error:",
        )
        return None
    return lesson.limits


def _verdict(lesson: choices.Lesson, curves: dict[str, np.ndarray]) -> None:
    """What is promised for this setting, and what was measured."""
    full = lesson.batch == CASES
    for name, values in curves.items():
        promised = full and (name == BOUNDED or not lesson.bounded)
        fell = player.falls(values)
        most = float(max(-np.diff(values).min(), 0.0))
        happened = (
            f"it fell in **{len(fell)} of {ROUNDS} rounds**"
            + (f", at most by {most:.3f} nats" if fell else "")
            + "."
        )
        promise = (
            "Promised: all cases in one batch and the AI held fixed, so it can never fall."
            if promised
            else "Not promised: "
            + (
                "under bounds another curve, the free energy, is the one that never falls."
                if full
                else "each step sees a few cases only, and what is better for them can be worse "
                "for the others."
            )
        )
        look = st.success if promised and not fell else st.warning if fell else st.info
        look(f"**The {name}.** {promise} Measured: {happened}")


def _met(lesson: choices.Lesson, limits: lesson_queries.Limits) -> None:
    """How well the gating model keeps to bounds on the whole set, by batch size."""
    rows = []
    for batch in choices.BATCHES:
        done = lesson_queries.trained(lesson.setting, limits, batch)
        rows.append(
            {
                "Cases per step": fields.batch_name(batch),
                **{
                    name: words.percent(v)
                    for name, v in zip(map_chart.AGENTS, done.gate[-1], strict=True)
                },
                "Free energy": words.signed(float(done.free_energy[-1]), 3),
            }
        )
    st.markdown(
        "**What the batch size does to a bound on the whole set.** A bound that is kept in every "
        "batch is stricter than the bound that was meant: a batch that happens to hold many cases "
        "for an agent has to give some away, and no other batch can make up for it. What the "
        "gating model has learned, on all cases:"
    )
    table(pd.DataFrame(rows), "Workloads that the gating model learned, by batch size")


STEP = Step(
    short="Loop",
    title="The M-step and the loop",
    lead="The E-step says who deserves the credit; the M-step moves the models towards it. A round "
    "is one of each. Press Play, or the space bar, and watch the map, the likelihood and the "
    "workloads. A red dot marks a round after which a curve was lower.",
    draw=draw,
    note=Note(
        say=(
            "Likelihood: how probable the models find the truths and annotations that we have. "
            "Higher is better; its unit is nats per case.",
            "All cases, no bounds: it never falls. Choose 12 cases and count the red dots.",
            "With bounds the free energy takes over: the likelihood less what keeping to the "
            "bounds costs.",
        ),
        ask=(
            "Why may the likelihood fall although every step improves its own batch?",
            "Which agent is hurt most when bounds are kept in batches of 12?",
            "Why is the AI held fixed here? What would change if it learned as well?",
        ),
    ),
    formulas=(
        r"\text{M-step: minimise } -\sum_n \tilde q(z=n) \ln g_n - \sum_{m\,\text{annotated}} "
        r"\ln f_{t^{(m)}} - \sum_{j\,\text{missing}} \sum_c q(t^{(j)}=c) \ln f_c",
        r"\text{log-likelihood: } \ln \sum_n g_n \ell_n + "
        r"\sum_{m\,\text{annotated}} \ln f_{t^{(m)}} + \ln f_y",
        r"\text{free energy: } \sum_n \tilde q_n \bigl(\ln g_n + \ln \ell_n - \ln \tilde q_n\bigr)"
        r" + \sum_{m\,\text{annotated}} \ln f_{t^{(m)}} + \ln f_y",
    ),
)
