"""A scenario answered: prices fitted on validation cases, used unseen on any others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.allocation.prices import Prices, fit_prices, whole_cases
from core.allocation.routing import best_agents, highest, jittered
from core.scenarios.equilibrium import conjugate, settle, softness_of
from core.scenarios.feasible import problem, shares
from core.scenarios.guards import check_agents, permitted
from core.scenarios.scores import CaseScores, Scores
from core.scenarios.settings import Scenario, ScenarioError
from core.scenarios.tiring import Curves, most_lost

_ENOUGH = 2500  # cases for the softer problems, whose answers are only a start
_CLOSE = 1e-3  # accuracy; costs the team its square, about
_CORRECTIONS = 3
_ELASTIC = 0.3  # accuracy that moves all cases to or from an agent, roughly


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
    curves = Curves.of(scenario, most_lost(scores))
    if curves.flat:
        prices = fit_prices(value, lower, upper, start=begin, allowed=upper > 0, seed=scores.seed)
    else:
        prices = _fit_tiring(value, lower, upper, curves, begin, scores.seed)
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


def _fit_tiring(
    value: Float[np.ndarray, "n K"],
    lower: Float[np.ndarray, " K"],
    upper: Float[np.ndarray, " K"],
    curves: Curves,
    start: Float[np.ndarray, " K"] | None,
    seed: int,
) -> Prices:
    """Prices that hold what tiring costs: most expected correctness less what tiring takes.

    The softened problem says what the last case of each agent loses; with that taken off every
    score the bounds are fitted exactly. An error e of that loss costs the team of order e², and
    the best of a few corrections is kept; hard choices are within about half a validation case
    per agent of the best ones.
    """
    on = upper > 0
    columns = np.ascontiguousarray(value[:, on].T, np.float64)
    least, most = (whole[on] / len(value) for whole in whole_cases(lower, upper, len(value)))
    curve = Curves(curves.comfortable[on], curves.slope[on], curves.day, curves.most[on])
    softness = softness_of(columns)
    first = np.zeros(len(least)) if start is None else start[on]
    stages = softness if start is None else softness[1:]
    priced = settle(columns, least, most, curve, start=first, softness=stages, enough=_ENOUGH)
    total, wanted = np.zeros(len(on)), np.zeros(len(on))
    total[on], wanted[on] = priced, conjugate(priced, least, most, curve).load
    lost = curves.at(wanted * curves.day)
    best, most_right = None, -np.inf
    for _ in range(_CORRECTIONS):
        found = fit_prices(value - lost, lower, upper, start=total - lost, allowed=on, seed=seed)
        load = found.workloads * curves.day
        right = _right(value, found, lost, seed) - curves.total(load).sum() / curves.day
        if right > most_right:
            best = found._replace(prices=found.prices + np.where(found.allowed, lost, 0.0))
            most_right = right
        off = curves.at(load) - lost
        if np.abs(off).max() <= _CLOSE:
            break
        lost = lost + off / (1.0 + curves.slope * curves.day / _ELASTIC)
        total = found.prices + lost
    assert best is not None
    return best


def _right(
    value: Float[np.ndarray, "n K"], found: Prices, lost: Float[np.ndarray, " K"], seed: int
) -> float:
    """Mean expected correctness, tiring apart, by prices fitted to scores less `lost`."""
    full = jittered(value - lost, allowed=found.allowed, seed=seed)
    chosen = highest(full, found.prices)
    return float(value[np.arange(len(value)), chosen].mean())


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
    able = able_agents(prices, may)
    return by_price(cases, prices.prices, able, seed)


def able_agents(prices: Prices, may: Bool[np.ndarray, "n K"]) -> Bool[np.ndarray, "n K"]:
    """Who can get each case: whoever may take it and has a price, else whoever may at all."""
    if prices.allowed[may.any(0)].all():
        return may
    usual = may & prices.allowed
    return np.where(usual.any(1, keepdims=True), usual, may)


def by_price(
    cases: CaseScores, prices: Float[np.ndarray, " K"], able: Bool[np.ndarray, "n K"], seed: int
) -> Int[np.ndarray, " n"]:
    """argmax v − μ among those that are able to; −1 where nobody is."""
    if not len(cases):
        return np.zeros(0, int)
    net = net_scores(cases, prices, able, seed)
    chosen = best_agents(net)
    chosen[np.isneginf(net.max(0))] = -1
    return chosen


def net_scores(
    cases: CaseScores, prices: Float[np.ndarray, " K"], able: Bool[np.ndarray, "n K"], seed: int
) -> Float[np.ndarray, "K n"]:
    """v − μ with ties split by the jitter; −inf for agents that are not able to take the case."""
    net = np.ascontiguousarray(jittered(cases.value, seed=seed).T)
    net -= prices[:, None]
    net[~able.T] = -np.inf
    # Scores that are no numbers must not send a case to whoever comes first.
    lost = ~np.isfinite(net.max(0))
    if lost.any():
        net[:, lost] = np.where(able[lost].T, 0.0, -np.inf)
    return net
