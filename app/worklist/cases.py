"""The new cases: uploaded, or the run's own test cases as an example."""

from collections import Counter
from typing import Any

import streamlit as st

from app.shared import upload_progress, views, words
from app.worklist import reading, worklist_queries
from app.worklist.model import Chosen
from app.worklist.worklist_queries import Given
from core.base.report import Report
from core.library.intake import Reading
from core.reading import new_scores

_FILES, _EXAMPLE, _ROUND = "worklist_files", "worklist_example", "worklist_round"
_TABLES = ["csv", "zip"]
_IMAGES = ["png", "jpg", "jpeg", "bmp", "gif"]


def panel(chosen: Chosen) -> Given | None:
    """The uploader and its outcome; None while there are no usable cases."""
    with st.container(border=True):
        left, right = st.columns(2, gap="large")
        with left:
            _uploader(chosen)
        with right:
            return _outcome(chosen)


def _uploader(chosen: Chosen) -> None:
    form = chosen.model.form
    if form.image_size is not None:
        label, what = "Images, one zip of them, or cases.csv with the images", "images"
    else:
        label = "A table of cases (CSV)"
        what = "`case_id`"
        if not form.labels_only:
            what += " and the AI's scores" if form.scores_only else " and the model's columns"
    # A widget of another name starts empty.
    files = st.file_uploader(
        label,
        type=_TABLES if form.image_size is None else [*_TABLES, *_IMAGES],
        accept_multiple_files=True,
        key=f"worklist_upload_{st.session_state.get(_ROUND, 0)}",
        help=f"Needed: {what}. No label and no split. Columns called group_… are kept; others "
        "are ignored with a warning.",
    )
    if files:
        st.session_state[_FILES] = _named(files)
        st.session_state[_EXAMPLE] = False
    needed = form.encoder.needed if form.encoder is not None else ()
    if needed:
        columns = words.listing([f"`{name.replace('`', '´')}`" for name in needed], 8)
        st.caption(f"Columns: `case_id`, {columns}.")
    if form.scores_only:
        st.caption(f"Columns: `case_id`, and {views.escape(new_scores.expected(form))}.")
    elif form.external_ai:
        st.caption("Also `ai_predictions.csv`, because the run used an AI outside Caseload.")


def _named(files: list[Any]) -> dict[str, Any]:
    """Files by name; of files with the same name each is kept, so that reading can complain."""
    times: Counter[str] = Counter()
    named = {}
    for file in files:
        times[file.name] += 1
        again = f" ({times[file.name]})" if times[file.name] > 1 else ""
        named[f"{file.name}{again}"] = file
    return named


def _outcome(chosen: Chosen) -> Given | None:
    files = st.session_state.get(_FILES)
    if st.session_state.get(_EXAMPLE):
        given = worklist_queries.example_cases(chosen.run_id)
        if given is None:
            st.info(
                "The data set of this run is no longer here. Upload new cases instead.",
                icon=":material/info:",
            )
            return None
        st.markdown(
            f"**{words.count(len(given.cases), 'test case')} of the run's own data set**, treated "
            "as new. The model was not trained on them."
        )
        _clear("Upload cases instead")
        return given
    if not files:
        st.markdown("**No cases yet.** Upload some, or try it with an example:")
        st.button(
            "Use the test cases of this set",
            key="worklist_example_button",
            icon=":material/science:",
            on_click=_use_example,
        )
        return None
    found = reading.read(chosen, files)
    if isinstance(found, Reading):
        upload_progress.draw(found, "worklist", "The files stay selected but are not read.")
        return None
    if not isinstance(found, Given):
        st.markdown("**These files could not be read.**")
        if isinstance(found, Report):
            views.problems(found)
        else:
            st.info(views.escape(found), icon=":material/info:")
        _clear("Remove these files")
        return None
    st.markdown(
        f"**{words.count(len(found.cases), 'case')}** from "
        f"{views.escape(words.listing(sorted(files), 3))}."
    )
    _clear("Remove these files")
    _remarks(found.report)
    return found


def _remarks(report: Report) -> None:
    for problem in report.warnings:
        st.warning(views.escape(problem.sentence()), icon=":material/warning:")
    for problem in report.notes:
        st.caption(views.escape(problem.sentence()))


def _clear(label: str) -> None:
    st.button(label, key="worklist_clear", icon=":material/close:", on_click=_forget)


def _use_example() -> None:
    st.session_state[_EXAMPLE] = True


def _forget() -> None:
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.session_state.pop(_FILES, None)
    reading.forget()
    st.session_state[_EXAMPLE] = False
