"""Bringing one's own data: the uploader, and what came of it beside it."""

import hashlib
from collections import Counter
from typing import Any

import streamlit as st

from app import queries, state, views, words
from app.data import remarks
from core.data.library import LONGEST_NAME
from core.data.report import DataError, Report

FORMS_HELP = (
    "**A bundle**: `cases.csv` (case_id, split, label, features or `file`) and `annotations.csv` "
    "(case_id, expert, label); `images.zip` and `ai_predictions.csv` if you have them.  \n"
    "**JSON manifests**: one file per expert and split, such as `label_A_train.json`, and the "
    "ground truth as `train.json` and `test.json`; images as `images.zip`.  \n"
    "Select all files at once, or one zip that holds them."
)
_TYPES = ["csv", "json", "zip", "png", "jpg", "jpeg", "bmp", "gif"]


def panel() -> None:
    """The uploader with what came of the last upload beside it."""
    with st.container(border=True):
        st.markdown("**Bring your own**", help=FORMS_HELP)
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
                "`cases.csv` with `annotations.csv`, or one JSON file per expert. They stay on the "
                "computer that runs Caseload."
            )
        _outcome(files)


def _options(files: list[Any]) -> None:
    """What the files do not say themselves, and the button that reads them."""
    name = st.text_input(
        "Name of the data set",
        key="upload_name",
        max_chars=LONGEST_NAME,
        placeholder="for example: Clinic 2025",
        help="Empty: the zip's name, or what the set's about.json says.",
    )
    ignore = st.checkbox(
        "Ignore annotations of cases that are not in the set",
        key="upload_ignore",
        help="Otherwise such annotations are an error, because they often mean a mix-up.",
    )
    rates = queries.variants([f.name for f in files])
    rate = None
    if rates:
        rate = st.selectbox(
            "Which variant of the manifests",
            [None, *rates],
            format_func=lambda r: f"those ending in _{r}" if r else "those without a number",
            key="upload_rate",
            help="The number is the share of annotations that was taken out of that variant.",
        )
    if st.button(
        "Read these files", key="upload_read", type="primary", icon=":material/upload_file:"
    ):
        _read(files, (name or "").strip(), ignore, rate)


def _read(files: list[Any], name: str, ignore: bool, rate: str | None) -> None:
    """Reads and stores an upload; what was wrong is kept to be shown beside the uploader."""
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
    try:
        with st.spinner("Reading …"):
            content_hash, known = queries.add_upload(
                {f.name: f.getvalue() for f in files}, name or None, ignore, rate
            )
    except DataError as error:
        st.session_state["upload_outcome"] = (_fingerprint(files), error.report)
        return
    data_id = queries.data_id_of(content_hash) or content_hash
    st.session_state["upload_outcome"] = (_fingerprint(files), (data_id, known))
    # The picker is drawn after this, so it starts from here.
    state.choose("data", data_id)


def _outcome(files: list[Any]) -> None:
    known = st.session_state.get("upload_outcome")
    if not known:
        return
    of, outcome = known
    if isinstance(outcome, Report):
        # Of other files there is nothing to say any more.
        if files and of == _fingerprint(files):
            st.markdown("**These files could not be read. Nothing was stored.**")
            views.problems(outcome)
            remarks.downloads(outcome, "upload", "upload_report")
        return
    data_id, before = outcome
    entries = queries.entries()
    if st.session_state.get("data") == data_id and data_id in entries:
        title = views.escape(entries[data_id].title)
        said = (
            f"These files were here already, as “{title}”. It is chosen on the left."
            if before
            else f"Read and stored as “{title}”. It is chosen on the left."
        )
        st.success(said, icon=":material/check:")


def _fingerprint(files: list[Any]) -> str:
    return hashlib.sha256(repr([(f.name, f.size, f.file_id) for f in files]).encode()).hexdigest()
