"""The findings of one upload side by side; a row opens the data set of its finding."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.data import findings_chart, findings_queries
from app.shared import run_queries, state, tabs, trouble, views, words
from app.shared.paint import cut
from core.base.names import isolated

_MEASURES = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "accuracy": "Accuracy",
}
_MOST_COLUMNS = 8  # experts with a column of their own
_LETTERS = 17  # of a name over a column
_MOST_PANELS, _MOST_DOTS = 30, 20  # findings and experts that the picture has room for
_HELP = {
    "sensitivity": "Share of the cases with the finding in which an expert saw it.",
    "specificity": "Share of the cases without the finding in which an expert saw none.",
    "accuracy": "Share of an expert's answers that are right.",
}


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """The measure, a table with a row per finding, and a picture of experts × findings."""
    sets = findings_queries.findings_of(data_id)
    rows = findings_queries.compared(sets)
    two = all(row["positive"] is not None for row in rows)
    measure = "accuracy"
    if two:
        names = list(_MEASURES)
        state.option("finding_measure", names, names[0])
        chosen = st.segmented_control(
            "What the experts get right",
            names,
            format_func=lambda name: _MEASURES[name],
            key="finding_measure",
            required=True,
            persist_state="session",
            help="  \n".join(f"**{_MEASURES[n]}**: {_HELP[n]}" for n in names),
        )
        measure = chosen or names[0]
        state.publish("finding_measure", measure, names[0])
    experts = list(dict.fromkeys(name for row in rows for name in row["experts"]))
    ais = findings_queries.machines(sets)
    _table(rows, experts, measure, ais)
    if part := list(dict.fromkeys(name for row in rows for name in row["part_of_truth"])):
        st.warning(
            f"Part of the truth: {views.escape(words.listing(words.all_marked(part, ais)))}. "
            "The ground truth of at least one finding seems to be made of their answers; then "
            "their figures are too high.",
            icon=":material/warning:",
        )
    _picture(rows, experts, measure, ais)
    with st.container(horizontal=True):
        views.csv_button(
            "All experts and findings as CSV",
            lambda: _long(rows),
            f"{facts['content_hash']}_findings",
            "findings_csv",
        )
        asked = st.button(
            "Compare their runs",
            key="findings_runs",
            icon=":material/stacked_line_chart:",
            help="Opens the newest finished run of every finding side by side under Trade-offs.",
        )
    if asked:
        _compare_runs(list(sets.values()))


def _table(
    rows: Sequence[Mapping[str, Any]], experts: Sequence[str], measure: str, ais: Collection[str]
) -> None:
    shown = experts[:_MOST_COLUMNS]
    frame = pd.DataFrame(
        {
            "Finding": views.isolate(row["finding"] for row in rows),
            "Cases": [row["cases"] for row in rows],
            "Prevalence": [_prevalence(row) for row in rows],
            "Experts": [len(row["experts"]) for row in rows],
            "Missing": [words.percent(row["missing_rate"]) for row in rows],
            "κ": [None if row["kappa"] is None else row["kappa"]["median"] for row in rows],
        }
        | {
            f"expert{i}": [_figure(row, name, measure) for row in rows]
            for i, name in enumerate(shown)
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) <= 14 else 520,
        key="finding_rows",
        on_select=trouble.guarded(lambda: _open(rows)),
        selection_mode="single-row",
        column_config={
            "Finding": st.column_config.TextColumn(width=82, pinned=True),
            "Cases": st.column_config.NumberColumn(format="localized", width=52),
            "Prevalence": st.column_config.TextColumn(
                width=108 if rows[0]["positive"] is not None else None,
                help="Share of the cases with the finding, with its 95 % interval; of more than "
                "two classes, the share of each.",
            ),
            "Experts": st.column_config.NumberColumn(width=58),
            "Missing": st.column_config.TextColumn(
                width=60, help="Share of (case, expert) pairs without an answer."
            ),
            "κ": st.column_config.NumberColumn(
                format="%.2f",
                width=44,
                help="Cohen's κ, the agreement of two experts beyond chance: the median of all "
                "pairs that share enough cases.",
            ),
            **{
                f"expert{i}": st.column_config.TextColumn(
                    isolated(cut(words.marked(name, ais), _LETTERS)),
                    width=126,
                    help=f"{views.escape(words.marked(name, ais))}: {_HELP[measure]} With its "
                    "95 % interval.",
                )
                for i, name in enumerate(shown)
            },
        },
        alt=f"{_MEASURES[measure]} of every expert, a row per finding",
    )
    st.caption(
        "Select a row to open the data set of that finding."
        + (
            f" {len(experts) - len(shown)} further experts are in the picture and in the CSV."
            if len(experts) > len(shown)
            else ""
        )
    )


def _open(drawn: Sequence[Mapping[str, Any]]) -> None:
    """Opens the set of the row that was just selected; before the page is drawn."""
    said: Any = st.session_state.get("finding_rows")
    picked = said["selection"]["rows"] if said else []
    if picked and picked[0] < len(drawn):
        state.choose("data", drawn[picked[0]]["content_hash"])
        tabs.show("view", "overview")


def _prevalence(row: Mapping[str, Any]) -> str:
    if row["positive"] is not None:
        return words.with_interval(row["prevalence"], row["prevalence_interval"])
    return words.listing([f"{name} {words.percent(s)}" for name, s in row["classes"].items()], 6)


def _figure(row: Mapping[str, Any], expert: str, measure: str) -> str:
    own = row["experts"].get(expert)
    if own is None:
        return words.UNKNOWN
    return words.with_interval(own[measure], own[f"{measure}_interval"])


def _picture(
    rows: Sequence[Mapping[str, Any]], experts: Sequence[str], measure: str, ais: Collection[str]
) -> None:
    drawn = rows[:_MOST_PANELS]
    st.header(f"{_MEASURES[measure]} of every expert", anchor=False)
    st.plotly_chart(
        findings_chart.panels(drawn, experts[:_MOST_DOTS], measure, state.theme(), ais),
        theme=None,
        key="finding_panels",
        config=views.PLOT,
        alt=f"{_MEASURES[measure]} of {words.count(len(experts), 'expert')} with 95 % intervals, "
        f"a panel for each of {words.count(len(rows), 'finding')}",
    )
    if len(drawn) < len(rows) or len(experts) > _MOST_DOTS:
        st.caption(
            f"The first {len(drawn)} findings and {min(len(experts), _MOST_DOTS)} experts are "
            "drawn; the CSV has all of them."
        )


def _compare_runs(hashes: Sequence[str]) -> None:
    """Goes to Trade-offs with the newest finished run of every finding that has one."""
    newest: dict[str, str] = {}
    with st.spinner("Looking for runs …"):  # the record of runs takes seconds to open
        for record in run_queries.runs(limit=10_000, states=("finished",)):
            newest.setdefault(record.dataset_hash, record.run_id)
    first, *others = [newest[key] for key in hashes if key in newest] or [""]
    if not others:
        st.info("Fewer than two of these findings have a finished run.", icon=":material/info:")
        return
    query = {"run": first, "runs": ",".join(others)}
    st.switch_page(f"{views.PAGES}/tradeoffs.py", query_params=query)


def _long(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A row per finding and expert."""
    cells = []
    for row in rows:
        kappa = row["kappa"] or {}
        about = {name: row[name] for name in ("finding", "cases", "positive", "prevalence")}
        about |= {"missing_rate": row["missing_rate"], "kappa": kappa.get("median")}
        for name, own in row["experts"].items():
            figures = {"expert": name, "annotations": own["annotations"]}
            for measure in _MEASURES:
                low, high = own.get(f"{measure}_interval") or (None, None)
                figures |= {
                    measure: own.get(measure), f"{measure}_low": low, f"{measure}_high": high
                }  # fmt: skip
            cells.append(about | figures)
    return pd.DataFrame(cells)
