"""Maximums: the load to expect under them, and the rule that never goes above them."""

from collections.abc import Sequence

import streamlit as st

from app.shared import views, words
from app.shared.scenario_model import Chosen
from app.workload import cap_words as wording
from app.workload import never_above_queries as query
from app.workload.asking import NEVER, View
from core.scenarios.answer import Answer
from core.scenarios.caps import CapDay, cap_days

_MOST = 2  # maximums in sight
_MOST_ROWS = 14


def expected(answer: Answer | None) -> None:
    """Beside the bounds: the load to expect of every agent with a maximum."""
    if answer is None or not (rows := cap_days(answer)):
        return
    _lines(rows[:_MOST])
    if rest := rows[_MOST:]:
        with st.popover(words.count(len(rest), "more maximum")):
            _lines(rest)
    if wording.can_be_above(rows):
        st.caption(
            f"{wording.ON_AVERAGE}; “Never above the maximum” under “What it means” simulates a "
            "rule that holds it on every day."
        )


def _lines(rows: Sequence[CapDay]) -> None:
    for row in rows:
        st.caption(f":material/speed: {views.escape(wording.expected(row))}")


def never_above(chosen: Chosen, answer: Answer, view: View) -> None:
    """The rule that keeps every maximum on every day, simulated on demand."""
    if not wording.has_maximum(answer):
        return
    st.markdown(
        "**Never above the maximum**",
        help="Cases come one at a time. Each goes to the agent with the highest expected "
        "correctness less its price, among those who may take it and have capacity left that "
        "day. Where none has, the case waits.",
    )
    st.toggle(
        "Simulate days on which nobody gets more than the maximum",
        key=NEVER,
        persist_state="session",
    )
    if not view.never_above:
        st.caption(
            "Shows what it costs in accuracy to keep every maximum on every day instead of on "
            "average, and whether cases have to wait."
        )
        return
    found = query.simulated(chosen.model, answer)
    st.markdown(
        "\n".join(
            f"- {views.escape(text)}" for text in (wording.accuracy(found), wording.waiting(found))
        )
    )
    table = wording.agents(found)
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) <= _MOST_ROWS else 480,
        column_config={
            "Agent": st.column_config.TextColumn(pinned=True),
            "Maximum": st.column_config.TextColumn(help="In whole cases a day."),
            "Highest day": st.column_config.NumberColumn(format="localized"),
        },
        alt="Simulated days per agent: maximum, average, range, highest day, days at the maximum",
    )
    st.caption(views.escape(wording.basis(found)))
