"""Who annotated which cases: a sentence and a chart."""

from collections.abc import Mapping
from typing import Any, cast

import streamlit as st

from app.data import names, overlap
from app.data import pattern_chart as chart
from app.shared import data_queries, insight_queries, state, views, words
from core.insight.pattern import ORDERS, Order, Pattern

_ORDERS: dict[Order, str] = {
    "pattern": "Who annotated them",
    "class": "Ground truth",
    "split": "Split",
}


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """A sentence, the order, the chart and how to read it."""
    pattern = insight_queries.pattern(data_id)
    st.markdown(sentence(pattern))
    for line in remarks(pattern, facts):
        st.markdown(line)
    if pattern.kind == "empty":
        return
    state.option("sort", ORDERS, "pattern")
    order = cast(
        Order,
        st.segmented_control(
            "Sort the cases by",
            ORDERS,
            format_func=_ORDERS.__getitem__,
            key="sort",
            required=True,
            persist_state="session",
        )
        or "pattern",
    )
    state.publish("sort", order, "pattern")
    drawn, parts = insight_queries.picture(data_id, order)
    if order == "split":
        parts = [(views.SPLITS[name], size) for name, size in parts]
    data = data_queries.dataset(data_id)
    st.plotly_chart(
        chart.draw(
            drawn,
            [names.marked(e, facts) for e in data.experts],
            data.case_ids.tolist(),
            parts,
            theme=state.theme(),
        ),
        theme=None,
        key="pattern",
        config=views.PLOT,
        alt=(
            f"{words.count(pattern.cases, 'case')} from left to right and "
            f"{words.count(pattern.experts, 'expert')} from top to bottom, each cell missing, "
            f"right or wrong. {sentence(pattern)}"
        ).replace("**", ""),
    )
    st.caption(_reading(pattern, drawn.per_row, drawn.per_column))
    overlap.draw(data_id, facts)


def sentence(pattern: Pattern) -> str:
    """What the chart shows, in a sentence or two."""
    share = words.percent(pattern.missing)
    if pattern.kind == "empty":
        return "**There are no annotations.**"
    if pattern.kind == "complete":
        who = "The one expert" if pattern.experts == 1 else "Every expert"
        return f"**Complete**: {who.lower()} annotated every case."
    if pattern.experts == 1:
        return f"**One expert**, who left {share} of the cases without an annotation."
    if pattern.kind == "blocks":
        return (
            f"**By blocks**: the experts fall into {pattern.blocks:,} groups that share no case "
            f"with each other. {share} of all (case, expert) pairs are missing, most of them "
            "between the blocks: experts of different blocks can only be compared through the AI."
        )
    if pattern.kind == "together":
        return (
            f"**Not at random**: {share} is missing, and some experts share more cases than "
            "chance would give, others fewer: cases were not assigned to them at random."
        )
    return (
        f"**As if at random**: {share} is missing, and which expert annotated a case says nothing "
        "about who else did."
    )


def remarks(pattern: Pattern, facts: Mapping[str, Any]) -> list[str]:
    """Further sentences, each only where it applies."""
    lines = []
    least, middle, most = pattern.per_case
    if pattern.kind not in ("empty", "complete") and pattern.experts > 1:
        if least == most:
            lines.append(f"Every case has exactly {words.count(most, 'annotation')}.")
        else:
            lines.append(
                f"A case has {least:,} to {words.count(most, 'annotation')}, "
                f"the median is {middle:g}."
            )
    if pattern.unseen and pattern.kind != "empty":
        verb = "was" if pattern.unseen == 1 else "were"
        lines.append(f"{words.count(pattern.unseen, 'case')} {verb} annotated by nobody.")
    rates = {
        views.SPLITS[s].lower(): r
        for s, r in facts["missing_rate_by_split"].items()
        if r is not None
    }
    if rates and max(rates.values()) - min(rates.values()) > 0.1:
        parts = [f"{words.percent(r)} in {s}" for s, r in rates.items()]
        lines.append(f"The splits differ: missing are {words.listing(parts)}.")
    if pattern.by_class:
        lines.append(
            "**Missing depends on the class**: one expert's share annotated differs by up to "
            f"{100 * pattern.class_spread:.0f} points between classes, more than chance gives. "
            "Accuracies are then not those of a random case."
        )
    return [" ".join(lines)] if lines else []


def _reading(pattern: Pattern, per_row: int, per_column: int) -> str:
    if per_row == per_column == 1:
        return "Each column is a case, each row an expert; hover over a cell for details."
    each = " and ".join(
        part
        for part in (
            words.count(per_row, "expert") if per_row > 1 else "",
            words.count(per_column, "case") if per_column > 1 else "",
        )
        if part
    )
    return (
        f"Each cell combines {each}: a stronger colour means more annotations, and its hue shows "
        "the mix of right and wrong ones."
    )
