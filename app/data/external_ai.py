"""The set's own AIs: how often each is right, and whether probabilities mean what they say."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.data import know_queries, names
from app.shared import reliability_chart, state, views, words
from core.base.names import isolated
from core.dataset.annotation_set import AI
from core.insight.accuracy import Share
from core.insight.calibration import Calibration

_ANSWER = "Its answer"
_MAIN = "The AI that coverage counts"
_MOST_CLASSES, _LONG = 6, 12  # columns with a class, rows before the table scrolls
HELP = (
    "Cases are sorted by the probability and divided into up to ten bins of equally many cases. "
    "Brier score: mean squared difference of probability and outcome, 0 at best. ECE: mean "
    "distance of the dots from the diagonal, weighted by cases; also a calibrated AI shows some "
    "by chance."
)


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """All AIs as a table, then the calibration of the one that coverage counts."""
    if names.machines(facts):
        _all(data_id, facts)
    if facts["external_ai"] is not None:
        if names.machines(facts):
            st.header("Calibration of the AI that coverage counts", anchor=False)
        _calibration(data_id, facts)


def _all(data_id: str, facts: Mapping[str, Any]) -> None:
    """A row per AI."""
    found, classes = know_queries.all_ais(data_id), facts["classes"][:_MOST_CLASSES]
    frame = pd.DataFrame(
        {
            "AI": [_MAIN if one.name == AI else one.name for one in found.ais],
            "Answered": [one.answered for one in found.ais],
            "Accuracy": [_share(one.accuracy) for one in found.ais],
        }
        | {f"class{c}": [_share(one.by_class[c]) for one in found.ais] for c in range(len(classes))}
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) <= _LONG else 420,
        column_config={
            "Answered": st.column_config.NumberColumn(format="localized"),
            "Accuracy": st.column_config.TextColumn(help="With its 95 % interval."),
            **{
                f"class{c}": st.column_config.TextColumn(
                    f"on {isolated(label)}",
                    help="Share of the cases of this class answered rightly.",
                )
                for c, label in enumerate(classes)
            },
        },
        alt="Accuracy of every AI: "
        + "; ".join(
            f"{name} {right}" for name, right in zip(frame["AI"], frame["Accuracy"], strict=True)
        ),
    )
    where = "test cases" if found.split == "test" else "all cases, as there are no test cases"
    if facts.get("consensus"):
        where += ", further AIs against the others' consensus"
    st.caption(
        f"Counted on {where}. Further AIs have fixed answers and can get cases as experts can; "
        "they are part of neither today's practice nor the agreement between experts."
    )


def _share(found: Share) -> str:
    if found.share is None or found.low is None or found.high is None:
        return words.UNKNOWN
    return words.with_interval(found.share, (found.low, found.high))


def _calibration(data_id: str, facts: Mapping[str, Any]) -> None:
    """A sentence, the reliability curve and three numbers."""
    which = views.pick_one("Probability of", [_ANSWER, *facts["classes"]], "ai_class", width=300)
    label = None if which == _ANSWER else which
    found = know_queries.reliability(data_id, label)
    st.markdown(sentence(found, label), help=HELP)
    left, right = st.columns([3, 2], gap="large")
    with left:
        said = "its answer" if label is None else label
        st.plotly_chart(
            reliability_chart.reliability(
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
        st.metric(
            "Expected calibration error (ECE)",
            f"{100 * found.ece:.1f} points",
            f"a calibrated AI shows up to {100 * found.by_chance:.1f} by chance",
            delta_color="off",
            delta_arrow="off",
        )
        st.caption(f"Counted on {found.cases:,} {where}.")


def sentence(found: Calibration, label: str | None) -> str:
    """Whether probabilities are too high or too low on average, or off in places."""
    excess, beyond = found.excess, found.ece > found.by_chance
    size = f"**{100 * abs(excess.value):.1f} points**"
    low, high = sorted((100 * abs(excess.low), 100 * abs(excess.high)))
    ends = f"({low:.1f} to {high:.1f})"
    what = "the AI's confidence" if label is None else "the probability of this class"
    if excess.low > 0 or excess.high < 0:
        way = "high" if excess.low > 0 else "low"
        text = f"On average {what} is {size} {ends} **too {way}**."
        if beyond:
            return text
        return (
            f"{text} The ECE does not show it: spread over the bins, an error of this size is no "
            "larger than a calibrated AI's ECE can be by chance."
        )
    off = (
        f"{words.signed(100 * excess.value)} points ({words.signed(100 * excess.low)} to "
        f"{words.signed(100 * excess.high)})"
    )
    if beyond:
        return (
            f"On average {what} is about right: it is off by {off}. **But in parts of its range it "
            "is off** by more than would be expected by chance: where dots lie far from the "
            "diagonal."
        )
    return (
        f"No error of {what} is distinguishable from chance: on average it is off by {off}, and "
        "the ECE is no larger than a calibrated AI's can be."
    )
