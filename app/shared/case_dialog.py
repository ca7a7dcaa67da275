"""The cases behind a number in a dialog: a callback asks for it, the next run opens it."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.shared import data_queries, insight_queries, views, words

SELECT = "Select a row to see its cases."
_ASKED = "case_dialog:asked"
_MOST = 200  # cases listed; the file has all
_ROWS = 8  # of a table that is shown whole
_ENDS = {"all": "All", "right": "Right", "wrong": "Wrong", "unmeasured": "Not measured"}


def ask(which: object) -> None:
    """Has the dialog open when the page is drawn next; for callbacks."""
    st.session_state[_ASKED] = which


def asked() -> Any:
    """What was asked for since the page was drawn last, once; None where nothing was."""
    return st.session_state.pop(_ASKED, None)


def on_select(key: str, which: Callable[[Mapping[str, Any]], object]) -> Callable[[], None]:
    """A callback for the figure or table `key`: what is selected in it opens its cases.

    Args:
      key: of the figure or table.
      which: the cases of a selection, None where it means none.
    """

    def selected() -> None:
        event = st.session_state.get(key)
        found = which(event["selection"]) if event else None
        # A second click on the same mark takes its selection away; it is still the one meant.
        last = f"{_ASKED}:{key}"
        found = found or st.session_state.get(last)
        if found is not None:
            st.session_state[last] = found
            ask(found)

    return selected


def ends(table: pd.DataFrame) -> pd.DataFrame:
    """A choice of how the decisions ended, and the rows of `table` that ended so."""
    chosen = st.segmented_control(
        "Decisions", list(_ENDS), default="all", format_func=_ENDS.__getitem__, required=True
    )
    if chosen == "all":
        return table
    return table[table["right"] == {"right": "yes", "wrong": "no"}.get(str(chosen), "")]


def listed(
    table: pd.DataFrame,
    content_hash: str,
    link: Callable[[pd.Series], Mapping[str, str]],
    *,
    seeds: int,
    file: str,
    without: tuple[str, ...] = (),
) -> None:
    """How many cases there are, the first of them, a link to a single one, and the file.

    Args:
      table: a row per case and seed: case_id, goes_to, decision (empty where not measured), truth,
        ai_says; with several seeds also seed.
      content_hash: of the data set, which is here.
      link: what opens the case of a row on Cases.
      seeds: how many are in the table.
      file: name of the file.
      without: columns that the file leaves out.
    """
    several = seeds > 1
    st.markdown(
        f"**{words.count(len(table), 'decision' if several else 'case')}**"
        + (f" over {seeds} seeds: a case counts once per seed." if several else "")
    )
    if table.empty:
        return
    _rows(table.head(_MOST), content_hash, link, several)
    if len(table) > _MOST:
        st.caption(f"The first {_MOST} are listed; the file has all.")
    views.csv_button(
        "These cases as CSV", lambda: table.drop(columns=list(without)), file, "case_dialog_csv"
    )


def _rows(
    table: pd.DataFrame,
    content_hash: str,
    link: Callable[[pd.Series], Mapping[str, str]],
    several: bool,
) -> None:
    data_id = data_queries.data_id_of(content_hash)
    assert data_id is not None  # the decisions could be recomputed from it
    data = data_queries.dataset(data_id)
    places = pd.Index(data.case_ids).get_indexer(table["case_id"])
    columns: dict[str, Any] = {}
    if data.kind == "images":
        columns["Image"] = insight_queries.thumbnails(data_id, places)
    columns["Case"] = table["case_id"]
    if several:
        columns["Seed"] = table["seed"]
    columns |= {
        "Ground truth": table["truth"],
        "Assigned to": [words.marked(name, data.machines) for name in table["goes_to"]],
        "Decision": table["decision"].replace("", words.UNKNOWN),
        "The AI says": table["ai_says"],
        "The experts said": [
            words.who_said(said, most=2)
            for said in insight_queries.case_rows(data_id, places)["said"]
        ],
    }
    shown: Any = st.dataframe(
        pd.DataFrame({name: views.isolate(cells) for name, cells in columns.items()}),
        hide_index=True,
        height="content" if len(table) <= _ROWS else 380,
        key="case_dialog_table",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Image": st.column_config.ImageColumn(width=62),
            "Decision": st.column_config.TextColumn(
                help=f"{words.UNKNOWN}: whoever the case is assigned to did not annotate it, so "
                "the decision cannot be scored."
            ),
        },
        alt="The cases with their ground truth, decision and annotations",
    )
    marked = [row for row in shown.selection.rows if row < len(table)]
    if not marked:
        st.caption("Select a row for a link to the whole case.")
        return
    row = table.iloc[marked[0]]
    st.page_link(
        f"{views.PAGES}/cases.py",
        label=f"Open {views.escape(str(row['case_id']))} on Cases: inputs, annotations, model",
        icon=":material/open_in_new:",
        query_params=dict(link(row)),
    )
