"""Redraws the page when the reader or the system switches between light and dark.

Streamlit recolours its own parts at once; figures and our HTML keep the colours of the theme that
the server knew when it drew them.
"""

import streamlit as st

# Only a change is reported, so that a theme that the server does not know cannot loop. Looking
# every half second sees a choice in the menu as well as the system's switch.
_JS = """
export default function({ setTriggerValue }) {
  const scheme = () => getComputedStyle(document.querySelector(".stApp")).colorScheme;
  let seen = scheme();
  const timer = setInterval(() => {
    if (scheme() !== seen) {
      seen = scheme();
      setTriggerValue("changed", seen);
    }
  }, 500);
  return () => clearInterval(timer);
}
"""


def draw() -> None:
    """Mounts the watch, which is invisible."""
    with st.container(key="theme_watch"):
        st.components.v2.component("caseload_theme_watch", js=_JS)(
            key="theme", on_changed_change=lambda: None
        )
