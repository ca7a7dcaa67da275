"""The gain from more capacity for an agent, by solving again rather than from the price."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.allocation import transport
from core.allocation.costs import Costs
from core.allocation.prices import Prices, fit_prices
from core.allocation.problem import whole_cases
from core.allocation.routing import best_agents, highest, jittered
from core.allocation.settle import conjugate
from core.allocation.soft import soften

_MANY = 2000  # cases from which the response of prices is practically smooth
_PATHS = {False: 160, True: 8}  # to move cases along; for more, prices are fitted again
# Share of the cases: with more room than this, other bounds become binding. Keyed by "many cases".
_LARGE = {False: 0.01, True: 0.02}
_NEAR = (60, 4)  # cases nearest to changing hands whose density is used: at least, per case
_PART = 1 / 3  # softness, of how near those are
_CORRECTIONS = {False: 8, True: 0}
_DAMPED = 0.5
_BETWEEN = 33  # constants tried between two kinks


class _Solved(NamedTuple):
    """A solution on its cases, with ties split as they were when it was fitted."""

    full: Float[np.ndarray, "n K"]
    chosen: Int[np.ndarray, " n"]
    counts: Int[np.ndarray, " K"]
    minimum: Int[np.ndarray, " K"]
    maximum: Int[np.ndarray, " K"]
    prices: Float[np.ndarray, " K"]
    curves: Costs


def worth_of_room(
    scores: Shaped[np.ndarray, "n K"],
    prices: Prices,
    lower: Float[np.ndarray, " K"],
    upper: Float[np.ndarray, " K"],
    more: float,
    *,
    may: Bool[np.ndarray, "n K"],
    curves: Costs,
    seed: int,
) -> Float[np.ndarray, " K"]:
    """Total score gained by raising one agent's maximum by `more` cases, for each agent.

    The maximum total score as a function of a maximum workload is concave and linear between whole
    cases; parts of a case are interpolated. Where few paths are needed (160
    for all agents together, 8 above 2,000 cases) cases are moved along the cheapest, which is
    exact. Where `more` is above 1 % of the cases (2 % above 2,000 cases) the problem is solved
    again for every agent. Otherwise, and where load has a cost, prices follow their linear
    response to more room, corrected by the workloads found there; the hard dual at any prices
    bounds the gain from above, and its error is of second order in the error of the prices: below
    3 % of the largest gain in the tests; up to 30 % where every agent is at a bound.

    Args:
      scores: of single readers, that the prices were fitted to.
      prices: fitted within the bounds.
      lower: minimum shares.
      upper: maximum shares.
      more: cases added to the maximum, above 0.
      may: which agents may take which case.
      curves: costs of load.
      seed: of the jitter that the prices were fitted with.

    Returns:
      Score gained; 0 where the maximum is not binding, where no other agent's case may be moved,
      and for agents that are not allowed.
    """
    cases, worth = len(scores), np.zeros(len(lower))
    full = np.where(may & prices.allowed, jittered(scores, seed=seed), -np.inf)
    chosen = highest(full, prices.prices)
    counts = np.bincount(chosen, minlength=len(lower))
    solved = _Solved(full, chosen, counts, *whole_cases(lower, upper, cases), prices.prices, curves)
    # The cost of load is not a price of capacity: more capacity does not recover it.
    price = solved.prices - curves.at(counts / cases * curves.day)
    binds = (counts >= solved.maximum) & (solved.maximum < cases) & (price > 1e-9) & prices.allowed
    agents = np.flatnonzero(binds)
    if not len(agents):
        return worth
    if curves.flat and np.ceil(more) * len(agents) <= _PATHS[cases > _MANY]:
        near = _movable(solved, int(np.ceil(more)))
        worth[agents] = [_by_paths(near, agent, more) for agent in agents.tolist()]
    elif curves.flat and more / cases > _LARGE[cases > _MANY]:
        worth[agents] = _by_solving(solved, agents, more)
    else:
        worth[agents] = _by_dual(solved, agents, more)
    return worth


def _movable(solved: _Solved, moves: int) -> _Solved:
    """The problem restricted to the cases that a number of paths can move.

    A path takes at most one case from an agent, so the cheapest `moves` of each agent towards
    each other are enough.
    """
    kept = []
    for agent in np.flatnonzero(solved.counts):
        mine = np.flatnonzero(solved.chosen == agent)
        if len(mine) > moves:
            loss = solved.full[mine, agent][:, None] - solved.full[mine]
            kept.append(mine[np.argpartition(loss, moves - 1, axis=0)[:moves].ravel()])
        else:
            kept.append(mine)
    rows = np.unique(np.concatenate(kept))
    counts = np.bincount(solved.chosen[rows], minlength=len(solved.counts))
    away = solved.counts - counts
    return solved._replace(
        full=solved.full[rows],
        chosen=solved.chosen[rows],
        counts=counts,
        minimum=solved.minimum - away,
        maximum=solved.maximum - away,
    )


def _by_paths(solved: _Solved, agent: int, more: float) -> float:
    """Score gained by `more` cases of capacity, moved along cheapest paths."""
    chosen, maximum, rows = (
        solved.chosen.copy(),
        solved.maximum.copy(),
        np.arange(len(solved.chosen)),
    )
    lacks = np.zeros(len(maximum), int)
    lacks[agent] = -1
    gained = 0.0
    while more > 1e-9:
        before = solved.full[rows, chosen].sum()
        maximum[agent] += 1
        moved = transport.repair(solved.full, chosen, lacks, solved.minimum, maximum, moves=1)
        gain = float(solved.full[rows, chosen].sum() - before)
        if not moved or gain <= 0:  # concave: the next case gains no more
            break
        gained += min(more, 1.0) * gain
        more -= 1.0
    return gained


def _by_solving(solved: _Solved, agents: Int[np.ndarray, " J"], more: float) -> list[float]:
    """Score gained by `more` cases of each agent's capacity, by allocating again."""
    cases = len(solved.full)
    columns, rows = np.ascontiguousarray(solved.full.T), np.arange(cases)
    before = solved.full[rows, solved.chosen].sum()

    def gain(agent: int, extra: int) -> float:
        upper = solved.maximum / cases
        upper[agent] = min((solved.maximum[agent] + extra) / cases, 1.0)
        found = fit_prices(solved.full, solved.minimum / cases, upper, start=solved.prices)
        chosen = best_agents(columns - found.prices[:, None])
        return max(float(solved.full[rows, chosen].sum() - before), 0.0)

    whole = int(more)
    part = more - whole
    return [
        (1 - part) * gain(k, whole) + (part * gain(k, whole + 1) if part > 1e-9 else 0.0)
        for k in agents.tolist()
    ]


def _by_dual(
    solved: _Solved, agents: Int[np.ndarray, " J"], more: float
) -> Float[np.ndarray, " J"]:
    """Score gained by `more` cases of each agent's capacity, one agent at a time."""
    total = len(solved.full)
    columns = np.ascontiguousarray(solved.full.T)
    lower, upper = solved.minimum / total, solved.maximum / total
    response = _response(columns, solved, more)

    def lowest(wider: Float[np.ndarray, " K"]) -> float:
        prices, lacks = solved.prices.copy(), wider - upper
        best = _dual(columns, prices, lower, wider, solved.curves)[0]
        for left in range(_CORRECTIONS[total > _MANY], -1, -1):
            prices = prices - response @ lacks
            widened = wider > upper
            prices[widened] = np.maximum(prices[widened], 0.0)  # more room never costs score
            found, off = _dual(columns, prices, lower, wider, solved.curves)
            best = min(best, found)
            if left:
                prices = prices - off
                chosen = best_agents(columns - prices[:, None])
                loads = np.bincount(chosen, minlength=len(prices)) / total
                wanted = conjugate(prices, lower, wider, solved.curves).load
                lacks = _DAMPED * (wanted - loads)
        return best

    base = lowest(upper)
    gains = np.zeros(len(agents))
    for place, agent in enumerate(agents):
        wider = upper.copy()
        wider[agent] = min(upper[agent] + more / total, 1.0)
        gains[place] = max(lowest(wider) - base, 0.0) * total
    return gains


def _response(
    columns: Float[np.ndarray, "K n"], solved: _Solved, more: float
) -> Float[np.ndarray, "K K"]:
    """How much prices fall per additional share of the cases that each agent may take."""
    count, total = columns.shape
    net = columns - solved.prices[:, None]
    two = np.partition(net, count - 2, axis=0)[-2:] if count > 1 else net[[0, 0]]
    ahead = two[1] - two[0]
    rank = min(total - 1, int(max(_NEAR[0], _NEAR[1] * more)))
    soft = max(float(np.partition(ahead, rank)[rank]) * _PART, 1e-9)
    near = ahead < soft / _PART * 2
    moves = soften(columns[:, near], solved.prices, soft, total)[2] / soft
    steep = solved.curves.slope * solved.curves.day
    share = solved.counts / total
    lost = solved.curves.at(share * solved.curves.day)
    # The price of an agent strictly within its bounds is the cost of its load, which changes too.
    free = (solved.counts > solved.minimum) & (solved.counts < solved.maximum)
    fatigued = free & (lost > 0) & (lost < solved.curves.maximum)
    moves[fatigued, fatigued] += 1.0 / steep[fatigued]
    priced = np.flatnonzero(~free | fatigued)
    if len(priced) == count:  # up to a constant: hold the largest agent's
        priced = np.delete(priced, share.argmax())
    out = np.zeros((count, count))
    ridge = 1e-6 * (np.trace(moves) / count + 1e-9) * np.eye(len(priced))
    out[np.ix_(priced, priced)] = np.linalg.inv(moves[np.ix_(priced, priced)] + ridge)
    return out


def _dual(
    columns: Float[np.ndarray, "K n"],
    prices: Float[np.ndarray, " K"],
    lower: Float[np.ndarray, " K"],
    upper: Float[np.ndarray, " K"],
    curves: Costs,
) -> tuple[float, float]:
    """The hard dual per case, an upper bound on the score, and the constant to take off prices.

    A constant added to all prices changes no choice but changes the dual, which is convex in it,
    with kinks where some agent's price equals the loss of its last case at one of its bounds.
    """
    best = (columns - prices[:, None]).max(0).mean()

    def held(off: Float[np.ndarray, " S"]) -> Float[np.ndarray, " S"]:
        bounds = conjugate(prices - off[:, None], lower, upper, curves).value.sum(1)
        return np.asarray(off + bounds)

    kinks = prices - curves.at(np.stack([lower, upper]) * curves.day)
    off = np.unique(np.append(kinks, 0.0))
    found = held(off)
    if not curves.flat:
        lowest = int(found.argmin())
        between = off[max(lowest - 1, 0)], off[min(lowest + 1, len(off) - 1)]
        off = np.append(off, np.linspace(*between, _BETWEEN))
        found = held(off)
    lowest = int(found.argmin())
    return float(best + found[lowest]), float(off[lowest])
