"""The experts: how much each annotated, how accurate they are, and one of them in detail."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.data import answer_charts as charts
from app.data import class_accuracy, names
from app.shared import insight_queries, point_chart, state, views, words
from app.shared.paint import short

MOST_DRAWN = 40  # experts with a dot of their own; more are drawn as a distribution of the ends

_ALLOWING = (
    "With q the mean probability that the others' consensus is right, an expert of accuracy a "
    "agrees with it in a share a q + (1 − a)(1 − q)/(C − 1) of C classes; a is solved for. "
    "In simulations of experts who err independently, the result was right to within two points; "
    "where a fifth of the cases was hard for all of them, it was 3 to 7 points too high, and where "
    "they gave the same wrong answer to these, 6 to 11. Cases "
    "that nobody else annotated are left out. Per class and in the confusion matrix, classes are "
    "those of the others' consensus."
)


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """All experts as a table and a chart, then the chosen one."""
    if not facts["experts"]:
        st.info("This set has no experts.")
        return
    left, right = st.columns([6, 5], gap="large")
    with left:
        chosen = _table(facts)
    with right:
        _chart(facts)
    if part := facts["part_of_truth"]:
        st.warning(
            f"Part of the truth: {views.escape(words.listing(part))}. The ground truth seems to be "
            "made of these experts' answers; then their accuracy is too high.",
            icon=":material/warning:",
        )
    if facts.get("consensus"):
        st.caption(
            "Accuracy is **against the others' consensus**: an expert's own answers have no part "
            "in it. It allows for how often that consensus is itself wrong, supposing that experts "
            "err independently of each other. **Where they err on the same cases, all accuracies "
            "here are too high.**",
            help=_ALLOWING,
        )
    class_accuracy.draw(data_id, facts)
    _one(data_id, facts, chosen)


def _table(facts: Mapping[str, Any]) -> str:
    """A row per expert; a click chooses one. Returns the chosen expert's name."""
    every = list(facts["experts"])
    own = [facts["expert_accuracy"][name] for name in every]
    frame = pd.DataFrame(
        {
            "Expert": [names.marked(name, facts) for name in every],
            "Share annotated": [100 * e["share_annotated"] for e in own],
            "Annotations": [e["annotations"] for e in own],
            # A number of its own, so that a click on the header sorts by it.
            "Accuracy": [None if e["accuracy"] is None else 100 * e["accuracy"] for e in own],
            "95 % interval": [_range(e["interval"]) for e in own],
        }
    )
    if part := set(facts["part_of_truth"]):
        frame["Truth"] = ["part of it" if n in part else "" for n in every]
    event: Any = st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) <= 12 else 440,
        key="expert_rows",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            # A long name must not push the figures out of sight.
            "Expert": st.column_config.TextColumn(width=100 if part else 150),
            "Share annotated": st.column_config.ProgressColumn(
                width=108,
                format="%.1f %%",
                min_value=0,
                max_value=100,
                help="Of all cases, in any split.",
            ),
            "Annotations": st.column_config.NumberColumn(width=82, format="localized"),
            "Accuracy": st.column_config.NumberColumn(
                width=68,
                format="%.1f %%",
                help="On all cases the expert annotated, against "
                + ("the others' consensus." if facts.get("consensus") else "ground truth."),
            ),
            "95 % interval": st.column_config.TextColumn(
                width=98,
                help="Of the accuracy, by Wilson; where patients are known, with the effective "
                "number of cases.",
            ),
            "Truth": st.column_config.TextColumn(
                width=70, help="Whose answers are probably part of the ground truth."
            ),
        },
        alt="Share of cases annotated and accuracy per expert",
    )
    rows = event.selection.rows
    picked = every[rows[0]] if rows and rows[0] < len(every) else None
    # Only a new click counts: the box below may have been changed since.
    if picked and picked != st.session_state.get("expert_clicked"):
        state.choose("expert", picked)
    st.session_state["expert_clicked"] = picked
    return views.pick_one(
        "Expert (or select a row)",
        every,
        "expert",
        format_func=partial(names.marked, facts=facts),
    )


def _range(interval: list[float] | None) -> str:
    if interval is None:
        return words.UNKNOWN
    return f"{100 * interval[0]:.1f}–{words.percent(interval[1])}"


def _chart(facts: Mapping[str, Any]) -> None:
    """Accuracy per expert as dots with interval bars, the most accurate on top."""
    known = [(n, e) for n, e in facts["expert_accuracy"].items() if e["accuracy"] is not None]
    if not known:
        st.info(
            "No expert's accuracy can be measured: there is no annotation of a case that others "
            "annotated too."
            if facts.get("consensus")
            else "No expert has an annotation that can be compared with ground truth."
        )
        return
    known.sort(key=lambda item: -item[1]["accuracy"])
    shown = known
    if len(known) > MOST_DRAWN:
        half = MOST_DRAWN // 2
        shown = [*known[:half], *known[-half:]]
        st.caption(
            f"The {half} most and the {half} least accurate of {len(known):,} experts. The "
            "extremes of such a long list are partly chance; see the intervals."
        )
    figure = point_chart.intervals(
        [names.marked(n, facts) for n, _ in shown],
        [e["accuracy"] for _, e in shown],
        [e["interval"][0] for _, e in shown],
        [e["interval"][1] for _, e in shown],
        title="Accuracy against the others' consensus"
        if facts.get("consensus")
        else "Accuracy on the cases each expert annotated",
        theme=state.theme(),
    )
    best, worst = known[0], known[-1]
    st.plotly_chart(
        figure,
        theme=None,
        key="expert_accuracy",
        config=views.PLOT,
        alt=(
            f"Accuracy of {words.count(len(known), 'expert')} with 95 % intervals, from "
            f"{words.percent(worst[1]['accuracy'])} ({worst[0]}) to "
            f"{words.percent(best[1]['accuracy'])} ({best[0]})."
        ),
    )


def _one(data_id: str, facts: Mapping[str, Any], expert: str) -> None:
    """Accuracy per class and confusion of the chosen expert."""
    own = facts["expert_accuracy"][expert]
    st.header(views.escape(names.marked(expert, facts)), anchor=False)
    if not own["annotations"]:
        st.info("This expert annotated no case.")
        return
    made = (
        f"{words.count(own['annotations'], 'annotation')}, "
        f"{words.percent(own['share_annotated'])} of all cases"
    )
    if own["accuracy"] is None:  # in sets by consensus only
        st.info(f"{made}. The others' answers say too little of these cases to measure accuracy.")
        return
    if facts.get("consensus"):
        known = ", against the others' consensus."
    else:
        known = " (part of the truth)." if expert in facts["part_of_truth"] else "."
    share = words.with_interval(own["accuracy"], own["interval"])
    st.markdown(f"{made}; right on **{share}** of them{known}")
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Accuracy per class**")
        _class_table(insight_queries.class_accuracy(data_id, expert), expert, facts)
    with right:
        st.markdown("**Confusion matrix**")
        answers = [*facts["classes"], *facts["extra_answers"]]
        counts = insight_queries.confusion(data_id, expert)
        _confusion(counts, facts, answers, expert)
        if extra := int(counts[:, len(facts["classes"]) :].sum()):
            st.caption(
                f"{words.count(extra, 'annotation')} of no class "
                f"({views.escape(words.listing(list(facts['extra_answers']), 6))}): "
                "each counts as wrong."
            )


def _class_table(table: pd.DataFrame, expert: str, facts: Mapping[str, Any]) -> None:
    by_others = bool(facts.get("consensus"))
    shown = pd.DataFrame(
        {
            "Class": table["label"],
            "Annotated": table["annotations"],
            "of cases": table["cases"],
            "Accuracy": [
                words.with_interval(r.accuracy, (r.low, r.high)) for r in table.itertuples()
            ],
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        height="content" if len(shown) <= 14 else 460,
        column_config={
            "Class": st.column_config.TextColumn(
                width=190,
                help="By the others' consensus." if by_others else "The ground truth of the cases.",
            ),
            "Annotated": st.column_config.NumberColumn(
                format="localized", help="Cases of this class that the expert annotated."
            ),
            "of cases": st.column_config.NumberColumn(
                format="localized",
                help="Cases of this class in the set"
                + (", by the consensus of all." if by_others else "."),
            ),
            "Accuracy": st.column_config.TextColumn(
                help="Share of these annotated rightly; Wilson 95 %. For two classes these are "
                "sensitivity and specificity."
            ),
        },
        alt=f"Accuracy of {expert} per class",
    )


def _confusion(
    counts: np.ndarray, facts: Mapping[str, Any], answers: list[str], expert: str
) -> None:
    """Counts of the expert's annotations, a row per class."""
    classes, truth = facts["classes"], "Ground truth"
    if facts.get("consensus"):
        truth = "Others' consensus"
    total = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0)
    hover = np.array(
        [
            [
                f"{truth.lower()} {t}, annotated {a}: {counts[i, j]:,} of {total[i, 0]:,} "
                f"({words.percent(share[i, j])})"
                for j, a in enumerate(map(short, answers))
            ]
            for i, t in enumerate(map(short, classes))
        ]
    )
    written = np.vectorize(lambda n: f"{n:,}", otypes=[object])(counts)
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    i, j = np.unravel_index(int(wrong.argmax()), wrong.shape)
    most = (
        f"The most common mistake: “{classes[i]}” taken for “{answers[j]}”, "
        f"{words.count(int(wrong[i, j]), 'time')} of {total[i, 0]:,}."
        if wrong.any()
        else "No annotation is wrong."
    )
    st.plotly_chart(
        charts.matrix(
            share,
            written,
            hover,
            classes,
            answers,
            x=f"Annotated by {short(expert)}",
            y=truth,
            theme=state.theme(),
        ),
        theme=None,
        key="expert_confusion",
        config=views.PLOT,
        alt=f"Annotations of {expert} against {truth.lower()}, {len(classes)} classes. {most}",
    )
    share_of = "the true class"
    if facts.get("consensus"):
        most = most.replace("mistake", "difference") if wrong.any() else "No annotation differs."
        share_of = "the class. Counted against the others' consensus, which may itself be wrong"
    st.caption(f"{views.escape(most)} A stronger colour means a larger share of {share_of}.")
