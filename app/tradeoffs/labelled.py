"""Figures with labels in their right margin, which a narrow screen shows below instead."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from app.shared import views

# A figure does not know the width of its screen. On a narrow one it is drawn too wide by its right
# margin, which is cut off, and the labels that stood there follow as a list.
_SHOWN = 22  # pixels of the margin that stay: the last number of the axis reaches into it
_STYLE = """
<style>
.cl-labels { display: none; margin: 0; padding: 0; list-style: none; font-size: 0.875rem; }
.cl-labels li::before {
  content: ""; display: inline-block; width: 1.2em; margin-right: 0.5em; vertical-align: middle;
  border-top: 3px solid currentColor;
}
@media (max-width: 640px) {
  .st-key-KEY { overflow-x: clip; }
  .st-key-KEY [data-testid="stElementContainer"]:has(.stPlotlyChart) {
    width: calc(100% + CUTpx) !important; max-width: none !important; flex: none;
  }
  .st-key-KEY .annotation { display: none; }
  .cl-labels { display: block; }
}
</style>
"""


def chart(figure: go.Figure, key: str, **more: Any) -> None:
    """Draws a figure with its labels beside it, or below it where the screen is narrow.

    Args:
      figure: with labels written by `chart_labels.beside`.
      key: of the chart.
      more: further arguments of `st.plotly_chart`.
    """
    labels = [note for note in figure.layout.annotations if note.x == 1 and note.xref == "paper"]
    labels.sort(key=lambda note: -note.y)
    lines = "".join(f'<li style="color:{one.font.color}">{one.text}</li>' for one in labels)
    cut = max(round(figure.layout.margin.r) - _SHOWN, 0)
    style = _STYLE.replace("KEY", f"labelled_{key}").replace("CUT", str(cut))
    with st.container(key=f"labelled_{key}"):
        st.plotly_chart(figure, theme=None, key=key, config=views.PLOT, **more)
        # The texts are those of the figure, in which other people's names are escaped already.
        st.html(f'{style}<ul class="cl-labels">{lines}</ul>')
