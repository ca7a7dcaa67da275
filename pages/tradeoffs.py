"""Trade-offs: the curve, its area, and one operating point with its workloads."""

import streamlit as st

from app import queries, results, views
from app.tradeoffs import chosen_run, explore

views.title("Trade-offs", "How right the team is for each share of cases that the AI takes.")

run_id = chosen_run.pick()
if run_id is None:
    views.empty(
        "**No finished run yet.** Train on a data set, or on a sample with one click, and its "
        "curve appears here.",
        page="home",
    )
    st.stop()

result = queries.result(run_id)
chosen_run.settings(result)
rule = explore.pick_rule(result)
explore.curve(result, rule)
if not results.is_bounded(result):
    explore.area_table(result)

st.subheader("One point of the curve", anchor=False)
st.caption("Who does how much there, how right everyone is, and whether the bounds are kept.")
point = explore.pick_point(result, rule)
explore.point_figures(result, rule, point)
explore.workload(point)
explore.agent_table(point)
explore.per_class(result, point)

st.subheader("Take it away", anchor=False)
explore.downloads(run_id, result)
