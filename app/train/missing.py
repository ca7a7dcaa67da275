"""How many of the annotations to remove, and how many are left."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from app.shared import insight_queries, state, views, words
from app.shared.settings_link import MOST_MISSING
from app.train import agents, fields
from core.dataset.annotation_set import AI, AnnotationSet

MODES = {"all": "The same for all experts", "each": "Per expert"}
_MANY = 12  # experts; above that single counts are left to the table


def draw_missing_rate(data: AnnotationSet, data_id: str) -> dict[str, Any]:
    """The fields, and how many annotations they leave.

    Returns:
      the settings `missing_rate` and `missing_rates`.
    """
    before = st.session_state.get(agents.key(data, "missing_by"), "all")
    mode = "all"
    if len(data.experts) > 1:
        mode = fields.choice("missing_by", "Remove some of the annotations", MODES, "all")
    if mode == "each" and before == "all":
        state.whole("missing", 0, 0, MOST_MISSING)  # a link may say where all of them start
        _start(data)
    st.session_state[agents.key(data, "missing_by")] = mode
    return _for_all(data, data_id) if mode == "all" else _for_each(data, data_id)


def _for_all(data: AnnotationSet, data_id: str) -> dict[str, Any]:
    state.whole("missing", 0, 0, MOST_MISSING)
    missing = st.slider(
        "Annotations to remove",
        0,
        MOST_MISSING,
        step=5,
        format="%d %%",
        key="missing",
        persist_state="session",
        help=(
            "Removed completely at random from the training cases, differently for each seed, to "
            "see how well the team does with fewer annotations. 0 % keeps all of them."
        ),
    )
    state.publish("missing", missing, 0)
    kept = insight_queries.kept_annotations(data_id, missing / 100, 0)
    _say(kept, per_expert=bool(missing))
    return {"missing_rate": missing / 100, "missing_rates": ()}


def _for_each(data: AnnotationSet, data_id: str) -> dict[str, Any]:
    names = list(data.experts)
    record = agents.agents(data)
    rates = {name: round((record[name].away or 0.0) / 100, 12) for name in names}
    kept = insight_queries.kept_annotations(data_id, tuple(rates.values()), 0)
    frame = agents.frame(data, "away", names)
    rows = frame.assign(present=kept["present"].to_numpy(), left=kept["kept"].to_numpy())
    st.data_editor(
        rows.reset_index(),
        key=agents.table(data, "away").key,
        hide_index=True,
        height="content" if len(names) <= _MANY else 320,
        num_rows="fixed",
        disabled=["agent", "present", "left"],
        column_order=["agent", "away", "present", "left"],
        column_config={
            "agent": st.column_config.TextColumn("Expert", width="medium", pinned=True),
            "away": st.column_config.NumberColumn(
                "Remove",
                min_value=0.0,
                max_value=99.0,
                step=1.0,
                format="%.1f %%",
                required=True,
                help="Share of this expert's training annotations, removed completely at random "
                "and differently for each seed.",
            ),
            "present": st.column_config.NumberColumn("Present", format="localized"),
            "left": st.column_config.NumberColumn(
                "Left", format="localized", help="For the first seed; other seeds differ by chance."
            ),
        },
        alt="Share of the annotations to remove per expert, editable, and what is left",
    )
    with st.container(horizontal=True):
        for share in (0, 25, 50, 75):
            st.button(
                "None removed" if not share else f"{share}\u202f% for all",
                key=f"away_{share}",
                on_click=_set,
                args=(data, float(share)),
            )
    _say(kept, per_expert=False)
    if data.experts and len(set(rates.values())) == 1:
        return {"missing_rate": next(iter(rates.values())), "missing_rates": ()}
    own = tuple(sorted((name, rate) for name, rate in rates.items() if rate))
    return {"missing_rate": 0.0, "missing_rates": own}


def _start(data: AnnotationSet) -> None:
    """Starts from what was set for all experts."""
    share = float(st.session_state.get("missing") or 0)
    record = agents.agents(data)
    unset = [name for name in data.experts if record[name].away is None]
    if unset:
        agents.change(data, unset, lambda _, agent: replace(agent, away=share))


def _set(data: AnnotationSet, share: float) -> None:
    names = [name for name in data.agents if name != AI]
    agents.change(data, names, lambda _, agent: replace(agent, away=share))


def _say(kept: pd.DataFrame, *, per_expert: bool) -> None:
    present, left = int(kept["present"].sum()), int(kept["kept"].sum())
    possible = int(kept["cases"].sum())
    if left < present:
        line = f"Leaves **{left:,}** of {words.count(present, 'training annotation')}"
    else:
        line = f"Keeps all **{present:,}** training annotations"
    st.caption(f"{line}: {words.percent(left / max(possible, 1))} of a complete table.")
    if per_expert and len(kept) <= _MANY:
        st.caption(
            "Per expert: "
            + ", ".join(
                f"{views.escape(r.expert)} {r.kept:,} of {r.present:,}" for r in kept.itertuples()
            )
        )
