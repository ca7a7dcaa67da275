"""Problems found while reading a set, with places and remedies."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.shared import data_queries, views, words
from core.base.report import Report

_COLUMNS = ("severity", "what", "found", "expected", "remedy", "count", "examples")


def line(data_id: str) -> None:
    """One line beside the figures, where there were warnings."""
    report = data_queries.report(data_id)
    if report.warnings:
        st.caption(
            f":material/warning: {words.count(len(report.warnings), 'warning')} while reading; "
            "see *Problems* below."
        )


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """All problems, warnings first, and both downloads."""
    report = data_queries.report(data_id)
    if not report.problems:
        st.success(
            "No problems: every file, case and annotation could be used as it is.",
            icon=":material/check:",
        )
        return
    lines = []
    if report.warnings:
        counted = words.count(len(report.warnings), "warning")
        lines.append(f"{counted}: something was left out or changed.")
    if report.notes:
        counted = words.count(len(report.notes), "note")
        lines.append(f"{counted} on routine changes.")
    st.markdown(" ".join(lines))
    views.problems(Report([*report.warnings, *report.notes]))
    downloads(report, facts["content_hash"], "report")


def downloads(report: Report, name: str, key: str) -> None:
    """The report as CSV and JSON."""
    with st.container(horizontal=True):
        views.csv_button("Report as CSV", lambda: _table(report), f"{name}_report", f"{key}_csv")
        st.download_button(
            "Report as JSON",
            lambda: json.dumps(report.to_list(), indent=2, ensure_ascii=False),
            f"{name}_report.json",
            "application/json",
            key=f"{key}_json",
            on_click="ignore",
            icon=":material/download:",
        )


def _table(report: Report) -> pd.DataFrame:
    rows = [p.to_dict() | {"examples": "; ".join(p.examples)} for p in report.problems]
    return pd.DataFrame(rows, columns=list(_COLUMNS))
