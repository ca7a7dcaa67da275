"""The trained method's own view of a case: a second opinion that decides nothing here."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.cases import case_queries
from app.shared import words
from app.shared.scenario_model import Chosen
from core.scenarios.case_list import CaseList

_MOST_ROWS = 8
_PERCENT = "%.1f\u202f%%"


def draw_gating(chosen: Chosen, cases: CaseList, case: int) -> None:
    """The method's assignment, class probabilities of the AI, predicted annotations."""
    scores = cases.scores
    placed = cases.explained.chosen
    coverage = float((placed == len(scores.agents) - 1).mean()) if len(placed) else 0.0
    found = case_queries.gating(chosen.model, case, coverage)
    st.markdown(
        "**The trained method's view**",
        help="The method was trained with the run: the probability of assigning the case to each "
        "agent, or its score of each agent. Scenarios use expected correctness and the prices of "
        "capacity instead, so this view decides nothing here.",
    )
    left, middle, right = st.columns([5, 5, 6], gap="medium")
    if found is None:
        with left:
            st.caption(
                "Not available: this run was trained only to estimate who is right, or its outputs "
                "were not kept."
            )
    else:
        with left:
            st.caption(_of(found, coverage))
            order = np.argsort(-found.agents, kind="stable")
            agents = words.all_marked(scores.agents, scores.machines)
            names = [agents[k] for k in order]
            head = "Would assign it to" if found.gated else "Score"
            _table("Agent", names, {head: found.agents[order]})
    with middle:
        st.caption(
            "The AI's class probabilities"
            + ("" if found is None else "; beside them those of the method's own AI")
        )
        order = np.argsort(-scores.test.probabilities[case], kind="stable")
        columns = {"Probability": scores.test.probabilities[case][order].astype(float)}
        if found is not None:
            columns["The method's AI"] = found.ai[order]
        _table("Class", [scores.classes[c] for c in order], columns)
    with right:
        if found is not None and found.experts is not None:
            st.caption("Predicted annotation of each expert, and the given one")
            _predicted(cases, case, found.experts)
        elif found is not None:
            st.caption("The run kept no predicted annotations.")


def _of(found: case_queries.Gating, coverage: float) -> str:
    if found.for_all:
        return "Trained once for every share of the AI."
    if found.target is None:
        return "Trained with the run's own bounds."
    return (
        f"Trained for the AI to take {words.percent(found.target)}, the nearest to this scenario's "
        f"{words.percent(coverage)}"
    )


def _table(head: str, names: list[str], columns: dict[str, np.ndarray]) -> None:
    config: Any = {
        label: st.column_config.ProgressColumn(
            format=_PERCENT, min_value=0.0, max_value=100.0, width="small"
        )
        for label in columns
    }
    st.dataframe(
        pd.DataFrame({head: names} | {label: 100 * v for label, v in columns.items()}),
        hide_index=True,
        height="content" if len(names) <= _MOST_ROWS else 320,
        column_config=config,
        alt=f"{' and '.join(columns)} per {head.lower()}",
    )


def _predicted(cases: CaseList, case: int, experts: np.ndarray) -> None:
    scores = cases.scores
    likely = experts.argmax(1)
    said = [
        scores.answers[scores.annotations[case, m]] if scores.annotated[case, m] else words.UNKNOWN
        for m in range(len(experts))
    ]
    st.dataframe(
        pd.DataFrame(
            {
                "Expert": words.all_marked(scores.agents[:-1], scores.machines),
                "Would say": [scores.answers[a] for a in likely],
                "Probability": 100 * experts.max(1),
                "Said": said,
            }
        ),
        hide_index=True,
        height="content" if len(experts) <= _MOST_ROWS else 320,
        column_config={
            "Probability": st.column_config.ProgressColumn(
                format=_PERCENT, min_value=0.0, max_value=100.0, width="small"
            )
        },
        alt="Predicted annotation of every expert beside the given one",
    )
