"""An upload that is being read: its progress, and a button that cancels it."""

import streamlit as st

from app.shared import live, views
from core.library.intake import Reading


def draw(reading: Reading, key: str, help: str) -> None:
    """Progress of the reading, and a button that cancels it.

    Args:
      reading: still going on.
      key: start of the widgets' keys.
      help: what cancelling means.
    """
    live.panel(
        lambda: reading,
        _progress,
        key=f"{key}_progress",
        what="The progress",
        seconds=0.5,
        state=lambda now: now.outcome is not None,
        drawn=False,
    )
    # Outside the fragment: a click must not wait for a tick.
    st.button(
        "Cancel", key=f"{key}_cancel", icon=":material/close:", on_click=reading.cancel, help=help
    )
    st.caption("You can visit other pages in the meantime. Closing this tab cancels it.")


def _progress(reading: Reading) -> None:
    st.progress(min(max(reading.share or 0.0, 0.0), 1.0), text=f"{views.escape(reading.text)} …")
