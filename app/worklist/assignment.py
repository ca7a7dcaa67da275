"""Who gets which case: expected accuracy, workloads, the list with reasons, and one case."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from app.shared import data_queries, state, views, words
from app.worklist import worklist_chart as charts
from app.worklist import worklist_queries
from app.worklist.model import Chosen
from app.worklist.worklist_queries import Given
from core.scenarios.reasons import without_agent
from core.scenarios.settings import Scenario

if TYPE_CHECKING:
    from core.scenarios.routed import Routed

_MOST_OFF = 4  # agents listed one by one
_WHY, _LETTER, _MOST_LINES = 680, 6, 5  # pixels of the reasons and of a letter; lines of a row
ALL = "all"
WAYS = {"list": "All at once", "online": "One at a time"}
_WAYS_HELP = (
    "All at once: the assignment with the most expected right decisions that gives every agent "
    "exactly the cases set above. One at a time: each case is assigned on arrival at prices fitted "
    "to the run's validation cases, so workloads come close to the numbers above."
)


def draw_assignment(
    chosen: Chosen, given: Given, places: tuple[int, ...], scenario: Scenario | None = None
) -> None:
    """The worklist in the chosen way, under a scenario's rules."""
    way = _way()
    with st.spinner("Assigning …"):
        routed = worklist_queries.assign(
            chosen.run_id, chosen.seed, given, places, online=way == "online", scenario=scenario
        )
    came = len(routed.chosen)
    if way == "online":
        came = _came(came, (chosen.run_id, given.id))
    _figures(routed, came)
    agents = words.all_marked(routed.agents, chosen.model.machines)
    left, right = (st.container(), None) if routed.so_far is None else st.columns(2, gap="medium")
    with left:
        st.plotly_chart(
            charts.loads(agents, _loads(routed, came), places, theme=state.theme()),
            theme=None,
            key="worklist_loads",
            config=views.PLOT,
            alt="Cases per agent against the number set for each",
        )
    if routed.so_far is not None and right is not None:
        with right:
            wanted = [n / max(len(routed.chosen), 1) for n in places]
            st.plotly_chart(
                charts.so_far(agents, routed.so_far[:came], wanted, theme=state.theme()),
                theme=None,
                key="worklist_so_far",
                config=views.PLOT,
                alt="Share of the cases that each agent has received so far",
            )
            st.caption("Dotted: the share set for each agent.")
    if way == "online" and (off := _off_words(routed, agents, _loads(routed, came), places, came)):
        st.caption(views.escape(off))
    _table(chosen, given, routed, came)


def _way() -> str:
    state.option("way", WAYS, "list")
    way = st.segmented_control(
        "How cases are assigned",
        list(WAYS),
        format_func=WAYS.__getitem__,
        key="way",
        required=True,
        persist_state="session",
        help=_WAYS_HELP,
    )
    state.publish("way", way, "list")
    return str(way)


def _came(cases: int, of: tuple[str, str]) -> int:
    if cases < 2:
        return cases
    # Of new cases all have arrived, until somebody sets another number.
    if st.session_state.get("came_of") != of:
        state.choose("came", cases)
        st.session_state["came_of"] = of
    state.whole("came", cases, 1, cases)
    return int(
        st.number_input(
            f"Cases that have arrived (of {cases:,})",
            1,
            cases,
            step=1,
            key="came",
            persist_state="session",
            width=260,
        )
    )


def _loads(routed: "Routed", came: int) -> list[int]:
    return np.bincount(routed.chosen[:came], minlength=len(routed.agents)).tolist()


def _off_words(
    routed: "Routed",
    agents: Sequence[str],
    loads: Sequence[int],
    places: Sequence[int],
    came: int,
) -> str | None:
    """Agents with more or fewer cases than set, in words; None while cases still arrive."""
    if came < len(routed.chosen):
        return None
    off = [got - given for got, given in zip(loads, places, strict=True)]
    if not any(off):
        return "Every agent has exactly the cases set."
    parts = []
    for sign, what in ((1, "more"), (-1, "fewer")):
        who = [f"{a} (by {abs(n):,})" for a, n in zip(agents, off, strict=True) if sign * n > 0]
        if who:
            parts.append(f"{what} than set: {words.listing(who, _MOST_OFF)}")
    return words.sentence(
        f"{'; '.join(parts)}. One at a time meets the numbers on average; to meet them exactly, "
        "assign all at once"
    )


def _figures(routed: "Routed", came: int) -> None:
    expected = routed.supported(came)
    left, middle, right = st.columns(3)
    left.metric(
        "Expected accuracy of the team",
        words.with_interval(
            float(expected.mean()) if len(expected) else None, routed.expected_interval(came)
        ),
        help="The model's expectation, averaged over the cases, with a 95 % prediction interval "
        "that holds if the model is right. The truth of new cases is unknown, so it cannot be "
        "measured here; Trade-offs shows the accuracy on test cases. Cases outside the range of "
        "training are not in it. Several cases of one patient vary more than the interval says.",
    )
    if outside := came - len(expected):
        st.caption(
            f"The expectation is about the {words.count(len(expected), 'case')} within the range "
            f"of training. It does not hold for the other {outside:,}."
        )
    middle.metric("Cases assigned", f"{came:,}")
    cost = routed.rules_cost(came)
    if cost is None:
        return
    right.metric(
        "Cost of the rules",
        f"{words.signed(cost).removeprefix('+')} right decisions",
        help="How many more cases would be expected to be decided correctly with the same numbers "
        "per agent and no guard rules. This is the model's expectation, not a measurement.",
    )
    st.caption(_cost_words(routed, came, cost))
    for note in routed.notes:
        st.warning(views.escape(words.sentence(note)), icon=":material/warning:")


def _cost_words(routed: "Routed", came: int, cost: float) -> str:
    right, known = float(routed.supported(came).sum()), len(routed.supported(came))
    moved = words.count(routed.rules_moved(came), "case")
    text = (
        f"{right:,.1f} of {known:,} cases are expected to be decided correctly, "
        f"{right + cost:,.1f} without the rules. {moved} would go to another agent without them."
    )
    if cost < 0 and routed.method == "prices":
        text += " Without rules, one at a time also gives other workloads, hence the gain."
    return text


def _table(chosen: Chosen, given: Given, routed: "Routed", came: int) -> None:
    frame = routed.frame()
    views.csv_button(
        "Worklist as CSV",
        lambda: frame,
        f"caseload-worklist-{chosen.run_id[:8]}",
        "worklist_csv",
        type="primary",
    )
    names = {"case_id": "Case", "agent": "Goes to", "ai_answer": "The AI says"}
    rows, show = np.arange(came), ALL
    if (outside := np.flatnonzero(~routed.cases.within[:came])).size:
        names |= {"outside_training_range": "Outside the range of training"}
        if (show := _shown(came, len(outside))) != ALL:
            rows = outside
    names |= {"reason": "Why"}
    shown = frame[list(names)].rename(columns=names).iloc[rows]
    shown = shown.assign(Why=views.isolate(map(without_agent, shown["Why"], shown["Goes to"])))
    shown["Goes to"] = words.all_marked(shown["Goes to"], chosen.model.machines)
    event: Any = st.dataframe(
        shown,
        hide_index=True,
        height="content" if len(rows) <= 12 else 520,
        row_height=_row_height(shown["Why"]),
        key="worklist_rows" if show == ALL else "worklist_rows_outside",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Goes to": st.column_config.TextColumn(width="small"),
            "The AI says": st.column_config.TextColumn(width="small"),
            "Why": st.column_config.TextColumn(
                width=_WHY,
                help="Expected by the model, from the case alone. Select a row for the whole text.",
            ),
        },
        alt="New cases with who gets them and why",
    )
    marked = [int(rows[row]) for row in event.selection.rows if row < len(rows)]
    if not marked:
        st.caption("Select a row to see the case.")
        return
    _case(given, routed, marked[0], chosen.model.machines)


def _row_height(reasons: Iterable[str]) -> int:
    """Pixels of a row in which the longest reason can be read."""
    lines = math.ceil(max(map(len, reasons), default=0) * _LETTER / _WHY)
    # Streamlit breaks the lines of a cell in rows of 64 pixels or more only.
    return 35 if lines < 2 else 30 + 20 * min(lines, _MOST_LINES)


def _shown(came: int, outside: int) -> str:
    """Whether all cases are listed, or those outside the range of training."""
    shown = {ALL: f"All {came:,}", "outside": f"The {outside:,} outside the range of training"}
    state.option("list", shown, ALL)
    show = st.segmented_control(
        "Cases listed",
        list(shown),
        format_func=shown.__getitem__,
        key="list",
        required=True,
        persist_state="session",
    )
    state.publish("list", show, ALL)
    return str(show)


def _case(given: Given, routed: "Routed", case: int, machines: Sequence[str]) -> None:
    """One case: its features or image, and how likely each agent is right."""
    cases, agent = given.cases, routed.agents[routed.chosen[case]]
    with st.container(border=True):
        st.markdown(
            f"**{views.escape(str(cases.case_ids[case]))}** goes to "
            f"**{views.escape(words.marked(agent, machines))}**. "
            f"{views.escape(without_agent(routed.reasons[case], agent))}."
        )
        left, right = st.columns(2, gap="large")
        with left:
            if cases.cells is not None:
                row = cases.cells.iloc[case]
                st.dataframe(
                    pd.DataFrame({"Feature": row.index, "Value": row.astype(str).to_numpy()}),
                    hide_index=True,
                    height="content" if len(row) <= 12 else 400,
                    alt="Features of the case",
                )
            else:
                st.image(
                    data_queries.enlarged(cases.inputs[case], 168),
                    alt=f"Case {cases.case_ids[case]}",
                )
        with right:
            value = routed.value[case]
            order = np.argsort(-value, kind="stable")
            rows: dict[str, Any] = {
                "Agent": [words.marked(routed.agents[k], machines) for k in order],
                "Expected to be right": value[order],
            }
            if (ruled := routed.ruled) is not None:
                rows["Excluded by"] = [ruled.words(case, k) for k in order]
            st.dataframe(
                pd.DataFrame(rows),
                hide_index=True,
                height="content" if len(value) <= 12 else 400,
                column_config={
                    "Expected to be right": st.column_config.ProgressColumn(
                        format="percent", min_value=0.0, max_value=1.0
                    )
                },
                alt="Expected correctness of every agent on the case",
            )
