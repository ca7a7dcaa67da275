"""The page Learn: a lesson in steps, each with a link of its own."""

import streamlit as st

from app.learn import (
    bounds,
    choices,
    deciding,
    e_step,
    gating,
    keys,
    loop,
    missing,
    parts,
    tasks,
    world,
)
from app.shared import following, state, views

STEPS = (
    world.STEP,
    gating.STEP,
    missing.STEP,
    e_step.STEP,
    bounds.STEP,
    loop.STEP,
    deciding.STEP,
    tasks.STEP,
)


def draw_learn() -> None:
    """Draws the step that is open."""
    lesson = choices.read()
    step = STEPS[lesson.step - 1]
    keys.listen()
    with st.container(horizontal=True, vertical_alignment="center"):
        _pick_step(lesson.step)
        st.button(
            "Back",
            key="learn_back",
            icon=":material/arrow_back:",
            disabled=lesson.step == 1,
            on_click=choices.go,
            args=(lesson.step - 1,),
            help="Also the left arrow key.",
        )
        st.button(
            "Next",
            key="learn_next",
            icon=":material/arrow_forward:",
            type="primary",
            disabled=lesson.step == len(STEPS),
            on_click=choices.go,
            args=(lesson.step + 1,),
            help="Also the right arrow key.",
        )
    views.title(f"{lesson.step}. {step.title}")
    st.markdown(f":large[{step.lead}]")
    with st.spinner("Preparing the models; only the first time takes long."):
        step.draw(lesson)
    left, right = st.columns(2)
    with left:
        parts.formulas(step.formulas)
    with right:
        parts.note(step.note)
    with st.expander("Link to this step as it is set now", icon=":material/link:"):
        st.code(state.address(), language=None, wrap_lines=True)


def _pick_step(now: int) -> None:
    names = {n: f"{n} {step.short}" for n, step in enumerate(STEPS, 1)}

    def moved() -> None:
        if following.moved("learn_steps") and (held := following.held("learn_steps")):
            choices.go(int(held))

    st.segmented_control(
        "Step",
        list(names),
        default=now,
        format_func=names.__getitem__,
        key=following.key("learn_steps", now),
        on_change=moved,
        required=True,
        label_visibility="collapsed",
    )
