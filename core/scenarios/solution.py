"""A scenario answered: prices fitted on validation cases, used unseen on any others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.allocation.priced_costs import fit_with_costs
from core.allocation.prices import Prices
from core.allocation.routing import able_agents, route
from core.scenarios.feasible import problem, shares
from core.scenarios.guards import check_agents, permitted
from core.scenarios.scores import CaseScores, Scores
from core.scenarios.settings import Scenario, ScenarioError
from core.scenarios.tiring import curves_of, most_lost


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """Who decides which case under a scenario, by rule `value`.

    Attributes:
      scenario: that was solved.
      lower: least share per agent. upper: greatest.
      prices: in accuracy per case, fitted on validation cases, what tiring costs included.
      chosen: agent per test case; −1 where nobody may take the case.
      allowed_validation: who may take which validation case.
      tired: accuracy lost per case by tiring, mean over the agent's cases at its load on
        test cases, a share in [0, 1].
      seed: of the jitter that splits ties.
    """

    scenario: Scenario
    lower: Float[np.ndarray, " K"]
    upper: Float[np.ndarray, " K"]
    prices: Prices
    chosen: Int[np.ndarray, " n"]
    allowed_validation: Bool[np.ndarray, "n_v K"]
    tired: Float[np.ndarray, " K"]
    seed: int


def solve(scenario: Scenario, scores: Scores, *, start: Solution | None = None) -> Solution:
    """The allocation with most expected correctness that keeps every rule of the scenario.

    Args:
      scenario: feasible (`nearest.obstacle` says why one is not).
      scores: of one trained model.
      start: solution of a scenario near by, for speed only.

    Returns:
      Prices, the test cases' agents and what tiring costs.

    Raises:
      ScenarioError: the bounds cannot be met on the validation cases, or the scenario names
        what the model does not have.
    """
    check_agents(scenario, scores.agents)
    may = permitted(scenario, scores.validation, scores.classes)
    if found := problem(scenario, may):
        raise ScenarioError(found.reason)
    lower, upper = shares(scenario)
    value = np.where(may, scores.validation.value, -np.inf)
    begin = None
    if start is not None and len(start.lower) == len(lower):
        begin = start.prices.prices
    curves = curves_of(scenario, most_lost(scores))
    prices = fit_with_costs(value, lower, upper, curves, start=begin, seed=scores.seed)
    chosen = hand_out(
        scores.test, prices, permitted(scenario, scores.test, scores.classes), scores.seed
    )
    counts = np.bincount(chosen[chosen >= 0], minlength=len(lower))
    return Solution(
        scenario=scenario,
        lower=lower,
        upper=upper,
        prices=prices,
        chosen=chosen,
        allowed_validation=may,
        tired=curves.mean(counts / max(len(chosen), 1) * curves.day),
        seed=scores.seed,
    )


def assign(solution: Solution, cases: CaseScores, classes: Sequence[str]) -> Int[np.ndarray, " n"]:
    """Agents of any cases, each on its own, by the prices of a solution.

    Guards and duty hold without exception: a case nobody may take gets −1.
    """
    may = permitted(solution.scenario, cases, classes)
    return hand_out(cases, solution.prices, may, solution.seed)


def hand_out(
    cases: CaseScores, prices: Prices, may: Bool[np.ndarray, "n K"], seed: int
) -> Int[np.ndarray, " n"]:
    """argmax v − μ among those who can get the case (`able_agents`); −1 where nobody may."""
    able = able_agents(prices.allowed, may)
    return route(cases.value, prices.prices, allowed=able, seed=seed)
