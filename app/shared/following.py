"""Widgets that show a record which other controls change as well.

When the record changes elsewhere, the widget is drawn under a new key with the record's value as
its default. So what the browser still repeats of the old value belongs to a widget that is gone,
and cannot be mistaken for a move; and a browser that mounts the widget late, after further runs,
mounts it with the value that is shown. While the record follows the widget its key stays, and
nothing is written over what somebody is about to do.
"""

from typing import Any, NamedTuple

import streamlit as st

_ABSENT = object()


class _Drawn(NamedTuple):
    """The widget that is drawn at a place: how many there were before, and the value shown."""

    number: int
    value: object


def key(place: str, value: object) -> str:
    """The key to draw the widget under now; its default has to be `value`.

    Args:
      place: of the widget, unique in the session.
      value: of the record.
    """
    drawn = _drawn(place)
    if drawn is None or st.session_state.get(_key(place, drawn), _ABSENT) != value:
        drawn = _Drawn(0 if drawn is None else drawn.number + 1, value)
    st.session_state[_name(place)] = drawn._replace(value=value)
    return _key(place, drawn)


def held(place: str) -> Any:
    """What the widget holds; None before it was drawn."""
    drawn = _drawn(place)
    return None if drawn is None else st.session_state.get(_key(place, drawn))


def moved(place: str) -> bool:
    """Whether somebody has moved the widget since it was drawn; to be asked in its callback."""
    drawn = _drawn(place)
    if drawn is None:
        return False
    return bool(st.session_state.get(_key(place, drawn), drawn.value) != drawn.value)


def _drawn(place: str) -> _Drawn | None:
    drawn: _Drawn | None = st.session_state.get(_name(place))
    return drawn


def _name(place: str) -> str:
    return f"following:{place}"


def _key(place: str, drawn: _Drawn) -> str:
    return f"{place}:{drawn.number}"
