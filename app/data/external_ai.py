"""The set's own AI: whether its probabilities mean what they say."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.data import know_charts, know_queries
from app.shared import state, views, words
from core.base.clusters import Mean

_ANSWER = "Its answer"
HELP = (
    "Cases are sorted by the probability and divided into up to ten bins of equally many cases. "
    "Brier score: mean squared difference of probability and outcome, 0 at best. ECE: mean "
    "distance of the dots from the diagonal, weighted by cases; also a calibrated AI shows some "
    "by chance."
)


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """A sentence, the reliability curve and three numbers."""
    which = views.pick_one("Probability of", [_ANSWER, *facts["classes"]], "ai_class", width=300)
    label = None if which == _ANSWER else which
    found = know_queries.reliability(data_id, label)
    st.markdown(_sentence(found.excess, label), help=HELP)
    left, right = st.columns([3, 2], gap="large")
    with left:
        said = "its answer" if label is None else label
        st.plotly_chart(
            know_charts.reliability(
                found.bins,
                x="Probability that the AI gives "
                + ("its answer" if label is None else "the class"),
                y="Share of cases that were right"
                if label is None
                else "Share of cases of the class",
                theme=state.theme(),
            ),
            theme=None,
            key="reliability",
            config=views.PLOT,
            alt=f"Probability that the external AI gives {said} against what happened: "
            + "; ".join(
                f"{words.percent(b.predicted)} and {words.percent(b.happened)}"
                for b in found.bins.itertuples()
            ),
        )
    with right:
        where = "test cases" if found.split == "test" else "cases, as there are no test cases"
        st.metric(
            "Brier score",
            f"{found.brier.value:.3f}",
            f"95 % interval {found.brier.low:.3f} to {found.brier.high:.3f}",
            delta_color="off",
            delta_arrow="off",
        )
        beyond = "more than" if found.ece > found.by_chance else "within"
        st.metric(
            "Expected calibration error (ECE)",
            f"{100 * found.ece:.1f} points",
            f"{beyond} what chance gives, up to {100 * found.by_chance:.1f}",
            delta_color="off",
            delta_arrow="off",
        )
        st.caption(f"Counted on {found.cases:,} {where}.")


def _sentence(excess: Mean, label: str | None) -> str:
    """Whether probabilities are too high on average."""
    size = f"**{100 * abs(excess.value):.1f} points**"
    low, high = sorted((100 * abs(excess.low), 100 * abs(excess.high)))
    ends = f"({low:.1f} to {high:.1f})"
    what = "the AI's confidence" if label is None else "the probability of this class"
    if excess.low > 0:
        return f"On average {what} is {size} {ends} **too high**."
    if excess.high < 0:
        return f"On average {what} is {size} {ends} **too low**."
    return (
        f"On average {what} is right within chance: it is off by "
        f"{words.signed(100 * excess.value)} points ({words.signed(100 * excess.low)} to "
        f"{words.signed(100 * excess.high)})."
    )
