"""Prices that make hard workloads meet the bounds on the cases they are fitted to."""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.allocation import exact, transport
from core.allocation import soft as soft_choice
from core.allocation.loads import Loads, Table, costs, of_cases, reads
from core.allocation.problem import Problem, whole_cases
from core.allocation.reach import nearest_reachable
from core.allocation.routing import allowed_ways, best_agents, highest, jittered
from core.allocation.sifted import sifted_prices
from core.em import dual

_FIRST = 0.25  # softness to start with, in standard deviations of the scores
_FIRST_WARM = 0.02  # the same when started from prices of similar bounds
_COOLING = 8.0
_COLDEST = 1e-8  # below the jitter, so that ties are split by it
_PASSES = 10  # at one softness; if more are needed it is still too hard
_RETRIES = 3
_ENOUGH = 2500  # cases for the softest problem, which only gives a starting point
_QUICK = 60_000  # cases moved one by one cost less than further cooling below this over n
_NOTHING = 1e-9  # of a price: rounding
_MOVES = 2000  # cases to move one by one before handing over to HiGHS


class Prices(NamedTuple):
    """Fitted prices and the hard workloads they give on the cases they were fitted to.

    Attributes:
      prices: μ per agent in the scores' unit per read; 0 for agents that are not allowed and for
        agents strictly within their bounds, not below 0 without a minimum and not above 0 without
        a maximum. Where each case is one read, a constant can be added to all prices: of those
        that keep these signs, the one with the AI's price nearest to 0.
      workloads: reads per case of each agent, by argmax of scores less costs: shares of the
        cases where each is one read.
      violation: largest violation of the bounds by these workloads, in reads per case; bounds
        that are not a whole number of cases are met to within one.
      converged: whether every workload is within one case of its bounds; with loads given, within
        twice the most reads of one agent that a case can take.
      method: `annealed`, or `highs` where that finished it.
      allowed: whether the agent may get cases at all, here and on unseen cases.
      consistent: whether the signs of all prices agree with the bounds; if not (the fit stopped
        early), only differences between prices are meaningful.
    """

    prices: Float[np.ndarray, " K"]
    workloads: Float[np.ndarray, " K"]
    violation: float
    converged: bool
    method: Literal["annealed", "highs"]
    allowed: Bool[np.ndarray, " K"]
    consistent: bool = True


def fit_prices(
    scores: Shaped[np.ndarray, "n W"],
    lower: Shaped[np.ndarray, " K"],
    upper: Shaped[np.ndarray, " K"],
    *,
    loads: Loads = None,
    start: Shaped[np.ndarray, " K"] | None = None,
    allowed: Bool[np.ndarray, " K"] | None = None,
    seed: int = 0,
) -> Prices:
    """The prices at which argmax of scores minus costs meets the bounds with maximum total score.

    Where every case is one read, the dual of a transport problem. Where one agent is bounded and
    the others are free, its price is a quantile. Otherwise the workload projection of
    exp(score / softness) is annealed to harder and harder choices, and the last few cases are moved
    one by one. With other loads a way costs the sum of its reads' prices, and the cases still close
    to a tie after annealing are solved by HiGHS (`sifted`): bounds may then be missed by a few
    reads, since up to one case per agent would have to be split.

    Args:
      scores: of ways per case, such as ln g_n or v_n; −inf where a case cannot go.
      lower: ε_l, minimum reads per case: minimum shares where each case is one read.
      upper: ε_u, maximum; feasible.
      loads: reads of each agent that a way takes, for all cases or per case; None where every
        way is one read of the agent in its place.
      start: prices of similar bounds, for speed only.
      allowed: agents that may get cases; None for all. Agents with a maximum of 0 are excluded
        too.
      seed: of the jitter that splits equal scores.

    Returns:
      The prices, workloads and how they were found.
    """
    cases, agents = len(scores), len(lower)
    low, up = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
    on = np.ones(agents, bool) if allowed is None else np.asarray(allowed, bool).copy()
    if loads is not None and np.array_equal(loads, np.eye(agents)):
        loads = None
    if loads is None:
        on &= np.minimum(up, 1.0 - (low.sum() - low)) > 1e-9
        minimum, maximum = whole_cases(low, up, cases)
        unlimited, close = maximum >= cases, 1.0
    else:
        on &= up > 1e-9
        table = np.asarray(loads, np.float64)
        largest = table.max(-2)  # [K], or of every case
        all_reads = largest.sum(0) if table.ndim == 3 else largest * cases
        unlimited, close = up * cases >= all_reads, 2.0 * float(largest.max(initial=0.0))
        # Bounds that cannot be violated are moved out by one read: they must have no price where
        # they are just met.
        minimum = np.where(low > 0, low * cases, -1.0)
        maximum = np.where(unlimited, all_reads + 1.0, up * cases)
    noisy = jittered(scores, allowed=allowed_ways(on, loads), seed=seed)
    prices = np.zeros(agents)
    method: Literal["annealed", "highs"] = "annealed"
    if on.any() and cases:
        begin = None if start is None else np.asarray(start, np.float64)[on]
        if loads is None:
            full = noisy if on.all() else noisy[:, on]
            prices[on], method = _solve(
                _finite(full), minimum[on], maximum[on], begin, _spread(full)
            )
        else:
            prices[on], method = _sifted(noisy, table[..., on], minimum[on], maximum[on], begin)
    chosen = highest(noisy, costs(prices, loads))
    if loads is not None:  # a case without a permitted way has no agent
        chosen = np.where(np.isfinite(noisy).any(1), chosen, -1)
    workloads = reads(chosen, agents, loads) / max(cases, 1)
    burdened, lifted = on & unlimited, on & (minimum <= 0)
    short = np.maximum(workloads - up, low - workloads)
    violation = max(float(short.max()), 0.0)
    return Prices(
        prices=prices,
        workloads=workloads,
        violation=violation,
        converged=violation * cases <= close + 1e-6,
        method=method,
        allowed=on,
        consistent=not ((prices[burdened] > _NOTHING).any() or (prices[lifted] < -_NOTHING).any()),
    )


def _sifted(
    noisy: Float[np.ndarray, "n W"],
    loads: Table,
    minimum: Float[np.ndarray, " K"],
    maximum: Float[np.ndarray, " K"],
    start: Float[np.ndarray, " K"] | None,
) -> tuple[Float[np.ndarray, " K"], Literal["annealed", "highs"]]:
    """Prices for any loads; zero where the best ways meet the bounds."""
    free = reads(highest(noisy, 0.0), len(minimum), loads)
    if ((minimum <= free + _NOTHING) & (free <= maximum + _NOTHING)).all():
        return np.zeros(len(minimum)), "annealed"
    may = np.isfinite(noisy)
    some = may.any(1)
    problem = Problem(
        scores=noisy[some], loads=of_cases(loads, some), lower=minimum, upper=maximum, may=may[some]
    )
    found, solved = sifted_prices(problem, start)
    return found, "highs" if solved else "annealed"


def fit_within_reach(
    scores: Shaped[np.ndarray, "n K"],
    lower: Shaped[np.ndarray, " K"],
    upper: Shaped[np.ndarray, " K"],
    may: Bool[np.ndarray, "n K"],
    *,
    seed: int = 0,
) -> Prices:
    """Prices on the cases that some agent may take, with bounds widened to what is feasible there.

    For bounds meant for other cases: what is feasible there under the rules may not be here.

    Args:
      scores: per case and agent.
      lower: minimum shares.
      upper: maximum shares; feasible if every agent could take every case.
      may: which agents may take which case.
      seed: of the jitter that splits ties.
    """
    some = may.any(1)
    value = np.where(may, scores, -np.inf)[some]
    if not may.all() and len(value):
        minimum, maximum = whole_cases(lower, upper, len(value))
        lower, upper, _ = nearest_reachable(may[some], minimum / len(value), maximum / len(value))
    return fit_prices(value, lower, upper, seed=seed)


def _finite(scores: Float[np.ndarray, "n K"]) -> Float[np.ndarray, "n K"]:
    """−inf replaced by a score too low for any price to compensate."""
    finite = np.isfinite(scores)
    if finite.all():
        return scores
    values = scores[finite] if finite.any() else np.zeros(1)
    spread = float(values.max() - values.min()) + 1.0
    return np.where(finite, scores, values.min() - (scores.shape[1] + 2) * spread)


def _spread(scores: Float[np.ndarray, "n K"]) -> float:
    """Spread of the scores, within and between agents, ignoring −inf."""
    columns = np.ascontiguousarray(scores[:: max(1, len(scores) // _ENOUGH)].T)
    finite = np.isfinite(columns)
    of = np.maximum(finite.sum(1), 1)
    mean = np.where(finite, columns, 0.0).sum(1) / of
    apart = np.where(finite, columns - mean[:, None], 0.0)
    return float(np.sqrt((apart**2).sum(1) / of).mean() + mean.std()) or 1.0


def _solve(
    scores: Float[np.ndarray, "n K"],
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
    start: Float[np.ndarray, " K"] | None,
    spread: float,
) -> tuple[Float[np.ndarray, " K"], Literal["annealed", "highs"]]:
    cases, agents = scores.shape
    columns = np.ascontiguousarray(scores.T)  # four times faster to reduce over agents
    counts = np.bincount(best_agents(columns), minlength=agents)
    if ((minimum <= counts) & (counts <= maximum)).all():
        return np.zeros(agents), "annealed"
    bounded = np.flatnonzero((minimum > 0) | (maximum < cases))
    if len(bounded) == 1:
        return _one_price(scores, int(bounded[0]), minimum, maximum), "annealed"
    prices = _anneal(columns, minimum, maximum, start, spread)
    chosen = best_agents(columns - prices[:, None])
    excess = transport.off_by(prices, np.bincount(chosen, minlength=agents), minimum, maximum)
    method: Literal["annealed", "highs"] = "annealed"
    settled = np.abs(excess).sum() <= _MOVES and transport.repair(
        scores, chosen, excess, minimum, maximum, moves=_MOVES
    )
    if not settled and (best := exact.assign(Problem.single(scores, minimum, maximum))) is not None:
        chosen, method = best, "highs"
    centred = transport.centred_prices(scores, chosen, minimum, maximum)
    if centred is None:
        centred, chosen = prices, best_agents(columns - prices[:, None])
    return _anchored(centred, np.bincount(chosen, minlength=agents), minimum, maximum), method


def _anchored(
    prices: Float[np.ndarray, " K"],
    counts: Int[np.ndarray, " K"],
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
) -> Float[np.ndarray, " K"]:
    """Prices for the same choices with the last agent's price as near to 0 as the bounds allow.

    A constant added to all prices changes no choice. An agent below its maximum, or without one,
    cannot have a price above 0; one above its minimum, or without one, none below 0. So an agent
    strictly within its bounds determines the constant; if every workload is fixed, it is free.
    """
    highest = np.min(-prices[transport.no_burden(counts, maximum)], initial=np.inf)
    lowest = np.max(-prices[transport.no_bonus(counts, minimum)], initial=-np.inf)
    return prices + min(max(-prices[-1], lowest), highest)


def _one_price(
    scores: Float[np.ndarray, "n K"],
    agent: int,
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
) -> Float[np.ndarray, " K"]:
    """All other agents are free: a quantile of how far the agent is ahead of the best of them."""
    cases, agents = scores.shape
    ahead = scores[:, agent] - np.delete(scores, agent, axis=1).max(1)
    count = int(np.clip((ahead > 0).sum(), minimum[agent], maximum[agent]))
    ordered = np.sort(ahead)[::-1]
    prices = np.zeros(agents)
    if count == 0:
        prices[agent] = ordered[0] + 1.0
    elif count == cases:
        prices[agent] = ordered[-1] - 1.0
    else:
        prices[agent] = (ordered[count - 1] + ordered[count]) / 2
    return prices


def _anneal(
    columns: Float[np.ndarray, "K n"],
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
    start: Float[np.ndarray, " K"] | None,
    spread: float,
) -> Float[np.ndarray, " K"]:
    """Prices of harder and harder soft choices, until the hard ones are off by a few cases."""
    agents, cases = columns.shape
    lower, upper = minimum / cases, maximum / cases
    soft = first = spread * (_FIRST if start is None else _FIRST_WARM)
    cooling, retries = _COOLING, _RETRIES
    few = agents + _QUICK // cases
    prices = np.zeros(agents) if start is None else start
    drift = np.zeros(agents)  # dμ/dsoftness; among ties μ goes to its limit in proportion
    before: tuple[float, Float[np.ndarray, " K"]] | None = None
    while True:
        tolerance = max(0.5 / cases, 0.01 * min(soft / first, 1.0))
        part = columns[:, :: max(1, cases // _ENOUGH)] if soft >= first else columns
        prices, settled = _soften(part, prices, soft, lower, upper, tolerance)
        chosen = best_agents(columns - prices[:, None])
        counts = np.bincount(chosen, minlength=agents)
        off = np.abs(transport.off_by(prices, counts, minimum, maximum)).sum()
        if off <= few or soft <= _COLDEST:
            return prices
        if not settled:
            if not retries:
                return prices
            retries, before = retries - 1, None
            if first < spread * _FIRST:
                # The start was too far away: begin again without it.
                soft = first = spread * _FIRST
                prices = np.zeros(agents)
            else:
                # Too hard for a start this far away: solve a softer problem and cool more slowly.
                soft, cooling = soft * _COOLING, _COOLING / 2
            continue
        if before is not None:
            drift = (prices - before[1]) / (soft - before[0])
        before = soft, prices
        soft /= cooling
        prices = prices + drift * (soft - before[0])


def _soften(
    columns: Float[np.ndarray, "K n"],
    prices: Float[np.ndarray, " K"],
    soft: float,
    lower: Float[np.ndarray, " K"],
    upper: Float[np.ndarray, " K"],
    tolerance: float,
) -> tuple[Float[np.ndarray, " K"], bool]:
    """The workload projection of exp(score / softness), over the cases still undecided."""
    agents, cases = columns.shape
    net = columns - prices[:, None]
    top, second = net[0].copy(), np.full(cases, -np.inf)
    less = np.empty(cases)
    for row in net[1:]:
        np.maximum(second, np.minimum(top, row, out=less), out=second)
        np.maximum(top, row, out=top)
    open_ = top - second < soft_choice.REACH * soft
    decided = np.zeros(agents)
    if not open_.all():
        shut, open_ = np.flatnonzero(~open_), np.flatnonzero(open_)
        decided = np.bincount(best_agents(net.take(shut, 1)), minlength=agents) / cases
        net, top = net.take(open_, 1), top[open_]
    lanes = soft_choice.distances(net, top, soft)
    on, start, q = np.ones(agents, bool), prices / soft, np.empty_like(lanes)
    search = dual.begin(start, lower, upper, on, np)
    for _ in range(_PASSES):
        away = search.trial - start
        np.subtract(lanes, (away - away.min()).astype(lanes.dtype)[:, None], out=q)
        q -= q.max(0)
        soft_choice.choices(q)
        shares, gram = soft_choice.totals(q, cases)
        passed = dual.Passed(decided + shares, gram)
        search = dual.step(search, passed, lower, upper, on, np.linalg.solve, np, limit=np.inf)
        if search.residual <= tolerance or search.still:
            break
    # Prices that moved further than that affect cases that were treated as decided.
    moved = np.ptp(search.best - start) > soft_choice.REACH
    return search.best * soft, bool(search.residual <= tolerance and not moved)
