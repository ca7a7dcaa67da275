"""Targets: the shares of the cases that the AI takes, and how the experts share the rest."""

from dataclasses import replace
from typing import Any

import streamlit as st

from app.shared import state, views, words
from app.shared.settings_link import STEPS
from app.train import agents, fields
from core.base.numbers import number
from core.base.report import clip
from core.dataset.annotation_set import AI, AnnotationSet

_MOST = 101  # targets; more would train for hours and look the same on the curve
_LIST = "0, 25, 50, 75, 100"


def as_range() -> dict[str, Any]:
    """Targets from … to … in equal steps."""
    _what_it_is()
    left, right = st.columns(2, gap="medium")
    with left:
        state.span("ai", (0, 100), 0, 100)
        chosen: Any = st.slider(
            "The AI takes from … to … of the cases",
            0,
            100,
            step=5,
            format="%d %%",
            key="ai",
            persist_state="session",
        )
        low, high = chosen
        state.publish("ai", (low, high), (0, 100))
    with right:
        state.adopt("step", 10, read=int, valid=lambda v: v in STEPS)
        step = st.segmented_control(
            "In steps of",
            STEPS,
            format_func=lambda s: f"{s}\u202f%",
            key="step",
            required=True,
            persist_state="session",
        )
        state.publish("step", step, 10)
    targets = [*range(low, high, step or 10), high]
    _say(targets)
    return {"coverage": tuple(t / 100 for t in targets)}


def as_list() -> tuple[dict[str, Any], str | None]:
    """A list of targets, and what is wrong with it in words."""
    _what_it_is()
    state.adopt("shares", _LIST)
    text = st.text_input(
        "The AI takes these shares of the cases, %",
        key="shares",
        persist_state="session",
        help="Numbers from 0 to 100, separated by commas.",
    )
    state.publish("shares", text, _LIST)
    targets, wrong = _read(text or "")
    if wrong:
        st.error(views.escape(wrong), icon=":material/block:")
        return {}, wrong
    _say(targets)
    # Rounded, so that a link brings back the same number.
    return {"coverage": tuple(round(t / 100, 12) for t in targets)}, None


def humans() -> dict[str, Any]:
    """How the experts share what the AI leaves."""
    chosen = fields.choice(
        "humans",
        "How the experts share the rest",
        {name: choice.label for name, choice in words.HUMANS.items()},
        "free",
        help=" ".join(f"{c.label}: {c.help}" for c in words.HUMANS.values()),
    )
    return {"humans": chosen}


def off_duty(data: AnnotationSet) -> str | None:
    """Which experts are off duty; what is wrong with that, in words."""
    names = [name for name in data.experts if name not in data.excluded_experts]
    if data.excluded_experts:
        st.caption(
            "Left out because they annotated no training case: "
            f"{views.escape(words.listing(data.excluded_experts))}."
        )
    place = agents.key(data, "off")
    record = agents.agents(data)
    st.session_state[place] = [name for name in names if not record[name].on_duty]
    off = st.multiselect(
        "Experts off duty",
        names,
        key=place,
        placeholder="nobody is off duty",
        on_change=_from_list,
        args=(data, names),
        help="Experts off duty, on leave for example, get no cases; their annotations are still "
        "used in training. Their upper bound ε_u is 0.",
    )
    if not names or len(off) < len(names):
        return None
    st.error(
        "Every expert is off duty, so the AI would have to take all cases.",
        icon=":material/block:",
    )
    st.button(
        "Put everyone on duty",
        key="all_on",
        on_click=_set,
        args=(data, names, []),
        icon=":material/auto_fix_high:",
    )
    return "Every expert is off duty; see below the list."


def _from_list(data: AnnotationSet, names: list[str]) -> None:
    _set(data, names, st.session_state[agents.key(data, "off")])


def _set(data: AnnotationSet, names: list[str], off: list[str]) -> None:
    agents.change(
        data,
        [name for name in names if name != AI],
        lambda name, agent: replace(agent, on_duty=name not in off),
    )


def _what_it_is() -> None:
    st.caption(
        "Each share becomes one point of the curve: the AI takes it, the experts take the rest.",
        help="A target c bounds the AI's workload by [c, c].",
    )


def _say(targets: list[Any]) -> None:
    shown = [f"{t:g}" for t in targets]
    text = ", ".join(shown if len(shown) <= 12 else [*shown[:11], "…", shown[-1]])
    st.caption(f"{words.count(len(targets), 'point')}: {text} %")


def _read(text: str) -> tuple[list[float], str | None]:
    """The numbers in ascending order without repetition, or what is wrong with them."""
    parts = [part.strip().rstrip("%").strip() for part in text.replace(";", ",").split(",")]
    parts = [part for part in parts if part]
    try:
        numbers = sorted({number(part) for part in parts})
    except ValueError:
        return (
            [],
            f"Found “{clip(text, 60)}”, expected numbers separated by commas, such as “{_LIST}”.",
        )
    if not numbers:
        return [], "No share is given; expected at least one number from 0 to 100."
    if len(numbers) > _MOST:
        return [], f"{len(numbers)} shares; expected at most {_MOST}."
    if not 0 <= numbers[0] <= numbers[-1] <= 100:
        return [], "A share is not between 0 and 100."
    return numbers, None
