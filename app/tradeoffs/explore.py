"""Pieces of the Trade-offs page: the curve, the areas, one operating point, the downloads."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app import results, state, views, words
from app.charts import curve as curve_charts
from app.charts import point as point_charts
from app.results import OperatingPoint, against
from core.data.export import csv_text

ALL_SEEDS = "mean"


def pick_rule(result: Mapping[str, Any]) -> str:
    """How cases are handed out, in plain words."""
    found = results.rules(result)
    if len(found) == 1:
        st.caption(words.RULES[found[0]].text if found[0] in words.RULES else found[0])
        return found[0]
    state.option("rule", found, found[0])
    rule = st.segmented_control(
        "How each case finds its agent",
        found,
        format_func=words.rule_name,
        key="rule",
        required=True,
        help="  \n".join(f"**{words.rule_name(r)}**: {words.RULES[r].term}" for r in found),
        persist_state="session",
    )
    rule = rule or found[0]
    state.publish("rule", rule, found[0])
    st.caption(words.RULES[rule].text if rule in words.RULES else "")
    return rule


def curve(result: Mapping[str, Any], rule: str) -> None:
    """The coverage–accuracy curve, or the one point of a run with own bounds."""
    points, mean = results.curve_points(result, rule), results.curve_mean(result, rule)
    if mean.empty:
        st.info(
            "Accuracy could not be measured at any point: no chosen expert annotated a test case."
        )
        return
    singles = results.singles(result, rule)
    figure = curve_charts.curve(points, mean, singles, rule=rule, theme=state.theme())
    best = mean.loc[mean["accuracy"].idxmax()]
    st.plotly_chart(
        figure,
        theme=None,
        key=f"curve_{rule}",
        config=views.PLOT,
        alt=(
            f"Team accuracy against the share of cases the AI takes, rule {words.rule_name(rule)}: "
            f"{words.percent(mean['accuracy'].iloc[0])} where the AI takes "
            f"{words.percent(mean['coverage'].iloc[0])}, "
            f"{words.percent(mean['accuracy'].iloc[-1])} where it takes "
            f"{words.percent(mean['coverage'].iloc[-1])}, highest "
            f"{words.percent(best['accuracy'])} at {words.percent(best['coverage'])}. "
            + " ".join(f"{s.name} alone {words.percent(s.accuracy)}." for s in singles)
        ),
    )
    n = len(results.seeds(result))
    line, band = ("point", "bar") if results.is_bounded(result) else ("line", "band")
    over = "over test cases (bootstrap)" + (
        ", or over seeds (Student t) where that is wider" if n > 1 else ""
    )
    st.caption(
        (f"The {line} is the mean of {n} seeds; the" if n > 1 else "One seed; the")
        + f" {band} is the 95 % interval {over}. "
        "Level lines: what the AI and each expert reach when they decide every case alone."
        + (
            " Of the experts, the most and the least accurate on test cases are drawn."
            if len(singles) > curve_charts.MOST_LINES + 1
            else ""
        )
        + (
            " This rule keeps no prices, so points stand where the AI's share really came out."
            if rule == "gate" and not results.is_bounded(result)
            else ""
        )
    )


def area_table(result: Mapping[str, Any]) -> None:
    """Area under the curve of each rule with its interval."""
    table = results.areas(result)
    first = words.rule_name(table["rule"].iloc[0])
    repeats = len(results.seeds(result)) > 1
    columns = {
        "How each case finds its agent": table["rule"].map(words.rule_name),
        "Area under the curve": [words.area(r.mean, (r.low, r.high)) for r in table.itertuples()],
    }
    if len(table) > 1:
        columns[f"Against “{first}”"] = table["verdict"].replace("", words.UNKNOWN)
    shown = pd.DataFrame(columns)
    st.dataframe(
        shown,
        hide_index=True,
        height="content",
        column_config={
            "Area under the curve": st.column_config.TextColumn(
                help="AUC-CAC × 100: accuracy averaged over all shares of the AI; 95 % interval "
                + ("over seeds (Student t)." if repeats else "over test cases (bootstrap).")
            )
        },
        alt="Area under the coverage–accuracy curve per rule with 95 % intervals",
    )


def pick_point(result: Mapping[str, Any], rule: str) -> OperatingPoint:
    """A point by its target, and one seed or the mean of all."""
    all_targets, all_seeds = results.targets(result), results.seeds(result)
    left, right = st.columns([3, 2], gap="large")
    chosen: float | None = None
    bounded = results.is_bounded(result)
    with left:
        if not bounded:
            options = [round(t, 6) for t in all_targets if t is not None]
            best = results.best_point(result, rule).target
            start = round(best, 6) if best is not None else options[0]
            state.adopt("point", start, read=float, valid=lambda v: v in options)
            chosen = st.select_slider(
                "The AI is asked to take",
                options,
                format_func=words.percent,
                key="point",
                persist_state="session",
                help=(
                    "Starts at the point that was most accurate on validation cases, so that no "
                    "test case was used to choose it."
                ),
            ) if len(options) > 1 else options[0]  # fmt: skip
            state.publish("point", chosen)
    only: int | None = None
    with left if bounded else right:
        if len(all_seeds) > 1:
            names = [ALL_SEEDS, *map(str, all_seeds)]
            state.option("seen", names, ALL_SEEDS)
            seen = st.selectbox(
                "Shown",
                names,
                format_func=lambda s: (
                    f"Mean of {len(all_seeds)} seeds" if s == ALL_SEEDS else f"Seed {s}"
                ),
                key="seen",
                persist_state="session",
            )
            state.publish("seen", seen, ALL_SEEDS)
            only = None if seen == ALL_SEEDS else int(seen)
    exact = next((t for t in all_targets if t is not None and round(t, 6) == chosen), None)
    return results.operating_point(result, rule, exact, only)


def point_figures(result: Mapping[str, Any], rule: str, point: OperatingPoint) -> None:
    """Accuracy, share of the AI and what could be measured, then the comparison in words."""
    first, second, third = st.columns(3)
    with first:
        st.metric(
            "Accuracy of the team",
            words.percent(point.accuracy),
            delta=f"95 % interval {_range(point.interval)}" if point.interval else None,
            delta_arrow="off",
            delta_color="off",
            border=True,
            help="On test cases; the interval says what chance alone could make of it.",
        )
    second.metric(
        "The AI takes",
        words.percent(point.coverage),
        delta=(
            f"asked for {words.percent(point.target)}" if point.target is not None else "own bounds"
        )
        + (f"; 95 % interval {_range(point.coverage_interval)}" if point.coverage_interval else ""),
        delta_arrow="off",
        delta_color="off",
        border=True,
        help="Coverage: the AI's share of the test cases. The rest is deferred to experts.",
    )
    third.metric(
        "Could be measured",
        words.percent(point.measured),
        delta="of the test cases",
        delta_arrow="off",
        delta_color="off",
        border=True,
        help=(
            "Cases whose chosen expert did annotate them. A missing annotation is never counted "
            "as right or wrong."
        ),
    )
    for sentence in against.sentences(result, rule, point):
        st.markdown(f"- {views.escape(sentence)}")
    if point.measured < 0.9995:
        st.caption(words.RANDOM_MISSING)


def workload(point: OperatingPoint) -> None:
    """Bars with their bounds, and what is out of bounds in words."""
    st.plotly_chart(
        point_charts.workloads(point.agents, theme=state.theme()),
        theme=None,
        key="workload",
        config=views.PLOT,
        alt="Share of the cases per agent with its bounds. "
        + " ".join(
            f"{r.agent}: {words.percent(r.share)}, bounds {words.bounds_text(r.lower, r.upper)}."
            for r in point.agents.head(point_charts.MOST_BARS).itertuples()
        ),
    )
    for sentence in point.breaches:
        st.warning(f"{views.escape(sentence)}.", icon=":material/warning:")
    if not point.breaches:
        near = point.agents["near"].ne("").any()
        st.caption(
            "No workload is further from its bounds than chance allows on cases not seen before."
            if near
            else "Every workload is within its bounds."
        )
    if len(point.agents) > point_charts.MOST_BARS:
        st.caption(f"The {point_charts.MOST_BARS} with most work are drawn; the table has all.")


def agent_table(point: OperatingPoint) -> None:
    """Every agent's share, bounds and accuracy on the cases handed to it."""
    table = pd.concat([point.agents.tail(1), point.agents.head(-1)])  # the AI first
    st.dataframe(
        pd.DataFrame(
            {
                "Agent": table["agent"],
                "Share of the cases": [
                    words.with_interval(r.share, (r.share_low, r.share_high))
                    for r in table.itertuples()
                ],
                "Bounds": [words.bounds_text(r.lower, r.upper) for r in table.itertuples()],
                "Within its bounds": [
                    r.breach or ("as chance allows" if r.near else "yes")
                    for r in table.itertuples()
                ],
                "Accuracy on its cases": [
                    words.with_interval(r.accuracy, None if r.low != r.low else (r.low, r.high))
                    for r in table.itertuples()
                ],
                "Measured cases": table["cases"],
            }
        ),
        hide_index=True,
        height="content" if len(table) <= 14 else 480,
        column_config={
            "Share of the cases": st.column_config.TextColumn(
                help="Workload on the test cases with its 95 % interval (Wilson)."
            ),
            "Within its bounds": st.column_config.TextColumn(
                width=250,
                help="As chance allows: outside, but by no more than 2 points and two standard "
                "errors, because prices are fitted on validation cases.",
            ),
            "Accuracy on its cases": st.column_config.TextColumn(
                help="On the test cases handed to it that it annotated, with a 95 % interval."
            ),
            "Measured cases": st.column_config.NumberColumn(format="localized"),
        },
        alt="Share, bounds and accuracy per agent",
    )
    if elsewhere := list(table["agent"][table["elsewhere"]]):
        st.caption(
            f"{views.escape(words.listing(elsewhere))}: too few of the cases handed over were "
            "annotated, so accuracy is measured on all test cases annotated there."
        )


def per_class(result: Mapping[str, Any], point: OperatingPoint) -> None:
    """Per-class recall and the confusion matrix side by side."""
    left, right = st.columns(2, gap="large")
    known = point.recall.dropna(subset=["recall"])
    with left:
        st.markdown("**Found, per class**", help="Recall: of the cases of a class, the share that "
                    "the team decided rightly.")  # fmt: skip
        if known.empty:
            st.info("No measured case of any class at this point.")
        else:
            figure = point_charts.intervals(
                known["class"],
                known["recall"],
                known["low"],
                known["high"],
                title="Share of the class decided rightly",
                theme=state.theme(),
                colour="team",
            )
            st.plotly_chart(
                figure,
                theme=None,
                key="recall",
                config=views.PLOT,
                alt="Recall per class: "
                + " ".join(f"{r[1]} {words.percent(r.recall)}." for r in known.itertuples()),
            )
    with right:
        st.markdown("**Mistaken for**", help="Confusion matrix of the measured test cases, summed "
                    "over the seeds shown.")  # fmt: skip
        st.plotly_chart(
            point_charts.confusion(point.confusion, result["classes"], theme=state.theme()),
            theme=None,
            key="confusion",
            config=views.PLOT,
            alt="Decisions of the team (columns) against ground truth (rows), in cases.",
        )


def downloads(run_id: str, result: Mapping[str, Any]) -> None:
    """Everything shown, to take away."""
    with st.container(horizontal=True):
        st.download_button(
            "Curve as CSV",
            data=lambda: csv_text(results.curve_table(result)),
            file_name=f"caseload-{run_id[:8]}-curve.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="curve_csv",
        )
        st.download_button(
            "Whole result as JSON",
            data=lambda: json.dumps(result, indent=2, ensure_ascii=False),
            file_name=f"caseload-{run_id[:8]}-result.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="result_json",
        )


def _range(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:.1f}–{words.percent(interval[1])}"
