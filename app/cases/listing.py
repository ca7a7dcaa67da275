"""A page of the cases found: thumbnail or features, who gets them, why."""

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.cases import case_queries, filters
from app.cases.filters import CASE, PAGE
from app.shared import insight_queries, state, views, words
from app.shared.paint import cut
from app.shared.scenario_model import Chosen
from core.scenarios.case_list import CaseList, Wanted
from core.scenarios.reasons import without_agent

_EACH = 8
_ROW = 88  # pixels: four lines of text, or a thumbnail
_FEATURES = 2
_LONGEST = 11  # letters of a feature's name that fit
_RIGHT = ("wrong", "right", "not measured")


def draw_case_list(chosen: Chosen, cases: CaseList, wanted: Wanted) -> np.ndarray:
    """How many were found, their order, a page of them, and the file.

    Returns:
      Positions of the cases found among the test cases, in their order.
    """
    total = len(cases.scores.truth)
    # Words at the right: the table's own buttons come up there, over whatever could be clicked.
    left, middle, right = st.columns([4, 2, 2], gap="medium", vertical_alignment="bottom")
    with left:
        order, down = filters.order()
    found = cases.find(wanted, order, descending=down)
    with right, st.container(horizontal_alignment="right"):
        st.markdown(f"**{words.count(len(found), 'case')}** of {total:,}", width="content")
    if not len(found):
        st.info("No case fits these filters.", icon=":material/filter_alt_off:")
        st.button("Clear all filters", key="c_open", on_click=filters.open_all)
        return found
    with middle:
        number = _page(len(found), (chosen.model, wanted, order, down))
    shown = found[(number - 1) * _EACH : number * _EACH]
    _rows(chosen, cases, shown)
    _file(chosen, cases, found)
    return found


def _page(found: int, asked: object) -> int:
    pages = -(-found // _EACH)
    # Other filters or another order begin on the first page.
    if st.session_state.get("cases:asked", asked) != asked:
        state.choose(PAGE, 1)
    st.session_state["cases:asked"] = asked
    state.whole(PAGE, 1, 1, pages)
    number = 1
    if pages > 1:
        number = int(st.number_input(f"Page (of {pages:,})", 1, pages, step=1, key=PAGE))
    state.publish(PAGE, number, 1)
    return number


def _rows(chosen: Chosen, cases: CaseList, shown: np.ndarray) -> None:
    table, config = _table(chosen, cases, shown)
    key = key_of(shown)
    state.adopt(CASE, -1, read=int, valid=lambda c: -1 <= c < len(cases.scores.truth))
    first, seen = f"{key}:first", f"{key}:seen"
    if key not in st.session_state:
        st.session_state[first] = np.flatnonzero(shown == st.session_state[CASE]).tolist()
        st.session_state[seen] = st.session_state[first]
    event: Any = st.dataframe(
        table,
        hide_index=True,
        height="content",
        row_height=_ROW,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": st.session_state.get(first, [])}},
        column_config=config,
        alt="Test cases with who gets them, what was said, the ground truth, and why",
    )
    marked = [row for row in event.selection.rows if row < len(shown)]
    if marked != (before := st.session_state.get(seen, [])):
        # A second click on a row takes its mark away; it is still the one meant.
        st.session_state[CASE] = int(shown[(marked or before)[0]])
        st.session_state[seen] = marked
    state.publish(CASE, st.session_state[CASE], -1)


def key_of(shown: np.ndarray) -> str:
    """Key of the list that shows these: other rows are another table.

    A mark must not stay where another case has taken the row.
    """
    return f"case_list_{zlib.crc32(np.asarray(shown, np.int64).tobytes()):08x}"


def _table(
    chosen: Chosen, cases: CaseList, shown: np.ndarray
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The rows on screen; whatever is slow is made for these only."""
    scores, explained, data = cases.scores, cases.explained, chosen.data
    places = scores.test_index[shown]
    rows = insight_queries.case_rows(chosen.model.data_id, places)
    agents = [*words.all_marked(scores.agents, scores.machines), "nobody"]
    answer = scores.test.ai_answer[shown]
    sure = scores.test.probabilities[shown, answer]
    text: Callable[..., Any] = st.column_config.TextColumn
    columns: dict[str, Any] = {}
    config: dict[str, Any] = {}
    if data.kind == "images":
        columns["Image"] = insight_queries.thumbnails(chosen.model.data_id, places)
        config["Image"] = st.column_config.ImageColumn(width=62)
    columns["Case"] = rows["case"]
    columns["Goes to"] = [agents[k] for k in explained.chosen[shown]]
    reasons = explained.reasons(shown, brief=True)
    plain = [*scores.agents, "nobody"]
    columns["Why"] = [
        without_agent(reason, plain[k])
        for reason, k in zip(reasons, explained.chosen[shown], strict=True)
    ]
    columns["The AI says"] = [
        f"{scores.classes[c]}, {words.percent(float(p))}" for c, p in zip(answer, sure, strict=True)
    ]
    columns["The experts said"] = [words.who_said(said, most=2) for said in rows["said"]]
    columns["Truth"] = rows["truth"]
    columns["Decision"] = [_RIGHT[r] for r in cases.right[shown]]
    if cases.before is not None and cases.moved is not None:
        columns["Before"] = [
            agents[k] if moved else "the same"
            for k, moved in zip(cases.before[shown], cases.moved[shown], strict=True)
        ]
    if data.kind == "features":
        apart = case_queries.unusual_features(chosen.model.data_id, places, _FEATURES)
        columns["Unusual in it"] = [
            ", ".join(f"{cut(name, _LONGEST)} {words.signed(by)}" for name, by in case) or "nothing"
            for case in apart
        ]
    config |= {
        "Case": text(width=74),
        "Goes to": text(width=74),
        "Why": text(
            width=246,
            help="What the model expects, what is deducted for each agent's limited capacity, "
            "and the rules. The ground truth is not part of it. Select a row for the whole case.",
        ),
        "The AI says": text(width=100, help="Its class and the probability it gives it."),
        "The experts said": text(width=172),
        "Truth": text(width=88, help="Ground truth."),
        "Decision": text(
            width=90, help="Not measured: the expert who gets the case did not annotate it."
        ),
        "Before": text(width=76, help="Who had it in the baseline."),
        "Unusual in it": text(
            width=128,
            help="The features furthest from the mean of the training cases, in their standard "
            "deviations.",
        ),
    }
    shown_texts = {name: views.isolate(texts) for name, texts in columns.items()}
    return pd.DataFrame(shown_texts), {name: config[name] for name in columns}


def _file(chosen: Chosen, cases: CaseList, found: np.ndarray) -> None:
    left, right = st.columns([3, 1], vertical_alignment="top")
    left.caption(
        "Expected to be right: by the model, from the case alone. Select a row to open the case."
    )
    with right, st.container(horizontal_alignment="right"):
        views.csv_button(
            "These cases as CSV",
            lambda: cases.table(found),
            f"caseload-{chosen.model.run_id[:8]}-cases",
            "cases_csv",
            f"{words.count(len(found), 'case')}, in the order shown, with the reason, what "
            "every expert said, and the ground truth.",
        )
