"""Prices where load has a cost beyond the scores, such as fatigue."""

import numpy as np
from jaxtyping import Float

from core.allocation.costs import Costs
from core.allocation.prices import Prices, fit_prices
from core.allocation.problem import whole_cases
from core.allocation.routing import highest, jittered
from core.allocation.settle import conjugate, settle, softness_of

_ENOUGH = 2500  # cases for the softer problems, which only give a starting point
_CLOSE = 1e-3  # error of the marginal loss; the score lost by it is about its square
_CORRECTIONS = 3
_ELASTIC = 0.3  # score that moves all cases to or from an agent, roughly


def fit_with_costs(
    value: Float[np.ndarray, "n K"],
    lower: Float[np.ndarray, " K"],
    upper: Float[np.ndarray, " K"],
    curves: Costs,
    *,
    start: Float[np.ndarray, " K"] | None = None,
    seed: int = 0,
) -> Prices:
    """Prices that maximise total score minus the cost of loads, which they include.

    The softened problem gives the marginal loss of each agent; with that subtracted from all its
    scores the bounds are fitted exactly. An error e of that loss costs of order e² per case, and
    the best of a few corrections is kept; hard choices are within about half a case per agent of
    the best ones.

    Args:
      value: score per case and agent; −inf where an agent may not take the case.
      lower: minimum shares of the cases.
      upper: maximum shares; feasible.
      curves: costs of load; without any this is `fit_prices`.
      start: prices of a similar problem, for speed only.
      seed: of the jitter that splits ties.
    """
    on = upper > 0
    if curves.flat:
        return fit_prices(value, lower, upper, start=start, allowed=on, seed=seed)
    columns = np.ascontiguousarray(value[:, on].T, np.float64)
    minimum, maximum = (whole[on] / len(value) for whole in whole_cases(lower, upper, len(value)))
    curve = curves.of(on)
    softness = softness_of(columns)
    first = np.zeros(len(minimum)) if start is None else start[on]
    stages = softness if start is None else softness[1:]
    priced = settle(columns, minimum, maximum, curve, start=first, softness=stages, enough=_ENOUGH)
    total, wanted = np.zeros(len(on)), np.zeros(len(on))
    total[on], wanted[on] = priced, conjugate(priced, minimum, maximum, curve).load
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
    """Mean score, before costs of load, by prices fitted to scores minus `lost`."""
    full = jittered(value - lost, allowed=found.allowed, seed=seed)
    chosen = highest(full, found.prices)
    return float(value[np.arange(len(value)), chosen].mean())
