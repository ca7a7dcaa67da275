"""The files of an upload: kept until they are stored or removed, also while other pages are open.

Streamlit drops an uploader's content when another page is drawn, and replaces no file by one of
the same name. So the uploader only hands its files over, and is empty again at once.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.shared import state, trouble, views, words
from core.base import limits
from core.base.report import Report
from core.files import file_types
from core.files.archive import hidden
from core.files.sheets import SUFFIXES as TABLES
from core.reading.image_store import SUFFIXES

Files = dict[str, bytes]
_FILES, _REFUSED, _LOST = "upload_files", "upload_refused", "upload_lost"
_ROUND, _REVISION = "upload_round", "upload_revision"
_SHOWN = 12  # files listed one by one
_ACCEPTED = (*TABLES, ".zip", *SUFFIXES)
_NEEDLESS = (".md", ".py", ".ipynb", ".license", ".html", ".xml", ".yaml", ".yml", ".log")


def draw() -> Files:
    """The uploader and the list of files; returns them by name."""
    key = f"upload_{st.session_state.get(_ROUND, 0)}"
    st.file_uploader(
        "All files of one data set: spreadsheets, CSV, JSON, images, or one zip",
        accept_multiple_files=True,
        key=key,
        on_change=trouble.guarded(_take),
        args=(key,),
        help=f"Up to {limits.MOST_UPLOAD // limits.MIB} MiB. A file of the same name replaces the "
        "one given before.",
    )
    files = held()
    if (refused := st.session_state.get(_REFUSED)) is not None:
        views.problems(refused)
    if files:
        _list(files)
    _after_a_loss(files)
    return files


def held() -> Files:
    """The files by name."""
    files: Files = st.session_state.get(_FILES, {})
    return files


def revision() -> int:
    """A number that changes with the files."""
    number: int = st.session_state.get(_REVISION, 0)
    return number


def empty() -> None:
    """Lets go of all files."""
    _set({})
    st.session_state.pop(_REFUSED, None)


def _set(files: Files) -> None:
    if files == held():
        return
    st.session_state[_FILES] = files
    st.session_state[_REVISION] = revision() + 1


def take(files: Iterable[tuple[str, bytes]], kept: Files) -> tuple[Files, Report]:
    """The files that an upload holds with further ones.

    Args:
      files: names and contents.
      kept: those that are there; one of the same name is replaced.

    Returns:
      the files by name, and which were not taken and why.
    """
    report = Report()
    new: Files = {}
    twice, other = [], []
    for name, content in files:
        if hidden(name) or name.lower().endswith(_NEEDLESS):
            continue
        if not name.lower().endswith(_ACCEPTED):
            other.append(name)
        elif new.setdefault(name, content) != content:
            twice.append(name)
    for remedy in dict.fromkeys(map(file_types.remedy, other)):
        names = [name for name in other if file_types.remedy(name) == remedy]
        report.warn(
            f"{words.listing(names, 3)} cannot be read and {_was(names)} left out",
            expected=words.listing(_ACCEPTED, 20),
            remedy=remedy or "save tables as CSV or JSON, and images as PNG or JPEG",
            count=len(names),
        )
    if twice:
        report.error(
            "files have the same name",
            found=words.listing(twice),
            expected="every file once",
            remedy="the first of each was taken; images of the same name in several folders go "
            "into a zip",
        )
    both = kept | new
    size = sum(map(len, both.values()))
    if size > limits.MOST_UPLOAD or len(both) > limits.MOST_FILES:
        report.error(
            "the upload is too large",
            found=f"{words.count(len(both), 'file')}, {size / limits.MIB:,.0f} MiB",
            expected=f"at most {limits.MOST_FILES:,} files and "
            f"{limits.MOST_UPLOAD // limits.MIB:,} MiB",
            remedy="the last files were not taken; name the folder on the command line instead, or "
            "make the images smaller",
        )
        return kept, report
    return both, report


def _was(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"


def _take(key: str) -> None:
    """Takes the files from the uploader, whose next key makes it start empty."""
    of_browser = st.session_state.get(key) or []
    if not of_browser:  # repeated by a browser that has not seen the new key yet
        return
    # After a restart the browser names files that the server does not have.
    given = [file for file in of_browser if isinstance(file, UploadedFile)]
    if not given and held():  # a browser that lags sends a file again after it was taken
        return
    if len(given) < len(of_browser):
        st.session_state[_LOST] = True
    files, report = take(((f.name, f.getvalue()) for f in given), held())
    _set(files)
    st.session_state.pop(_REFUSED, None)
    if report.problems:
        st.session_state[_REFUSED] = report
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    context = get_script_run_ctx()
    if context is not None:
        streamlits: Any = context.uploaded_file_mgr
        for file in given:  # else Streamlit keeps the bytes until the tab is closed
            streamlits.remove_file(context.session_id, file.file_id)


def _list(files: Files) -> None:
    names = sorted(files, key=lambda n: (not n.lower().endswith((*TABLES, ".zip")), n))
    more = names[_SHOWN:]
    with st.container(horizontal=True, gap="small"):
        for name in names[:_SHOWN]:
            st.button(
                views.escape(f"{name} ({_size(len(files[name]))})"),
                key=f"upload_remove_{name}",
                icon=":material/close:",
                type="tertiary",
                help="Remove this file",
                on_click=_remove,
                args=(name,),
            )
        if more:
            size = _size(sum(len(files[name]) for name in more))
            st.caption(f"and {words.count(len(more), 'more file')} ({size})")
        if len(files) > 1:
            st.button(
                f"Remove all {len(files):,} files",
                key="upload_remove_all",
                icon=":material/delete:",
                type="tertiary",
                on_click=empty,
            )


def _remove(name: str) -> None:
    _set({kept: content for kept, content in held().items() if kept != name})
    st.session_state.pop(_REFUSED, None)


def _size(size: int) -> str:
    if size < limits.MIB:
        return f"{max(size / 1024, 0.1):,.1f} KiB"
    return f"{size / limits.MIB:,.1f} MiB"


def _after_a_loss(files: Files) -> None:
    """Says in a new session that files which waited in the last one have to be chosen again."""
    if state.said("upload") and not files and _FILES not in st.session_state:
        st.session_state[_LOST] = True
    if files:
        st.session_state.pop(_LOST, None)
        state.remember()
    if st.session_state.get(_LOST):
        st.info(
            "The page was reloaded or Caseload was started again, so the files that were waiting "
            "here are gone and nothing of them was stored. Choose them again.",
            icon=":material/info:",
        )
    state.publish("upload", "waiting" if files else None)
