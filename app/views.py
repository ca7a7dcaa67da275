"""Pieces that several pages are made of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app import queries, state, words
from app.charts.paint import PAINTS
from core.data.report import DataError, Problem, Report

if TYPE_CHECKING:
    from core.runs.record import RunRecord

PAGES = "../pages"
SPLITS = {"train": "Training", "validation": "Validation", "test": "Test"}
# What Streamlit has no setting for: a readable width, and a side panel that stays in sight.
_STYLE = """
<style>
.stMainBlockContainer { max-width: 1240px; margin-inline: auto; padding-top: 4.5rem; }
[data-testid="stColumn"]:has(.st-key-side) {
  position: sticky; top: 4.5rem; align-self: flex-start;
}
.stMainBlockContainer h1 { padding-bottom: 0.2rem; }
[data-testid="stMetricValue"] { font-size: 1.75rem; }
h3 { padding-top: 1.6rem; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] * {
  color: %(muted)s; opacity: 1;
}
button[kind="primary"]:enabled { color: %(on_primary)s; }
</style>
"""
_SHOWN = {"error": st.error, "warning": st.warning, "note": st.info}
_ICONS = {
    "error": ":material/error:",
    "warning": ":material/warning:",
    "note": ":material/info:",
}


def frame() -> None:
    """What every page has."""
    paint = PAINTS[state.theme()]
    # On the light blue of the dark theme white letters would be too faint.
    on_primary = paint.paper if state.theme() == "dark" else "#FFFFFF"
    st.html(_STYLE % {"muted": paint.muted, "on_primary": on_primary})


def title(text: str, lead: str | None = None) -> None:
    """A page's heading and the sentence that says what it is for."""
    st.title(text, anchor=False)
    if lead:
        st.markdown(f":gray[{lead}]")


def trouble(error: Exception) -> None:
    """An error in words: what people can do about it, never a traceback."""
    if isinstance(error, DataError):
        problems(error.report)
        return
    st.error(
        "This could not be shown because of a defect in the program, not because of anything you "
        "did. Your data sets and runs are safe. Reload the page; the details are in the log of "
        "the terminal that started Caseload.",
        icon=":material/error:",
    )


def problems(report: Report, *, notes: bool = True) -> None:
    """Everything a reader remarked, errors first, each with its remedy and first places."""
    for group in (report.errors, report.warnings, report.notes if notes else ()):
        for problem in group:
            _SHOWN[problem.severity](_problem(problem), icon=_ICONS[problem.severity])


def empty(text: str, page: str = "data", label: str = "Start with a sample") -> None:
    """An empty state: what is missing and the way on."""
    with st.container(border=True):
        st.markdown(text)
        st.page_link(f"{PAGES}/{page}.py", label=label, icon=":material/arrow_forward:")


def pick_data(label: str = "Data set") -> str:
    """A select box over samples and the library, shared by the pages and kept in the URL."""
    entries = queries.entries()
    first = next(iter(entries))
    state.option("data", entries, first)
    chosen = st.selectbox(
        label,
        list(entries),
        format_func=lambda i: entries[i].title + (" (simulated experts)" * entries[i].simulated),
        key="data",
        persist_state="session",
    )
    state.publish("data", chosen)
    return chosen


def badge(state_name: str) -> None:
    """A run's state in words, with colour and icon."""
    label, colour, icon = words.STATES.get(state_name, (state_name, "gray", None))
    st.badge(label, color=colour, icon=icon)  # type: ignore[arg-type]


def run_rows(records: "Sequence[RunRecord]") -> None:
    """A row per run: name, state, when, and the way to it."""
    for record in records:
        with st.container(border=True):
            name, status, when, go = st.columns([5, 1.6, 1.8, 1.8], vertical_alignment="center")
            data = queries.title_of(record.dataset_name)
            called = record.name or data
            about = [words.method_name(record.config.method)]
            settings = record.config.to_dict()
            about += [words.targets_text(settings), words.effort_text(settings)]
            if called != data:
                about.insert(0, escape(data))
            name.markdown(f"**{escape(called)}**  \n:gray[:small[{' · '.join(about)}]]")
            with status:
                badge(record.state)
            when.caption(words.ago(record.created))
            finished = record.state == "finished"
            go.page_link(
                f"{PAGES}/{'tradeoffs' if finished else 'train'}.py",
                label="See the curve" if finished else "Look at it",
                icon=":material/arrow_forward:",
                query_params={"run" if finished else "watch": record.run_id},
            )
            if record.state == "failed":
                st.caption(f"Why it failed: {escape(record.reason or 'no reason was recorded')}")


PLOT: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False}


def _problem(problem: Problem) -> str:
    """One remark as Markdown: what, found, expected, remedy, first places."""
    # A file's name is shown as it is written.
    named = "." in problem.what.split(" ")[0]
    what = problem.what if named else problem.what[:1].upper() + problem.what[1:]
    lines = [f"**{escape(what)}**"]
    for word, text in (
        ("Found", problem.found),
        ("Expected", problem.expected),
        ("What to do", problem.remedy),
    ):
        if text:
            lines.append(f"{word}: {escape(text)}")
    if problem.examples:
        of = (
            f"First {len(problem.examples)} of {problem.count:,} places"
            if problem.count > len(problem.examples)
            else "Where"
        )
        lines.append(f"{of}: " + "; ".join(f"`{e.replace('`', '´')}`" for e in problem.examples))
    return "  \n".join(lines)


def escape(text: str) -> str:
    """Other people's text, kept from being read as Markdown."""
    for sign in "\\`*_[]$#~:<":
        text = text.replace(sign, "\\" + sign)
    return text
