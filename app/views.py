"""Pieces that several pages are made of."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import charts_point, queries, state, words
from app.paint import PAINTS
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


def data_figures(facts: Mapping[str, Any]) -> None:
    """The set in five numbers."""
    cases = facts["cases"]
    total = sum(cases.values())
    figures = (
        ("Cases", f"{total:,}", "How many examples there are to decide."),
        ("Experts", f"{len(facts['experts']):,}", "Humans who annotated some of the cases."),
        ("Classes", f"{len(facts['classes']):,}", words.listing(facts["classes"], 12)),
        (
            "Annotations",
            f"{facts['annotations']['total']:,}",
            "Labels that experts gave to cases, over all splits.",
        ),
        (
            "Missing",
            words.percent(facts["missing_rate"]),
            "Share of (case, expert) pairs without an annotation.",
        ),
    )
    for column, (label, value, help) in zip(st.columns(len(figures)), figures, strict=True):
        column.metric(label, value, help=help)


def count_table(facts: Mapping[str, Any]) -> None:
    """Cases per class and split."""
    present = [s for s in SPLITS if facts["cases"].get(s)]
    rows = {
        SPLITS[s]: [facts["class_counts"].get(s, {}).get(c, 0) for c in facts["classes"]]
        for s in present
    }
    table = pd.DataFrame(rows, index=pd.Index(facts["classes"], name="Class"))
    table.loc["All"] = table.sum()
    st.dataframe(
        table.reset_index(),
        hide_index=True,
        height="content" if len(table) <= 14 else 420,
        column_config={
            SPLITS[s]: st.column_config.NumberColumn(format="localized") for s in present
        },
        alt="Cases per class and split",
    )


def split_table(facts: Mapping[str, Any]) -> None:
    """Cases, annotations and missing rate per split."""
    rows = [
        {
            "Split": title,
            "Cases": facts["cases"][name],
            "Annotations": facts["annotations"][name],
            "Missing": words.percent(facts["missing_rate_by_split"][name]),
        }
        for name, title in SPLITS.items()
        if facts["cases"].get(name)
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        column_config={
            "Cases": st.column_config.NumberColumn(format="localized"),
            "Annotations": st.column_config.NumberColumn(format="localized"),
            "Missing": st.column_config.TextColumn(
                help="Share of (case, expert) pairs without an annotation."
            ),
        },
        alt="Cases, annotations and share missing per split",
    )
    if not facts["cases"].get("validation"):
        st.caption("No validation cases of its own: each run borrows 15 % of the training cases.")


def expert_table(facts: Mapping[str, Any]) -> None:
    """A row per expert: share annotated and accuracy with its interval."""
    rows = [
        {
            "Expert": name,
            "Share annotated": 100 * entry["share_annotated"],
            "Annotations": entry["annotations"],
            "Accuracy": words.with_interval(entry["accuracy"], entry["interval"]),
        }
        for name, entry in facts["expert_accuracy"].items()
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content" if len(rows) <= 12 else 440,
        column_config={
            "Share annotated": st.column_config.ProgressColumn(
                format="%.1f %%", min_value=0, max_value=100
            ),
            "Annotations": st.column_config.NumberColumn(format="localized"),
            "Accuracy": st.column_config.TextColumn(
                help="Against ground truth, on all cases the expert annotated; Wilson 95 %."
            ),
        },
        alt="Share of cases annotated and accuracy per expert",
    )


def expert_chart(facts: Mapping[str, Any]) -> None:
    """Accuracy per expert as dots with interval bars, the most accurate on top."""
    known = [(n, e) for n, e in facts["expert_accuracy"].items() if e["accuracy"] is not None]
    if not known:
        st.info("No expert has an annotation that could be compared with ground truth.")
        return
    known.sort(key=lambda item: -item[1]["accuracy"])
    values = [e["accuracy"] for _, e in known]
    figure = charts_point.intervals(
        [n for n, _ in known],
        values,
        [e["interval"][0] for _, e in known],
        [e["interval"][1] for _, e in known],
        title="Accuracy on the cases each expert annotated",
        theme=state.theme(),
    )
    best, worst = known[0], known[-1]
    st.plotly_chart(
        figure,
        theme=None,
        key="expert_accuracy",
        config=PLOT,
        alt=(
            f"Accuracy of {words.count(len(known), 'expert')} with 95 % intervals, from "
            f"{words.percent(worst[1]['accuracy'])} ({worst[0]}) to "
            f"{words.percent(best[1]['accuracy'])} ({best[0]})."
        ),
    )


def example_row(data_id: str) -> None:
    """A few example images with their ground truth."""
    with st.container(horizontal=True, gap="medium"):
        for image, label in queries.example_images(data_id):
            st.image(
                queries.enlarged(image), caption=f"Truth: {label}", width=112, alt=f"Case, {label}"
            )


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
