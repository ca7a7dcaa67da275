"""New cases handed out: in one go within capacities, or one at a time by prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float, Int, Shaped

from core.evaluation.prices import fit_prices
from core.scenarios.reasons import by_capacity, by_price
from core.scenarios.scores import CaseScores
from core.scenarios.worklist import online, worklist


@dataclass(frozen=True, eq=False, kw_only=True)
class Routed:
    """Who gets which of the new cases.

    Attributes:
      agents: names, the AI last. classes: names.
      cases: what the model expects of them.
      chosen: agent per case. reasons: one line per case.
      method: `highs`, all cases in one go, or `prices`, one at a time.
      so_far: share of the cases so far per agent, after each case; None for `highs`.
      prices: in accuracy per case; None for `highs`.
    """

    agents: tuple[str, ...]
    classes: tuple[str, ...]
    cases: CaseScores
    chosen: Int[np.ndarray, " n"]
    reasons: list[str]
    method: Literal["highs", "prices"]
    so_far: Float[np.ndarray, "n K"] | None = None
    prices: Float[np.ndarray, " K"] | None = None

    @property
    def loads(self) -> Int[np.ndarray, " K"]:
        """Cases per agent."""
        return np.bincount(self.chosen, minlength=len(self.agents))

    @property
    def expected(self) -> Float[np.ndarray, " n"]:
        """Expected correctness of whoever got the case."""
        return self.cases.value[np.arange(len(self.chosen)), self.chosen]

    @property
    def expected_accuracy(self) -> float | None:
        """The team's, as the model expects it; None for no cases."""
        return float(self.expected.mean()) if len(self.chosen) else None

    def frame(self) -> pd.DataFrame:
        """A row per case, for a spreadsheet."""
        columns = {
            "case_id": self.cases.case_ids.astype(object),
            "agent": [self.agents[k] for k in self.chosen],
            "reason": self.reasons,
            "ai_answer": [self.classes[c] for c in self.cases.ai_answer],
        }
        for k, agent in enumerate(self.agents):
            columns[f"expected {agent}"] = np.round(self.cases.value[:, k].astype(float), 4)
        return pd.DataFrame(columns)


def in_one_go(
    cases: CaseScores,
    least: Int[np.ndarray, " K"],
    most: Int[np.ndarray, " K"],
    agents: Sequence[str],
    classes: Sequence[str],
) -> Routed:
    """The optimal assignment within whole-number capacities.

    Raises:
      ScenarioError: the capacities cannot be met.
    """
    permitted = np.ones(cases.value.shape, bool)
    chosen = worklist(cases, least, most, permitted, agents=agents).chosen
    return Routed(
        agents=tuple(agents),
        classes=tuple(classes),
        cases=cases,
        chosen=chosen,
        reasons=by_capacity(cases.value, chosen, agents, most, permitted),
        method="highs",
    )


def one_by_one(
    cases: CaseScores,
    least: Int[np.ndarray, " K"],
    most: Int[np.ndarray, " K"],
    agents: Sequence[str],
    classes: Sequence[str],
    *,
    validation: Shaped[np.ndarray, "v K"],
    seed: int,
) -> Routed:
    """Each case on its own, at prices that meet the capacities' shares on validation cases.

    The realised load comes close to the capacities and does not meet them exactly: nobody knows
    the cases that are still to come.

    Args:
      cases: in the order in which they come.
      least: fewest cases per agent, of all the cases.
      most: most cases per agent, of all the cases.
      agents: names, the AI last.
      classes: names.
      validation: expected correctness on the run's validation cases.
      seed: of the jitter that splits ties.
    """
    count = max(len(cases), 1)
    fitted = fit_prices(validation, least / count, most / count, seed=seed)
    allowed = np.broadcast_to(fitted.allowed, cases.value.shape)
    chosen, so_far = online(cases, fitted.prices, allowed, seed=seed)
    return Routed(
        agents=tuple(agents),
        classes=tuple(classes),
        cases=cases,
        chosen=chosen,
        reasons=by_price(cases.value, chosen, agents, fitted.prices, fitted.allowed),
        method="prices",
        so_far=so_far,
        prices=fitted.prices,
    )


def spread(counts: Sequence[int], total: int) -> list[int]:
    """Whole numbers in the proportions of `counts` that add up to `total`.

    Who has none keeps none, unless nobody has any. Largest remainders are rounded up.
    """
    asked = np.asarray(counts, float)
    if not asked.any():
        asked = np.ones(len(asked))
    exact = asked / asked.sum() * total
    whole = np.floor(exact).astype(int)
    for k in np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]:
        whole[k] += 1
    return whole.tolist()
