"""Pieces that several pages are made of."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app.shared import data_queries, run_queries, state, theme_watch, truth, words
from app.shared.paint import PAINTS
from core.base.export import csv_text
from core.base.names import isolated
from core.base.report import Problem, Report, clip
from core.experiment.collapse import AFFECTED

if TYPE_CHECKING:
    from core.record.record import RunRecord

PAGES = "../pages"
SPLITS = {"train": "Training", "validation": "Validation", "test": "Test"}
# Without a setting in Streamlit: a readable width, and a side panel that stays in view.
_STYLE = """
<style>
.stMainBlockContainer { max-width: 1240px; margin-inline: auto; padding-top: 4.5rem; }
[data-testid="stColumn"]:has(.st-key-side) {
  position: sticky; top: 4.5rem; align-self: flex-start;
}
[data-testid="stLayoutWrapper"]:has(> .st-key-theme_watch, > [class*="_unseen"]) {
  display: none;
}
[data-testid="stButtonGroup"] [role="radiogroup"] { flex-wrap: wrap; }
.stMainBlockContainer h1 { padding-bottom: 0.2rem; }
[data-testid="stMetricValue"] { font-size: 1.75rem; }
.stMainBlockContainer .stHeading h2 { font-size: 1.5rem; padding: 1.2rem 0 0.5rem; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] * {
  color: %(muted)s; opacity: 1;
}
button[kind^="primary"]:enabled { color: %(on_primary)s; }
/* A panel that is refreshed every second must not fade meanwhile. */
.st-key-followed [data-stale="true"] { opacity: 1 !important; }
[data-testid="stMultiSelect"] [data-tag], [data-testid="stMultiSelect"] [data-tag] * {
  color: %(on_primary)s;
}
</style>
"""
_SIGNS = re.compile(r"[\\`*_\[\]$#~:<&@]")  # & because `&#8238;` is a control
# What a list or a quotation begins with.
_START = re.compile(r"^(\s*(?:\d{1,9}(?=[.)]))?)([-+](?=[\s-]|$)|[.)](?=\s|$)|>)")
_LEFT_TO_RIGHT = "\u200e"
_FOUND_LATER = re.compile(r"\\:(?=[A-Za-z0-9+/-])|\\@|www(?=\.)", re.IGNORECASE)
_SHOWN = {"error": st.error, "warning": st.warning, "note": st.info}
_ICONS = {
    "error": ":material/error:",
    "warning": ":material/warning:",
    "note": ":material/info:",
}


def frame() -> None:
    """What every page has."""
    truth.begin()
    paint = PAINTS[state.theme()]
    # On the light blue of the dark theme white letters would be too faint.
    on_primary = paint.paper if state.theme() == "dark" else "#FFFFFF"
    st.html(_STYLE % {"muted": paint.muted, "on_primary": on_primary})
    theme_watch.draw_theme_watch()


def wide() -> None:
    """Lets a page of figures and tables use a wide screen."""
    st.html("<style>.stMainBlockContainer { max-width: 1760px; }</style>")


def title(text: str, lead: str | None = None) -> None:
    """A page's heading and a sentence about its purpose."""
    st.title(text, anchor=False)
    if lead:
        st.markdown(f":gray[{lead}]")


def problems(report: Report, *, notes: bool = True) -> None:
    """All problems of a report, errors first, each with its remedy and first places."""
    for group in (report.errors, report.warnings, report.notes if notes else ()):
        for one in group:
            problem(one)


def problem(one: Problem) -> None:
    """One problem with its remedy and first places."""
    _SHOWN[one.severity](_problem(one), icon=_ICONS[one.severity])


def empty(text: str, page: str, label: str) -> None:
    """An empty state: what is missing and where to go."""
    with st.container(border=True):
        st.markdown(text)
        st.page_link(f"{PAGES}/{page}.py", label=label, icon=":material/arrow_forward:")


def no_runs(then: str, what: str = "No finished run yet") -> None:
    """An empty state of a page that is about runs: the sample in one click, and the lesson.

    Args:
      then: what there will be here after a training, going on after “and”.
      what: is missing.
    """
    with st.container(border=True):
        st.markdown(f"**{what}.** Train on a data set, or on a sample with one click, and {then}.")
        with st.container(horizontal=True):
            for page, label, icon in (
                ("home", "Start with a sample", ":material/arrow_forward:"),
                ("learn", "See how it works, in eight steps", ":material/school:"),
            ):
                st.page_link(f"{PAGES}/{page}.py", label=label, icon=icon)


def gone(what: str, instead: str = "") -> None:
    """Warns that what a link leads to is not here; says what is shown instead."""
    st.warning(
        f"The {what} in this link is not here: it was deleted or is on another computer. "
        f"{instead}".rstrip(),
        icon=":material/link_off:",
    )


def refused_link() -> None:
    """Reports the parts of the link that could not be used, each once."""
    if refused := state.refused():
        parts = words.listing([clip(f"{name}={text}", 60) for name, text in refused.items()])
        st.toast(
            f"Part of this link could not be read: {escape(parts)}; the rest is shown.",
            icon=":material/link_off:",
            duration="long",
        )


def pick_one(label: str, choices: list[str], key: str, **look: Any) -> str:
    """A select box that is kept in the URL, unless it shows the first of its choices.

    Args:
      label: of the box.
      choices: at least one.
      key: in the URL and the session.
      look: further arguments of the box.
    """
    state.option(key, choices, choices[0])
    chosen: str = st.selectbox(label, choices, key=key, persist_state="session", **look)
    state.publish(key, chosen, choices[0])
    return chosen


def pick_data(label: str = "Data set") -> str:
    """A select box over samples and the library, shared by the pages and kept in the URL."""
    entries = data_queries.entries()
    first = next(iter(entries))
    asked = state.said("data")
    if asked and asked not in entries:
        gone("data set", "Upload its files again to restore it; another one is shown instead.")
    state.option("data", entries, first)
    chosen = st.selectbox(
        label,
        list(entries),
        format_func=lambda i: (
            isolated(entries[i].title)
            + " (simulated experts)" * entries[i].simulated
            + f" ({truth.BY_CONSENSUS})" * entries[i].by_consensus
        ),
        key="data",
        persist_state="session",
    )
    state.publish("data", chosen)
    return chosen


def badge(record: "RunRecord") -> None:
    """A run's state in words, with colour and icon."""
    if run_queries.of_another_version(record):
        st.badge(
            words.OTHER_VERSION,
            color="orange",
            icon=":material/history:",
            help=words.OTHER_VERSION_HELP,
        )
        return
    label, colour, icon = words.STATES.get(record.state, (record.state, "gray", None))
    st.badge(label, color=colour, icon=icon)  # type: ignore[arg-type]


def trained_badly(trouble: str) -> None:
    """Shows that the training of a run diverged, and which figures that affects.

    Args:
      trouble: `core.experiment.collapse.sentence`; empty shows nothing.
    """
    if trouble:
        st.error(
            f"{escape(words.sentence(trouble))} The figures of {words.rule_names(AFFECTED)} are "
            "those of networks that "
            f"learned nothing; “{words.rule_name('value')}” does not use them.",
            icon=":material/error:",
        )


def called(record: "RunRecord") -> str:
    """The run's name, or its data set's where it has none."""
    return record.name or data_queries.title_of(record.dataset_name)


def run_labels(records: "Iterable[RunRecord]") -> dict[str, str]:
    """A unique label per run id for select boxes, which does not change with time.

    The browser identifies a choice by its label: of two equal ones it takes the first, and one that
    has changed since it was drawn ("5 min ago") is not found again.
    """
    known = {r.run_id: r for r in records}
    labels = {i: f"{called(r)} · {r.created.astimezone():%d %b %H:%M}" for i, r in known.items()}
    times = Counter(labels.values())
    apart = {i: f"{text} · {i[:6]}" if times[text] > 1 else text for i, text in labels.items()}
    return {i: isolated(text) for i, text in apart.items()}


def headline(record: "RunRecord") -> str:
    """A run's name with a summary in small letters below, as Markdown."""
    return f"**{escape(called(record))}**  \n:gray[:small[{about(record)}]]"


def about(record: "RunRecord") -> str:
    """The data set where the run has another name, the method, targets and effort."""
    parts = [
        words.method_name(record.config.method),
        words.targets_text(record.config),
        words.effort_text(record.config),
    ]
    data = data_queries.title_of(record.dataset_name)
    if data_queries.by_consensus(record.dataset_hash):
        parts.append(truth.BY_CONSENSUS)
    return escape(" · ".join([data, *parts] if called(record) != data else parts))


VALUE_HELP = (
    "As in the file, to four digits. Numbers far beyond those of the training cases are limited to "
    "the range that the networks distinguish."
)
PLOT: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False}


def _problem(problem: Problem) -> str:
    """One problem as Markdown: what, found, expected, remedy, first places."""
    # File names keep their spelling.
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
        lines.append(f"{of}: " + "; ".join(map(_code, problem.examples)))
    return "  \n".join(lines)


def isolate(cells: Iterable[Any]) -> list[Any]:
    """Cells of a table on screen whose texts contain names.

    A table writes a cell from right to left where its first letter is such a one, isolated or not,
    and the words and figures behind it with it: a mark in front keeps them from left to right.
    """
    return [_cell(cell) if isinstance(cell, str) else cell for cell in cells]


def _cell(text: str) -> str:
    kept = isolated(text)
    return kept if kept == text else f"{_LEFT_TO_RIGHT}{kept}"


def _code(text: str) -> str:
    return f"`{isolated(text).replace('`', '´')}`"


def csv_button(
    label: str, made: Callable[[], pd.DataFrame], file: str, key: str, help: str = "", **more: Any
) -> None:
    """A button that downloads a table as CSV, made on demand.

    Where the page says that the ground truth is a consensus, a column says so.
    """
    known = {"ground_truth": said} if (said := truth.said()) else {}
    st.download_button(
        label,
        data=lambda: csv_text(made().assign(**known)),
        file_name=f"{file}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=key,
        help=f"{help} {words.CSV_NOTE}".lstrip(),
        **more,
    )


def escape(text: str) -> str:
    """User text, kept from being read as Markdown."""
    text = _SIGNS.sub(r"\\\g<0>", " ".join(isolated(text).splitlines()))
    text = _START.sub(r"\1\\\2", text)
    # Streamlit finds `:smile:` and `:material/home:`, and addresses that it makes links of, after
    # Markdown has taken the backslash away: a joiner that cannot be seen keeps them apart.
    return _FOUND_LATER.sub("\\g<0>\u2060", text)
