"""Accuracy over time, for sets with dates."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from app.data import know_charts, know_queries, names
from app.shared import state, views, words
from core.base.clusters import Mean
from core.dataset.group_names import group_name

_ALL = "All experts together"


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """Whose accuracy, the trend in words, and a chart."""
    who = views.pick_one(
        "Whose accuracy",
        [_ALL, *facts["experts"]],
        "time_expert",
        width=300,
        format_func=partial(names.marked, facts=facts),
    )
    found = know_queries.over_time(data_id, None if who == _ALL else who)
    if found is None:
        st.info("No column of this set holds dates.")
        return
    name = "the experts" if who == _ALL else names.marked(who, facts)
    lines = [_trend(views.escape(name), found.trend)]
    if facts["external_ai"] is not None:
        lines.append(_trend("the external AI", found.ai_trend))
    st.markdown(" ".join(lines))
    if not found.table["annotations"].any() and facts["external_ai"] is None:
        st.info("There are no annotations of cases with a date.")
        return
    st.plotly_chart(
        know_charts.over_time(
            found.table,
            x=group_name(found.column).replace("_", " ").capitalize(),
            experts="experts" if who == _ALL else name,
            theme=state.theme(),
        ),
        theme=None,
        key="over_time",
        config=views.PLOT,
        alt=f"Accuracy of {name} per {found.period}: "
        + "; ".join(
            f"{row.start:%Y-%m-%d} {words.percent(row.accuracy)}"
            for row in found.table.itertuples()
        ),
    )
    caption = f"A dot per {found.period} with its 95 % interval."
    if found.undated:
        caption += f" {words.count(found.undated, 'case')} without a date left out."
    if facts.get("consensus"):
        caption += " Right means agreeing with the others' consensus, which is wrong at times."
    if who == _ALL and len(names.people(facts)) > 1:
        caption += " Who annotates may change, too: look at single experts before you conclude."
    st.caption(caption)


def _trend(who: str, trend: Mean | None) -> str:
    """The slope of a straight line in words."""
    if trend is None:
        return f"Too few dates to see a trend of {who}."
    ends = f"({words.signed(100 * trend.low)} to {words.signed(100 * trend.high)})"
    size = f"{100 * abs(trend.value):.1f} points a year {ends}"
    if trend.low <= 0 <= trend.high:
        return (
            f"The accuracy of {who} shows no clear trend: {words.signed(100 * trend.value)} "
            f"points a year {ends}."
        )
    return f"The accuracy of {who} **{'rises' if trend.value > 0 else 'falls'}** by {size}."
