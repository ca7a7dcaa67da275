"""The chosen point of the curve: by slider, by table, or by a click on the curve."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from app.shared import curve_tables, operating_point, state, words
from app.shared.curve_chart import At
from app.shared.operating_point import OperatingPoint
from core.base.numbers import number
from core.results.models import RunResult

ALL_SEEDS = "mean"


class Clicked(NamedTuple):
    """What a mark in a figure stands for.

    Attributes:
      target: the point's, None for the only point of a run with own bounds.
      run: its run, None in a figure of one run.
    """

    target: float | None
    run: str | None


def clicked_mark(points: Sequence[Mapping[str, Any]]) -> Clicked | None:
    """The first clicked mark that is a point of a curve; None where there is none.

    Args:
      points: `selection.points` of a chart's event.
    """
    for point in points:
        data = point.get("customdata")
        values = list(data.values()) if isinstance(data, Mapping) else list(data or [])
        known = bool(values) and isinstance(values[0], int | float) and values[0] == values[0]
        run = values[1] if len(values) > 1 and isinstance(values[1], str) else None
        if known or run:
            return Clicked(round(float(values[0]), 6) if known else None, run)
    return None


def on_click(chart: str) -> None:
    """Makes the clicked point the one looked at, and its run where it is another one."""
    event = st.session_state.get(chart)
    found = clicked_mark(event["selection"]["points"]) if event else None
    # A second click on the same mark takes its selection away; it is still the one meant.
    last = f"clicked:{chart}"
    found = found or st.session_state.get(last)
    if found is None:
        return
    st.session_state[last] = found
    current = st.session_state.get("run")
    if found.run is not None and found.run != current:
        others = [i for i in st.session_state.get("runs", []) if i != found.run]
        state.choose("run", found.run)
        state.choose("runs", [current, *others] if current else others)
    if found.target is not None:
        state.choose("point", found.target)


def ringed(point: OperatingPoint) -> At | None:
    """Where the figure has a ring; None where the point is the only one, or not on the curve."""
    if point.target is None or point.accuracy is None:
        return None
    return At(point.target, point.coverage, point.accuracy)


def ringed_words(point: OperatingPoint) -> str:
    """The ring in words, for screen readers; empty where there is none."""
    if (at := ringed(point)) is None:
        return ""
    return (
        f"A ring marks the chosen point: {words.percent(at.accuracy)} where the AI takes "
        f"{words.percent(at.coverage)}."
    )


def pick_point(result: RunResult, rule: str) -> OperatingPoint:
    """A point by its target, and one seed or the mean of all."""
    all_targets, all_seeds = result.targets, result.seeds
    left, right = st.columns([3, 2], gap="medium") if len(all_seeds) > 1 else 2 * [st.container()]
    chosen: float | None = None
    bounded = result.is_bounded
    options = [] if bounded else [round(t, 6) for t in all_targets if t is not None]
    if options:
        with left:
            chosen = _pick_target(result, rule, options)
    only: int | None = None
    with left if bounded else right:
        if len(all_seeds) > 1:
            names = [ALL_SEEDS, *map(str, all_seeds)]
            state.option("seen", names, ALL_SEEDS)
            seen = st.selectbox(
                "Seeds",
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
    return operating_point.operating_point(result, rule, exact, only)


def _pick_target(result: RunResult, rule: str, options: list[float]) -> float:
    """The slider over the targets; says when a link's target is not one of the run's."""
    best = operating_point.best_point(result, rule).target
    start = round(best, 6) if best is not None else options[0]
    asked = state.news("point")
    held = state.adopt(
        "point", start, read=number, valid=lambda v: v in options, like=tuple(options)
    )
    chosen = options[0]
    if len(options) > 1:
        chosen = st.select_slider(
            "The AI is asked to take",
            options,
            held,
            format_func=words.percent,
            key="point",
            persist_state="session",
            help=(
                "Starts at the point that was most accurate on validation cases, so that no test "
                "case was used to choose it. You can also click a point of the curve."
            ),
        )
    if asked is not None and not _among(asked, options):
        st.caption(
            f"The point in this link is not one of this run's; {words.percent(chosen)} is shown."
        )
    state.publish("point", chosen)
    return chosen


def _among(text: str, options: Sequence[float]) -> bool:
    try:
        return number(text) in options
    except ValueError:
        return False


def points_table(result: RunResult, rule: str, point: OperatingPoint) -> None:
    """All points; selecting a row chooses its point. Drawn only while unfolded."""
    if point.target is None or len(result.targets) < 2:
        return
    chosen = round(point.target, 6)
    folded = st.expander(
        "All points in numbers",
        key="points_table",
        on_change="rerun",
        icon=":material/table_rows:",
    )
    if not folded.open:
        return
    mean = curve_tables.curve_mean(result, rule).sort_values("target", ignore_index=True)
    if mean.empty:
        folded.info("Accuracy could not be measured at any point.")
        return
    targets = [round(t, 6) for t in mean["target"]]
    # The key holds the point, so that the row marked is always the one shown.
    key = f"points_{rule}_{chosen}"

    def take() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows:
            state.choose("point", targets[rows[0]])

    folded.dataframe(
        pd.DataFrame(
            {
                "The AI is asked to take": mean["target"].map(words.percent),
                "It takes": mean["coverage"].map(words.percent),
                "Accuracy of the team": [
                    words.with_interval(r.accuracy, None if r.low != r.low else (r.low, r.high))
                    for r in mean.itertuples()
                ],
            }
        ),
        hide_index=True,
        height="content" if len(mean) <= 14 else 480,
        key=key,
        on_select=take,
        selection_mode="single-row",
        selection_default={"selection": {"rows": [targets.index(chosen)]}}
        if chosen in targets
        else None,
        alt="All points of the curve with the team's accuracy and its 95 % interval",
    )
