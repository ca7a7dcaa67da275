"""Whether own bounds can be met, checked while they are edited, with the nearest that can."""

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from app.shared import views, words
from app.shared.settings_link import Agent, amount, maximum
from app.train import agents
from core.dataset.annotation_set import AnnotationSet
from core.em.bounds import BoundsError, WorkloadBounds
from core.scenarios.agent_bounds import run_bounds


def check(data: AnnotationSet) -> str | None:
    """Shows whether the bounds can be met and offers the nearest that can.

    Returns:
      what is wrong, None when they can be met.
    """
    names = agents.on_duty(data)
    record = agents.agents(data)
    if not names:
        st.error("Nobody is on duty, so no case can be decided.", icon=":material/block:")
        st.button("Put everyone on duty", key="all_on", on_click=_everyone, args=(data,))
        return "Nobody is on duty; see below the bounds."
    try:
        low, up = run_bounds({name: record[name] for name in names}).in_order(names)
    except BoundsError as error:
        why = str(error)
        why += f" ({words.count(len(names), 'agent')} on duty)" if "add up" in why else ""
        st.error(f"These bounds cannot be met: {views.escape(why)}.", icon=":material/block:")
        if error.nearest is not None:
            st.button(
                "Use the nearest feasible bounds",
                key="use_nearest",
                icon=":material/auto_fix_high:",
                on_click=_use,
                args=(data, names, error.nearest),
                help="Changes each bound as little as possible.",
            )
            st.caption(f"Nearest: {views.escape(_moved(names, record, error.nearest))}.")
        return "These workload bounds cannot be met; see the reason below them."
    if not low.any() and (up >= 1).all():
        st.caption(":material/check: No bounds are set yet.")
    else:
        st.caption(
            f":material/check: Feasible: the minimums add up to {words.percent(low.sum())}, "
            f"the maximums to {words.percent(up.sum())}."
        )
    return None


def _moved(names: list[str], record: dict[str, Agent], nearest: WorkloadBounds) -> str:
    """The bounds that the remedy changes, in words."""
    moved = [
        f"{name} {words.bounds_text(low, up)}"
        for name, low, up in zip(names, *nearest, strict=True)
        if max(abs(np.subtract(record[name].shares(), (low, up)))) > 1e-8
    ]
    return words.listing(moved)


def _use(data: AnnotationSet, names: list[str], nearest: WorkloadBounds) -> None:
    bounds: dict[str, dict[str, Any]] = {
        name: {"minimum": amount(100 * low), "maximum": maximum(100 * up)}
        for name, low, up in zip(names, *nearest, strict=True)
    }
    agents.change(data, names, lambda name, agent: replace(agent, **bounds[name]))


def _everyone(data: AnnotationSet) -> None:
    names = [name for name in data.agents if name not in data.excluded_experts]
    agents.put_on_duty(data, names, True)
