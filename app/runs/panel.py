"""Details of the selected runs, below the table in a box of constant height."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.runs.differences import Differences
from app.runs.table import seconds_taken
from app.shared import data_queries, run_queries, settings_queries, views, words
from core.cli.repeat import BOUNDS_FILE, PATH
from core.experiment.collapse import AFFECTED

if TYPE_CHECKING:
    from core.record.record import RunRecord

# A page that grew and shrank with the selection would scroll, and the rows with it.
_HEIGHT = 520  # pixels; more scrolls inside the box
_EMPTY = "<style>.st-key-about_chosen { border-color: transparent; }</style>"
_MOST = 12  # runs that are listed by name


def place() -> DeltaGenerator:
    """The place of the panel."""
    return st.container(key="about_chosen", border=True, height=_HEIGHT, gap="small")


def draw_run_panel(chosen: "Sequence[RunRecord]", differ: Differences) -> None:
    """One run and how to repeat it, or whether several can be compared.

    Args:
      chosen: the selected runs.
      differ: the differences among the runs shown.
    """
    if len(chosen) == 1:
        _one(chosen[0])
    elif chosen:
        _several(chosen)
    else:
        st.html(_EMPTY)  # keeps its height; a frame would show an empty box
        st.caption("Select a run to see its settings, its id and the command that repeats it.")
    if differing := differ.sentence():
        st.caption(f"The runs shown differ in: {views.escape(differing)}.")
    if len(chosen) == 1:
        _again(chosen[0])


def _one(record: "RunRecord") -> None:
    state = words.STATES.get(record.state, (record.state,))[0]
    facts = [state, views.about(record), f"submitted {words.ago(record.created)}"]
    if (seconds := seconds_taken(record)) is not None:
        facts.append(f"{'took' if record.done else 'running for'} {words.duration(seconds)}")
    if record.attempts > 1:
        facts.append(f"started {record.attempts} times")
    small = f":gray[:small[{' · '.join(facts)}]]"
    st.markdown(f"**{views.escape(views.called(record))}**  \n{small}")
    if record.note:
        st.markdown(_quoted(record.note))
    views.trained_badly(record.trouble)
    if record.state == "failed":
        st.error(
            f"Why it failed: {views.escape(record.reason or 'no reason was recorded.')}",
            icon=":material/error:",
        )
    elif run_queries.of_another_version(record):
        st.warning(words.OTHER_VERSION_HELP, icon=":material/history:")
    elif record.state == "finished" and (lost := run_queries.lost_files(record.run_id)):
        st.error(
            f"Damaged: {views.escape(words.listing(lost, 3))} missing or incomplete. Repeat it "
            "with the same settings, or delete it. Caseload queues it again at its next start.",
            icon=":material/broken_image:",
        )
    elif record.reason:
        st.caption(views.escape(record.reason))


def _several(chosen: "Sequence[RunRecord]") -> None:
    names = [views.called(record) for record in chosen]
    st.markdown(f"**Selected:** {views.escape(words.listing(names, _MOST))}")
    finished = sum(record.state == "finished" for record in chosen)
    if finished < 2:
        st.caption("To compare, select at least two finished runs; only those have a curve.")
    elif finished < len(chosen):
        st.caption("Runs that have not finished have no curve to compare.")
    bad = [record for record in chosen if record.trouble]
    if bad:
        names = [views.called(record) for record in bad]
        st.warning(
            f"Training diverged in {views.escape(words.listing(names, _MOST))}: the curves of the "
            f"rules {words.rule_names(AFFECTED)} mean nothing.",
            icon=":material/warning:",
        )


def _again(record: "RunRecord") -> None:
    """The run's id and its command, each with a button that copies it."""
    found = settings_queries.command(record)
    st.caption("Run id, and the command that repeats the run from Caseload's folder:")
    st.code(record.run_id, language=None)
    if not found.command:
        st.caption(views.escape(found.unable))
        return
    st.code(found.command, language="bash", wrap_lines=True)
    if found.bounds:
        st.caption(f"Save this beside it as `{BOUNDS_FILE}`:")
        st.code(found.bounds, language="json", wrap_lines=True)
    if data_queries.data_id_of(record.dataset_hash) is None:
        st.caption(
            f"Its data set is gone, so it cannot be repeated here. `{PATH}` stands for the files "
            f"of “{views.escape(data_queries.title_of(record.dataset_name))}”."
        )


def _quoted(note: str) -> str:
    """The note as written: line breaks kept, Markdown escaped."""
    lines = [views.escape(line.strip()) for line in note.strip().splitlines()]
    return ":gray[Note:] " + "  \n".join(line.replace(">", "\\>") for line in lines)
