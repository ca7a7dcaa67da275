"""What a run promised against what happened, and whether its probabilities mean what they say."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app.shared import point_queries, reliability_chart, state, views, words
from app.shared.operating_point import OperatingPoint
from core.insight.calibration import Calibration

# What is predicted, whose it is, what happened.
_KINDS: Mapping[str, tuple[str, str, str]] = {
    "value": ("Probability that an agent is right", "expected correctness", "Was right"),
    "ai": ("Confidence of the AI in its answer", "the AI", "Was right"),
    "experts": ("Confidence in an expert's answer", "models of experts", "Answered so"),
    "gating": ("Probability of the preferred agent", "gating model", "Was right"),
}
_HELP = (
    "Test cases are sorted by the probability and divided into up to ten bins of equally many. "
    "ECE (expected calibration error): mean distance of the dots from the diagonal, weighted by "
    "cases; a calibrated model too shows some by chance. All seeds together; intervals are by case."
)


def draw_promise(run_id: str, rule: str, point: OperatingPoint) -> None:
    """What was promised at a point against what happened, in a sentence."""
    found = point_queries.promise(run_id, rule, point.target, point.seeds)
    if found is None:
        return
    excess = found.excess
    off = (
        f"{words.signed(100 * excess.value)} points ({words.signed(100 * excess.low)} to "
        f"{words.signed(100 * excess.high)})"
    )
    if found.kept:
        verdict = f"not distinguishable: {off}"
    elif excess.value > 0:
        verdict = f"too much was promised: {off}"
    else:
        verdict = f"more happened than was promised: {off}"
    st.markdown(
        f"Promised, as the mean probability that the chosen agent is right: "
        f"**{words.percent(found.promised)}**. Happened, on the cases whose decision could be "
        f"scored: **{words.percent(found.happened)}**; {verdict}."
    )


def draw_reliability(run_id: str, rule: str, point: OperatingPoint) -> None:
    """The promise, and a reliability diagram per kind of probability."""
    draw_promise(run_id, rule, point)
    found = point_queries.reliability(run_id, point.target, point.seeds)
    if not found:
        st.info("The outputs of this run are not stored; train it again to get them.")
        return
    frame = pd.DataFrame([_row(kind, one) for kind, one in found.items()])
    st.dataframe(frame, hide_index=True, width="stretch", key="ece_table")
    columns = st.columns(2, gap="large")
    for number, (kind, one) in enumerate(found.items()):
        x, name, y = _KINDS[kind]
        with columns[number % 2]:
            st.plotly_chart(
                reliability_chart.reliability(
                    one.bins, x=x, y=y, theme=state.theme(), name=name, height=330
                ),
                theme=None,
                key=f"reliable_{kind}",
                config=views.PLOT,
                alt=f"{x} against what happened: "
                + "; ".join(
                    f"{words.percent(b.predicted)} and {words.percent(b.happened)}"
                    for b in one.bins.itertuples()
                ),
            )
    target = "" if point.target is None else " Gating and experts' models are those of this point."
    st.caption(f"{_HELP}{target}")


def _row(kind: str, found: Calibration) -> dict[str, str]:
    x, _, _ = _KINDS[kind]
    excess, beyond = found.excess, found.ece > found.by_chance
    return {
        "Probability": x,
        "ECE, points": f"{100 * found.ece:.1f}",
        "By chance up to": f"{100 * found.by_chance:.1f}",
        "Too high by, points": f"{words.signed(100 * excess.value)} "
        f"({words.signed(100 * excess.low)} to {words.signed(100 * excess.high)})",
        "Verdict": "off by more than chance" if beyond else "not distinguishable from calibrated",
        "Answers": f"{found.cases:,}",
    }
