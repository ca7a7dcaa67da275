"""Problems of an upload, each with a control for the ways to deal with it."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from app.shared import views
from core.base.report import Choice, Problem
from core.reading.options import ReadOptions

_OPTIONS, _CONTROL = "upload_options", "upload_choice_"
_AS_RADIO = 3  # choices; more are a select box


def chosen() -> ReadOptions:
    """The choices that were made for the files at hand."""
    options: ReadOptions = st.session_state.get(_OPTIONS, ReadOptions())
    return options


def make(picks: Iterable[Choice]) -> ReadOptions:
    """The options with what was picked, which count from now on."""
    options = chosen()
    for choice in picks:
        options = options.choose(choice.option, choice.value)
    st.session_state[_OPTIONS] = options
    return options


def forget() -> None:
    """Forgets all choices."""
    kept: list[Any] = [key for key in st.session_state if str(key).startswith(_CONTROL)]
    for key in [*kept, _OPTIONS]:
        st.session_state.pop(key, None)


def draw(problems: Iterable[Problem]) -> list[Choice]:
    """Draws the problems with their controls; returns what is picked."""
    picks: list[Choice] = []
    drawn: set[str] = set()
    for problem in problems:
        views.problem(problem)
        if not problem.choices:
            continue
        # Of words for missing, for example, each is a problem, but one answer holds for all.
        one_answer = all(isinstance(c.value, str | bool) for c in problem.choices)
        offered = repr([(c.option, c.value) for c in problem.choices])
        if one_answer and offered in drawn:
            st.caption("What is chosen above holds here, too.")
            continue
        if one_answer:
            drawn.add(offered)
        picked = _control(problem)
        # The first choice of a warning has been made already.
        if picked is not None and (problem.severity == "error" or picked):
            picks.append(problem.choices[picked])
    return picks


def made(on_forget: Callable[[], None]) -> None:
    """The choices made so far, and a button that forgets them."""
    if said := chosen().chosen():
        st.caption(f"Chosen so far: {views.escape('; '.join(said))}.")
        st.button(
            "Forget these choices",
            key="upload_forget",
            icon=":material/undo:",
            type="tertiary",
            on_click=on_forget,
        )


def _control(problem: Problem) -> int | None:
    """The position of the picked choice, if there is one."""
    choices = problem.choices
    text = repr((problem.what, [(c.option, c.value) for c in choices]))
    key = _CONTROL + hashlib.sha256(text.encode()).hexdigest()[:12]
    error = problem.severity == "error"
    common: dict[str, Any] = {
        "label": "Choose what to do" if error else "What to do (the first is what was done)",
        "options": range(len(choices)),
        "index": None if error else 0,
        "format_func": lambda i: views.escape(_sentence(choices[i].words)),
        "key": key,
        "persist_state": "session",
    }
    picked: int | None
    if len(choices) <= _AS_RADIO:
        picked = st.radio(**common)
    else:
        picked = st.selectbox(placeholder="Choose", **common)
    return picked


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
