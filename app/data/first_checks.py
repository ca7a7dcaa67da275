"""What to know before training: a short list, most important first, each with what to do."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.data import know_queries
from app.shared import views

_GROUPS = {
    True: ("Deal with these before training", ":material/error:", "orange"),
    False: ("Good to know", ":material/info:", "blue"),
}


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """What to check, under two headings."""
    if not facts["experts"]:
        st.info("This set has no experts.")
        return
    found = know_queries.all_checks(data_id)
    if not found:
        st.success(
            "Nothing stands out: enough annotations of every expert, cases that experts share, "
            "and enough test cases of every class.",
            icon=":material/check:",
        )
    for serious, (title, icon, colour) in _GROUPS.items():
        own = [f for f in found if f.serious is serious]
        if not own:
            continue
        st.header(title, anchor=False)
        for check in own:
            with st.container(border=True):
                st.markdown(
                    f":{colour}[{icon}] **{views.escape(check.text)}**  \n"
                    f"{views.escape(check.remedy)}"
                )
    if know_queries.dates(data_id) is None:
        st.caption(
            "Changes over time cannot be looked at: no column of this set holds dates. To keep "
            "one, name it `group_date` in `cases.csv`, or give it the role “group” when the "
            "columns are matched."
        )
