r"""The workload dual, one price per agent: what a pass over q gives and the step to take next.

min_μ F(μ) = (1/N) Σ_i ln Σ_n q_in e^{−μ_n} + Σ_n h_n(μ_n),
h_n(μ) = ε_u,n max(μ, 0) − ε_l,n max(−μ, 0)      (the dual of Nguyen et al. 2025, Eq. 8–10)

F is convex and piecewise smooth: at μ_n = 0 its slope jumps from ε_l,n − p_n to ε_u,n − p_n,
p = mean q̃. The same few lines serve two solvers, so every function takes its array
module `xp`: `core.em.workload` runs them in JAX, float32, compiled, per batch; and
`core.allocation.prices` in NumPy, float64, on a whole split.
"""

from typing import Any, NamedTuple

PRICE_LIMIT = 500.0  # nats; log responsibilities of float32 networks differ by less
_STEP_LIMIT = 16.0  # nats; a step further than this and the prices so far is a guess
_REJECTIONS = 2  # shortened steps before the one that cannot fail is taken
_TINY = 1e-30


class Passed(NamedTuple):
    """What one pass over q tells about prices.

    Attributes:
      shares: p, mean workload per agent.
      gram: mean over cases of q̃_n q̃_m; the dual's Hessian is its graph Laplacian.
    """

    shares: Any
    gram: Any


class Search(NamedTuple):
    """Where the search for prices stands.

    Attributes:
      prices: the last accepted prices. shares: the workloads there.
      direction: the step from there. length: the part of it tried now.
      trial: the prices to pass over q with next. rejected: how many trials in a row.
      best: prices with the least violation of the optimality conditions so far.
      residual: that violation, a share. breach: the worst breach of a bound there.
      still: the trial does not differ from the last one. steps: passes made.
    """

    prices: Any
    shares: Any
    direction: Any
    length: Any
    trial: Any
    rejected: Any
    best: Any
    residual: Any
    breach: Any
    still: Any
    steps: Any


def responsibilities(log_q: Any, prices: Any, xp: Any) -> Any:
    """q̃ ∝ q e^{−μ}; agents on the last axis but one, over which it sums to one.

    A case that no agent can take (all −inf) counts for nobody.
    """
    logits = log_q - prices[:, None]
    top = logits.max(-2, keepdims=True)
    weights = xp.exp(logits - xp.where(top > -xp.inf, top, 0.0))
    return weights / xp.maximum(weights.sum(-2, keepdims=True), _TINY)


def residual(prices: Any, shares: Any, lower: Any, upper: Any, on: Any, xp: Any) -> Any:
    """How far p is from satisfying the optimality conditions, per agent, a share.

    A positive price needs p = ε_u, a negative one p = ε_l, none ε_l ≤ p ≤ ε_u.
    """
    outside = xp.maximum(shares - upper, lower - shares)
    idle = xp.where(prices > 0, upper - shares, xp.where(prices < 0, shares - lower, 0.0))
    return xp.where(on, xp.maximum(xp.maximum(outside, idle), 0.0), 0.0)


def shift(prices: Any, lower: Any, upper: Any, on: Any, xp: Any, *, settle: bool = False) -> Any:
    """The same price differences, shifted to where F is least.

    q̃ does not see a constant added to all prices, but F does, linearly between the points
    where some price is zero; so a best shift makes one price zero. Where several are as good
    (equality bounds everywhere) it is the smallest, or to `settle` the last, the AI's.
    Several price vectors may be stacked before the last axis.
    """
    moved = prices[..., None, :] - prices[..., :, None]  # row k: prices when agent k's is zero
    right = xp.where(on, xp.where(moved >= 0, upper, lower), 0.0).sum(-1) - 1.0
    left = xp.where(on, xp.where(moved > 0, upper, lower), 0.0).sum(-1) - 1.0
    # Sums of typed shares reach one only to rounding.
    least = on & (left <= 1e-6) & (right >= -1e-6)
    rank = xp.arange(prices.shape[-1])
    order = -rank if settle else xp.abs(prices)
    chosen = xp.where(least, order, xp.inf).argmin(-1)
    # No agent's where there is no such price.
    zero = xp.where(least & (rank == chosen[..., None]), prices, 0.0).sum(-1)
    return xp.where(on, prices - zero[..., None], 0.0)


def begin(prices: Any, lower: Any, upper: Any, on: Any, xp: Any) -> Search:
    """A search that starts at the given prices, shifted to where F is least."""
    start = shift(prices, lower, upper, on, xp)
    zero = start.sum() * 0.0
    count = zero.astype(xp.int32)
    return Search(
        prices=start,
        shares=start * 0.0,
        direction=start * 0.0,
        length=zero + 1.0,
        trial=start,
        rejected=count,
        best=start,
        residual=zero + xp.inf,
        breach=zero + xp.inf,
        still=zero > 0,
        steps=count,
    )


def step(
    search: Search,
    passed: Passed,
    lower: Any,
    upper: Any,
    on: Any,
    solve: Any,
    xp: Any,
    *,
    limit: float = PRICE_LIMIT,
) -> Search:
    """Judge the trial by its pass over q and choose the next one.

    A trial is kept when F has not risen: F is convex, so its slopes along the way there, at
    both ends, say whether the step went too far. Slopes are means of q̃ and keep seven digits
    where differences of F would keep none.
    """
    trial, shares, last = search.trial, passed.shares, search.prices

    def slope(at: Any, workload: Any, way: Any, side: Any) -> Any:
        # Agents that are not on stay at no price: their way is none.
        return (way * (_kink(at, side, lower, upper, xp) - workload)).sum(-1)

    way = trial - last
    here = xp.minimum(slope(last, search.shares, way, way), 0.0)
    there = slope(trial, shares, way, -way)
    rounding = 2e-7 * xp.abs(way).sum()
    sure = search.rejected > _REJECTIONS  # this trial was the safe step
    keep = (there <= rounding - 0.5 * here) | sure

    worst = residual(trial, shares, lower, upper, on, xp).max()
    breach = xp.maximum(xp.maximum(shares - upper, lower - shares).max(), 0.0)
    better = worst < search.residual

    prices = xp.where(keep, trial, last)
    workload = xp.where(keep, shares, search.shares)
    safe = _safe(prices, workload, lower, upper, on, xp)
    newton = _newton(trial, passed, safe, lower, upper, on, solve, xp)
    falls = slope(trial, shares, newton, newton) < 0
    rejected = xp.where(keep, 0, search.rejected + 1)
    give_up = rejected > _REJECTIONS
    fresh = xp.where(falls, newton, safe)
    direction = xp.where(keep, fresh, xp.where(give_up, safe, search.direction))
    # The zero of the slope between both ends, if it were linear, kept well inside.
    cut = _within(here / xp.minimum(here - there, -_TINY), 0.1, 0.5, xp)
    length = xp.where(keep | give_up, 1.0, search.length * cut)
    ahead = _within(prices + length * direction, -limit, limit, xp)
    # h has its kink at zero: a price that would cross it stops there, and is checked again, if the
    # rest of the step is worth a pass.
    crosses = (ahead * prices < 0) & (lower < upper)
    both = shift(xp.stack([ahead, xp.where(crosses, 0.0, ahead)]), lower, upper, on, xp)
    gain = slope(prices, workload, both - prices, both - prices)
    following = xp.where(gain[1] < 0.1 * xp.minimum(gain[0], 0.0), both[1], both[0])
    return Search(
        prices=prices,
        shares=workload,
        direction=direction,
        length=length,
        trial=following,
        rejected=rejected.astype(search.rejected.dtype),
        best=xp.where(better, trial, search.best),
        residual=xp.where(better, worst, search.residual),
        breach=xp.where(better, breach, search.breach),
        still=xp.abs(following - trial).max() <= 1e-7 * (1.0 + xp.abs(trial).max()),
        steps=search.steps + 1,
    )


def _within(values: Any, low: Any, high: Any, xp: Any) -> Any:
    """`clip`, which NumPy takes three times as long for."""
    return xp.minimum(xp.maximum(values, low), high)


def _kink(prices: Any, side: Any, lower: Any, upper: Any, xp: Any) -> Any:
    """h'_n at the prices, on the side where `side` points."""
    return xp.where((prices > 0) | ((prices == 0) & (side > 0)), upper, lower)


def _wanted(prices: Any, shares: Any, bound: Any, xp: Any) -> Any:
    """The price at which a bound of F in that price alone is least: μ_n + ln(p_n/ε_n)."""
    return prices + xp.log(xp.maximum(shares, _TINY)) - xp.log(xp.maximum(bound, _TINY))


def _safe(prices: Any, shares: Any, lower: Any, upper: Any, on: Any, xp: Any) -> Any:
    """The step that never raises F.

    ln x ≤ x − 1 in the log-sum bounds F by a sum of functions of one price each (generalised
    iterative scaling), least at the price for ε_u while that is positive, at the one for ε_l
    while that is negative, else at zero.
    """
    to_upper = xp.maximum(_wanted(prices, shares, upper, xp), 0.0)
    to_lower = xp.minimum(_wanted(prices, shares, lower, xp), 0.0)
    target = shift(to_upper + to_lower, lower, upper, on, xp)
    limit = _STEP_LIMIT + xp.abs(prices).max()
    return _within(target - prices, -limit, limit, xp)


def _newton(
    prices: Any,
    passed: Passed,
    safe: Any,
    lower: Any,
    upper: Any,
    on: Any,
    solve: Any,
    xp: Any,
) -> Any:
    """The Newton step on the bounds that the safe step would make active."""
    shares = xp.maximum(passed.shares, _TINY)
    target, fixed = prices + safe, upper <= lower
    active = on & (fixed | (xp.abs(target) > 1e-12))
    bound = xp.where(fixed | (target > 0), upper, lower)
    # With every agent active the system is singular, prices count up to a constant: hold the
    # largest agent's.
    rank = xp.arange(prices.shape[0])
    held = (active | ~on).all() & (rank == xp.where(on, shares, -1.0).argmax())
    active = active & ~held
    move = xp.where(held | ~on, 0.0, -prices)  # of the inactive: back to no price

    # Laplacian with its diagonal summed from the others: no cancellation where q̃ is near 0/1.
    itself = rank[:, None] == rank
    apart = xp.where(itself, 0.0, passed.gram)
    degree = xp.maximum(apart.sum(1), _TINY)
    matrix = xp.where(active[:, None] & active, -apart / degree[:, None], 0.0)
    # Zeros in q can cut agents off from each other; the ridge keeps the system solvable.
    matrix = xp.where(itself, 1.0 + 1e-7, matrix)
    known = xp.where(active, 0.0, move)
    # No `@`: a GPU would multiply with ten bits.
    pull = (_gap(shares, bound, xp) + (apart * known).sum(1)) / degree
    newton = solve(matrix, xp.where(active, pull, move))
    limit = _STEP_LIMIT + xp.abs(prices).max()
    longest = xp.where(active, xp.abs(newton), 0.0).max()
    newton = newton * xp.minimum(1.0, limit / xp.maximum(longest, _TINY))
    return xp.where(active, newton, move)


def _gap(shares: Any, bound: Any, xp: Any) -> Any:
    """p − b near the solution; further out the gap of the logits, in which p is almost linear."""
    others = xp.maximum(shares.sum() - shares, _TINY)
    rest = xp.maximum(1.0 - bound, 1e-7)
    bound = xp.maximum(bound, 1e-7)
    plain = shares - bound
    logit = xp.log(shares) - xp.log(others) - xp.log(bound) + xp.log(rest)
    near = xp.abs(plain) <= 0.05 * xp.minimum(bound, rest)
    return xp.where(near, plain, shares * others * logit)
