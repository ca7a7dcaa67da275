"""The cases behind a number of the chosen point, in a dialog: exactly those that were counted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from app.shared import case_dialog, point_queries, views
from app.shared.operating_point import OperatingPoint
from app.tradeoffs import point_tables
from core.results.decisions import Decided
from core.results.models import RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which decisions of a point are looked at; None leaves a thing open.

    Attributes:
      title: what they are, above the list.
      truths: classes by position. decisions: the same of what was decided, where measured.
      agent: who decided, by position.
    """

    title: str
    truths: tuple[int, ...] | None = None
    decisions: tuple[int, ...] | None = None
    agent: int | None = None

    def fits(self, decided: Decided) -> np.ndarray:
        """Whether each decision is one of them, `[n]`."""
        fits = np.ones(len(decided.truth), bool)
        if self.truths is not None:
            fits &= np.isin(decided.truth, self.truths)
        if self.decisions is not None:
            fits &= decided.team.measured & np.isin(decided.team.decision, self.decisions)
        if self.agent is not None:
            fits &= decided.chosen == self.agent
        return fits


def show(result: RunResult, run_id: str, rule: str, point: OperatingPoint) -> None:
    """Opens the list that was asked for; closing it leaves the page as it was."""
    which = case_dialog.asked()
    if which is not None:
        title = views.escape(which.title)
        st.dialog(title, width="large")(_listed)(result, run_id, rule, point, which)


def _listed(result: RunResult, run_id: str, rule: str, point: OperatingPoint, which: Which) -> None:
    found = point_queries.decisions(run_id, rule, point.target, point.seeds)
    if found.why:
        st.info(views.escape(found.why), icon=":material/info:")
        return
    table = table_of(result, found.decisions, which)
    if which.decisions is None:
        table = case_dialog.ends(table)

    def link(row: pd.Series) -> dict[str, str]:
        seed = {"model_seed": str(row["seed"])} if len(result.seeds) > 1 else {}
        return {"run": run_id, "c_case": str(row["place"]), **seed}

    case_dialog.listed(
        table,
        result.dataset.content_hash,
        link,
        seeds=len(found.decisions),
        file=f"caseload-{run_id[:8]}-{rule}-cases",
        without=("place", "ai_says"),
    )


def table_of(result: RunResult, decisions: tuple[Decided, ...], which: Which) -> pd.DataFrame:
    """The decisions as a file has them, with the AI's class and the place among the test cases."""
    classes = np.asarray(result.classes, object)
    tables = []
    for one in decisions:
        made = point_tables.decisions([one], result.answers, result.agents)
        made["ai_says"], made["place"] = classes[one.ai_decision], np.arange(len(made))
        tables.append(made[which.fits(one)])
    return pd.concat(tables, ignore_index=True)
