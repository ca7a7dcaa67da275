"""What came out of a run, or what can be done where this version cannot read it."""

from typing import TYPE_CHECKING

import streamlit as st

from app.shared import data_queries, run_queries, training_queries, trouble, views
from core.base.trouble import StorageError
from core.results.models import RunResult

if TYPE_CHECKING:
    from core.record.record import RunRecord

_AGAIN = "queued_again"  # in the session: the run that was queued


def result_of(record: "RunRecord") -> RunResult | None:
    """What came out of a run; None, said with the way on, where another version trained it."""
    try:
        return run_queries.result(record.run_id)
    except StorageError as error:
        if not run_queries.is_unknown(error):
            raise
        st.warning(views.escape(str(error)), icon=":material/history:")
    data_id = data_queries.data_id_of(record.dataset_hash)
    st.button(
        "Train it again",
        key="train_again",
        type="primary",
        icon=":material/replay:",
        disabled=data_id is None,
        help="With the same settings."
        if data_id
        else "Its data set is no longer there; upload it again.",
        on_click=trouble.guarded(_train_again),
        args=(record.run_id, data_id),
    )
    if watched := st.session_state.pop(_AGAIN, None):
        link = {"watch": watched} | ({"data": data_id} if data_id else {})
        st.switch_page(f"{views.PAGES}/train.py", query_params=link)
    return None


def _train_again(run_id: str, data_id: str) -> None:
    if (again := training_queries.train_again(run_id, data_id)) is not None:
        st.session_state[_AGAIN] = again
