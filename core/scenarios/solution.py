"""Solves a scenario: prices are fitted on validation cases and applied to any others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.allocation.priced_costs import fit_with_costs
from core.allocation.prices import Prices
from core.allocation.routing import able_agents, route
from core.scenarios.fatigue import curves_of, most_lost
from core.scenarios.feasible import problem, shares
from core.scenarios.guards import check_agents, permitted
from core.scenarios.scores import CaseScores, Scores
from core.scenarios.settings import Scenario, ScenarioError


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """The agent of each case under a scenario, by rule `value`.

    Attributes:
      scenario: that was solved.
      lower: minimum share per agent. upper: maximum.
      prices: in accuracy per case, fitted on validation cases, including the cost of fatigue.
      chosen: agent per test case; −1 where nobody may take the case.
      allowed_validation: which agents may take which validation case.
      fatigue_loss: accuracy lost per case to fatigue, mean over the agent's cases at its load on
        test cases, a share in [0, 1].
      seed: of the jitter that splits ties.
    """

    scenario: Scenario
    lower: Float[np.ndarray, " K"]
    upper: Float[np.ndarray, " K"]
    prices: Prices
    chosen: Int[np.ndarray, " n"]
    allowed_validation: Bool[np.ndarray, "n_v K"]
    fatigue_loss: Float[np.ndarray, " K"]
    seed: int


def solve(scenario: Scenario, scores: Scores, *, start: Solution | None = None) -> Solution:
    """The allocation with the highest expected correctness within the scenario's bounds and rules.

    Args:
      scenario: must be feasible (`nearest.obstacle` says why one is not).
      scores: of one trained model.
      start: solution of a similar scenario, for speed only.

    Returns:
      Prices, the test cases' agents and the loss to fatigue.

    Raises:
      ScenarioError: the bounds cannot be met on the validation cases, or the scenario names
        something that the model does not have.
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
    chosen = assign_by_prices(
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
        fatigue_loss=curves.mean(counts / max(len(chosen), 1) * curves.day),
        seed=scores.seed,
    )


def assign(solution: Solution, cases: CaseScores, classes: Sequence[str]) -> Int[np.ndarray, " n"]:
    """Assigns any cases by the prices of a solution, each on its own.

    Guard rules and duty always apply: a case nobody may take gets −1.
    """
    may = permitted(solution.scenario, cases, classes)
    return assign_by_prices(cases, solution.prices, may, solution.seed)


def assign_by_prices(
    cases: CaseScores, prices: Prices, may: Bool[np.ndarray, "n K"], seed: int
) -> Int[np.ndarray, " n"]:
    """argmax v − μ among agents that can get the case (`able_agents`); −1 where nobody may."""
    able = able_agents(prices.allowed, may)
    return route(cases.value, prices.prices, allowed=able, seed=seed)
