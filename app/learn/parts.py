"""What the steps of the lesson are made of."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.learn import choices, map_chart
from app.shared import views, words

Draw = Callable[[tuple[float, float], tuple[float, float]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A step's note for the teacher: what to say, and what to ask."""

    say: Sequence[str]
    ask: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the lesson.

    Attributes:
      short: name for the row of steps. title: of the step. lead: two or three plain sentences.
      draw: draws figures, tables and controls.
      note: for the teacher. formulas: in the papers' notation, LaTeX.
    """

    short: str
    title: str
    lead: str
    draw: Callable[[choices.Lesson], None]
    note: Note
    formulas: Sequence[str] = ()


def figure(
    fig: go.Figure, alt: str, *, key: str, pick: bool = False, draw: Draw | None = None
) -> None:
    """A figure with its text alternative.

    Args:
      fig: what to draw.
      alt: the same in words.
      key: of the figure.
      pick: whether a click on a case chooses it.
      draw: called with the horizontal and the vertical ends of a box that somebody draws.
    """
    more: dict[str, Any] = {}
    if pick:
        more = {"on_select": lambda: _take(key), "selection_mode": "points"}
    elif draw:
        fig.update_layout(dragmode="select")
        more = {"on_select": lambda: _drawn(key, draw), "selection_mode": "box"}
    st.plotly_chart(fig, width="stretch", theme=None, config=views.PLOT, key=key, alt=alt, **more)


def per_agent(
    values: Iterable[float], write: Callable[[float], str], names: Sequence[str] = map_chart.AGENTS
) -> str:
    """A value of every agent in words, such as “A 0.20, B 0.30, C 0.10 and AI 0.40”."""
    return words.listing([f"{n} {write(v)}" for n, v in zip(names, values, strict=True)])


def table(frame: pd.DataFrame, alt: str) -> None:
    """A table that is large enough to be read from the back of the room."""
    st.table(frame, border="horizontal", hide_index=True, alt=alt)


def note(text: Note) -> None:
    """The teacher's note, folded away."""
    with st.expander("Teacher's note", icon=":material/co_present:"):
        st.markdown("**Say**\n" + "\n".join(f"- {line}" for line in text.say))
        st.markdown("**Ask**\n" + "\n".join(f"- {line}" for line in text.ask))


def formulas(lines: Sequence[str]) -> None:
    """Formulas in the papers' notation, folded away."""
    if lines:
        with st.expander("Formulas", icon=":material/function:"):
            for line in lines:
                st.latex(line)


def _drawn(key: str, draw: Draw) -> None:
    for box in st.session_state[key]["selection"]["box"][-1:]:
        draw(tuple(box["x"]), tuple(box["y"]))


def _take(key: str) -> None:
    points = st.session_state[key]["selection"]["points"]
    number = points[0].get("customdata") if points else None
    if isinstance(number, list):
        number = number[0] if number else None
    if isinstance(number, int | float):
        choices.choose_case(int(number))
