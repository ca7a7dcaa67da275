"""The page: conclusion, curve and chosen point in front, everything else in tabs below."""

from collections.abc import Callable, Mapping

import streamlit as st

from app.shared import data_queries, run_result, state, tabs, views
from app.shared.operating_point import OperatingPoint
from app.tradeoffs import (
    chosen_point,
    chosen_run,
    classes,
    compare_files,
    comparison,
    conclusion_words,
    curve,
    downloads,
    picker,
    point_cases,
    policies,
    reliability,
    rules,
)
from app.tradeoffs.chosen_run import Chosen
from core.results.models import RunResult

_TABS: Mapping[str, str] = {
    "workloads": "Workloads",
    "classes": "Every class",
    "one": "One class against the rest",
    "rules": "Decision rules side by side",
    "reliability": "Promised and happened",
    "downloads": "Downloads",
}


def draw_tradeoffs() -> None:
    """Draws everything."""
    views.wide()
    left, right = st.columns([2, 5], gap="medium", vertical_alignment="bottom")
    with left:
        views.title("Trade-offs")
    with right:
        chosen = chosen_run.pick_runs()
    if chosen is None:
        views.no_runs("its curve appears here")
        return
    result = run_result.result_of(chosen.record)
    if result is None:
        return
    _drawn(chosen, result)


def _drawn(chosen: Chosen, result: RunResult) -> None:
    chosen_run.warnings(chosen.record, result)
    chosen_run.say_truth(chosen, result)
    concluded = st.container()  # above the rule that it is about
    left, right = st.columns([5, 3], gap="medium")
    with right:
        found, first = (
            comparison.rules(chosen) if chosen.others else (result.rules, result.rules[0])
        )
        wanted = curve.pick_rule(found, first)
        if chosen.others:
            comparison.why_gating(chosen)
        rule = result.rule_of(wanted)
        if chosen.others:
            st.markdown(f"**The chosen point** of “{views.escape(views.called(chosen.record))}”")
        point = picker.pick_point(result, rule)
        chosen_point.figures(result, rule, point)
    with concluded:
        lead, compared = conclusion_words.conclusion(result, rule)
        # One of several runs is named, so that nobody takes it for a conclusion about all.
        of = f"“{views.escape(views.called(chosen.record))}”. " if chosen.others else ""
        st.markdown(
            f"{of}**{views.escape(lead)}** {views.escape(compared)}",
            help=conclusion_words.CHOICES if compared else None,
        )
    with left:
        if chosen.others:
            comparison.comparison(chosen, wanted, point)
        else:
            curve.curve(result, rule, point)
        picker.points_table(result, rule, point)
        chosen_run.settings(result)
    _below(chosen, result, wanted, point)
    point_cases.show(result, chosen.record.run_id, rule, point)


def _below(chosen: Chosen, result: RunResult, wanted: str, point: OperatingPoint) -> None:
    """One tab at a time is computed."""
    run_id, rule = chosen.record.run_id, result.rule_of(wanted)

    def workloads() -> None:
        chosen_point.workload(rule, point)
        part = data_queries.part_of_truth(result.dataset.content_hash)
        chosen_point.agent_table(rule, point, part)
        reliability.draw_promise(run_id, rule, point)
        chosen_run.play(run_id)

    def side_by_side() -> None:
        rules.compare(result, point)
        policies.policies(chosen.record, result, rule)

    def files() -> None:
        downloads.everything(result, rule, point, run_id, classes.focus(result))
        if chosen.others:
            compare_files.everything(chosen, wanted)

    parts: Mapping[str, Callable[[], None]] = {
        "workloads": workloads,
        "classes": lambda: classes.every(result, point),
        "one": lambda: classes.one(result, rule, point, run_id),
        "rules": side_by_side,
        "reliability": lambda: reliability.draw_reliability(run_id, rule, point),
        "downloads": files,
    }
    # Links of earlier versions open the folded part of a page that had no tabs.
    default = "rules" if state.news("policies") == "true" else "workloads"
    part, place = tabs.pick("part", _TABS, default)
    with place:
        parts[part]()
