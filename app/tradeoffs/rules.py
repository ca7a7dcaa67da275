"""The rules of a run side by side: along the whole curve, and at the chosen target."""

import pandas as pd
import streamlit as st

from app.shared import comparison_words as compare_words
from app.shared import curve_tables, state, views, words
from app.shared.operating_point import OperatingPoint
from app.tradeoffs import rules_chart as charts
from app.tradeoffs import side_by_side
from core.results.models import RunResult

_MOST_ROWS = 10  # of a table that is shown whole


def compare(result: RunResult, point: OperatingPoint) -> None:
    """What each rule does with the same models at this target: accuracy, workloads, bounds."""
    if not result.is_bounded:
        st.markdown("**Along the whole curve**")
        _whole_curve(result)
    found = side_by_side.points(result, point)
    if len(found) < 2:
        st.caption("This run has only one decision rule.")
        return
    if not result.is_bounded:
        st.markdown(f"**Where the AI is asked to take {words.percent(point.target)}**")
    table = side_by_side.table(result, point)
    first = words.rule_name(table["rule"].iloc[0])
    st.dataframe(
        side_by_side.shown(table),
        hide_index=True,
        height="content",
        column_config={
            f"Against “{first}”": st.column_config.TextColumn(
                help="Difference of the team's accuracy in points, paired by test case "
                "(bootstrap), with its 95 % interval; over seeds the wider of two intervals. "
                + compare_words.ONE_BY_ONE
            ),
            "Bounds": st.column_config.TextColumn(
                help="Agents outside their bounds by more than chance allows."
            ),
        },
        alt="Accuracy, share of the AI and bounds kept per rule at this target",
    )
    if (table["verdict"] == "not measured").any():
        st.caption("Not measured: the team's accuracy is unknown under one of the rules.")
    for sentence in side_by_side.collapses(table):
        st.info(views.escape(sentence), icon=":material/info:")
    workloads = side_by_side.workloads(found)
    order = list(found)
    drawn = charts.shown_agents(workloads, order)
    st.plotly_chart(
        charts.workloads(workloads, order, theme=state.theme()),
        theme=None,
        key="rules_workloads",
        config=views.PLOT,
        alt="Workload per agent under each rule. "
        + " ".join(
            f"{row['agent']}: "
            + ", ".join(f"{words.rule_name(r)} {words.percent(row[r])}" for r in order)
            + "."
            for _, row in drawn.iterrows()
        ),
    )
    if len(drawn) < len(workloads):
        st.caption(
            f"The AI and the {len(drawn) - 1} experts with most work are drawn; the table has all."
        )
    with st.expander("All workloads in numbers"):
        shown = pd.DataFrame({"Agent": workloads["agent"]})
        shown["Bounds"] = [words.bounds_text(r.lower, r.upper) for r in workloads.itertuples()]
        for name in order:
            shown[words.rule_name(name)] = [
                words.with_interval(r.share, (r.share_low, r.share_high))
                for r in found[name].agents.itertuples()
            ]
        st.dataframe(
            shown,
            hide_index=True,
            height="content" if len(shown) <= _MOST_ROWS else 380,
            alt="Share of the test cases per agent and rule with 95 % intervals",
        )


def _whole_curve(result: RunResult) -> None:
    """Area under the curve of each rule with its interval."""
    table = curve_tables.areas(result)
    first = words.rule_name(table["rule"].iloc[0])
    repeats = len(result.seeds) > 1
    columns = {
        "How each case finds its agent": table["rule"].map(words.rule_name),
        "Area under the curve": curve_tables.area_texts(result),
    }
    if len(table) > 1:
        columns[f"Against “{first}”"] = table["verdict"].replace("", words.UNKNOWN)
    over = "test cases (bootstrap with the same cases for both)"
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        height="content",
        column_config={
            "Area under the curve": st.column_config.TextColumn(
                help=compare_words.AREA
                + (compare_words.OVER_SEEDS if repeats else compare_words.OVER_CASES)
            ),
            f"Against “{first}”": st.column_config.TextColumn(
                help=f"Difference of the areas with its 95 % interval, paired over {over}"
                + (" and over seeds (Student t), whichever is wider. " if repeats else ". ")
                + compare_words.ONE_BY_ONE
            ),
        },
        alt="Area under the coverage–accuracy curve per rule with 95 % intervals",
    )
