"""Who read which cases with whom: a matrix for a few experts, a summary for many."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.data import answer_charts, know_charts, know_queries, names
from app.shared import state, views, words
from app.shared.paint import short
from core.insight.agreement import MIN_SHARED, Agreement

MOST_IN_MATRIX = 40


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """A sentence, and a matrix or a distribution with a row per expert."""
    experts = names.people(facts)
    if len(experts) < 2:
        return
    pairs = know_queries.pairs(data_id)
    st.header("Who read with whom", anchor=False)
    st.markdown(_sentence(pairs))
    if len(experts) <= MOST_IN_MATRIX:
        _matrix(pairs, facts)
        return
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.plotly_chart(
            know_charts.shared(pairs.shared, theme=state.theme()),
            theme=None,
            key="shared",
            config=views.PLOT,
            alt=f"How many pairs of experts share how many cases. {_sentence(pairs)}".replace(
                "**", ""
            ),
        )
    with right:
        _table(pairs, facts)


def _sentence(pairs: Agreement) -> str:
    total, none = len(pairs.shared), int((pairs.shared == 0).sum())
    few = total - none - int(pairs.enough.sum())
    middle = float(np.median(pairs.shared))
    if not none and not few:
        return (
            f"Every pair of experts shares at least {words.count(int(pairs.shared.min()), 'case')};"
            f" the median is **{middle:,.0f}**."
        )
    parts = [f"the median pair shares **{words.count(round(middle), 'case')}**"]
    if none:
        parts.append(f"{none:,} of {words.count(total, 'pair')} never read the same case")
    if few:
        parts.append(f"{few:,} share fewer than {MIN_SHARED}, too few to compare the two")
    text = words.listing(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _matrix(pairs: Agreement, facts: Mapping[str, Any]) -> None:
    experts = names.people(facts)
    counts = np.diag([own["annotations"] for own in facts["expert_accuracy"].values()])
    counts[pairs.first, pairs.second] = counts[pairs.second, pairs.first] = pairs.shared
    own = [facts["experts"].index(name) for name in experts]
    counts, m = counts[np.ix_(own, own)], len(own)
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
            alt=f"Cases that each pair of {m} experts both annotated. {_sentence(pairs)}".replace(
                "**", ""
            ),
        )
    st.caption("Cases that both annotated; on the diagonal, all cases of the expert.")


def _table(pairs: Agreement, facts: Mapping[str, Any]) -> None:
    experts = facts["experts"]
    m = len(experts)
    partners, most, whom = np.zeros(m, int), np.zeros(m, int), np.full(m, -1)
    for one, other in ((pairs.first, pairs.second), (pairs.second, pairs.first)):
        partners += np.bincount(one[pairs.enough], minlength=m)
        # Sorted by shared cases, the last pair of an expert is the one with the most.
        order = np.argsort(pairs.shared, kind="stable")
        top = np.full(m, -1)
        top[one[order]] = order
        held = top >= 0
        better = held & (np.where(held, pairs.shared[top], -1) > most)
        most[better], whom[better] = pairs.shared[top[better]], other[top[better]]
    st.dataframe(
        pd.DataFrame(
            {
                "Expert": [names.marked(name, facts) for name in experts],
                "Annotations": [facts["expert_accuracy"][n]["annotations"] for n in experts],
                "Partners": partners,
                "Most with": [experts[int(k)] if k >= 0 else words.UNKNOWN for k in whom],
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
