"""Keys of the lesson: arrows for next and back, space for play. They work in the browser alone."""

import streamlit as st

# A key that a slider, a field or an open list needs for itself is left to it.
_JS = """
const own = "input, textarea, select, [contenteditable], [role=slider], [role=radio], " +
  "[role=listbox], [role=option], [role=grid], [role=dialog], [data-testid=stDataFrame]";
const buttons = { ArrowRight: "learn_next", ArrowLeft: "learn_back" };
const deepest = (node) => {
  while (node && node.shadowRoot && node.shadowRoot.activeElement) {
    node = node.shadowRoot.activeElement;
  }
  return node;
};
export default function() {
  const pressed = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) { return; }
    const focused = deepest(document.activeElement);
    const steps = focused && focused.closest("[class*=st-key-learn_steps]");
    if (focused && !steps && focused.closest(own)) { return; }
    const name = buttons[event.key];
    if (name) {
      const button = document.querySelector(`.st-key-${name} button`);
      if (button && !button.disabled) { event.preventDefault(); button.click(); }
    } else if (event.key === " " && !(focused && focused.closest("button, a, summary"))) {
      event.preventDefault();
      document.dispatchEvent(new CustomEvent("caseload-play"));
      const move = document.querySelector(".js-plotly-plot .updatemenu-button");
      if (move) { move.dispatchEvent(new MouseEvent("click", { bubbles: true })); }
    }
  };
  // After a click with the mouse the space bar is for play, not for the same button once more.
  const clicked = (event) => {
    const button = event.target.closest(".st-key-learn_next button, .st-key-learn_back button");
    if (event.detail > 0 && button) { button.blur(); }
  };
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", clicked);
  return () => {
    document.removeEventListener("keydown", pressed);
    document.removeEventListener("click", clicked);
  };
}
"""


def listen() -> None:
    """Mounts what listens, which is invisible."""
    with st.container(key="learn_keys_unseen"):
        st.components.v2.component("caseload_learn_keys", js=_JS)(key="learn_keys")
