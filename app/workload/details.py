"""Below the answer: what it means, every agent in numbers, the groups."""

from functools import partial

import streamlit as st

from app.shared import amounts, case_dialog, scenario_queries, state, views, words
from app.shared.scenario_model import Chosen
from app.shared.scenario_queries import Asked
from app.workload import caps, flow_chart, scenario_cases
from app.workload import scenario_tables as tables
from app.workload import scenario_words as wording
from app.workload.asking import View
from app.workload.scenario_cases import Which
from core.dataset.group_names import group_name
from core.scenarios.answer import Answer
from core.scenarios.groups import GroupColumn
from core.scenarios.settings import MOST_CASES

_MOST = 6  # sentences of one kind shown at once
_MOST_ROWS = 14


def nothing() -> None:
    """Shown where there is no answer."""
    st.caption("Nothing to show while the scenario is impossible.")


def meaning(chosen: Chosen, asked: Asked, view: View) -> None:
    """Who changes hands, what capacity is worth, the upcoming cases, and what is left out."""
    answer = asked.answer
    if answer is None:
        nothing()
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(
            "**Who changes hands**",
            help="Test cases from the agent who decides them in the comparison to the agent who "
            "decides them in this scenario. Where the comparison leaves the expert to chance, a "
            "case counts in parts. Grey: stays with the same agent.",
        )
        shown = flow_chart.picture(answer, view.against)
        st.html(flow_chart.html(state.theme(), shown))
        st.caption(views.escape(wording.changes_of_hands(answer, view.against)))
        with st.popover("As a table", icon=":material/table_rows:"):
            st.dataframe(
                flow_chart.table(answer),
                hide_index=True,
                height="content" if len(shown.ribbons) <= _MOST_ROWS else 480,
                alt="Test cases from each agent in the comparison to each agent in the scenario",
            )
        if answer.moved is not None and answer.moved.any():
            st.page_link(
                f"{views.PAGES}/cases.py",
                label="Show the cases that change hands",
                icon=":material/list:",
                query_params={"run": chosen.model.run_id, "c_moved": "yes"},
            )
        if any(a.minutes or a.cost for a in answer.agents):
            st.markdown("**Time and cost**")
            st.markdown(
                f"- {answer.minutes / 60:,.1f} hours and {amounts.amount(answer.cost, 'cost')} in "
                "cost a day, for all agents together."
            )
    with right:
        st.markdown(
            "**What capacity is worth**",
            help="What the model expects: the gain in correct decisions on the validation cases "
            "when one agent's maximum is raised by one case a day and the scenario is solved "
            "again. An expectation, not a measured figure.",
        )
        _list(wording.worths(answer))
        head, number = st.columns([3, 2], vertical_alignment="bottom")
        head.markdown(
            "**Workloads to expect**",
            help="95 % prediction intervals. The validation cases that set the workloads and the "
            "upcoming cases are both samples; the intervals hold as long as the upcoming cases "
            "are like these.",
        )
        number.number_input(
            "Upcoming cases",
            1,
            MOST_CASES,
            step=10,
            key="coming",
            persist_state="session",
            placeholder=f"{answer.scenario.cases_per_day:,} (a day)",
            help="Empty: as many as a day brings.",
        )
        _list(wording.predictions(answer))
    if truths := scenario_queries.under_truths(chosen.model, answer.solution):
        st.markdown("**Accuracy under other ground truths**", help=tables.TRUTHS)
        st.dataframe(
            tables.under_truths(truths),
            hide_index=True,
            key="under_truths",
            alt="Accuracy of the team under several ground truths",
        )
    for text in wording.left_out(answer):
        st.caption(views.escape(text))
    caps.never_above(chosen, answer, view)


def agents(chosen: Chosen, asked: Asked, view: View) -> None:
    """Every agent in numbers."""
    if asked.answer is None:
        nothing()
        return
    if text := words.further_ais(chosen.data.machines):
        st.caption(views.escape(text))
    table = tables.agents(asked.answer)
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) <= _MOST_ROWS else 480,
        column_config={
            "Agent": st.column_config.TextColumn(pinned=True),
            "One more a day": st.column_config.TextColumn(
                help="What one more case a day of its maximum is worth, as the model expects: "
                "correct decisions per 1,000 cases."
            ),
            "Measured cases": st.column_config.NumberColumn(format="localized"),
        },
        key="every_agent",
        on_select=scenario_cases.on_row("every_agent", partial(_agent_of, asked.answer)),
        selection_mode="single-row",
        alt="Share, bounds, upcoming workload, accuracy and worth per agent",
    )
    st.caption(f"{case_dialog.SELECT} {tables.agents_note(asked.answer)}")


def groups(chosen: Chosen, asked: Asked, view: View) -> None:
    """Accuracy and deferral rate per group, with a warning where they differ beyond chance."""
    if asked.answer is None:
        nothing()
        return
    if not asked.answer.groups:
        st.info(
            "This data set has no groups. Columns called `group_…` become groups when a set is "
            "added under Data.",
            icon=":material/group_work:",
        )
        return
    _groups(asked.answer)


def _groups(answer: Answer) -> None:
    for column in answer.groups:
        key = f"group_rows:{column.name}"
        warned, calm = tables.group_words(column)
        st.markdown(f"**{views.escape(group_name(column.name))}**")
        for text in warned:
            st.warning(views.escape(text), icon=":material/warning:")
        st.dataframe(
            tables.groups(column),
            hide_index=True,
            height="content" if len(column.rows) <= _MOST_ROWS else 480,
            key=key,
            on_select=scenario_cases.on_row(key, partial(_group_of, column)),
            selection_mode="single-row",
            alt=f"Accuracy and deferral rate per {group_name(column.name)}",
        )
        st.caption(
            views.escape(" ".join([case_dialog.SELECT, *calm])),
            help="Pearson's chi-square over the groups that are large enough, adjusted for the "
            "number of tests (Holm).",
        )


def _group_of(column: GroupColumn, row: int) -> Which:
    return scenario_cases.of_group(column.name, row, column.rows[row].value)


def _agent_of(answer: Answer, row: int) -> Which:
    """The cases of a row of `tables.agents`, which has the AI first."""
    return scenario_cases.of_agent(answer, (row or len(answer.agents)) - 1)


def _list(said: list[str]) -> None:
    st.markdown("\n".join(f"- {views.escape(text)}" for text in said[:_MOST]))
    if len(said) > _MOST:
        with st.popover(f"{len(said) - _MOST:,} more"):
            st.markdown("\n".join(f"- {views.escape(text)}" for text in said[_MOST:]))
