"""Several runs in one figure, their areas and paired differences."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app import queries, results, state, views, words
from app.charts import compare as charts
from app.results import compare
from app.tradeoffs import picker
from app.tradeoffs.chosen_run import Chosen
from app.tradeoffs.names import run_names
from core.data.annotation_set import AI

AGAINST = "Against the first run"
_HEIGHT = 420  # with pickers above it, the figure fits a small screen


def comparison(chosen: Chosen, wanted: str) -> None:
    """The curves of all chosen runs, and a table of their areas against the first run's.

    Args:
      chosen: the runs.
      wanted: the rule; runs without it are shown under their own.
    """
    runs = [queries.result(record.run_id) for record in chosen.records]
    names = run_names(chosen.records)
    # A run keeps its look when another one comes first: the oldest has the first.
    aged = sorted(chosen.records, key=lambda record: (record.created, record.run_id))
    styles = [aged.index(record) for record in chosen.records]
    lines = [
        line(run, record.run_id, name, compare.rule_of(run, wanted), style)
        for run, record, name, style in zip(runs, chosen.records, names, styles, strict=True)
    ]
    shared = all(compare.same_test_cases(runs[0], run) for run in runs[1:])
    singles = [s for s in results.singles(runs[0], wanted) if s.name != AI]
    key = "compared"
    st.plotly_chart(
        charts.compare(lines, singles if shared else [], theme=state.theme(), height=_HEIGHT),
        theme=None,
        key=key,
        config=views.PLOT,
        on_select=lambda: picker.on_click(key),
        selection_mode="points",
        alt="Team accuracy against the share of cases the AI takes, of several runs. "
        + " ".join(spoken(one) for one in lines),
    )
    others = [n for n, run in zip(names, runs, strict=True) if wanted not in results.rules(run)]
    _explained(lines, shared, others)
    for text in compare.on_one_another(runs, wanted, names):
        st.info(views.escape(text), icon=":material/layers:")
    first = (chosen.record.run_id, compare.rule_of(runs[0], wanted))
    differences = [None] + [
        None
        if results.is_bounded(run) or results.is_bounded(runs[0])
        else queries.area_difference((record.run_id, compare.rule_of(run, wanted)), first)
        for record, run in zip(chosen.others, runs[1:], strict=True)
    ]
    marks = [f"{charts.GLYPHS[one.style]} {one.name}" for one in lines]
    _table(marks, names[0], compare.comparison_table(runs, wanted, differences), differences)


def line(run: Mapping[str, Any], run_id: str, name: str, rule: str, style: int) -> charts.Line:
    """One run's curve for the figure."""
    mean, points = results.curve_mean(run, rule), results.curve_points(run, rule)
    return charts.Line(name, run_id, mean, points, style)


def spoken(one: charts.Line) -> str:
    """A curve in words."""
    if one.mean.empty:
        return f"{one.name}: accuracy could not be measured."
    best = one.mean.loc[one.mean["accuracy"].idxmax()]
    return (
        f"{one.name}: highest {words.percent(best['accuracy'])} where the AI takes "
        f"{words.percent(best['coverage'])}."
    )


def _explained(lines: Sequence[charts.Line], shared: bool, others: Sequence[str]) -> None:
    parts = []
    if len(lines) > charts.MOST_BANDS:
        parts.append(
            f"The band is the 95 % interval of the first run ({lines[0].name}); a point's own "
            "interval is shown when the pointer rests on it."
        )
    else:
        parts.append("Bands are 95 % intervals; small marks are single seeds.")
    parts.append("Click a point to look at it below; its run then comes first.")
    if shared:
        parts.append("Dotted level lines: experts who decide every case alone.")
    else:
        parts.append(
            "These runs were tested on different cases, so their curves say as much about the "
            "cases as about the runs."
        )
    if others:
        parts.append(
            f"{words.listing(others)}: without this way to hand out cases, so shown under the "
            "method's own."
        )
    st.caption(views.escape(" ".join(parts)))


def _table(
    marks: Sequence[str], first: str, table: pd.DataFrame, differences: Sequence[Any]
) -> None:
    table.insert(0, "run", marks)
    if table["method"].nunique() == 1:
        table = table.drop(columns="method")
    st.dataframe(
        table.rename(
            columns={
                "run": "Run",
                "method": "Method",
                "area": "Area under the curve",
                "against": AGAINST,
                "paired": "Paired by",
            }
        ),
        hide_index=True,
        height="content",
        column_config={
            "Run": st.column_config.TextColumn(width=230),
            "Area under the curve": st.column_config.TextColumn(
                help=f"{compare.AREA}{compare.OVER_SEEDS} With one seed: {compare.OVER_CASES}"
            ),
            AGAINST: st.column_config.TextColumn(
                help=f"Area less that of “{first}”, with its 95 % interval: paired over test cases "
                "by the same resamples for both, and over seeds by Student's t, whichever is "
                f"wider. {compare.ONE_BY_ONE}"
            ),
        },
        alt="Area under the curve per run with 95 % intervals and differences to the first run",
    )
    if any(found is not None and not (found.by_cases or found.by_seeds) for found in differences):
        st.caption(
            "Not paired: the runs were measured on different test cases, or are too old to have "
            "kept their resamples. Their two intervals are put together, which finds less, and "
            "with different cases the difference is not the method's alone."
        )
