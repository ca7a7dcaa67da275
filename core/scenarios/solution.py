"""A scenario answered: prices fitted on validation cases, used unseen on any others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.evaluation.prices import Prices, fit_prices
from core.evaluation.routing import jittered
from core.scenarios.feasible import problem, shares
from core.scenarios.guards import check_agents, permitted
from core.scenarios.scores import CaseScores, Scores
from core.scenarios.settings import Scenario, ScenarioError


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
        validation cases, a share in [0, 1].
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
      scenario: feasible (`feasible.obstacle` says why one is not).
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
    prices = fit_prices(value, lower, upper, start=begin, allowed=upper > 0, seed=scores.seed)
    return Solution(
        scenario=scenario,
        lower=lower,
        upper=upper,
        prices=prices,
        chosen=hand_out(
            scores.test, prices, permitted(scenario, scores.test, scores.classes), scores.seed
        ),
        allowed_validation=may,
        tired=np.zeros(len(lower)),
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
    """argmax v − μ among those who may take the case; −1 where nobody may.

    An agent the bounds leave nothing (beside one with a least of everything) still takes what
    only it may take: a bound is kept on average, a guard rule always, and somebody must read.
    """
    able = may
    if not prices.allowed[may.any(0)].all():
        usual = may & prices.allowed
        able = np.where(usual.any(1, keepdims=True), usual, may)
    net = jittered(cases.value, seed=seed)
    net -= prices.prices
    net[~able] = -np.inf
    chosen = net.argmax(1)
    # Scores that are no numbers must not send a case to whoever comes first.
    lost = ~np.isfinite(net[np.arange(len(net)), chosen])
    if lost.any():
        chosen[lost] = np.where(able[lost].any(1), able[lost].argmax(1), -1)
    return chosen
