"""Uploading a data set: its files, what only their owner can say of them, and the outcome."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from app.data import parts, remarks, upload_choices, upload_files
from app.data.matching import held as holding
from app.data.matching import screen
from app.data.matching.held import Held
from app.data.upload_files import Files
from app.shared import data_queries, state, tabs, upload_progress, views, words
from core.base.limits import LONGEST_SET_NAME
from core.base.report import Choice, Report
from core.encoding import missing_words
from core.files.sheets import SUFFIXES as TABLES
from core.library.intake import Outcome
from core.library.template import template
from core.reading.options import ReadOptions
from core.reading.read import Ask

FORMS_HELP = (
    "**A bundle**: `cases.csv` (case_id, split, label, features or `file`) and `annotations.csv` "
    "(case_id, expert, label); `images.zip` and `ai_predictions.csv` if you have them.  \n"
    "**Any other table**: a column per reader, a row per answer, a file per reader, or an export "
    "of an annotation tool; you say what the columns are for.  \n"
    "**JSON manifests**: one file per expert and split, such as `label_A_train.json`, and the "
    "ground truth as `train.json` and `test.json`; images as `images.zip`.  \n"
    "Select all files at once, or one zip that holds them."
)
_READING = "upload_reading"
_OUTCOME = "upload_outcome"  # with what it came of
_SETTINGS = "upload_settings"
Settings = tuple[str | None, tuple[str, ...] | None]  # variant of manifests, words for missing


def matching() -> bool:
    """Whether the columns of an upload are being matched; takes over what was read meanwhile."""
    _take_outcome()
    if holding.held() is not None and not upload_files.held():
        holding.drop()
    return holding.held() is not None


def match() -> None:
    """The screen on which the columns of an upload are matched."""
    found = holding.held()
    assert found is not None
    if _READING in st.session_state:
        views.title("Match the columns")
        upload_progress.draw(st.session_state[_READING][1], "upload", "Then nothing is stored.")
        return
    screen.draw(found, _foot)


def _foot(held: Held, blocked: str) -> None:
    """Name and buttons of the matching, and the outcome of reading."""
    name = _name()
    if held.revision != upload_files.revision():
        st.info("The files have changed. What is matched here is kept.", icon=":material/info:")
        if _with_cancel("Read these files again", "upload_read"):
            _read(name, ReadOptions(), ask="always")
        return
    picks, asks = _outcome()
    upload_choices.made(_forget)
    label = "Store with these choices" if asks else "Read the data set"
    if _with_cancel(label, "upload_store" if asks else "match_read", blocked):
        roles = held.final
        options = upload_choices.make(picks).model_copy(update={"roles": roles})
        findings = roles.findings if held.each else ()
        _read(name, options, confirmed=asks, findings=findings)
    if blocked:
        st.caption(blocked)


def _with_cancel(label: str, key: str, blocked: str = "") -> bool:
    """A primary button, and one that gives the matching up."""
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = _button(label, key, blocked)
        st.button(
            "Cancel",
            key="match_cancel",
            type="tertiary",
            icon=":material/close:",
            on_click=_give_up,
            help="Nothing is stored; the files stay for now.",
        )
    return pressed


def _give_up() -> None:
    holding.drop()
    st.session_state.pop(_OUTCOME, None)


def _button(label: str, key: str, blocked: str = "") -> bool:
    return st.button(
        label,
        key=key,
        type="primary",
        icon=":material/save:" if key == "upload_store" else ":material/upload_file:",
        disabled=bool(blocked),
        help=blocked or None,
    )


def panel() -> None:
    """The uploader, its files, and the outcome of reading them."""
    with st.container(border=True):
        st.markdown("**Upload your own**", help=FORMS_HELP)
        files = upload_files.draw()
        if _READING in st.session_state:
            upload_progress.draw(st.session_state[_READING][1], "upload", "Then nothing is stored.")
            return
        if not files:
            upload_choices.forget()
            st.caption(
                "A spreadsheet or CSV with the readers' answers, an export of an annotation tool, "
                "or `cases.csv` with `annotations.csv`. The files stay on the computer that runs "
                "Caseload."
            )
            st.download_button(
                "Template (XLSX)",
                template,
                "template.xlsx",
                key="upload_template",
                type="tertiary",
                icon=":material/download:",
                on_click="ignore",
                help="A sample to fill in: a row per case, a column per reader. The second sheet "
                "says what the columns hold.",
            )
            if not _stored():
                st.session_state.pop(_OUTCOME, None)
            return
        name = _name()
        st.session_state[_SETTINGS] = (_variant(files), _missing_words())
        picks, asks = _outcome()
        upload_choices.made(_forget)
        if asks:
            if _button("Store with these choices", "upload_store"):
                _read(name, upload_choices.make(picks), confirmed=True)
        elif _button("Read these files", "upload_read"):
            _read(name, upload_choices.make(picks), ask="guesses")
        if any(n.lower().endswith(TABLES) for n in files) and st.button(
            "Match the columns by hand",
            key="upload_match_by_hand",
            type="tertiary",
            icon=":material/view_column:",
        ):
            _read(name, upload_choices.chosen(), ask="always")


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


def _read(
    name: str,
    options: ReadOptions,
    *,
    confirmed: bool = False,
    ask: Ask = "never",
    findings: Sequence[str] = (),
) -> None:
    """Starts reading an upload; the outcome is shown below its files."""
    rate, own = _settings()
    reading = data_queries.start_upload(
        upload_files.held(),
        name or None,
        options.model_copy(update={"rate": rate, "missing_words": own}),
        confirmed=confirmed,
        ask=ask,
        findings=findings,
    )
    st.session_state[_READING] = (_now(), reading)
    st.session_state.pop(_OUTCOME, None)
    st.rerun()


def _settings() -> Settings:
    """The variant of the manifests and the words for missing."""
    settings: Settings = st.session_state.get(_SETTINGS, (None, None))
    return settings


def _now() -> tuple[int, str, Settings, str]:
    """What an outcome is about: files, what their columns were matched to, settings, consensus."""
    held = holding.held()
    roles = held.final.model_dump_json() if held else ""
    return upload_files.revision(), roles, _settings(), upload_choices.chosen().consensus


def _forget() -> None:
    """Forgets the choices, and the outcome whose controls would make them again."""
    upload_choices.forget()
    st.session_state.pop(_OUTCOME, None)


def _take_outcome() -> None:
    """Takes over the outcome of the reading, even if another page was open meanwhile."""
    of, reading = st.session_state.get(_READING) or (_now(), None)
    if reading is None or (outcome := reading.outcome) is None:
        return
    del st.session_state[_READING]
    if outcome.kind == "match":
        assert outcome.tables is not None
        holding.begin(outcome.tables, outcome.report or Report(), of[0])
        return
    if outcome.kind == "stored":
        data_id, known = data_queries.finish_upload(outcome)
        outcome = replace(outcome, content_hash=data_id, known=known)
        holding.drop()
        if of[0] == upload_files.revision():
            upload_files.empty()
        for key in ("upload_name", "upload_rate", "upload_words", _SETTINGS):
            st.session_state.pop(key, None)
        # The picker is drawn after this, so it starts from here.
        state.choose("data", data_id)
        if outcome.others:
            tabs.show("view", parts.FINDINGS)
    st.session_state[_OUTCOME] = (of, outcome)


def _outcome() -> tuple[list[Choice], bool]:
    """Draws what came of reading; returns what is picked, and whether that is to be stored."""
    of, outcome = st.session_state.get(_OUTCOME) or (_now(), None)
    if outcome is None or outcome.kind == "stored":
        return [], False
    same = of == _now()
    if outcome.kind in ("cancelled", "failed"):
        why = outcome.words or "Reading was cancelled. Nothing was stored."
        st.info(views.escape(why), icon=":material/info:")
        return [], False
    if not same:
        names = ("files have", "columns have", "settings have", "choice of a consensus has")
        changed = zip(names, of, _now(), strict=True)
        what = next(what for what, then, now in changed if then != now)
        st.markdown(f"**The {what} changed since. This was found before:**")
    elif outcome.kind == "refused":
        st.markdown("**These files could not be read. Nothing was stored.**")
    else:
        st.markdown(
            f"**These files can be read: {views.escape(outcome.words)}. Nothing is stored yet.** "
            "Look at what was done about the following and choose something else where it is wrong."
        )
    picks = _problems(outcome)
    if of[3] != upload_choices.chosen().consensus:  # chosen elsewhere since
        picks = [pick for pick in picks if pick.option != "consensus"]
    # A consensus is stored only after it has been compared with the truths that are known.
    unchecked = not upload_choices.chosen().fills and any(
        pick.option == "consensus" and pick.value != "none" for pick in picks
    )
    return picks, outcome.kind == "asks" and same and not unchecked


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
        if outcome.others:
            others = [entries[i].title for i in outcome.others if i in entries]
            named = views.escape(words.listing(others, 8))
            text += f" Beside it: {named}. They are compared under *Findings* below."
        st.success(text, icon=":material/check:")
    return True
