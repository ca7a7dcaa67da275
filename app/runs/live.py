"""The table of runs, refreshed every second while one goes on; its selection is kept."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app.runs import dialogs, differences, export, filters, selection, table
from app.shared import live, run_queries, words

if TYPE_CHECKING:
    from core.record.record import RunRecord

MOST = 500  # the newest runs; more would make the table slow to read
ALL = 50_000  # as many as MLflow lists


def records() -> "list[RunRecord]":
    """The runs that the page is about."""
    return run_queries.runs(limit=MOST)


def draw_live_table(
    known: "Sequence[RunRecord]", wanted: filters.Wanted, chosen: Sequence[str]
) -> None:
    """The table of the runs that pass the filters.

    Args:
      known: all runs with which this page was drawn.
      wanted: the filters.
      chosen: ids of the selected runs.
    """
    live.panel(
        records,
        partial(_draw, wanted, list(chosen)),
        key="runs_live",
        what="The runs",
        # Slowly while nothing runs: somebody else may start or delete a run.
        seconds=5 if all(record.done for record in known) else 1,
        state=_states,
        drawn=_states(known),
        busy=dialogs.is_open,
    )


def _draw(wanted: filters.Wanted, chosen: list[str], now: "Sequence[RunRecord]") -> None:
    shown = filters.matching(now, wanted)
    differ = differences.among(shown)
    of = "" if len(shown) == len(now) else f" of {len(now):,}"
    newest = f", the newest {MOST}" if len(now) == MOST else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{len(shown):,}{of} {'run' if len(now) == 1 else 'runs'}{newest}", width="content"
        )
        _download(wanted)
        if any(differ.marked(column) for column in differences.COLUMNS):
            st.caption(
                f"{table.DIFFERS} in a heading: the runs shown differ in this setting.",
                width="content",
            )
    picked = table.draw_run_table(shown, differ, chosen)
    if set(picked) != set(chosen):
        selection.take(picked)
        st.rerun()


def _states(known: "Sequence[RunRecord]") -> list[tuple]:
    """What the rest of the page depends on; progress changes the table only."""
    return [(r.run_id, r.state, r.name, r.note, r.cancel_requested) for r in known]


def _download(wanted: filters.Wanted) -> None:
    """The table as a file, with older runs too; it is made on demand."""
    st.download_button(
        "Download as CSV",
        lambda: export.export(filters.matching(run_queries.runs(limit=ALL), wanted)),
        file_name="caseload-runs.csv",
        mime="text/csv",
        key="runs_file",
        on_click="ignore",
        icon=":material/download:",
        help=words.CSV_NOTE,
    )
