"""The table of runs with its selection."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app.runs.differences import OTHERS, Differences
from app.shared import data_queries, run_queries, settings_queries, truth, views, words
from core.experiment.collapse import AFFECTED
from core.methods.rules import RULES

if TYPE_CHECKING:
    from core.record.glance import Glance
    from core.record.record import RunRecord

_ROW, _HEAD, _MOST_ROWS = 35, 37, 10  # pixels; rows before the table scrolls
AREAS = {name: f"Area: {rule.label[:1].lower()}{rule.label[1:]}" for name, rule in RULES.items()}
DIFFERS = "≠"
DIVERGED = "diverged"  # in place of an area whose networks did
_COLUMNS = [
    "Name",
    "State",
    "Data set",
    "Method",
    "Missing rate",
    "Seeds",
    "Learning rate",
    *AREAS.values(),
    OTHERS,
    "Curve",
    "Time",
    "Started",
    "Note",
    "Run id",
]
_NAMES = ("Name", "Data set", OTHERS, "Note")  # columns with user text


def frame(records: "Sequence[RunRecord]", differ: Differences) -> pd.DataFrame:
    """A row per run; the curve as accuracies in per cent."""
    rows = []
    for place, record in enumerate(records):
        seen, own = run_queries.glance(record), differ.settings[place]
        rows.append(
            {
                "State": state_text(record),
                "Name": views.called(record),
                "Data set": differ.values.get(settings_queries.DATA, {}).get(
                    record.dataset_hash, data_queries.title_of(record.dataset_name)
                ),
                "Method": method_text(record.config.method),
                "Missing rate": _missing(record),
                "Seeds": record.config.seeds,
                "Learning rate": own["learning_rate"],
                **{AREAS[rule]: _area(record, seen, rule) for rule in AREAS},
                OTHERS: differ.of_run(place, differ.others),
                "Curve": [100 * value for value in seen.spark] if len(seen.spark) > 1 else None,
                "Time": seconds_taken(record),
                "Started": record.created,
                "Note": " ".join(record.note.split()),
                "Run id": record.run_id,
            }
        )
        if data_queries.by_consensus(record.dataset_hash):
            rows[-1]["Data set"] += f" ({truth.BY_CONSENSUS})"
    # As objects: Arrow reads times with a zone from pandas' own column in a way it will lose.
    table = pd.DataFrame(rows, columns=_COLUMNS, dtype=object)
    return table.astype({"Time": float, "Learning rate": float})


def method_text(method: str) -> str:
    """A method's name and its label."""
    return f"{method} · {words.method_name(method)}"


def _missing(record: "RunRecord") -> str:
    """The share of the train annotations that were removed, or its range over experts."""
    own = [rate for _, rate in record.config.missing_rates]
    if not own:
        return words.percent(record.config.missing_rate)
    low, high = min(own), max(own)
    return f"{100 * low:.0f}–{words.percent(high, 0)} per expert"


def _area(record: "RunRecord", seen: "Glance", rule: str) -> str | None:
    # Runs with own bounds have one point, and no area.
    if rule not in seen.areas or record.config.bounded:
        return None
    if record.trouble and rule in AFFECTED:
        return DIVERGED
    return words.area(seen.areas[rule], seen.intervals.get(rule))


def state_text(record: "RunRecord") -> str:
    """A run's state in words, with its progress while it runs."""
    label = words.STATES.get(record.state, (record.state,))[0]
    if record.trouble:
        return DIVERGED.capitalize()
    if run_queries.of_another_version(record):
        return words.OTHER_VERSION
    if record.state != "running":
        return label
    if record.cancel_requested:
        return "Cancelling"
    return f"{label} {words.percent(record.progress.fraction, 0)}"


def seconds_taken(record: "RunRecord") -> float | None:
    """Duration of the run, so far while it goes on; None before it started."""
    if total := record.seconds.get("total"):
        return float(total)
    if record.started is None:
        return None
    return ((record.ended or datetime.now(UTC)) - record.started).total_seconds()


def draw_run_table(
    records: "Sequence[RunRecord]", differ: Differences, chosen: Sequence[str]
) -> list[str]:
    """Draws the table and returns the ids of the rows that are selected in it.

    Args:
      records: a row each.
      differ: the differences among them.
      chosen: ids that are selected, here or elsewhere on the page.
    """
    ids = [record.run_id for record in records]
    table = frame(records, differ)
    curves = [value for curve in table["Curve"] if curve is not None for value in curve]
    low, high = (min(curves), max(curves)) if curves else (0.0, 100.0)
    air = 0.05 * (high - low)  # a line at the edge of its cell would be cut off
    empty = {name for name in (OTHERS, "Note") if not table[name].ne("").any()}
    event = st.dataframe(
        table.assign(**{name: views.isolate(table[name]) for name in _NAMES}),
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
        column_order=[name for name in _COLUMNS if name not in empty],
        column_config=_config(differ, low, high, air),
        placeholder=words.UNKNOWN,
        alt=(
            f"{words.count(len(records), 'run')}, the newest first, with state, data set, method, "
            "main settings, area under the curve per rule, duration, note and id. Select rows to "
            "act on runs, or use the field “Selected runs” below."
        ),
    )
    rows = event["selection"]["rows"]
    picked = [ids[row] for row in rows if row < len(ids)]
    st.session_state["runs_in_table"] = picked
    return picked


def _key(ids: Sequence[str], chosen: Sequence[str]) -> str:
    """The table's key: the same while its rows are, so that it keeps scroll and selection.

    Selections are row numbers, so other rows make another table. So does a selection made elsewhere
    (the field below, a link): a table takes one from the program only when it is new.
    """
    if set(chosen) != set(st.session_state.get("runs_in_table", ())):
        st.session_state["runs_table"] = st.session_state.get("runs_table", 0) + 1
    rows = hashlib.sha256(",".join(ids).encode()).hexdigest()[:12]
    return f"runs_{rows}_{st.session_state.get('runs_table', 0)}"


def _config(differ: Differences, low: float, high: float, air: float) -> dict[str, Any]:
    column = st.column_config

    def label(name: str) -> str:
        return f"{name} {DIFFERS}" if differ.marked(name) else name

    return {
        "Name": column.TextColumn(width=190, pinned=True),
        "State": column.TextColumn(
            width=96, help=f"“{words.OTHER_VERSION}”: {words.OTHER_VERSION_HELP}"
        ),
        "Data set": column.TextColumn(label("Data set"), width=130),
        "Method": column.TextColumn(label("Method"), width=150),
        "Missing rate": column.TextColumn(
            label("Missing rate"),
            width=98,
            help=(
                "Share of the training annotations that were removed before training, in addition "
                "to those that are missing in the data set."
            ),
        ),
        "Seeds": column.NumberColumn(label("Seeds"), width=70),
        "Learning rate": column.NumberColumn(
            label("Learning rate"),
            width=108,
            format="%g",
            help=(
                "Of the first step, also where it is the network's default. Empty for methods that "
                "train no network of their own."
            ),
        ),
        **{
            head: column.TextColumn(width=_wide(head), help=_area_help(rule))
            for rule, head in AREAS.items()
        },
        OTHERS: column.TextColumn(width=230, help="Other settings in which the runs shown differ."),
        "Curve": column.LineChartColumn(
            width=92,
            y_min=low - air,
            y_max=high + air,
            help=(
                "Team accuracy from the AI taking least to most, on the same scale in every row: "
                f"{low:.1f} to {high:.1f} %."
            ),
        ),
        "Time": column.NumberColumn(
            width=64, format="%.1f s", help="Duration of the training, so far while it goes on."
        ),
        "Started": column.DatetimeColumn(
            width=116, format="distance", help="When it was submitted."
        ),
        "Note": column.TextColumn(width=160),
        "Run id": column.TextColumn(
            width=270, help="Ctrl+C copies selected rows; the panel below has a copy button."
        ),
    }


def _wide(head: str) -> int:
    """Pixels in which a head and an area with its interval can be read."""
    return max(126, round(6.6 * len(head)) + 18)


def _area_help(rule: str) -> str:
    text = (
        "Area under the coverage–accuracy curve (AUC-CAC) × 100 with its 95 % interval, for the "
        f"rule “{words.rule_name(rule)}”. Runs with own bounds have one point, and no area."
    )
    if rule not in AFFECTED:
        text += " This rule does not depend on the method."
    return text
