"""Accuracy of every expert on every class: a matrix for a few experts, a table for many."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.data import answer_charts, know_queries, names
from app.shared import state, views, words
from app.shared.paint import short
from core.insight.accuracy import ClassTable

_EXPERTS, _CLASSES = 25, 30  # rows and columns up to which a matrix is drawn
_MOST_COLUMNS = 100  # classes in the table


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """The matrix or the table; nothing for a single expert, who is shown below."""
    experts, classes = [names.marked(e, facts) for e in facts["experts"]], facts["classes"]
    if len(experts) < 2 or not facts["annotations"]["total"]:
        return
    st.header("Accuracy per expert and class", anchor=False)
    table = know_queries.class_table(data_id)
    if len(experts) <= _EXPERTS and len(classes) <= _CLASSES:
        _matrix(table, experts, classes, _against(facts))
        return
    shown = classes[:_MOST_COLUMNS]
    frame = pd.DataFrame(100 * table.accuracy[:, : len(shown)], columns=shown)
    frame.insert(0, _unlike(classes), experts)
    st.dataframe(
        frame,
        hide_index=True,
        height=360,
        column_config={
            _unlike(classes): st.column_config.TextColumn("Expert", pinned=True, width=130),
            **{c: st.column_config.NumberColumn(format="%.0f %%") for c in shown},
        },
        alt="Accuracy of every expert on every class",
    )
    st.caption(
        "Share of the cases of each class that the expert annotated rightly"
        f"{_against(facts)}; None without any. The table can be sorted and searched; intervals are "
        "below, expert by expert."
        + (
            f" The first {len(shown)} of {len(classes):,} classes."
            if len(shown) < len(classes)
            else ""
        )
    )


def _unlike(classes: list[str]) -> str:
    """A column name that no class has."""
    name = "Expert"
    while name in classes:
        name += " "
    return name


def _against(facts: Mapping[str, Any]) -> str:
    """What the annotations are compared with, where the truth is a consensus."""
    return ", against the others' consensus" if facts.get("consensus") else ""


def _matrix(table: ClassTable, experts: list[str], classes: list[str], against: str) -> None:
    share = table.accuracy
    known = ~np.isnan(share)
    written = np.where(known, np.vectorize(lambda s: f"{100 * s:.0f}", otypes=[object])(share), "")
    rows = [short(name) for name in experts]
    hover = np.array(
        [
            [
                f"{rows[m]}, {short(classes[c])}: "
                + (
                    words.with_interval(
                        float(share[m, c]), (float(table.low[m, c]), float(table.high[m, c]))
                    )
                    + f" of {words.count(int(table.made[m, c]), 'case')}"
                    if known[m, c]
                    else "no annotation"
                )
                for c in range(len(classes))
            ]
            for m in range(len(experts))
        ],
        dtype=object,
    )
    with st.container(width=720 if len(classes) <= 8 else "stretch"):
        st.plotly_chart(
            answer_charts.matrix(
                share,
                written,
                hover,
                experts,
                classes,
                x="",
                y=None,
                theme=state.theme(),
                most_written=_EXPERTS,
            ),
            theme=None,
            key="class_matrix",
            config=views.PLOT,
            alt="Accuracy of every expert on every class, in per cent: "
            + "; ".join(
                f"{experts[m]} "
                + ", ".join(
                    f"{classes[c]} {words.percent(share[m, c], 0)}" for c in range(len(classes))
                )
                for m in range(len(experts))
            ),
        )
    st.caption(
        f"Per cent of the cases of each class annotated rightly{against}, which is the sensitivity "
        "for it; point at a cell for its interval."
    )
