"""Redraws the page when the reader or the system switches between light and dark.

Streamlit recolours its own parts at once; figures and our HTML keep the colours of the theme that
the server knew when it drew them.
"""

import streamlit as st

from app.shared import state

# Compared with what the server drew: the switch may come before this is mounted. Each theme is
# reported once, so that one that the server does not know cannot loop. Looking every half second
# sees a choice in the menu as well as the system's switch.
_JS = """
let reported = null;
export default function({ data, setTriggerValue }) {
  const scheme = () => getComputedStyle(document.querySelector(".stApp")).colorScheme;
  if (reported === null) { reported = data.drawn; }
  const timer = setInterval(() => {
    if (scheme() !== reported) {
      reported = scheme();
      setTriggerValue("changed", reported);
    }
  }, 500);
  return () => clearInterval(timer);
}
"""


def draw_theme_watch() -> None:
    """Mounts the watch, which is invisible."""
    with st.container(key="theme_watch"):
        st.components.v2.component("caseload_theme_watch", js=_JS)(
            key="theme", data={"drawn": state.theme()}, on_changed_change=lambda: None
        )
