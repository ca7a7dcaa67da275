"""An impossible scenario: the reason in words, the nearest possible one, the way back.

No old answer stays on screen: its numbers would be read as those of the current settings.
"""

import streamlit as st

from app.shared import views, words
from app.shared.scenario_queries import Asked
from app.workload import desk
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.nearest import Obstacle


def draw_obstacle(data: AnnotationSet, asked: Asked) -> None:
    """Says why there is no answer and offers ways to get one."""
    found = asked.obstacle
    reason = asked.why if found is None else found.reason
    st.error(
        f"**Not possible.** {views.escape(words.sentence(reason, data.agents))}",
        icon=":material/block:",
    )
    with st.container(horizontal=True):
        if found is not None and found.nearest is not None:
            st.button(
                "Use the nearest possible",
                key="use_nearest_scenario",
                type="primary",
                icon=":material/auto_fix_high:",
                on_click=desk.put,
                args=(data, found.nearest),
                help="Changes as little as possible. Every guard rule stays.",
            )
        good = desk.last_good(data)
        if good is not None:
            st.button(
                "Back to the last possible",
                key="last_good_scenario",
                icon=":material/undo:",
                on_click=desk.put,
                args=(data, good),
            )
    if found is not None and found.fix:
        st.markdown(f"Nearest possible: {views.escape(found.fix.removesuffix('.'))}.")
    if found is not None and found.without_rules is not None:
        _drop(data, found)
    st.caption("No figures are shown until the scenario is possible again.")


def _drop(data: AnnotationSet, found: Obstacle) -> None:
    """A second offer: guard rules are there for safety."""
    with st.container(border=True):
        st.markdown(
            "**No workloads make this possible under all guard rules.** They are there for "
            "safety, so none is removed for you. If you decide to, this would be enough: "
            f"{views.escape(found.dropped)}."
        )
        st.button(
            "Remove this rule",
            key="drop_rule_scenario",
            icon=":material/gpp_maybe:",
            on_click=desk.put,
            args=(data, found.without_rules),
            help="Removes the rule from the unsaved scenario; saved scenarios keep it.",
        )
