"""One case: what it is, why it goes where it goes, what everybody said."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.cases import case_chart as charts
from app.cases import case_queries, gating
from app.cases.filters import CASE
from app.shared import data_queries, insight_queries, state, views, words
from app.shared.scenario_model import Chosen
from core.dataset.agent_names import called
from core.dataset.annotation_set import AI
from core.dataset.group_names import group_name
from core.scenarios.case_list import CaseList

_MOST_ROWS = 10
_PICTURE = 240  # pixels


def show(chosen: Chosen, cases: CaseList, found: np.ndarray) -> None:
    """The open case in a dialog over the list; closing it leaves the list as it was.

    Args:
      chosen: the model.
      cases: of the scenario.
      found: positions of the listed cases, to step through.
    """
    st.dialog("The case in full", width="large", on_dismiss=_close)(_stepped)(chosen, cases, found)


def _close() -> None:
    state.choose(CASE, -1)


def _stepped(chosen: Chosen, cases: CaseList, found: np.ndarray) -> None:
    """The case, and the ways to its neighbours in the list."""
    case = int(st.session_state[CASE])
    place = np.flatnonzero(found == case)
    if len(place):
        at = int(place[0])
        with st.container(horizontal=True, vertical_alignment="center"):
            for label, icon, to in (
                ("Previous", "arrow_back", at - 1),
                ("Next", "arrow_forward", at + 1),
            ):
                st.button(
                    label,
                    icon=f":material/{icon}:",
                    disabled=not 0 <= to < len(found),
                    on_click=state.choose,
                    args=(CASE, int(found[min(max(to, 0), len(found) - 1)])),
                    key=f"c_{label}",
                )
            st.caption(f"{at + 1:,} of {words.count(len(found), 'case')} in the list")
    _case(chosen, cases, case)


def _case(chosen: Chosen, cases: CaseList, case: int) -> None:
    scores, explained = cases.scores, cases.explained
    with st.container(key="one_case"):
        st.subheader(f"Case {views.escape(str(scores.test.case_ids[case]))}", anchor=False)
        st.markdown(f"**{views.escape(explained.reason(case))}.**")
        st.markdown(views.escape(_ended(cases, case)))
        wide = 4 if chosen.data.kind == "images" else 6
        left, middle, right = st.columns([wide, 7, 5], gap="medium")
        with left:
            _seen(chosen, int(scores.test_index[case]))
        with middle:
            agents = explained.agents(case)
            agents["agent"] = words.all_marked(agents["agent"], scores.machines)
            _expected(agents)
        with right:
            _said(cases, case)
        st.divider()
        gating.draw_gating(chosen, cases, case)


def _ended(cases: CaseList, case: int) -> str:
    """The decision, the ground truth, and the groups where there are some."""
    scores, chosen = cases.scores, int(cases.explained.chosen[case])
    agents = words.all_marked(scores.agents, scores.machines)
    truth = scores.classes[scores.truth[case]]
    if chosen < 0:
        said = f"Nobody decides it. Ground truth: {truth}."
    elif cases.measured[case]:
        decision = scores.answers[cases.decision[case]]
        who = called(agents[chosen], start=True)
        right = "right" if cases.correct[case] else "wrong"
        said = f"{who} says {decision}, which is {right}: ground truth {truth}."
    else:
        said = (
            f"{agents[chosen]} did not annotate it, so the decision is unknown. "
            f"Ground truth: {truth}."
        )
    if cases.before is not None and cases.moved is not None and cases.moved[case]:
        before = int(cases.before[case])
        had = {-1: "nobody", len(scores.agents) - 1: "the AI"}.get(before)
        said += f" It changes hands: {had or agents[before]} had it before."
    groups = [f"{group_name(name)} {values[case]}" for name, values in scores.test.groups.items()]
    return said + (f" Groups: {', '.join(groups)}." if groups else "")


def _seen(chosen: Chosen, place: int) -> None:
    """The picture, or the features, most unusual first."""
    data_id = chosen.model.data_id
    view = insight_queries.case_view(data_id, place)
    if view.image is not None:
        st.image(
            data_queries.enlarged(view.image, _PICTURE),
            width=_PICTURE,
            alt=f"Case {view.row['case']}",
        )
        return
    if view.features is None:
        _stated(chosen, place)
        return
    (apart,) = case_queries.unusual_features(data_id, [place], len(view.features))
    by = dict(apart)
    table = pd.DataFrame(
        {
            "Feature": view.features.index,
            "Value": view.features.to_numpy(object),
            "Unusual": [by.get(name, 0.0) for name in view.features.index],
        }
    )
    order = np.argsort(-table["Unusual"].abs().to_numpy(), kind="stable")
    table = table.iloc[order]
    table["Unusual"] = [words.signed(v) if abs(v) >= 1 else "" for v in table["Unusual"]]
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) <= _MOST_ROWS else 380,
        column_config={
            "Value": st.column_config.TextColumn(width=84, help=views.VALUE_HELP),
            "Unusual": st.column_config.TextColumn(
                width=76,
                help="Standard deviations from the mean of the training cases; empty below one.",
            ),
        },
        alt="Features of the case, the most unusual first",
    )


def _stated(chosen: Chosen, place: int) -> None:
    """What the AI states, which is all that is known of the case before anyone reads it."""
    stated = chosen.data.ai_probabilities
    if stated is None:
        st.caption("Labels only: nothing tells this case from others before it is read.")
        return
    st.markdown("**The AI states**", help="Before calibration, as in the data set.")
    table = pd.DataFrame(
        {"Class": chosen.data.classes, "Probability": map(words.percent, stated[place].tolist())}
    )
    st.dataframe(table, hide_index=True, alt="The AI's probability of each class")


def _expected(agents: pd.DataFrame) -> None:
    """Expected correctness per agent, then which rule keeps whom from the case."""
    st.markdown(
        "**Expected correctness of each agent**",
        help="The model's expectation from the case alone, not a measured figure. The agent with "
        "the most left after the price of its capacity gets the case. Prices keep the workloads "
        "within their bounds, and include fatigue where the scenario assumes it.",
    )
    shown = charts.drawn(agents)
    st.plotly_chart(
        charts.expected(agents, theme=state.theme()),
        theme=None,
        key="case_expected",
        config=views.PLOT,
        alt="Expected correctness per agent. "
        + " ".join(f"{r.agent}: {words.percent(r.expected)}." for r in shown.itertuples()),
    )
    # The chart says who is off duty.
    barred = [(r.agent, r.barred) for r in agents.itertuples() if r.barred not in ("", "off duty")]
    if barred:
        lines = [f"- **{views.escape(str(a))}**: {views.escape(str(b))}" for a, b in barred]
        st.markdown("Not allowed to take it:\n" + "\n".join(lines[:_MOST_ROWS]))
        if len(lines) > _MOST_ROWS:
            st.caption(f"And {len(lines) - _MOST_ROWS} more, in the table.")
    if len(shown) < len(agents) or len(barred) > _MOST_ROWS:
        with st.expander("All agents in numbers"):
            _numbers(agents)


def _numbers(agents: pd.DataFrame) -> None:
    percent: Any = st.column_config.NumberColumn
    st.dataframe(
        pd.DataFrame(
            {
                "Agent": agents["agent"],
                "Expected": 100 * agents["expected"],
                "Deducted": 100 * agents["price"],
                "Left": 100 * agents["net"],
                "Not allowed": agents["barred"],
            }
        ),
        hide_index=True,
        height=380,
        column_config={
            "Expected": percent(format="%.1f %%", help="Expected to be right."),
            "Deducted": percent(format="%.1f", help="Price of its capacity, in points."),
            "Left": percent(format="%.1f", help="Expected less deducted."),
        },
        alt="Expected correctness, deduction and what keeps each agent from the case",
    )


def _said(cases: CaseList, case: int) -> None:
    scores = cases.scores
    st.markdown("**Annotations**")
    truth = int(scores.truth[case])
    rows = [(AI, int(scores.test.ai_answer[case]))]
    made = np.flatnonzero(scores.annotated[case])
    agents = words.all_marked(scores.agents, scores.machines)
    rows += [(agents[m], int(scores.annotations[case, m])) for m in made]
    st.dataframe(
        pd.DataFrame(
            {
                "Agent": [who for who, _ in rows],
                "Said": [scores.answers[a] for _, a in rows],
                "Right or wrong": ["right" if c == truth else "wrong" for _, c in rows],
            }
        ),
        hide_index=True,
        height="content" if len(rows) <= _MOST_ROWS else 380,
        alt="What the AI and the experts said about the case",
    )
    missing = len(scores.agents) - len(rows)
    if missing:
        some = missing < len(scores.agents) - 1
        who = words.count(missing, "expert") if some else "None of the experts"
        st.caption(f"{who} did not annotate it." if some else "Nobody annotated it.")
