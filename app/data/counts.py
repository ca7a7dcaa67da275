"""Counts: cases per class and split, annotations per split, groups."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from app.data import names
from app.shared import insight_queries, state, views, words
from core.dataset.group_names import group_name

_LONG = 14  # rows of a table beyond which it scrolls within itself
_ALL = "All experts together"


def overview(data_id: str, facts: Mapping[str, Any]) -> None:
    """Cases per class and split beside annotations per split, then groups where there are some."""
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Cases per class", anchor=False)
        _classes(facts)
    with right:
        st.header("Cases and annotations", anchor=False)
        _splits(facts)
        _external_ai(facts)
    if facts["groups"]:
        st.header("Groups", anchor=False)
        _groups(data_id, facts)


def _classes(facts: Mapping[str, Any]) -> None:
    present = [s for s in views.SPLITS if facts["cases"].get(s)]
    rows = {
        views.SPLITS[s]: [facts["class_counts"].get(s, {}).get(c, 0) for c in facts["classes"]]
        for s in present
    }
    table = pd.DataFrame(rows, index=pd.Index(facts["classes"], name="Class", dtype=object))
    of = table.sum(axis=1)
    total = int(of.sum())
    table["Share"] = 100 * of / max(total, 1)
    table.loc["All"] = [*(int(table[c].sum()) for c in rows), 100.0]
    st.dataframe(
        table.reset_index(),
        hide_index=True,
        height="content" if len(table) <= _LONG else 420,
        column_config={
            "Class": st.column_config.TextColumn(width=125),
            **{views.SPLITS[s]: st.column_config.NumberColumn(format="localized") for s in present},
            "Share": st.column_config.ProgressColumn(
                width=130,
                format="%.1f %%",
                min_value=0,
                max_value=100,
                help="Of all cases, in any split.",
            ),
        },
        alt="Cases per class and split",
    )


def _splits(facts: Mapping[str, Any]) -> None:
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
        st.caption("No validation cases: each run sets 15 % of the training cases aside.")
    if facts["cases"].get("test") and not facts["annotations"]["test"]:
        st.warning(
            "No expert annotated a test case, so the team's accuracy cannot be measured there: "
            "only the AI's can.",
            icon=":material/warning:",
        )


def _external_ai(facts: Mapping[str, Any]) -> None:
    external = facts["external_ai"]
    if external is not None:
        right = words.with_interval(external["test_accuracy"], external["interval"])
        st.caption(
            f"The set includes predictions of an AI, which are right on {right} of the test cases."
        )


def _groups(data_id: str, facts: Mapping[str, Any]) -> None:
    """Accuracy and counts per value of a group column, of all experts or of one."""
    columns = list(facts["groups"])
    left, right = st.columns(2, gap="large")
    with left:
        state.option("group", columns, columns[0])
        column = st.selectbox(
            "Group cases by",
            columns,
            format_func=group_name,
            key="group",
            persist_state="session",
        )
        state.publish("group", column, columns[0])
    with right:
        who = views.pick_one(
            "Whose annotations",
            [_ALL, *facts["experts"]],
            "group_expert",
            format_func=partial(names.marked, facts=facts),
        )
    table = insight_queries.group_accuracy(data_id, column, None if who == _ALL else who)
    shown = pd.DataFrame(
        {
            "Group": [g or "(blank)" for g in table["group"]],
            "Cases": table["cases"],
            "Annotations": table["annotations"],
            "Accuracy": [
                words.with_interval(r.accuracy, (r.low, r.high)) for r in table.itertuples()
            ],
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        height="content" if len(shown) <= _LONG else 420,
        column_config={
            "Cases": st.column_config.NumberColumn(format="localized"),
            "Annotations": st.column_config.NumberColumn(format="localized"),
            "Accuracy": st.column_config.TextColumn(
                help="Share of the annotations that are right, with its 95 % interval over cases."
            ),
        },
        alt=f"Cases, annotations and accuracy per {column}",
    )
    counted = facts["groups"][column]
    if len(counted) >= len(table) and sum(counted.values()) < sum(facts["cases"].values()):
        st.caption(f"The {len(table)} most frequent values are shown.")
    if len(table) >= 2:
        st.caption(
            "Where the intervals of two groups overlap, this table does not show that they differ."
        )
