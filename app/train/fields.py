"""Fields of the form; their values are kept across pages and in the URL."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from app.shared import state
from app.shared.settings_link import DEFAULT
from core.base import numbers
from core.methods.spec import Setting, SettingError, Value


def number(key: str, label: str, default: int, least: int, most: int, text: str) -> int:
    """A whole number."""
    held = state.whole(key, default, least, most, always=True)
    field = st.number_input(
        label, least, most, held, step=1, key=key, help=text, persist_state="session"
    )
    value = default if field is None else int(field)
    state.publish(key, value, default)
    return value


def optional(key: str, label: str, text: str, least: float) -> float | None:
    """A number; None takes the default of the network and method."""

    def read(said: str) -> float | None:
        return None if said == DEFAULT else numbers.number(said)

    state.adopt(key, None, read=read, valid=lambda v: v is None or v >= least)
    value = st.number_input(
        label,
        min_value=least,
        value=None,
        step=1e-4,
        format="%.6g",
        placeholder="default",
        key=key,
        help=text + " Empty: the default of the network and method.",
        persist_state="session",
    )
    state.publish(key, value)
    return value


def pick_setting(
    key: str, label: str, choices: Mapping[str, str], default: str, help: str | None = None
) -> str:
    """A select box over names with plain labels."""
    state.option(key, choices, default)
    value = st.selectbox(
        label,
        list(choices),
        format_func=lambda name: choices[name],
        key=key,
        help=help,
        persist_state="session",
    )
    state.publish(key, value, default)
    return value


def choice(
    key: str,
    label: str,
    choices: Mapping[str, str],
    default: str,
    help: str | None = None,
    visible: bool = True,
) -> str:
    """A segmented control over names with plain labels."""
    state.option(key, choices, default)
    value = st.segmented_control(
        label,
        list(choices),
        format_func=lambda name: choices[name],
        key=key,
        required=True,
        help=help,
        label_visibility="visible" if visible else "collapsed",
        persist_state="session",
    )
    state.publish(key, value, default)
    return value or default


def setting(what: Setting) -> Value:
    """The field of a method's own setting."""
    if what.choices:
        return pick_setting(what.name, what.label, what.choices, str(what.default), help=what.text)
    state.adopt(what.name, what.default, read=what.read, valid=partial(_fits, what))
    if isinstance(what.default, bool):
        value: Value | None = st.checkbox(
            what.label, key=what.name, help=what.text, persist_state="session"
        )
    else:
        kind: Any = type(what.default)
        low, high = (None if end is None else kind(end) for end in (what.low, what.high))
        value = st.number_input(
            what.label,
            low,
            high,
            step=1 if kind is int else None,
            format=None if kind is int else "%.6g",
            key=what.name,
            help=what.text,
            persist_state="session",
        )
    value = what.default if value is None else value
    state.publish(what.name, value, what.default)
    return value


def _fits(what: Setting, value: object) -> bool:
    try:
        what.read(value)
    except SettingError:
        return False
    return True
