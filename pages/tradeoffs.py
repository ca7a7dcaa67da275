"""Trade-offs: the curve, its area, and one operating point with its workloads."""

import streamlit as st

from app import queries, results, views
from app.tradeoffs import (
    chosen_run,
    classes,
    compare,
    curve,
    downloads,
    picker,
    policies,
    rules,
)
from app.tradeoffs import point as at

views.title("Trade-offs", "How right the team is for each share of cases that the AI takes.")

chosen = chosen_run.pick()
if chosen is None:
    views.empty(
        "**No finished run yet.** Train on a data set, or on a sample with one click, and its "
        "curve appears here.",
        page="home",
    )
    st.stop()

run_id = chosen.record.run_id
result = queries.result(run_id)
chosen_run.settings(result)
rule = curve.pick_rule(result)
if chosen.others:
    compare.comparison(chosen, rule)
else:
    curve.curve(result, rule)
    if not results.is_bounded(result):
        curve.area_table(result)
    chosen_run.repeat_older(chosen.record, result)
policies.policies(chosen.record, result, rule)

st.header("One point of the curve", anchor=False)
whose = f" Of the run “{views.escape(views.called(chosen.record))}”." if chosen.others else ""
st.caption(f"Who does how much there, how right everyone is, whether the bounds are kept.{whose}")
point = picker.pick_point(result, rule)
at.figures(result, rule, point)

st.header("Who does how much", anchor=False)
at.workload(rule, point)
at.agent_table(point)

st.header("One class against the rest", anchor=False)
label = classes.one(result, rule, point, run_id)

st.header("Every class", anchor=False)
classes.every(result, point)

st.header("The rules side by side, at this point", anchor=False)
rules.compare(result, point)

st.header("Take it away", anchor=False)
downloads.everything(result, rule, point, run_id, label)
