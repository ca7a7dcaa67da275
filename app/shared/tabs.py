"""Parts of a page as tabs: only the open one is computed, and its name stands in the URL."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.shared import state


def show(key: str, name: str) -> None:
    """Opens a tab from the program; before the tabs are drawn."""
    state.choose(key, name)
    st.session_state.pop(f"{key}_tabs", None)  # the tab that was clicked last


def pick(key: str, titles: Mapping[str, str], default: str) -> tuple[str, DeltaGenerator]:
    """Draws the tabs.

    Args:
      key: in the session and in the URL.
      titles: of the tabs, by the name that the URL gives them.
      default: the one that is open unless a link says otherwise.

    Returns:
      The name of the open tab, and the place to draw in.
    """
    held, names = f"{key}_tabs", {title: name for name, title in titles.items()}
    clicked = names.get(st.session_state.get(held, ""))
    if clicked and clicked != st.session_state.get(key):
        state.choose(key, clicked)
    opened = state.option(key, titles, default)
    state.publish(key, opened, default)
    # Written even when unchanged: the tabs of a page that was left and opened again are new ones.
    st.session_state[held] = titles[opened]
    tabs = st.tabs(list(names), key=held, on_change="rerun")
    return opened, tabs[list(titles).index(opened)]
