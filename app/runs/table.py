"""The table of runs: a row per run, drawn with its selection, and as CSV."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import queries, views, words
from core.data.export import csv_text

if TYPE_CHECKING:
    from core.runs.record import RunRecord

_ROW, _HEAD, _MOST_ROWS = 35, 37, 10  # pixels; rows before the table scrolls
_COLUMNS = ["Name", "State", "Data set", "Method", "AUC-CAC", "Curve", "Time", "Started", "Note"]


def frame(records: "Sequence[RunRecord]") -> pd.DataFrame:
    """What the table shows, a row per run; the curve as accuracies in per cent."""
    rows = []
    for record in records:
        seen = queries.glance(record)
        rule = next(iter(seen.areas), None)
        rows.append(
            {
                "State": state_text(record),
                "Name": views.called(record),
                "Data set": queries.title_of(record.dataset_name),
                "Method": words.method_name(record.config.method),
                "AUC-CAC": (
                    words.area(seen.areas[rule], seen.intervals.get(rule))
                    if rule is not None and not record.config.bounded
                    else None
                ),
                "Curve": [100 * value for value in seen.spark] if len(seen.spark) > 1 else None,
                "Time": seconds_taken(record),
                "Started": record.created,
                "Note": " ".join(record.note.split()),
            }
        )
    # As objects: Arrow reads times with a zone from pandas' own column in a way it will lose.
    return pd.DataFrame(rows, columns=_COLUMNS, dtype=object).astype({"Time": float})


def state_text(record: "RunRecord") -> str:
    """A run's state in words, with how far it is while it is being trained."""
    label = words.STATES.get(record.state, (record.state,))[0]
    if record.state != "running":
        return label
    if record.cancel_requested:
        return "Cancelling"
    return f"{label} {words.percent(record.progress.fraction, 0)}"


def seconds_taken(record: "RunRecord") -> float | None:
    """How long the run took, so far while it goes on; None before it began."""
    if total := record.seconds.get("total"):
        return float(total)
    if record.started is None:
        return None
    return ((record.ended or datetime.now(UTC)) - record.started).total_seconds()


def draw(records: "Sequence[RunRecord]", chosen: Sequence[str]) -> list[str]:
    """Draws the table and returns the ids of the rows that are selected in it.

    Args:
      records: a row each.
      chosen: ids that are selected by now, here or elsewhere on the page.
    """
    ids = [record.run_id for record in records]
    table = frame(records)
    curves = [value for curve in table["Curve"] if curve is not None for value in curve]
    low, high = (min(curves), max(curves)) if curves else (0.0, 100.0)
    air = 0.05 * (high - low)  # a line at the very edge of its cell would be half cut off
    notes = bool(table["Note"].ne("").any())
    event = st.dataframe(
        table,
        key=_key(ids, chosen),
        hide_index=True,
        width="stretch",
        height=_HEAD + _ROW * min(max(len(records), 1), _MOST_ROWS),
        row_height=_ROW,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [i for i, run_id in enumerate(ids) if run_id in chosen]}
        },
        column_order=[c for c in _COLUMNS if c != "Note" or notes],
        column_config=_config(low, high, air, notes),
        placeholder=words.UNKNOWN,
        alt=(
            f"{words.count(len(records), 'run')}, the newest first, with state, data set, method, "
            "area under the curve, time taken and note. Select rows to act on runs; the field "
            "“Selected runs” below does the same."
        ),
    )
    rows = event["selection"]["rows"]
    picked = [ids[row] for row in rows if row < len(ids)]
    st.session_state["runs_in_table"] = picked
    return picked


def export(records: "Sequence[RunRecord]") -> str:
    """The runs as CSV, with every setting; cells that look like formulas are escaped."""
    rows = []
    for record in records:
        seen = queries.glance(record)
        row: dict[str, object] = {
            "run_id": record.run_id,
            "name": views.called(record),
            "state": record.state,
            "reason": record.reason,
            "note": record.note,
            "data_set": record.dataset_name,
            "content_hash": record.dataset_hash,
            "method": record.config.method,
        }
        for rule in words.RULES:
            low, high = seen.intervals.get(rule, (None, None))
            row |= {
                f"auc_cac_{rule}": seen.areas.get(rule),
                f"auc_cac_{rule}_low": low,
                f"auc_cac_{rule}_high": high,
            }
        row |= {
            "seconds": seconds_taken(record),
            "created": record.created.isoformat(timespec="seconds"),
            "ended": record.ended.isoformat(timespec="seconds") if record.ended else None,
            "accuracy_along_the_curve": " ".join(f"{value:.5f}" for value in seen.spark),
            "settings": json.dumps(record.config.to_dict(), sort_keys=True),
        }
        rows.append(row)
    return csv_text(pd.DataFrame(rows))


def _key(ids: Sequence[str], chosen: Sequence[str]) -> str:
    """The table's name: the same while its rows are, so that it keeps scroll and selection.

    Selections are row numbers, so other rows make another table. So does a selection that was
    made elsewhere (the field below, a link): a table takes one from the program only at first.
    """
    if set(chosen) != set(st.session_state.get("runs_in_table", ())):
        st.session_state["runs_table"] = st.session_state.get("runs_table", 0) + 1
    rows = hashlib.sha256(",".join(ids).encode()).hexdigest()[:12]
    return f"runs_{rows}_{st.session_state.get('runs_table', 0)}"


def _config(low: float, high: float, air: float, notes: bool) -> dict[str, Any]:
    column = st.column_config
    return {
        "State": column.TextColumn(width=100),
        "Name": column.TextColumn(width=140 if notes else 174),
        "Data set": column.TextColumn(width=127 if notes else 173),
        "Method": column.TextColumn(width=196),
        "AUC-CAC": column.TextColumn(
            width=124,
            help=(
                "Area under the coverage–accuracy curve × 100 with its 95 % interval, for the rule "
                "“Most likely right”. Runs with own bounds have one point, and no area."
            ),
        ),
        "Curve": column.LineChartColumn(
            width=92,
            y_min=low - air,
            y_max=high + air,
            help=(
                "Team accuracy from the AI taking least to most, every row on the same scale: "
                f"{low:.1f} to {high:.1f} %."
            ),
        ),
        "Time": column.NumberColumn(
            width=64, format="%.1f s", help="Time the training took, so far while it goes on."
        ),
        "Started": column.DatetimeColumn(
            width=116, format="distance", help="When it was asked for."
        ),
        "Note": column.TextColumn(width=90),
    }
