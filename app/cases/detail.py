"""One case: what it is, why it goes where it goes, what everybody said."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.cases import case_chart as charts
from app.cases import case_queries, gating
from app.shared import data_queries, insight_queries, state, views, words
from app.shared.scenario_model import Chosen
from core.dataset.annotation_set import AI
from core.dataset.group_names import group_name
from core.scenarios.case_list import CaseList

_MOST_ROWS = 10
_PICTURE = 240  # pixels


def draw(chosen: Chosen, cases: CaseList, case: int) -> None:
    """The case in a frame of its own.

    Args:
      chosen: the model.
      cases: of the scenario.
      case: position among the test cases.
    """
    scores, told = cases.scores, cases.explained
    with st.container(border=True, key="one_case"):
        st.subheader(f"Case {views.escape(str(scores.test.case_ids[case]))}", anchor=False)
        st.markdown(f"**{views.escape(told.reason(case))}.**")
        st.markdown(views.escape(_ended(cases, case)))
        wide = 4 if chosen.data.kind == "images" else 6
        left, middle, right = st.columns([wide, 7, 5], gap="medium")
        with left:
            _seen(chosen, int(scores.test_index[case]))
        with middle:
            _expected(told.agents(case))
        with right:
            _said(cases, case)
        st.divider()
        gating.draw(chosen, cases, case)


def _ended(cases: CaseList, case: int) -> str:
    """What the decision was and what the case is; groups where there are some."""
    scores, chosen = cases.scores, int(cases.explained.chosen[case])
    truth = scores.classes[scores.truth[case]]
    if chosen < 0:
        said = f"Nobody decides it. Ground truth: {truth}."
    elif cases.measured[case]:
        decision = scores.classes[cases.decision[case]]
        who = "The AI" if scores.agents[chosen] == AI else scores.agents[chosen]
        right = "right" if cases.correct[case] else "wrong"
        said = f"{who} says {decision}, which is {right}: ground truth {truth}."
    else:
        said = (
            f"{scores.agents[chosen]} did not annotate it, so nobody knows how this would have "
            f"been decided. Ground truth: {truth}."
        )
    if cases.before is not None and cases.moved is not None and cases.moved[case]:
        before = int(cases.before[case])
        had = {-1: "nobody", len(scores.agents) - 1: "the AI"}.get(before)
        said += f" It changes hands: {had or scores.agents[before]} had it before."
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
        st.caption("This data set has no inputs to show.")
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


def _expected(agents: pd.DataFrame) -> None:
    """Bars with prices, then who is kept away by which rule."""
    st.markdown(
        "**How right everybody is expected to be**",
        help="The model's expectation from the case alone, not a measured figure. What is left "
        "after the price of an agent's time decides: the highest gets the case. Prices keep the "
        "workloads within their bounds, and hold what tiring costs where the scenario assumes it.",
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
    # Who is off duty is said beside the bar.
    barred = [(r.agent, r.barred) for r in agents.itertuples() if r.barred not in ("", "off duty")]
    if barred:
        lines = [f"- **{views.escape(str(a))}**: {views.escape(str(b))}" for a, b in barred]
        st.markdown("Kept away:\n" + "\n".join(lines[:_MOST_ROWS]))
        if len(lines) > _MOST_ROWS:
            st.caption(f"And {len(lines) - _MOST_ROWS} more, in the table.")
    if len(shown) < len(agents) or len(barred) > _MOST_ROWS:
        with st.expander("Everybody in numbers"):
            _numbers(agents)


def _numbers(agents: pd.DataFrame) -> None:
    percent: Any = st.column_config.NumberColumn
    st.dataframe(
        pd.DataFrame(
            {
                "Agent": agents["agent"],
                "Expected": 100 * agents["expected"],
                "Price": 100 * agents["price"],
                "Left": 100 * agents["net"],
                "Kept away": agents["barred"],
            }
        ),
        hide_index=True,
        height=380,
        column_config={
            "Expected": percent(format="%.1f %%", help="Expected to be right."),
            "Price": percent(format="%.1f", help="Of its time, in points."),
            "Left": percent(format="%.1f", help="Expected less the price."),
        },
        alt="Expected correctness, price and what keeps each agent away",
    )


def _said(cases: CaseList, case: int) -> None:
    scores = cases.scores
    st.markdown("**What everybody said**")
    truth = int(scores.truth[case])
    rows = [(AI, int(scores.test.ai_answer[case]))]
    made = np.flatnonzero(scores.annotated[case])
    rows += [(scores.agents[m], int(scores.annotations[case, m])) for m in made]
    st.dataframe(
        pd.DataFrame(
            {
                "Agent": [who for who, _ in rows],
                "Said": [scores.classes[c] for _, c in rows],
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
