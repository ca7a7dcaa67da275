"""Errors on screen: in words, with what can be done about them, never a traceback."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from app.shared import run_queries, views
from core.base.report import DataError
from core.base.trouble import StorageError, storage_words

_PENDING = "trouble:pending"
_DEFECT = (
    "This could not be shown because of a defect in the program; you did nothing wrong. "
    "Reload the page; details are in the log of the terminal that started Caseload."
)


def show(error: Exception) -> None:
    """Shows an error that kept a page, or the rest of it, from being drawn."""
    if isinstance(error, DataError):
        views.problems(error.report)
        return
    known = storage_words(error)
    st.error(views.escape(known) if known else _DEFECT, icon=":material/error:")
    if isinstance(error, StorageError) and run_queries.can_rebuild(error):
        st.button(
            "Rebuild the record of runs",
            key="rebuild_record",
            icon=":material/build:",
            on_click=guarded(run_queries.rebuild_record),
            help="Finds the runs by their own files. The rest of the old record is moved aside, "
            "not deleted.",
        )


def guarded(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback whose failure is shown at the top of the next run.

    Streamlit shows an exception of a callback in place of the page.
    """

    @wraps(callback)
    def safe(*args: Any, **kwargs: Any) -> None:
        try:
            callback(*args, **kwargs)
        except Exception as error:
            logging.getLogger("caseload").exception("callback %s", callback.__name__)
            st.session_state[_PENDING] = storage_words(error) or _NOT_DONE

    return safe


def pending() -> None:
    """Shows why the last callback failed."""
    if failure := st.session_state.pop(_PENDING, None):
        st.error(views.escape(failure), icon=":material/error:")


_NOT_DONE = (
    "This could not be done because of a defect in the program. Try again; details are in the log "
    "of the terminal that started Caseload."
)
