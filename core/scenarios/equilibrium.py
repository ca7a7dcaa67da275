r"""Prices of a day on which readers tire, or on which a bound moves a little.

max (1/N) Σ_i v_{i,z_i} − Σ_n T_n(w_n) s.t. lower ≤ w ≤ upper, w the workloads and T_n the convex
loss by tiring. Its dual is convex in one price π_n per agent,

    D(π) = (1/N) Σ_i max_n (v_in − π_n) + Σ_n h_n(π_n),
    h_n(π) = max_{lower ≤ w ≤ upper} πw − T_n(w),

and π_n is what capacity costs plus the marginal loss T_n'. Softened it is smooth in K variables:
the maximum over agents becomes a log-sum-exp, T gets a small quadratic that keeps the steps of
Newton's method from bouncing off kinks.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from core.allocation.soft import choices, distances, totals
from core.scenarios.tiring import Curves

_COOLING = (0.3, 0.06, 0.012)  # softness, in standard deviations of the scores
_STEPS = 40  # of Newton's method at one softness
_HALVINGS = 12
_FARTHEST = 20.0  # a step, in softnesses
_ROUNDING = 1e-7  # of the softened maximum, in softnesses
_CLOSE = 3e-4  # a workload's distance, a share of the cases; of a start a few times that


class Conjugate(NamedTuple):
    """h_n, its slope (the workload an agent takes at a price) and the slope's slope."""

    value: Float[np.ndarray, " K"]
    load: Float[np.ndarray, " K"]
    rate: Float[np.ndarray, " K"]


def conjugate(
    prices: Float[np.ndarray, " K"],
    lower: Float[np.ndarray, " K"],
    upper: Float[np.ndarray, " K"],
    curves: Curves,
    smooth: float = 1e-12,
) -> Conjugate:
    """h_n at prices, with smooth/2 · w² added to the loss by tiring."""
    start = np.minimum(curves.comfortable / curves.day, 2.0)
    steep = curves.slope * curves.day  # of the marginal loss, per share of the cases
    end = start + curves.most / np.maximum(steep, 1e-300)
    free = prices / smooth
    sloping = (prices + steep * start) / (steep + smooth)
    lost = (prices - curves.most) / smooth
    load = np.where(free <= start, free, np.where(sloping <= end, sloping, np.maximum(lost, end)))
    rate = np.where((free > start) & (sloping <= end), 1.0 / (steep + smooth), 1.0 / smooth)
    inside = (load > lower) & (load < upper)
    load = np.clip(load, lower, upper)
    loss = curves.total(load * curves.day) / curves.day + smooth / 2 * load**2
    return Conjugate(prices * load - loss, load, np.where(inside, rate, 0.0))


def settle(
    columns: Float[np.ndarray, "K n"],
    lower: Float[np.ndarray, " K"],
    upper: Float[np.ndarray, " K"],
    curves: Curves,
    *,
    start: Float[np.ndarray, " K"],
    softness: tuple[float, ...],
    enough: int,
) -> Float[np.ndarray, " K"]:
    """Prices that minimise the softened dual.

    Args:
      columns: v per agent and case, −inf where it may not take the case; every case has someone.
      lower: least shares of all cases.
      upper: greatest, feasible.
      curves: how agents tire.
      start: prices to start from.
      softness: in the scores' unit, one after the other.
      enough: cases for all of them but the last, whose answers are only a start.

    Returns:
      π per agent. Approximate: what must be met exactly is fitted afterwards.
    """
    hold = partial(conjugate, lower=lower, upper=upper, curves=curves)
    few = np.ascontiguousarray(columns[:, :: max(1, columns.shape[1] // enough)])
    prices, before = np.array(start, np.float64), None
    for soft in softness:
        if before is not None:
            # Inside its bounds an agent's price is smooth · w + T'(w): the same w at the new one.
            found = hold(prices, smooth=before)
            prices = prices + np.where(found.rate > 0, (soft - before) * found.load, 0.0)
        last = soft == softness[-1]
        part, close = (columns, _CLOSE) if last else (few, 10 * _CLOSE)
        prices = _minimise(part, hold, prices, soft, close)
        before = soft
    return prices


def _minimise(
    columns: Float[np.ndarray, "K n"],
    hold: Callable[..., Conjugate],
    prices: Float[np.ndarray, " K"],
    soft: float,
    close: float,
) -> Float[np.ndarray, " K"]:
    """Newton's method at one softness, until all workloads are that close."""
    total = columns.shape[1]
    value, loads, both = soften(columns, prices, soft, total)
    h = hold(prices, smooth=soft)
    for _ in range(_STEPS):
        gradient = h.load - loads
        if np.abs(gradient).max() <= close:
            break
        curvature = (np.diag(loads) - both) / soft + np.diag(h.rate)
        ridge = 1e-6 * (np.trace(curvature) / len(loads) + 1e-6 / soft)
        step = -np.linalg.solve(curvature + ridge * np.eye(len(loads)), gradient)
        # Far steps come from agents that take nothing at these prices.
        step *= min(1.0, _FARTHEST * soft / max(float(np.abs(step).max()), 1e-300))
        before, slope = value + h.value.sum(), float(gradient @ step)
        for _ in range(_HALVINGS):
            trial = prices + step
            value, loads, both = soften(columns, trial, soft, total)
            h = hold(trial, smooth=soft)
            rise = value + h.value.sum() - before
            if rise <= 1e-4 * slope + _ROUNDING * soft:
                break
            # Where a parabola with this slope and this rise is least.
            cut = min(max(-slope / (2 * (rise - slope)), 0.1), 0.5)
            step, slope = cut * step, cut * slope
        prices = trial
    return prices


def softness_of(columns: Float[np.ndarray, "K n"]) -> tuple[float, ...]:
    """Softnesses for a start from afar, by how far the scores differ."""
    finite = columns[np.isfinite(columns)]
    spread = float(finite.std()) if len(finite) else 0.0
    return tuple(part * (spread or 1.0) for part in _COOLING)


def soften(
    columns: Float[np.ndarray, "K n"],
    prices: Float[np.ndarray, " K"],
    soft: float,
    cases: int,
) -> tuple[float, Float[np.ndarray, " K"], Float[np.ndarray, "K K"]]:
    """Mean softened maximum, the workloads it gives, and the mean of q qᵀ.

    All three are shares of `cases`, of which `columns` may hold a part.
    """
    net = columns - prices[:, None]
    top = net.max(0)
    q = distances(net, top, soft)
    mass = choices(q)
    value = float(top.sum() + soft * np.log(mass).sum(dtype=np.float64)) / cases
    return value, *totals(q, cases)
