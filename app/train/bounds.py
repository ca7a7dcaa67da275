"""Own workload bounds: a band per agent, exact numbers beside it, checked while edited."""

from typing import Any

import pandas as pd
import streamlit as st

from app import words
from core.data.annotation_set import AI, AnnotationSet
from core.em.bounds import BoundsError, WorkloadBounds

MOST_SLIDERS = 12  # experts; more get a table
_WIDTHS = (2.2, 5, 1.8, 1.8)
Limits = dict[str, tuple[float, float]]  # per cent, least and greatest per agent


def draw(data: AnnotationSet) -> tuple[dict[str, Any], str | None]:
    """The fields of all agents, with what is wrong and a remedy right below them.

    Returns:
      the settings `lower` and `upper` (shares, as pairs), and what is wrong with them in words.
    """
    st.caption(
        "The least and the greatest share of the cases for each. One point is trained; "
        "everyone starts free.",
        help="Bounds ε_l ≤ workload ≤ ε_u per agent. Feasible: Σ ε_l ≤ 100 % ≤ Σ ε_u.",
    )
    names = [name for name in data.experts if name not in data.excluded_experts]
    if data.excluded_experts:
        st.caption(
            f"Left out, because they annotated no training case: "
            f"{words.listing(data.excluded_experts)}."
        )
    limits = _sliders(data, [*names, AI]) if len(names) <= MOST_SLIDERS else _table(data, names)
    lower = {name: round(low / 100, 6) for name, (low, _) in limits.items()}
    upper = {name: round(high / 100, 6) for name, (_, high) in limits.items()}
    settings = {"lower": tuple(sorted(lower.items())), "upper": tuple(sorted(upper.items()))}
    included = [name not in data.excluded_experts for name in data.experts]
    try:
        WorkloadBounds.from_names(lower, upper, data.agents, included)
    except BoundsError as error:
        st.error(f"These bounds cannot be met: {error}.", icon=":material/block:")
        if error.nearest is not None:
            st.button(
                "Use the nearest feasible bounds",
                key="use_nearest",
                icon=":material/auto_fix_high:",
                on_click=apply,
                args=(data, error.nearest),
                help="Changes each bound as little as possible.",
            )
        return settings, "These workload bounds cannot be met; the reason stands below them."
    least, most = sum(lower.values()), sum(upper.values())
    if not least and all(share >= 1 for share in upper.values()):
        st.caption("Nobody is bound yet.")
        return settings, None
    st.caption(
        f"Feasible: the least shares add up to {words.percent(least)}, "
        f"the greatest to {words.percent(most)}."
    )
    return settings, None


def apply(data: AnnotationSet, nearest: WorkloadBounds) -> None:
    """Sets every field to the given bounds; a button's callback."""
    for agent, low, high in zip(data.agents, nearest.lower, nearest.upper, strict=True):
        # To a tenth of a per cent outward, which keeps them feasible.
        least, greatest = int(low * 1000 + 1e-6) / 10, min(-int(-high * 1000 + 1e-6) / 10, 100.0)
        if greatest < high * 100 - 1e-9:
            greatest = min(greatest + 0.1, 100.0)
        _set(data, agent, least, round(greatest, 1))
    st.session_state.pop(f"bounds:{data.content_hash}:table", None)
    st.session_state[_version(data)] = st.session_state.get(_version(data), 0) + 1


def _sliders(data: AnnotationSet, agents: list[str]) -> Limits:
    found: Limits = {}
    for column, text in zip(st.columns(_WIDTHS), ("", "", "Least, %", "Greatest, %"), strict=True):
        column.caption(text)
    for agent in agents:
        band, least, greatest = (_key(data, agent, part) for part in ("band", "least", "greatest"))
        _start(data, agent)
        row = st.columns(_WIDTHS, vertical_alignment="center")
        row[0].markdown(f"**{agent}**")
        row[1].slider(
            f"{agent}: from least to greatest share, in per cent",
            0.0,
            100.0,
            step=0.5,
            format="%.1f %%",
            key=band,
            on_change=_from_band,
            args=(data, agent),
            label_visibility="collapsed",
            persist_state="session",
        )
        for column, key, word in ((row[2], least, "least"), (row[3], greatest, "greatest")):
            column.number_input(
                f"{agent}: {word} share, in per cent",
                0.0,
                100.0,
                step=1.0,
                format="%.1f",
                key=key,
                on_change=_from_number,
                args=(data, agent, word),
                label_visibility="collapsed",
                persist_state="session",
            )
        found[agent] = _limits(data, agent)
    return found


def _table(data: AnnotationSet, experts: list[str]) -> Limits:
    """A slider for the AI and an editable table for the experts."""
    found = _sliders(data, [AI])
    key = f"bounds:{data.content_hash}:table:{st.session_state.get(_version(data), 0)}"
    base, last = f"{key}:base", f"bounds:{data.content_hash}:table"
    if key not in st.session_state or base not in st.session_state:
        # A new visit: start from what was last seen. While the editor lives its base must not
        # change, or its edits would be applied twice.
        rows = {name: _limits(data, name) for name in experts}
        st.session_state[base] = st.session_state.get(last, pd.DataFrame(
            {
                "expert": experts,
                "on": True,
                "least": [rows[name][0] for name in experts],
                "greatest": [rows[name][1] for name in experts],
            }
        ))  # fmt: skip
    share: dict[str, Any] = {"min_value": 0.0, "max_value": 100.0, "step": 0.1, "format": "%.1f %%"}
    edited = st.data_editor(
        st.session_state[base],
        key=key,
        hide_index=True,
        height=320,
        disabled=["expert"],
        column_config={
            "expert": st.column_config.TextColumn("Expert"),
            "on": st.column_config.CheckboxColumn("Takes part"),
            "least": st.column_config.NumberColumn("Least share", required=True, **share),
            "greatest": st.column_config.NumberColumn("Greatest share", required=True, **share),
        },
        alt="Least and greatest share of the cases per expert, editable",
    )
    st.session_state[last] = edited
    for row in edited.itertuples():
        least = 0.0 if pd.isna(row.least) or not row.on else float(row.least)
        greatest = 0.0 if not row.on else 100.0 if pd.isna(row.greatest) else float(row.greatest)
        found[row.expert] = (least, greatest)
    return found


def _key(data: AnnotationSet, agent: str, part: str) -> str:
    return f"bounds:{data.content_hash}:{agent}:{part}"


def _version(data: AnnotationSet) -> str:
    return f"bounds:{data.content_hash}:version"


def _limits(data: AnnotationSet, agent: str) -> tuple[float, float]:
    s = st.session_state
    least, greatest = s.get(_key(data, agent, "least")), s.get(_key(data, agent, "greatest"))
    return 0.0 if least is None else least, 100.0 if greatest is None else greatest


def _start(data: AnnotationSet, agent: str) -> None:
    """Gives an agent that was not drawn yet the widest bounds."""
    if st.session_state.get(_key(data, agent, "band")) is None:
        _set(data, agent, *_limits(data, agent))


def _set(data: AnnotationSet, agent: str, least: float, greatest: float) -> None:
    st.session_state[_key(data, agent, "least")] = least
    st.session_state[_key(data, agent, "greatest")] = greatest
    st.session_state[_key(data, agent, "band")] = (least, greatest)


def _from_band(data: AnnotationSet, agent: str) -> None:
    least, greatest = st.session_state[_key(data, agent, "band")]
    _set(data, agent, least, greatest)


def _from_number(data: AnnotationSet, agent: str, moved: str) -> None:
    """One number was typed: the other gives way where they would cross."""
    least, greatest = _limits(data, agent)
    if least > greatest:
        least, greatest = (least, least) if moved == "least" else (greatest, greatest)
    _set(data, agent, least, greatest)
