"""Prices where load costs something beyond the scores: readers tire."""

import numpy as np
from jaxtyping import Float

from core.allocation.costs import Costs
from core.allocation.prices import Prices, fit_prices
from core.allocation.problem import whole_cases
from core.allocation.routing import highest, jittered
from core.allocation.settle import conjugate, settle, softness_of

_ENOUGH = 2500  # cases for the softer problems, whose answers are only a start
_CLOSE = 1e-3  # of the loss by load; its square is lost by it, about
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
    """Prices with most total score less what loads cost, which they hold too.

    The softened problem says what the last case of each agent loses; with that taken off every
    score the bounds are fitted exactly. An error e of that loss costs of order e² per case, and
    the best of a few corrections is kept; hard choices are within about half a case per agent of
    the best ones.

    Args:
      value: score per case and agent; −inf where an agent may not take the case.
      lower: least shares of the cases.
      upper: greatest; feasible.
      curves: what load costs; where it costs nothing this is `fit_prices`.
      start: prices of a problem near by, for speed only.
      seed: of the jitter that splits ties.
    """
    on = upper > 0
    if curves.flat:
        return fit_prices(value, lower, upper, start=start, allowed=on, seed=seed)
    columns = np.ascontiguousarray(value[:, on].T, np.float64)
    least, most = (whole[on] / len(value) for whole in whole_cases(lower, upper, len(value)))
    curve = curves.of(on)
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
    """Mean score, what loads cost apart, by prices fitted to scores less `lost`."""
    full = jittered(value - lost, allowed=found.allowed, seed=seed)
    chosen = highest(full, found.prices)
    return float(value[np.arange(len(value)), chosen].mean())
