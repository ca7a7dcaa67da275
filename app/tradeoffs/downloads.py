"""Downloads of everything shown: CSV, JSON, and one HTML page that opens without Caseload."""

import json
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app.shared import curve_tables, data_queries, point_queries, run_queries, views
from app.shared.operating_point import OperatingPoint
from app.tradeoffs import class_words, point_tables
from core.results.against_rest import per_thousand
from core.results.models import RunResult


def everything(
    result: RunResult, rule: str, point: OperatingPoint, run_id: str, label: str
) -> None:
    """Buttons for the run, the chosen point, and the class in focus."""
    name = f"caseload-{run_id[:8]}"
    here = f"{name}-{rule}" + ("" if point.target is None else f"-{100 * point.target:g}")
    st.download_button(
        "Report as one HTML page",
        data=lambda: report(result, rule, point, run_id, label),
        file_name=f"{here}-report.html",
        mime="text/html",
        icon=":material/description:",
        type="primary",
        on_click="ignore",
        key="report_html",
        help="Opens in any browser, also offline and without Caseload: data set, settings, "
        "curve, this point, every class, the rules side by side, and how it was measured. It "
        "holds names of experts and classes, but no cases.",
    )
    with st.container(horizontal=True):
        _csv("Curve", lambda: curve_tables.curve_table(result), f"{name}-curve", "curve_csv")
        _csv("Agents", lambda: point_tables.agents(rule, point), f"{here}-agents", "agents_csv")
        _csv(
            "Classes",
            lambda: point_tables.classes(result, rule, point),
            f"{here}-classes",
            "classes_csv",
        )
        found = point_queries.decisions(run_id, rule, point.target, point.seeds)
        _csv(
            "Decision per case",
            lambda: point_tables.decisions(found.decisions, result.answers, result.agents),
            f"{here}-decisions",
            "decisions_csv",
            why_not=found.why,
        )
        st.download_button(
            "Whole result as JSON",
            data=lambda: json.dumps(result.to_dict(), indent=2, ensure_ascii=False),
            file_name=f"{name}-result.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="result_json",
        )
    st.caption(
        "Agents, classes and decisions are those of the chosen point. In the decisions an empty "
        "cell means that the expert assigned to the case did not annotate it."
    )


def report(result: RunResult, rule: str, point: OperatingPoint, run_id: str, label: str) -> str:
    """The report of a point with the class in focus."""
    from app.tradeoffs import run_report  # plotly.js is read from disk: only when asked for
    from core.experiment.versions import DASHBOARD, versions

    compared = point_queries.one_against_rest(run_id, rule, point.target, point.seeds, label)
    found, left = class_words.focus(point, label)
    record = run_queries.run(run_id)
    dataset = data_queries.title_of(result.dataset.name)
    return run_report.html(
        run_report.Contents(
            result=result,
            run_id=run_id,
            run_name=(record.name if record else "") or dataset,
            dataset=dataset,
            rule=rule,
            point=point,
            label=label,
            found=found,
            left=left,
            rates=per_thousand(result.share_of(label), found, left),
            compared=compared,
            versions=versions(DASHBOARD),
            made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        )
    )


def _csv(label: str, frame: Any, file: str, key: str, why_not: str = "") -> None:
    views.csv_button(f"{label} as CSV", frame, file, key, why_not, disabled=bool(why_not))
