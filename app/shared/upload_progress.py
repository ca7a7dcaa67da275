"""An upload that is being read: how far it is, and the way to end it."""

import streamlit as st

from app.shared import views
from core.library.intake import Reading


def draw(reading: Reading, key: str, help: str) -> None:
    """How far the reading is, drawn anew every half second, and a button that ends it.

    Args:
      reading: not at its end when the page was begun.
      key: start of the widgets' keys.
      help: what ending it means.
    """
    st.fragment(_tick, run_every="0.5s", key=f"{key}_progress")(reading)
    # Outside the fragment: a click must not wait for a tick.
    st.button(
        "Cancel", key=f"{key}_cancel", icon=":material/close:", on_click=reading.cancel, help=help
    )
    st.caption("You can look at other pages meanwhile. Closing this tab ends it.")


def _tick(reading: Reading) -> None:
    if reading.outcome is not None:
        st.rerun()  # a full run: the page is about what was read then
    st.progress(min(max(reading.share or 0.0, 0.0), 1.0), text=f"{views.escape(reading.text)} …")
