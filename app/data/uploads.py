"""Uploading a data set: its files, what only their owner can say of them, and the outcome."""

from dataclasses import replace

import streamlit as st

from app.data import remarks, upload_choices, upload_files
from app.data.upload_files import Files
from app.shared import data_queries, state, upload_progress, views, words
from core.base.limits import LONGEST_SET_NAME
from core.base.report import Choice, Report
from core.encoding import missing_words
from core.library.intake import Outcome
from core.reading.options import ReadOptions

FORMS_HELP = (
    "**A bundle**: `cases.csv` (case_id, split, label, features or `file`) and `annotations.csv` "
    "(case_id, expert, label); `images.zip` and `ai_predictions.csv` if you have them.  \n"
    "**JSON manifests**: one file per expert and split, such as `label_A_train.json`, and the "
    "ground truth as `train.json` and `test.json`; images as `images.zip`.  \n"
    "Select all files at once, or one zip that holds them."
)
_READING = "upload_reading"
_OUTCOME = "upload_outcome"
# What was read: the revision of the files, their variant, and the words for missing.
Asked = tuple[int, str | None, tuple[str, ...] | None]


def panel() -> None:
    """The uploader, its files, and the outcome of reading them."""
    _take_outcome()
    with st.container(border=True):
        st.markdown("**Upload your own**", help=FORMS_HELP)
        files = upload_files.draw()
        if _READING in st.session_state:
            upload_progress.draw(st.session_state[_READING][1], "upload", "Then nothing is stored.")
            return
        if not files:
            upload_choices.forget()
            st.caption(
                "`cases.csv` with `annotations.csv`, or one JSON file per expert. The files stay "
                "on the computer that runs Caseload."
            )
            if not _stored():
                st.session_state.pop(_OUTCOME, None)
            return
        name = _name()
        asked = (upload_files.revision(), _variant(files), _missing_words())
        picks, asks = _outcome(asked)
        upload_choices.made(_forget)
        if st.button(
            "Store with these choices" if asks else "Read these files",
            key="upload_store" if asks else "upload_read",
            type="primary",
            icon=":material/save:" if asks else ":material/upload_file:",
        ):
            _read(files, name, asked, upload_choices.make(picks), confirmed=asks)


def _name() -> str:
    name = st.text_input(
        "Name of the data set",
        key="upload_name",
        max_chars=LONGEST_SET_NAME,
        placeholder="for example: Clinic 2025",
        help="Empty: the zip's name, or the name in the set's about.json.",
        persist_state="session",
    )
    return (name or "").strip()


def _variant(files: Files) -> str | None:
    rates = data_queries.variants(list(files))
    if not rates:
        return None
    rate: str | None = st.selectbox(
        "Variant of the manifests",
        [None, *rates],
        format_func=lambda r: f"those ending in _{r}" if r else "those without a number",
        key="upload_rate",
        help="The number is the share of annotations removed in that variant.",
        persist_state="session",
    )
    return rate


def _missing_words() -> tuple[str, ...] | None:
    """What says that something is missing; None for the usual words."""
    usual = (*sorted(missing_words.WORDS), *missing_words.CODES)
    with st.expander("Words for missing"):
        text = st.text_area(
            "What says that an annotation or a value is missing",
            ", ".join(usual),
            key="upload_words",
            help="In any capitals, with commas between them. Blank cells are always missing. "
            "Numbers count among labels only, the usual ones only where classes are whole "
            "numbers and none of them is a class.",
            persist_state="session",
        )
    own = missing_words.from_text(text or "")
    return None if set(own) == set(usual) else own


def _read(files: Files, name: str, asked: Asked, options: ReadOptions, *, confirmed: bool) -> None:
    """Starts reading an upload; the outcome is shown below its files."""
    _, rate, own = asked
    options = options.model_copy(update={"rate": rate, "missing_words": own})
    reading = data_queries.start_upload(files, name or None, options, confirmed=confirmed)
    st.session_state[_READING] = (asked, reading)
    st.session_state.pop(_OUTCOME, None)
    st.rerun()


def _forget() -> None:
    """Forgets the choices, and the outcome whose controls would make them again."""
    upload_choices.forget()
    st.session_state.pop(_OUTCOME, None)


def _take_outcome() -> None:
    """Takes over the outcome of the reading, even if another page was open meanwhile."""
    asked, reading = st.session_state.get(_READING) or ((0, None, None), None)
    if reading is None or (outcome := reading.outcome) is None:
        return
    del st.session_state[_READING]
    if outcome.kind == "stored":
        data_id, known = data_queries.finish_upload(outcome)
        outcome = replace(outcome, content_hash=data_id, known=known)
        if asked[0] == upload_files.revision():
            upload_files.empty()
        for key in ("upload_name", "upload_rate", "upload_words"):
            st.session_state.pop(key, None)
        # The picker is drawn after this, so it starts from here.
        state.choose("data", data_id)
    st.session_state[_OUTCOME] = (asked, outcome)


def _outcome(asked: Asked) -> tuple[list[Choice], bool]:
    """Draws what came of reading; returns what is picked, and whether that is to be stored."""
    of, outcome = st.session_state.get(_OUTCOME) or (None, None)
    if outcome is None or outcome.kind == "stored":
        return [], False
    same = of == asked
    if outcome.kind in ("cancelled", "failed"):
        why = outcome.words or "Reading was cancelled. Nothing was stored."
        st.info(views.escape(why), icon=":material/info:")
        return [], False
    if not same:
        st.markdown("**Files or settings have changed since. This was found before:**")
    elif outcome.kind == "refused":
        st.markdown("**These files could not be read. Nothing was stored.**")
    else:
        st.markdown(
            f"**These files can be read: {views.escape(outcome.words)}. Nothing is stored yet.** "
            "Look at what was done about the following and choose something else where it is wrong."
        )
    picks = _problems(outcome)
    return picks, outcome.kind == "asks" and same


def _problems(outcome: Outcome) -> list[Choice]:
    report = outcome.report or Report()
    if outcome.kind == "refused":
        picks = upload_choices.draw([*report.errors, *report.warnings])
    else:
        picks = upload_choices.draw(p for p in report.warnings if p.choices)
        others = Report([p for p in report.problems if not p.choices])
        if others.problems:
            with st.expander(words.count(len(others.problems), "further remark")):
                views.problems(others)
    remarks.downloads(report, "upload", "upload_report")
    return picks


def _stored() -> bool:
    """Says that the files were stored, as long as that set is the chosen one."""
    _, outcome = st.session_state.get(_OUTCOME) or (None, None)
    if outcome is None or outcome.kind != "stored":
        return False
    entries = data_queries.entries()
    if st.session_state.get("data") == outcome.content_hash and outcome.content_hash in entries:
        title = views.escape(entries[outcome.content_hash].title)
        text = (
            f"These files are already here as “{title}”, which is selected on the left."
            if outcome.known
            else f"Read and stored as “{title}”, which is selected on the left."
        )
        st.success(text, icon=":material/check:")
    return True
