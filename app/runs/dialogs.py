"""Dialogs of the Runs page: name and note, a log, and confirming a deletion.

The open dialog is kept in the session, so that it stays open when the page runs again.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.runs import actions
from app.shared import run_queries, views, words

if TYPE_CHECKING:
    from core.record.record import RunRecord

_OPEN = "runs_open"
_MOST_NAME, _MOST_NOTE = 120, 2000  # characters


def ask(kind: str, records: "Sequence[RunRecord]") -> None:
    """Opens a dialog in the next run; for a button's callback.

    Args:
      kind: `edit`, `log` or `delete`.
      records: the runs it is about.
    """
    st.session_state[_OPEN] = kind, [record.run_id for record in records]


def is_open() -> bool:
    """Whether a dialog is open: running the page again could lose what is typed."""
    return _OPEN in st.session_state


def draw_dialogs(records: "Sequence[RunRecord]") -> None:
    """Draws the open dialog, if there is one and its runs are still there."""
    kind, ids = st.session_state.get(_OPEN, ("", []))
    about = [record for record in records if record.run_id in ids]
    if not about:
        _close()
        return
    if kind == "edit":
        box = st.dialog("Name and note", icon=":material/edit:", on_dismiss=_close)
        box(_edit)(about[0])
    elif kind == "log":
        box = st.dialog(
            "Log of a failed run", icon=":material/terminal:", width="large", on_dismiss=_close
        )
        box(_log)(about[0])
    elif kind == "delete":
        title = "Delete this run?" if len(about) == 1 else f"Delete {len(about)} runs?"
        st.dialog(title, icon=":material/delete:", on_dismiss=_close)(_delete)(about)


def _edit(record: "RunRecord") -> None:
    with st.form("edit_run", border=False):
        name = st.text_input("Name", record.name, max_chars=_MOST_NAME, key="edit_name")
        note = st.text_area(
            "Note",
            record.note,
            max_chars=max(_MOST_NOTE, len(record.note)),
            key="edit_note",
            help="Stored with the run, and shown in MLflow too.",
        )
        saved = st.form_submit_button("Save", type="primary", icon=":material/check:")
    if saved:
        if wrong := actions.edit(record, name, note):
            st.error(views.escape(wrong), icon=":material/error:")
        else:
            _close()
            st.rerun()


def _log(record: "RunRecord") -> None:
    st.markdown(
        f"**{views.escape(views.called(record))}** failed: "
        f"{views.escape(record.reason or 'no reason was recorded.')}"
    )
    text = run_queries.log(record.run_id)
    if not text:
        st.info(
            "There is no technical log; the sentence above is all that is known.",
            icon=":material/info:",
        )
        return
    st.caption("The program's log. Please attach it when you report a defect.")
    st.code(text, language=None, wrap_lines=True, height=320)
    st.download_button(
        "Download the log",
        text,
        file_name=f"caseload-{record.run_id}-log.txt",
        mime="text/plain",
        key="log_file",
        on_click="ignore",
        icon=":material/download:",
    )


def _delete(records: "Sequence[RunRecord]") -> None:
    running = [record for record in records if record.state == "running"]
    others = [record for record in records if record.state != "running"]
    if running:
        names = words.listing([f"“{views.called(r)}”" for r in running], 4)
        verb = "is" if len(running) == 1 else "are"
        what = "it" if len(running) == 1 else "them"
        st.warning(
            views.escape(f"{names} {verb} in training and cannot be deleted. Cancel {what} first."),
            icon=":material/block:",
        )
    if others:
        st.markdown(_lost(others))
    with st.container(horizontal=True):
        if others:
            label = "Delete" if len(others) == len(records) == 1 else f"Delete {len(others)}"
            if st.button(label, key="delete_now", type="primary", icon=":material/delete:"):
                actions.delete(others)
                _close()
                st.rerun()
        if st.button("Keep" if others else "Close", key="delete_not"):
            _close()
            st.rerun()


def _lost(records: "Sequence[RunRecord]") -> str:
    """What would be deleted, a line per kind."""
    names = words.listing([f"**{views.escape(views.called(r))}**" for r in records], 4)
    lost = [f"Permanently deleted: {names}"]
    if finished := [r for r in records if r.state == "finished"]:
        what = "its curve, outputs and trained weights"
        if len(records) > 1:
            what = (
                f"the curves, outputs and trained weights of {len(finished)} finished "
                f"run{'s' * (len(finished) > 1)}"
            )
        size = sum(run_queries.size(r.run_id) for r in finished)
        lost.append(f"- {what}" + (f" ({_bytes(size)})" if size else ""))
    if waiting := [r for r in records if r.state == "queued"]:
        lost.append(
            "- its place in the queue: it will not be trained"
            if len(records) == 1
            else f"- {words.count(len(waiting), 'place')} in the queue"
        )
    if any(r.note for r in records):
        lost.append("- the note" if len(records) == 1 else "- their notes")
    lost.append("- links to it, on every page" if len(records) == 1 else "- links to them")
    kept = "The data set stays." if len(records) == 1 else "The data sets stay."
    return "\n".join([lost[0], "", *lost[1:], "", f"{kept} This cannot be undone."])


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{max(size / 1e3, 0.1):.1f} kB"


def _close() -> None:
    st.session_state.pop(_OPEN, None)
