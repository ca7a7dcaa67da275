r"""Prices that minimise the softened dual, for any loads and convex losses by load.

max (1/N) Σ_i s_{i,w_i} − Σ_n T_n(r_n) s.t. lower ≤ r ≤ upper, r the reads per case of each agent
and T_n its loss at that load. The dual is convex in one price π_n per read of each agent,

    D(π) = (1/N) Σ_i max_w (s_iw − Σ_n a_w,n π_n) + Σ_n h_n(π_n),
    h_n(π) = max_{lower ≤ r ≤ upper} πr − T_n(r),

and π_n is the price of capacity plus the marginal loss T_n'. Softened it is smooth in K variables:
the maximum over ways becomes a log-sum-exp, and T gets a small quadratic term that keeps Newton's
method from oscillating at kinks.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from core.allocation.costs import Costs
from core.allocation.loads import Loads, of_cases
from core.allocation.soft import soften

_COOLING = (0.3, 0.06, 0.012)  # softness, in standard deviations of the scores
_STEPS = 40  # of Newton's method at one softness
_HALVINGS = 12
_FARTHEST = 20.0  # a step, in softnesses
_ROUNDING = 1e-7  # of the softened maximum, in softnesses
_CLOSE = 3e-4  # a workload's distance, in reads per case; of a start a few times that


class Conjugate(NamedTuple):
    """h_n, its slope (the reads per case an agent takes at a price) and the slope's slope."""

    value: Float[np.ndarray, " K"]
    load: Float[np.ndarray, " K"]
    rate: Float[np.ndarray, " K"]


def conjugate(
    prices: Float[np.ndarray, " K"],
    lower: Float[np.ndarray, " K"],
    upper: Float[np.ndarray, " K"],
    curves: Costs,
    smooth: float = 1e-12,
) -> Conjugate:
    """h_n at prices, with smooth/2 · r² added to the loss."""
    start = np.minimum(curves.comfortable / curves.day, np.maximum(upper, 2.0))
    steep = curves.slope * curves.day  # of the marginal loss, per read per case
    end = start + curves.maximum / np.maximum(steep, 1e-300)
    free = prices / smooth
    sloping = (prices + steep * start) / (steep + smooth)
    lost = (prices - curves.maximum) / smooth
    load = np.where(free <= start, free, np.where(sloping <= end, sloping, np.maximum(lost, end)))
    rate = np.where((free > start) & (sloping <= end), 1.0 / (steep + smooth), 1.0 / smooth)
    inside = (load > lower) & (load < upper)
    load = np.clip(load, lower, upper)
    loss = curves.total(load * curves.day) / curves.day + smooth / 2 * load**2
    return Conjugate(prices * load - loss, load, np.where(inside, rate, 0.0))


def settle(
    columns: Float[np.ndarray, "W n"],
    lower: Float[np.ndarray, " K"],
    upper: Float[np.ndarray, " K"],
    curves: Costs,
    *,
    start: Float[np.ndarray, " K"],
    softness: tuple[float, ...],
    enough: int,
    loads: Loads = None,
) -> Float[np.ndarray, " K"]:
    """Prices that minimise the softened dual.

    Args:
      columns: score per way and case, −inf where it may not go; every case has some way.
      lower: minimum reads per case.
      upper: maximum reads per case, feasible.
      curves: losses by load.
      start: prices to start from.
      softness: in the scores' unit, in order.
      enough: cases for all stages but the last, which only give a starting point.
      loads: reads that ways take; None where every way is one read of the agent in its place.

    Returns:
      π per agent. Approximate: the bounds are fitted exactly afterwards.
    """
    hold = partial(conjugate, lower=lower, upper=upper, curves=curves)
    step = max(1, columns.shape[1] // enough)
    fewer = None if loads is None else of_cases(loads, slice(None, None, step))
    few = np.ascontiguousarray(columns[:, ::step]), fewer
    prices, before = np.array(start, np.float64), None
    for soft in softness:
        if before is not None:
            # Within its bounds an agent's price is smooth · r + T'(r): keep r at the new softness.
            found = hold(prices, smooth=before)
            prices = prices + np.where(found.rate > 0, (soft - before) * found.load, 0.0)
        last = soft == softness[-1]
        part, close = ((columns, loads), _CLOSE) if last else (few, 10 * _CLOSE)
        prices = _minimise(*part, hold, prices, soft, close)
        before = soft
    return prices


def _minimise(
    columns: Float[np.ndarray, "W n"],
    loads: Loads,
    hold: Callable[..., Conjugate],
    prices: Float[np.ndarray, " K"],
    soft: float,
    close: float,
) -> Float[np.ndarray, " K"]:
    """Newton's method at one softness, until all workloads are within `close`."""
    total = columns.shape[1]
    value, taken, moves = soften(columns, prices, soft, total, loads)
    h = hold(prices, smooth=soft)
    for _ in range(_STEPS):
        gradient = h.load - taken
        if np.abs(gradient).max() <= close:
            break
        curvature = moves / soft + np.diag(h.rate)
        ridge = 1e-6 * (np.trace(curvature) / len(taken) + 1e-6 / soft)
        step = -np.linalg.solve(curvature + ridge * np.eye(len(taken)), gradient)
        # Very long steps come from agents that get no cases at these prices.
        step *= min(1.0, _FARTHEST * soft / max(float(np.abs(step).max()), 1e-300))
        before, slope = value + h.value.sum(), float(gradient @ step)
        for _ in range(_HALVINGS):
            trial = prices + step
            value, taken, moves = soften(columns, trial, soft, total, loads)
            h = hold(trial, smooth=soft)
            rise = value + h.value.sum() - before
            if rise <= 1e-4 * slope + _ROUNDING * soft:
                break
            # The minimum of a parabola with this slope and this increase.
            cut = min(max(-slope / (2 * (rise - slope)), 0.1), 0.5)
            step, slope = cut * step, cut * slope
        prices = trial
    return prices


def softness_of(columns: Float[np.ndarray, "W n"]) -> tuple[float, ...]:
    """Softnesses for a start without known prices, from the spread of the scores."""
    finite = columns[np.isfinite(columns)]
    spread = float(finite.std()) if len(finite) else 0.0
    return tuple(part * (spread or 1.0) for part in _COOLING)
