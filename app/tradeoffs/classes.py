"""Accuracy per class: one class against the rest, all classes, and what is mistaken for what."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.shared import case_dialog, one_class, point_queries, state, views, words
from app.shared import point_chart as charts
from app.shared.operating_point import OperatingPoint
from app.tradeoffs import class_charts, class_words, point_words
from app.tradeoffs.point_cases import Which
from core.results.against_rest import per_thousand
from core.results.models import RunResult

_MOST_DRAWN = 15  # classes in the figure
_MOST_ROWS = 10  # of a table that is shown whole


def one(result: RunResult, rule: str, point: OperatingPoint, run_id: str) -> None:
    """Sensitivity and specificity of a class: the team, the AI alone, experts alone."""
    label = _pick(result)
    compared = point_queries.one_against_rest(run_id, rule, point.target, point.seeds, label)
    found, left = class_words.focus(point, label)
    rates = per_thousand(result.share_of(label), found, left)
    said = class_words.sentences(label, found, left, rates)
    st.markdown(
        "\n".join(f"- {views.escape(text)}" for text in said),
        help=f"{class_words.TERMS} {class_words.EXPECT}",
    )
    if note := class_words.measured_part(point):
        st.caption(views.escape(note))
    _counted(result, point, label)
    if compared is None:
        why = point_queries.decisions(run_id, rule, point.target, point.seeds).why
        st.info(
            views.escape(f"The AI alone and the experts alone cannot be shown beside it. {why}"),
            icon=":material/info:",
        )
        return
    _beside(compared, point, label)


def _counted(result: RunResult, point: OperatingPoint, label: str) -> None:
    """Buttons for the four kinds of decisions about a class; each opens its cases."""
    c = result.classes.index(label)
    rest = tuple(i for i in range(len(result.classes)) if i != c)
    others = tuple(i for i in range(len(result.answers)) if i != c)
    kinds = {
        "Found": ((c,), (c,)),
        "Missed": ((c,), others),
        "Wrong calls": (rest, (c,)),
        "Rightly not called": (rest, others),
    }
    with st.container(horizontal=True):
        for kind, (truths, decisions) in kinds.items():
            count = int(point.confusion[np.ix_(truths, decisions)].sum())
            which = Which(title=f"{kind}: {label}", truths=truths, decisions=decisions)
            st.button(
                f"{kind}: {count:,}",
                key=f"cases_{kind}",
                icon=":material/list:",
                disabled=not count,
                on_click=case_dialog.ask,
                args=(which,),
            )


def every(result: RunResult, point: OperatingPoint) -> None:
    """Sensitivity per class and the confusion matrix, then every class in a table."""
    known = point.recall.dropna(subset=["recall"])
    few = len(point.recall) <= charts.WRITTEN
    left, right = st.columns(2, gap="large") if few else (st.container(), st.container())
    with left:
        st.markdown(
            "**Found, per class**",
            help="Sensitivity (recall): of the cases of a class, the share that the team decided "
            "rightly, with its 95 % interval.",
        )
        if known.empty:
            st.info("No measured case of any class at this point.")
        else:
            _found(result, known)
    kept = charts.mistaken(point.confusion)
    with right:
        st.markdown(
            "**Mistaken for**",
            help="Confusion matrix of the measured test cases, summed over the seeds shown. Click "
            "a cell to see its cases.",
        )
        st.plotly_chart(
            charts.confusion(point.confusion, result.answers, theme=state.theme()),
            theme=None,
            key="confusion",
            config=views.PLOT,
            on_select=case_dialog.on_select("confusion", lambda s: _cell(result, kept, s)),
            selection_mode="points",
            alt="Decisions of the team (columns) against ground truth (rows), in cases. "
            + _worst_mix_ups(point),
        )
        if len(point.recall) > charts.MOST_CLASSES:
            st.caption(f"The {charts.MOST_CLASSES} classes most often mistaken are drawn.")
    st.caption("Click a class or a cell to see its cases.")
    for note in (class_words.measured_part(point), point_words.counted(point)):
        if note:
            st.caption(views.escape(note))
    shown = point_words.classes_shown(point, result.test_cases_per_class)
    with st.expander("Every class in numbers: cases, sensitivity, specificity"):
        st.dataframe(
            shown,
            hide_index=True,
            height="content" if len(shown) <= _MOST_ROWS else 380,
            alt="Sensitivity and specificity of the team per class with 95 % intervals",
        )
    if len(point.recall) > 2 and not (mix_ups := point_words.mix_ups(point)).empty:
        with st.expander(f"All mix-ups, the most common first ({len(mix_ups):,})"):
            st.dataframe(
                pd.DataFrame(
                    {
                        "Ground truth": mix_ups["truth"],
                        "Decided": mix_ups["decided"],
                        "Cases": mix_ups["cases"],
                        "Of that class": [words.percent(s) for s in mix_ups["share"]],
                    }
                ),
                hide_index=True,
                height="content" if len(mix_ups) <= _MOST_ROWS else 380,
                key="mix_ups",
                on_select=case_dialog.on_select("mix_ups", lambda s: _mix_up(result, mix_ups, s)),
                selection_mode="single-row",
                alt="Wrong decisions of the team by ground truth and decision",
            )
            st.caption(case_dialog.SELECT)


def _cell(result: RunResult, kept: Sequence[int], selection: Mapping[str, Any]) -> Which | None:
    """The cases of the cell that was clicked; `kept` are the answers drawn."""
    for mark in selection["points"]:
        return _mistaken(result, kept[round(mark["y"])], kept[round(mark["x"])])
    return None


def _mix_up(result: RunResult, found: pd.DataFrame, selection: Mapping[str, Any]) -> Which | None:
    for row in selection["rows"]:
        one = found.iloc[row]
        return _mistaken(
            result, result.classes.index(one["truth"]), result.answers.index(one["decided"])
        )
    return None


def _mistaken(result: RunResult, truth: int, decision: int) -> Which:
    title = f"Ground truth {result.classes[truth]}, decided {result.answers[decision]}"
    return Which(title=title, truths=(truth,), decisions=(decision,))


def _of_class(result: RunResult, drawn: list[str], selection: Mapping[str, Any]) -> Which | None:
    """All cases of the class whose mark was clicked."""
    for mark in selection["points"]:
        label = drawn[mark["point_index"]]
        return Which(title=f"Ground truth {label}", truths=(result.classes.index(label),))
    return None


def _found(result: RunResult, known: pd.DataFrame) -> None:
    drawn = known
    if len(known) > _MOST_DRAWN:
        drawn = known.sort_values("recall", kind="stable").head(_MOST_DRAWN)
    labels = list(drawn["class"])
    figure = charts.intervals(
        labels,
        drawn["recall"],
        drawn["low"],
        drawn["high"],
        title="Share of the class decided rightly",
        theme=state.theme(),
        colour="team",
    )
    st.plotly_chart(
        figure,
        theme=None,
        key="recall",
        config=views.PLOT,
        on_select=case_dialog.on_select("recall", lambda s: _of_class(result, labels, s)),
        selection_mode="points",
        alt="Sensitivity per class: "
        + " ".join(f"{r[1]} {words.percent(r.recall)}." for r in drawn.itertuples()),
    )
    if len(known) > _MOST_DRAWN:
        st.caption(
            f"The {_MOST_DRAWN} classes found least often are drawn, the worst first; the table "
            f"has all {len(known)}."
        )


def focus(result: RunResult) -> str:
    """The class in focus, in the URL; it starts at the rarest one of the test cases."""
    names, tests = result.classes, result.test_cases_per_class
    present = [name for name in names if tests[name]]
    rarest = min(present, key=lambda c: tests[c]) if present else names[-1]
    return state.option("class", names, rarest)


def _pick(result: RunResult) -> str:
    focus(result)
    box, _ = st.columns([2, 3])
    label = box.selectbox(
        "Class to look at",
        result.classes,
        key="class",
        persist_state="session",
        help=class_words.TERMS,
    )
    state.publish("class", label)
    return label


def _beside(compared: pd.DataFrame, point: OperatingPoint, label: str) -> None:
    """The team beside everyone alone: a figure of some, a table of all, sentences of two."""
    shares = point.agents.set_index("shown")["share"]
    drawn = one_class.busiest(compared, shares, class_charts.MOST_WHO)
    experts = one_class.busiest(compared, shares, len(compared)).iloc[2:]
    st.plotly_chart(
        class_charts.one_class(drawn, theme=state.theme()),
        theme=None,
        key="one_class",
        config=views.PLOT,
        alt=f"Sensitivity and specificity for {label}: "
        + " ".join(
            f"{r.who} {words.percent(r.sensitivity)} and {words.percent(r.specificity)}."
            for r in drawn.itertuples()
        ),
    )
    said = (
        "Bars are 95 % intervals over test cases, or over seeds where that is wider. Alone: when "
        "the AI, or that expert, decides every case; experts on the test cases they annotated."
    )
    if len(experts) > len(drawn) - 2:
        said += f" The {len(drawn) - 2} experts with most work are drawn; the table has all."
    if silent := sorted(set(compared["who"].iloc[2:]) - set(experts["who"])):
        said += f" Without an annotated test case: {words.listing(silent)}."
    st.caption(views.escape(said))
    if sentence := class_words.beside(next(compared.iloc[1:2].itertuples()), label):
        st.markdown(f"- {views.escape(sentence)}")
    shown = class_words.shown_table(compared)
    with st.expander(f"All {len(compared)} in numbers, with paired differences"):
        st.dataframe(
            shown,
            hide_index=True,
            height="content" if len(shown) <= _MOST_ROWS else 380,
            column_config={
                name: st.column_config.TextColumn(
                    help="In points, paired by case (bootstrap; by patient where these are known): "
                    "above zero the team is better."
                )
                for name in shown.columns
                if name.startswith("Team less")
            },
            alt=f"Sensitivity and specificity for {label}, everyone alone and the team",
        )


def _worst_mix_ups(point: OperatingPoint) -> str:
    return " ".join(
        f"{r.truth} taken for {r.decided}: {words.count(r.cases, 'case')}."
        for r in point_words.mix_ups(point).head(3).itertuples()
    )
