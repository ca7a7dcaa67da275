"""Uploading a data set: the uploader, and the outcome beside it."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.data import remarks
from app.shared import data_queries, state, upload_progress, views, words
from core.base.limits import LONGEST_SET_NAME
from core.base.report import Report
from core.reading.formats import ReadOptions, TruthWords
from core.reading.truth import QUESTION

FORMS_HELP = (
    "**A bundle**: `cases.csv` (case_id, split, label, features or `file`) and `annotations.csv` "
    "(case_id, expert, label); `images.zip` and `ai_predictions.csv` if you have them.  \n"
    "**JSON manifests**: one file per expert and split, such as `label_A_train.json`, and the "
    "ground truth as `train.json` and `test.json`; images as `images.zip`.  \n"
    "Select all files at once, or one zip that holds them."
)
_TYPES = ["csv", "json", "zip", "png", "jpg", "jpeg", "bmp", "gif"]


_READING = "upload_reading"
_TRUTH_WORDS: Mapping[TruthWords, str] = {
    "ask": "Ask",
    "missing": "The truth is missing: leave these cases out",
    "class": "It is a class",
}


def panel() -> None:
    """The uploader with the outcome of the last upload."""
    _take_outcome()
    with st.container(border=True):
        st.markdown("**Upload your own**", help=FORMS_HELP)
        files = st.file_uploader(
            "All files of one data set: CSV, JSON, images, or one zip",
            type=_TYPES,
            accept_multiple_files=True,
            key="upload",
        )
        if files:
            _options(files)
        else:
            st.caption(
                "`cases.csv` with `annotations.csv`, or one JSON file per expert. The files stay "
                "on the computer that runs Caseload."
            )
        _outcome(files)


def _options(files: list[Any]) -> None:
    """What the files do not contain, and the button that reads them."""
    name = st.text_input(
        "Name of the data set",
        key="upload_name",
        max_chars=LONGEST_SET_NAME,
        placeholder="for example: Clinic 2025",
        help="Empty: the zip's name, or the name in the set's about.json.",
    )
    ignore = st.checkbox(
        "Ignore annotations of cases that are not in the set",
        key="upload_ignore",
        help="Otherwise such annotations are an error, because they often point to a mix-up.",
    )
    rates = data_queries.variants([f.name for f in files])
    rate = None
    if rates:
        rate = st.selectbox(
            "Variant of the manifests",
            [None, *rates],
            format_func=lambda r: f"those ending in _{r}" if r else "those without a number",
            key="upload_rate",
            help="The number is the share of annotations removed in that variant.",
        )
    options = ReadOptions(ignore_unknown_cases=ignore, truth_words=_truth_words(), rate=rate)
    reading = st.session_state.get(_READING)
    if st.button(
        "Read these files",
        key="upload_read",
        type="primary",
        icon=":material/upload_file:",
        disabled=reading is not None,
    ):
        _read(files, (name or "").strip(), options)


def _truth_words() -> TruthWords:
    """What a word for missing means as a ground truth, once reading these files has asked."""
    _, report = st.session_state.get("upload_outcome") or ("", None)
    asked = isinstance(report, Report) and any(QUESTION in p.what for p in report.errors)
    if not asked and _READING not in st.session_state:
        st.session_state.pop("upload_truth_words", None)
    if not asked and "upload_truth_words" not in st.session_state:
        return "ask"
    answer: TruthWords = st.radio(
        "Words for missing in the ground truth",
        list(_TRUTH_WORDS),
        format_func=_TRUTH_WORDS.__getitem__,
        key="upload_truth_words",
        horizontal=True,
    )
    return answer


def _read(files: list[Any], name: str, options: ReadOptions) -> None:
    """Starts reading an upload; the outcome is shown beside the uploader."""
    twice = [n for n, times in Counter(f.name for f in files).items() if times > 1]
    report = Report()
    if twice:
        report.error(
            "files have the same name",
            found=words.listing(twice),
            expected="every file once",
            remedy="remove one of them; images of the same name in several folders go into a zip",
        )
        st.session_state["upload_outcome"] = (_fingerprint(files), report)
        return
    reading = data_queries.start_upload(
        {f.name: f.getbuffer() for f in files}, name or None, options
    )
    st.session_state[_READING] = (_fingerprint(files), reading)
    st.session_state.pop("upload_outcome", None)
    st.rerun()


def _take_outcome() -> None:
    """Takes over the outcome of the reading, even if another page was open meanwhile."""
    of, reading = st.session_state.get(_READING) or ("", None)
    if reading is None or (outcome := reading.outcome) is None:
        return
    del st.session_state[_READING]
    if outcome.kind == "stored":
        data_id, known = data_queries.finish_upload(outcome)
        st.session_state["upload_outcome"] = (of, (data_id, known))
        # The picker is drawn after this, so it starts from here.
        state.choose("data", data_id)
    elif outcome.kind == "refused":
        st.session_state["upload_outcome"] = (of, outcome.report)
    else:
        why = outcome.words or "Reading was cancelled. Nothing was stored."
        st.session_state["upload_outcome"] = (of, why)


def _outcome(files: list[Any]) -> None:
    if _READING in st.session_state:
        upload_progress.draw(st.session_state[_READING][1], "upload", "Then nothing is stored.")
        return
    known = st.session_state.get("upload_outcome")
    if not known:
        return
    of, outcome = known
    # An outcome belongs to its files; one that came while another page was open, which empties the
    # uploader, has not been shown yet.
    same = bool(files) and of == _fingerprint(files)
    unseen = not files and st.session_state.get("upload_seen") != of
    if same:
        st.session_state["upload_seen"] = of
    if isinstance(outcome, Report):
        if same or unseen:
            st.markdown("**These files could not be read. Nothing was stored.**")
            views.problems(outcome)
            remarks.downloads(outcome, "upload", "upload_report")
        return
    if isinstance(outcome, str):
        if same or unseen:
            st.info(views.escape(outcome), icon=":material/info:")
        return
    data_id, before = outcome
    entries = data_queries.entries()
    if st.session_state.get("data") == data_id and data_id in entries:
        title = views.escape(entries[data_id].title)
        text = (
            f"These files are already here as “{title}”, which is selected on the left."
            if before
            else f"Read and stored as “{title}”, which is selected on the left."
        )
        st.success(text, icon=":material/check:")


def _fingerprint(files: list[Any]) -> str:
    return hashlib.sha256(repr([(f.name, f.size, f.file_id) for f in files]).encode()).hexdigest()
