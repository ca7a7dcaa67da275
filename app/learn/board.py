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

# To be read from the back of a room, with the figures still in view.
_STYLE = """
<style>
.stMainBlockContainer h1 { font-size: 2rem; padding-block: 0; }
.st-key-learn_lead p { font-size: 1.2rem; line-height: 1.4; }
[data-testid="stTable"] table { font-size: 1.1rem; }
[data-testid="stTable"] :is(th, td) { padding: 0.35rem 0.6rem; }
</style>
"""


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
    st.html(_STYLE)
    views.title(f"{lesson.step}. {step.title}")
    with st.container(key="learn_lead"):
        st.markdown(step.lead)
    with st.spinner("Preparing the models; only the first time takes long."):
        step.draw(lesson)
    left, right = st.columns(2)
    with left:
        parts.note(step.note)
    with right:
        parts.formulas(step.formulas)
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
