"""What is in a data set, as numbers, tables and charts."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app import queries, state, views, words
from app.charts import point


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
    present = [s for s in views.SPLITS if facts["cases"].get(s)]
    rows = {
        views.SPLITS[s]: [facts["class_counts"].get(s, {}).get(c, 0) for c in facts["classes"]]
        for s in present
    }
    table = pd.DataFrame(rows, index=pd.Index(facts["classes"], name="Class"))
    table.loc["All"] = table.sum()
    st.dataframe(
        table.reset_index(),
        hide_index=True,
        height="content" if len(table) <= 14 else 420,
        column_config={
            views.SPLITS[s]: st.column_config.NumberColumn(format="localized") for s in present
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
        for name, title in views.SPLITS.items()
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
    figure = point.intervals(
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
        config=views.PLOT,
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
