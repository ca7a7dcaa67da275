"""Who read which cases with whom: a matrix for a few experts, a summary for many."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from jaxtyping import Int

from app.data import answer_charts, know_charts, names
from app.shared import insight_queries, state, views, words
from app.shared.paint import short
from core.insight.agreement import MIN_SHARED

MOST_IN_MATRIX = 40


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """A sentence, and a matrix or a distribution with a row per expert."""
    experts = names.people(facts)
    if len(experts) < 2:
        return
    own = [facts["experts"].index(name) for name in experts]
    counts = insight_queries.shared_cases(data_id)[np.ix_(own, own)]
    shared = counts[np.triu_indices(len(own), 1)]
    st.header("Who read with whom", anchor=False)
    st.markdown(_sentence(shared))
    if len(experts) <= MOST_IN_MATRIX:
        _matrix(counts, experts, _sentence(shared))
        return
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.plotly_chart(
            know_charts.shared(shared, theme=state.theme()),
            theme=None,
            key="shared",
            config=views.PLOT,
            alt=f"How many pairs of experts share how many cases. {_sentence(shared)}".replace(
                "**", ""
            ),
        )
    with right:
        _table(counts, experts)


def _sentence(shared: Int[np.ndarray, " P"]) -> str:
    total, none = len(shared), int((shared == 0).sum())
    few = int((shared < MIN_SHARED).sum()) - none
    middle = float(np.median(shared))
    if not none and not few:
        return (
            f"Every pair of experts shares at least {words.count(int(shared.min()), 'case')};"
            f" the median is **{middle:,.0f}**."
        )
    parts = [f"the median pair shares **{words.count(round(middle), 'case')}**"]
    if none:
        parts.append(f"{none:,} of {words.count(total, 'pair')} never read the same case")
    if few:
        parts.append(f"{few:,} share fewer than {MIN_SHARED}, too few to compare the two")
    text = words.listing(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _matrix(counts: Int[np.ndarray, "M M"], experts: Sequence[str], sentence: str) -> None:
    m = len(experts)
    written = np.vectorize(lambda n: f"{n:,}", otypes=[object])(counts)
    hover = np.array(
        [
            [
                f"{short(experts[i])}: {words.count(int(counts[i, j]), 'annotated case')}"
                if i == j
                else f"{short(experts[i])} and {short(experts[j])}: "
                f"{words.count(int(counts[i, j]), 'shared case')}"
                for j in range(m)
            ]
            for i in range(m)
        ],
        dtype=object,
    )
    with st.container(width=760 if m > 6 else 560):
        st.plotly_chart(
            answer_charts.matrix(
                counts / max(int(counts.max()), 1),
                written,
                hover,
                experts,
                experts,
                x="",
                y=None,
                theme=state.theme(),
            ),
            theme=None,
            key="overlap",
            config=views.PLOT,
            alt=f"Cases that each pair of {m} experts both annotated. {sentence}".replace("**", ""),
        )
    st.caption("Cases that both annotated; on the diagonal, all cases of the expert.")


def _table(counts: Int[np.ndarray, "M M"], experts: Sequence[str]) -> None:
    annotated, others = counts.diagonal(), counts * ~np.eye(len(counts), dtype=bool)
    most, whom = others.max(axis=1), others.argmax(axis=1)
    st.dataframe(
        pd.DataFrame(
            {
                "Expert": experts,
                "Annotations": annotated,
                "Partners": (others >= MIN_SHARED).sum(axis=1),
                "Most with": [
                    experts[k] if n else words.UNKNOWN for k, n in zip(whom, most, strict=True)
                ],
                "Shared": most,
            }
        ).sort_values("Partners", kind="stable"),
        hide_index=True,
        height=300,
        column_config={
            "Annotations": st.column_config.NumberColumn(format="localized"),
            "Partners": st.column_config.NumberColumn(
                format="localized",
                help=f"Other experts with whom at least {MIN_SHARED} cases are shared.",
            ),
            "Shared": st.column_config.NumberColumn(
                format="localized", help="Cases shared with the expert beside it."
            ),
        },
        alt="With how many others each expert shares cases",
    )
