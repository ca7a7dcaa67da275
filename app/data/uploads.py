"""Pieces of the Data page: uploading, the summary, the reader's remarks."""

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import queries, state, views, words
from core.data.report import DataError, Report

FORMS_HELP = (
    "**A bundle**: `cases.csv` (case_id, split, label, features or `file`) and `annotations.csv` "
    "(case_id, expert, label); `images.zip` and `ai_predictions.csv` if you have them.  \n"
    "**JSON manifests**: one file per expert and split, such as `label_A_train.json`, and the "
    "ground truth as `train.json` and `test.json`; images as `images.zip`.  \n"
    "Select all files at once, or one zip that holds them."
)


def panel() -> None:
    """The uploader with what came of the last upload beside it."""
    with st.container(border=True):
        st.markdown("**Bring your own**", help=FORMS_HELP)
        files = st.file_uploader(
            "Files of one data set: CSV, JSON, images as zip",
            type=["csv", "json", "zip", "png", "jpg", "jpeg"],
            accept_multiple_files=True,
            key="upload",
        )
        name = st.text_input(
            "Name of the data set", key="upload_name", placeholder="for example: Clinic 2025"
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
            "Read these files",
            key="upload_read",
            type="primary",
            disabled=not files,
            icon=":material/upload_file:",
        ):
            _read(files, name.strip(), ignore, rate)
        _outcome(files)


def summary(data_id: str, facts: Mapping[str, Any]) -> None:
    """What the chosen set is."""
    entry = queries.entries()[data_id]
    st.markdown(views.escape(entry.text))
    if entry.simulated:
        st.badge("simulated experts", color="gray", icon=":material/smart_toy:")
    if facts["kind"] == "labels":
        st.info(
            "This set holds labels only. It is described here, but to train on it Caseload also "
            "needs what the AI can look at: upload it again together with its images (a zip with "
            "the files that the manifests name) or with feature columns in `cases.csv`.",
            icon=":material/image_not_supported:",
        )


def next_step(data_id: str, facts: Mapping[str, Any]) -> None:
    """The way on, where the set can be trained on."""
    if facts["kind"] != "labels" and st.button(
        "Train on this data set", key="to_train", type="primary", icon=":material/arrow_forward:"
    ):
        st.switch_page(f"{views.PAGES}/train.py", query_params={"data": data_id})


def remarks(data_id: str, facts: Mapping[str, Any]) -> None:
    """What the reader remarked, warnings open and notes folded."""
    report = queries.report(data_id)
    for name in facts["excluded_experts"]:
        st.caption(f"{views.escape(name)} annotated no training case and takes no cases.")
    if report.warnings:
        views.problems(Report(list(report.warnings)))
    if report.notes:
        with st.expander(words.count(len(report.notes), "note") + " from reading"):
            views.problems(Report(list(report.notes)))


def _read(files: list[Any], name: str, ignore: bool, rate: str | None) -> None:
    """Reads and stores an upload; what was wrong is kept to be shown beside the uploader."""
    try:
        content_hash = queries.add_upload(
            {f.name: f.getvalue() for f in files}, name or None, ignore, rate
        )
    except DataError as error:
        st.session_state["upload_outcome"] = (_fingerprint(files), error.report)
        return
    st.session_state["upload_outcome"] = (_fingerprint(files), content_hash)
    # The picker is drawn after this, so it starts from here.
    state.choose("data", queries.data_id_of(content_hash) or content_hash)


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
    elif st.session_state.get("data") == (queries.data_id_of(outcome) or outcome):
        st.success("Read and stored. It is chosen on the left.", icon=":material/check:")


def _fingerprint(files: list[Any]) -> str:
    return hashlib.sha256(repr([(f.name, f.size, f.file_id) for f in files]).encode()).hexdigest()
