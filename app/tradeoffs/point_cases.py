"""The cases behind a number of the chosen point, in a dialog: exactly those that were counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.shared import data_queries, insight_queries, point_queries, views, words
from app.shared.operating_point import OperatingPoint
from app.tradeoffs import point_tables
from core.results.decisions import Decided
from core.results.models import RunResult

_ASKED = "point_cases:asked"
_MOST = 200  # cases listed; the file has all
_ENDS = {"all": "All", "right": "Right", "wrong": "Wrong", "unmeasured": "Not measured"}
SELECT = "Select a row to see its cases."


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which decisions of a point are looked at; None leaves a thing open.

    Attributes:
      title: what they are, above the list.
      truths: classes by position. decisions: the same of what was decided, where measured.
      agent: who decided, by position.
    """

    title: str
    truths: tuple[int, ...] | None = None
    decisions: tuple[int, ...] | None = None
    agent: int | None = None

    def fits(self, decided: Decided) -> np.ndarray:
        """Whether each decision is one of them, `[n]`."""
        fits = np.ones(len(decided.truth), bool)
        if self.truths is not None:
            fits &= np.isin(decided.truth, self.truths)
        if self.decisions is not None:
            fits &= decided.team.measured & np.isin(decided.team.decision, self.decisions)
        if self.agent is not None:
            fits &= decided.chosen == self.agent
        return fits


def ask(which: Which) -> None:
    """Has the list open when the page is drawn next; for callbacks."""
    st.session_state[_ASKED] = which


def on_select(key: str, which: Callable[[Mapping[str, Any]], Which | None]) -> Callable[[], None]:
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


def show(result: RunResult, run_id: str, rule: str, point: OperatingPoint) -> None:
    """Opens the list that was asked for; closing it leaves the page as it was."""
    which = st.session_state.pop(_ASKED, None)
    if which is not None:
        title = views.escape(which.title)
        st.dialog(title, width="large")(_listed)(result, run_id, rule, point, which)


def _listed(result: RunResult, run_id: str, rule: str, point: OperatingPoint, which: Which) -> None:
    found = point_queries.decisions(run_id, rule, point.target, point.seeds)
    if found.why:
        st.info(views.escape(found.why), icon=":material/info:")
        return
    several = len(found.decisions) > 1
    table = table_of(result, found.decisions, which)
    if which.decisions is None:
        ends = st.segmented_control(
            "Decisions", list(_ENDS), default="all", format_func=_ENDS.__getitem__, required=True
        )
        if ends != "all":
            table = table[table["right"] == {"right": "yes", "wrong": "no"}.get(str(ends), "")]
    st.markdown(
        f"**{words.count(len(table), 'decision' if several else 'case')}**"
        + (f" over {len(found.decisions)} seeds: a case counts once per seed." if several else "")
    )
    if table.empty:
        return
    _rows(run_id, result, table.head(_MOST), several)
    if len(table) > _MOST:
        st.caption(f"The first {_MOST} are listed; the file has all.")
    views.csv_button(
        "These cases as CSV",
        lambda: table.drop(columns=["place", "ai_says"]),
        f"caseload-{run_id[:8]}-{rule}-cases",
        "point_cases_csv",
    )


def table_of(result: RunResult, decisions: tuple[Decided, ...], which: Which) -> pd.DataFrame:
    """The decisions as a file has them, with the AI's class and the place among the test cases."""
    classes = np.asarray(result.classes, object)
    tables = []
    for one in decisions:
        made = point_tables.decisions([one], result.answers, result.agents)
        made["ai_says"], made["place"] = classes[one.ai_decision], np.arange(len(made))
        tables.append(made[which.fits(one)])
    return pd.concat(tables, ignore_index=True)


def _rows(run_id: str, result: RunResult, table: pd.DataFrame, several: bool) -> None:
    data_id = data_queries.data_id_of(result.dataset.content_hash)
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
        "Assigned to": table["goes_to"],
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
        height="content" if len(table) <= 8 else 380,
        key="point_cases_table",
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
        query_params={
            "run": run_id,
            "c_case": str(row["place"]),
            **({"model_seed": str(row["seed"])} if len(result.seeds) > 1 else {}),
        },
    )
