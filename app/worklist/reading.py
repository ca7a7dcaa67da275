"""Uploaded new cases, read in a separate process: no file can slow or stop the server."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.shared.data_queries import this_tab
from app.worklist.model import Chosen
from app.worklist.worklist_queries import Given
from core.base.report import Report
from core.library import store as library
from core.library.intake import Reading

_STATE = "worklist_reading"
_PATIENCE = 3.0  # seconds: small files are read by then, without a progress bar


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """One upload for one run, and its outcome once there is one.

    Attributes:
      key: of the run and the uploaded files.
      id: of the files' content.
      reading: in the other process.
      found: the cases, why they were rejected, or what failed.
    """

    key: str
    id: str
    reading: Reading
    found: Given | Report | str | None = None


def read(chosen: Chosen, files: Mapping[str, Any]) -> Given | Report | str | Reading:
    """The cases, why they were rejected, what failed, or the reading that still goes on.

    Args:
      chosen: whose model decides what a case needs.
      files: uploaded files by name. Their content is looked at once, when reading begins.
    """
    key = "/".join([chosen.run_id, *(file.file_id for file in files.values())])
    known: _Read | None = st.session_state.get(_STATE)
    if known is None or known.key != key:
        forget()
        contents = {name: file.getbuffer() for name, file in files.items()}
        reading = Reading(contents, library.home(), form=chosen.model.form, wanted=this_tab())
        st.session_state[_STATE] = known = _Read(key, _content_id(contents), reading)
        with st.spinner("Reading …"):
            reading.wait(_PATIENCE)
    if known.found is None:
        outcome = known.reading.outcome
        if outcome is None:
            return known.reading
        found: Given | Report | str
        if outcome.cases is not None and outcome.report is not None:
            found = Given(known.id, outcome.cases, outcome.report)
        else:
            found = outcome.report or outcome.words or "Reading was cancelled."
        st.session_state[_STATE] = known = _Read(key, known.id, known.reading, found)
    assert known.found is not None
    return known.found


def forget() -> None:
    """Cancels a reading that goes on, and forgets its outcome."""
    if (known := st.session_state.pop(_STATE, None)) is not None:
        known.reading.cancel()


def _content_id(contents: Mapping[str, memoryview]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(contents.items()):
        digest.update(name.encode() + b"\x00" + hashlib.sha256(data).digest())
    return digest.hexdigest()
