"""Trade-offs: the curve, its area, and one operating point with its workloads."""

import streamlit as st

from app.shared import run_result, views
from app.tradeoffs import (
    chosen_point,
    chosen_run,
    classes,
    compare_files,
    comparison,
    curve,
    downloads,
    picker,
    policies,
    rules,
)


def draw() -> None:
    """Draws the page."""
    views.title("Trade-offs", "How right the team is for each share of cases that the AI takes.")

    chosen = chosen_run.pick()
    if chosen is None:
        views.empty(
            "**No finished run yet.** Train on a data set, or on a sample with one click, and its "
            "curve appears here.",
            page="home",
        )
        return

    run_id = chosen.record.run_id
    result = run_result.result_of(chosen.record)
    if result is None:
        return
    left, right = st.columns(2, gap="medium")
    with left:
        rules_here, first = (
            comparison.rules(chosen) if chosen.others else (result.rules, result.rules[0])
        )
        wanted = curve.pick_rule(rules_here, first)
        if chosen.others:
            comparison.why_gating(chosen)
    rule = result.rule_of(wanted)
    with right:
        chosen_run.settings(result)
    chosen_run.warnings(chosen.record, result)
    if chosen.others:
        comparison.comparison(chosen, wanted)
    else:
        curve.curve(result, rule)

    st.header("The chosen point", anchor=False)
    if chosen.others:
        st.caption(f"Of the run “{views.escape(views.called(chosen.record))}”.")
    point = picker.pick_point(result, rule)
    chosen_point.figures(result, rule, point)

    st.header("Who does how much", anchor=False)
    chosen_point.workload(rule, point)
    chosen_point.agent_table(rule, point)
    chosen_run.play(run_id)
    picker.points_table(result, rule, point)

    st.header("One class against the rest", anchor=False)
    label = classes.one(result, rule, point, run_id)

    st.header("Every class", anchor=False)
    classes.every(result, point)

    st.header("Ways to hand out the cases, side by side", anchor=False)
    rules.compare(result, point)
    policies.policies(chosen.record, result, rule)

    st.header("Take it away", anchor=False)
    downloads.everything(result, rule, point, run_id, label)
    if chosen.others:
        compare_files.everything(chosen, wanted)


draw()
