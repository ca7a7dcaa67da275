"""Own workload bounds: a table, and a slider for one agent, checked while they are edited."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from app.shared import following, words
from app.shared.settings_link import amount, maximum
from app.train import agents, feasible
from core.config.bounds import Bounds
from core.dataset.annotation_set import AI, AnnotationSet
from core.scenarios.agent_bounds import BOUNDS, run_bounds

MANY = 12  # agents; above that the table can be searched and set in bulk
_SHARE: dict[str, Any] = {"min_value": 0.0, "max_value": 100.0, "step": 0.1, "format": "%.1f %%"}


def draw_bounds(data: AnnotationSet, present: dict[str, int]) -> tuple[Bounds, str | None]:
    """The table, the slider and the buttons, with any problem and its remedy below them.

    Args:
      data: the set.
      present: train annotations per expert.

    Returns:
      the bounds, and what is wrong with them.
    """
    st.caption(
        "Set a minimum and maximum share of the cases for each agent; nobody has bounds at "
        "first. One point is trained.",
        help="Bounds ε_l ≤ workload ≤ ε_u per agent. Feasible: Σ ε_l ≤ 100 % ≤ Σ ε_u.",
    )
    shown = _shown(data)
    _bulk(data, shown)
    if shown:
        _table(data, shown, present)
    else:
        st.info("No agent's name contains this.", icon=":material/search_off:")
    _focus(data)
    asked = run_bounds(agents.agents(data), away=data.excluded_experts)
    return asked, feasible.check(data)


def _shown(data: AnnotationSet) -> list[str]:
    """The AI and the experts, where there are many only those found by the search."""
    names = [AI, *data.experts]
    if len(names) <= MANY:
        return names
    sought = st.text_input(
        f"Find among {words.count(len(data.experts), 'expert')}",
        key=agents.key(data, "find"),
        placeholder="part of a name",
        on_change=agents.refresh,
        args=(data,),
        persist_state="session",
        icon=":material/search:",
    )
    return [name for name in names if (sought or "").strip().lower() in name.lower()]


def _bulk(data: AnnotationSet, shown: list[str]) -> None:
    """Buttons that set several agents at once."""
    with st.container(horizontal=True):
        st.button(
            "No bounds",
            key="set_free",
            icon=":material/lock_open:",
            on_click=agents.free,
            args=(data,),
            help="Lets everyone on duty take any share.",
        )
        st.button(
            "Balanced",
            key="set_balanced",
            icon=":material/balance:",
            on_click=agents.balance,
            args=(data,),
            help="Gives every expert on duty the same share of what the AI leaves: from "
            "(100 % − the AI's maximum) / M to (100 % − the AI's minimum) / M for M experts.",
        )
        if len(data.agents) <= 3:
            return
        which = [name for name in shown if name != AI]
        all_ = len(which) == len(data.experts)
        with st.popover("Set several", icon=":material/checklist:", disabled=not which):
            st.caption(
                f"For all {words.count(len(which), 'expert')}"
                + ("." if all_ else " found by the search.")
            )
            for column, word, usual in zip(st.columns(2), BOUNDS, (0.0, 100.0), strict=True):
                place = agents.key(data, f"bulk_{word}")
                column.number_input(f"{word.title()}, %", 0.0, 100.0, usual, step=1.0, key=place)
            st.button("Set these bounds", key="bulk_set", on_click=_set_many, args=(data, which))
            on, off = st.columns(2)
            on.button(
                "All on duty", key="bulk_on", on_click=agents.put_on_duty, args=(data, which, True)
            )
            off.button(
                "All off duty",
                key="bulk_off",
                on_click=agents.put_on_duty,
                args=(data, which, False),
            )


def _set_many(data: AnnotationSet, names: list[str]) -> None:
    low = float(st.session_state.get(agents.key(data, "bulk_minimum")) or 0.0)
    high = st.session_state.get(agents.key(data, "bulk_maximum"))
    _set(data, names, low, 100.0 if high is None else float(high))


def _set(data: AnnotationSet, names: list[str], low: float, high: float) -> None:
    """Sets the bounds of agents, in per cent."""
    bounds: dict[str, Any] = {"minimum": amount(low), "maximum": maximum(high)}
    agents.change(data, names, lambda _, agent: replace(agent, **bounds))


def _table(data: AnnotationSet, names: list[str], present: dict[str, int]) -> None:
    frame = agents.frame(data, "bounds", names)
    counts = [None if name == AI else present[name] for name in names]
    rows = frame.assign(annotations=pd.array(counts, dtype="Int64")).reset_index()
    st.data_editor(
        rows,
        key=agents.table(data, "bounds").key,
        hide_index=True,
        height="content" if len(names) <= MANY else 420,
        num_rows="fixed",
        disabled=["agent", "annotations"],
        column_order=["agent", "on_duty", *BOUNDS, "annotations"],
        placeholder=words.UNKNOWN,
        column_config={
            "agent": st.column_config.TextColumn("Agent", width="medium", pinned=True),
            "on_duty": st.column_config.CheckboxColumn(
                "On duty",
                help="Experts off duty get no cases; their annotations are still used.",
            ),
            "minimum": st.column_config.NumberColumn("Minimum", required=True, **_SHARE),
            "maximum": st.column_config.NumberColumn("Maximum", required=True, **_SHARE),
            "annotations": st.column_config.NumberColumn(
                "Annotations", help="Training cases that this expert annotated.", format="localized"
            ),
        },
        alt="On duty, minimum and maximum share of the cases per agent, editable",
    )
    st.caption(
        "Experts off duty get no cases; their annotations are still used in training."
        + (" Click a column header to sort." if len(names) > MANY else "")
    )


def _focus(data: AnnotationSet) -> None:
    """A slider for one agent's bounds, and fields for exact numbers."""
    names = [AI, *data.experts]
    place = agents.key(data, "focus")
    state_value = st.session_state.get(place)
    st.session_state[place] = state_value if state_value in names else AI
    with st.container(border=True):
        who, on = st.columns([4, 1.4], vertical_alignment="bottom")
        name = who.selectbox("Adjust one agent", names, key=place, persist_state="session")
        agent = agents.agents(data)[name]
        on.toggle(
            "On duty",
            agent.on_duty,
            following.key(agents.key(data, "on"), agent.on_duty),
            on_change=_from_toggle,
            args=(data, name),
        )
        shown = agents.shown(agent)
        band = (min(shown), max(shown))
        st.slider(
            "Minimum and maximum share of the cases",
            0.0,
            100.0,
            band,
            step=0.5,
            format="%.1f %%",
            key=following.key(agents.key(data, "band"), band),
            on_change=_from_band,
            args=(data, name),
            disabled=not agent.on_duty,
        )
        for column, value, word in zip(st.columns(2), shown, BOUNDS, strict=True):
            column.number_input(
                f"{word.title()} share, %",
                0.0,
                100.0,
                value,
                step=1.0,
                format="%.2f",
                key=following.key(agents.key(data, word), value),
                on_change=_from_number,
                args=(data, name, word),
                disabled=not agent.on_duty,
            )


def _from_toggle(data: AnnotationSet, name: str) -> None:
    place = agents.key(data, "on")
    if following.moved(place):
        agents.put_on_duty(data, [name], bool(following.held(place)))


def _from_band(data: AnnotationSet, name: str) -> None:
    place = agents.key(data, "band")
    if following.moved(place):
        _set(data, [name], *following.held(place))


def _from_number(data: AnnotationSet, name: str, moved: str) -> None:
    """Sets one bound; the other is moved along where they would cross."""
    place = agents.key(data, moved)
    if not following.moved(place):
        return
    value = following.held(place)
    if value is None:
        value = 0.0 if moved == "minimum" else 100.0

    agents.change(data, [name], lambda _, agent: agents.moved(agent, moved, value))
