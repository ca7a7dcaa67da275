"""Clicks on the bars of workloads, which are HTML and no widget."""

from collections.abc import Callable

import streamlit as st

# The bars are replaced with every answer: listening on the page outlasts that.
_JS = """
export default function({ setTriggerValue }) {
  const clicked = (event) => {
    const row = event.target.closest(".cl-bars [data-agent]");
    if (row !== null) { setTriggerValue("agent", Number(row.dataset.agent)); }
  };
  document.addEventListener("click", clicked);
  document.body.dataset.bars = "heard";
  return () => {
    document.removeEventListener("click", clicked);
    delete document.body.dataset.bars;
  };
}
"""
_KEY = "bar_clicks"
HINT = "Click a bar to see its cases."


def watch(agents: int, on_click: Callable[[int], None]) -> None:
    """Mounts what hears clicks on `workload_bars.html(…, clickable=True)`; it is invisible.

    Args:
      agents: how many there are.
      on_click: called with the position of the agent whose bar was clicked.
    """

    def clicked() -> None:
        agent = st.session_state[_KEY]["agent"]
        if isinstance(agent, int) and 0 <= agent < agents:
            on_click(agent)

    with st.container(key=f"{_KEY}_unseen"):
        st.components.v2.component("caseload_bar_clicks", js=_JS)(key=_KEY, on_agent_change=clicked)
