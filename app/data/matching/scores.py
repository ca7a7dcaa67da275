"""Which finding is read, which class a high score speaks for, where scores and grades are cut."""

import numpy as np
import streamlit as st

from app.data.matching import grades, labels
from app.data.matching.held import Held
from app.data.matching.scores_chart import histogram
from app.shared import state, views, words
from core.base.report import clip
from core.matching.facts import Column
from core.matching.grades import Classes, grades_of, scale
from core.matching.positive import find_cut, find_positive
from core.matching.roles import Role


def draw_finding(held: Held) -> None:
    """Which of several findings is read, or that each becomes a data set."""
    findings = held.roles.findings
    if not findings:
        held.each = False
        return
    if held.roles.finding not in findings:
        held.change(finding=findings[0])
    with st.container(border=True):
        left, right = st.columns([2, 3], vertical_alignment="bottom")
        chosen = left.selectbox(
            "Finding",
            list(findings),
            list(findings).index(held.roles.finding),
            format_func=lambda f: clip(f, 60),
            key=held.key("finding", *findings),
            help="A data set is about one finding. Its figures are shown below.",
        )
        held.change(finding=chosen)
        if len(findings) == 1:
            held.each = False
            return
        held.each = right.toggle(
            f"Read all {len(findings)} findings as {len(findings)} data sets named together",
            held.each,
            held.key("each"),
            help="They are called “name · finding”. The figures below are those of the one on "
            "the left.",
        )


def draw(held: Held) -> None:
    """The positive class and the cut, where there are scores."""
    if graded := grades_of(held.tables, held.final):
        grades.draw(held, graded)
        return
    columns = [c for c in held.used(Role.SCORE) if np.isfinite(c.scores).any()]
    if not columns and not held.used(Role.AI_SCORE):
        held.change(cut=None)
        return
    classes = labels.classes(held)
    if held.roles.by_presence or not classes:
        held.change(positive=find_positive(held.tables, held.final))
    elif held.roles.positive not in classes:
        held.change(positive=find_positive(held.tables, held.final))
    with st.container(border=True):
        st.markdown("**Scores**")
        if classes and not held.roles.by_presence:
            key = held.key("positive", *classes)
            held.change(
                positive=st.selectbox(
                    "A high score speaks for",
                    classes,
                    classes.index(held.roles.positive),
                    key=key,
                    format_func=lambda c: clip(c, 60),
                )
            )
        if columns and all(c.numeric for c in columns):
            _cut(held, columns)
        elif columns:
            worded = scale({str(level) for c in columns for level in c.levels})
            if len(worded) > 1:
                grades.cut(held, worded, [], columns, _names(held))


def _cut(held: Held, columns: list[Column]) -> None:
    """The slider of the cut over a histogram, with how many scores lie on both sides."""
    numbers = np.concatenate([c.scores for c in columns])
    often = np.concatenate(
        [np.bincount(c.codes[c.codes >= 0], minlength=len(c.levels)) for c in columns]
    )
    there = np.isfinite(numbers)
    values, place = np.unique(numbers[there], return_inverse=True)
    counts = np.bincount(place, weights=often[there])
    if len(values) < 2:
        held.change(cut=find_cut(columns))
        return
    low, high = float(values[0]), float(values[-1])
    step = (
        1.0
        if (values == np.round(values)).all()
        else float(10.0 ** np.floor(np.log10((high - low) / 50)))
    )
    key = held.key("cut", low, high)
    given = held.roles.cut if held.roles.cut is not None else find_cut(columns)
    cut = st.slider(
        "Cut",
        low,
        high,
        min(max(float(given), low), high),
        step=step,
        key=key,
        help="A score from the cut on counts as an answer of this class, a lower one as the other.",
    )
    held.change(cut=cut)
    above = int(counts[values >= cut].sum())
    below, positive = _names(held)
    st.plotly_chart(
        histogram(values, counts, cut, state.theme()),
        key=held.key("histogram"),
        config=views.PLOT,
        alt=f"Histogram of the readers' scores with the cut at {cut:g}",
    )
    st.markdown(
        f"“{views.escape(below)}” below {cut:g}: **{int(counts.sum()) - above:,}** · "
        f"“{views.escape(positive)}” from {cut:g} on: **{above:,}** "
        f"of {words.count(int(counts.sum()), 'score')}"
    )


def _names(held: Held) -> Classes:
    """The class that a low score speaks for, and the positive one."""
    others = [c for c in labels.classes(held) if c != held.roles.positive]
    positive = held.roles.positive
    return Classes(others[0] if len(others) == 1 else f"not {positive}", positive)
