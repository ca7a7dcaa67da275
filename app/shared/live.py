"""Panels that update themselves while something is going on."""

import logging
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def panel(
    read: Callable[[], T],
    draw: Callable[[T], None],
    *,
    key: str,
    what: str,
    seconds: float | None,
    state: Callable[[T], object] = lambda _: None,
    drawn: object = None,
    busy: Callable[[], bool] = lambda: False,
) -> None:
    """A part of the page that is read and drawn again every few seconds.

    Once `state` differs from what the page was drawn with, the whole page runs once more, and that
    run decides whether the panel goes on. An error is shown in place of the panel, and the next
    tick tries again. Buttons belong outside: a click must not wait for a tick.

    Args:
      read: what the panel shows.
      draw: draws it.
      key: of the panel.
      what: is read, in the plural, as a sentence begins with it.
      seconds: between two ticks; None draws once.
      state: the part of it on which the rest of the page depends.
      drawn: that part when the page was drawn.
      busy: whether somebody is answering a dialog, which a run of the page would close.
    """

    def tick() -> None:
        try:
            found = read()
            if state(found) != drawn and not busy():
                st.rerun()  # no Exception: it passes the clause below
            draw(found)
        except Exception:
            logging.getLogger("caseload").exception("panel %s", key)
            again = "reload the page" if seconds is None else "trying again"
            st.warning(f"{what} could not be read just now; {again}.", icon=":material/warning:")

    tick.__qualname__ = f"{key}.tick"  # by which Streamlit tells fragments apart
    st.fragment(tick, run_every=seconds, key=key)()
