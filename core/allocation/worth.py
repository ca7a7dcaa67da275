"""What more room for an agent is worth: the re-solved gain, not the price."""

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

_MANY = 2000  # cases from which on prices are as good as smooth
_PATHS = {False: 160, True: 8}  # to move cases along; for more, prices are re-solved
# Of the cases: with more room than this the bounds that bind are others. By whether there are many.
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
    least: Int[np.ndarray, " K"]
    most: Int[np.ndarray, " K"]
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
    """Total score that `more` cases of room are worth, for each agent alone.

    The most total score as a function of a greatest workload is concave and linear between whole
    cases; a part of a case is worth that part by interpolation. Where few paths are needed (160
    for all agents together, 8 above 2,000 cases) cases are moved along the cheapest, which is
    exact. Where `more` is above 1 % of the cases (2 % above 2,000 cases) the problem is solved
    again for every agent. Else, and where load costs something, prices follow their linear
    response to more room, corrected by the workloads found there; the hard dual at any prices
    bounds the gain from above, and its error is of second order in theirs: in the tests below
    3 % of the greatest gain; up to 30 % was seen where every agent is held by a bound.

    Args:
      scores: of single readers, that the prices were fitted to.
      prices: fitted within the bounds.
      lower: least shares.
      upper: greatest shares.
      more: cases of room, above 0.
      may: who may take which case.
      curves: what load costs.
      seed: of the jitter that the prices were fitted with.

    Returns:
      Score gained; 0 where the greatest does not bind, where no other agent may give a case up,
      and for agents that are not allowed.
    """
    cases, worth = len(scores), np.zeros(len(lower))
    full = np.where(may & prices.allowed, jittered(scores, seed=seed), -np.inf)
    chosen = highest(full, prices.prices)
    counts = np.bincount(chosen, minlength=len(lower))
    solved = _Solved(full, chosen, counts, *whole_cases(lower, upper, cases), prices.prices, curves)
    # What load costs is no price of capacity: more room does not give it back.
    price = solved.prices - curves.at(counts / cases * curves.day)
    binds = (counts >= solved.most) & (solved.most < cases) & (price > 1e-9) & prices.allowed
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
    """The cases that a number of paths can move at all; the bounds see only these.

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
        least=solved.least - away,
        most=solved.most - away,
    )


def _by_paths(solved: _Solved, agent: int, more: float) -> float:
    """Score gained by `more` cases of capacity, moved along cheapest paths."""
    chosen, most, rows = solved.chosen.copy(), solved.most.copy(), np.arange(len(solved.chosen))
    lacks = np.zeros(len(most), int)
    lacks[agent] = -1
    gained = 0.0
    while more > 1e-9:
        before = solved.full[rows, chosen].sum()
        most[agent] += 1
        moved = transport.repair(solved.full, chosen, lacks, solved.least, most, moves=1)
        gain = float(solved.full[rows, chosen].sum() - before)
        if not moved or gain <= 0:  # concave: the next is worth no more
            break
        gained += min(more, 1.0) * gain
        more -= 1.0
    return gained


def _by_solving(solved: _Solved, agents: Int[np.ndarray, " J"], more: float) -> list[float]:
    """Score gained by `more` cases of each agent's capacity, allocated anew."""
    cases = len(solved.full)
    columns, rows = np.ascontiguousarray(solved.full.T), np.arange(cases)
    before = solved.full[rows, solved.chosen].sum()

    def gain(agent: int, extra: int) -> float:
        upper = solved.most / cases
        upper[agent] = min((solved.most[agent] + extra) / cases, 1.0)
        found = fit_prices(solved.full, solved.least / cases, upper, start=solved.prices)
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
    lower, upper = solved.least / total, solved.most / total
    response = _response(columns, solved, more)

    def lowest(wider: Float[np.ndarray, " K"]) -> float:
        prices, lacks = solved.prices.copy(), wider - upper
        best = _dual(columns, prices, lower, wider, solved.curves)[0]
        for left in range(_CORRECTIONS[total > _MANY], -1, -1):
            prices = prices - response @ lacks
            widened = wider > upper
            prices[widened] = np.maximum(prices[widened], 0.0)  # more room is never a burden
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
    """By how much prices fall per share of the cases that each agent may take more of."""
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
    # An agent inside its bounds has no price but what its load costs, which moves with it.
    free = (solved.counts > solved.least) & (solved.counts < solved.most)
    tired = free & (lost > 0) & (lost < solved.curves.most)
    moves[tired, tired] += 1.0 / steep[tired]
    priced = np.flatnonzero(~free | tired)
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
    """The hard dual per case, an upper bound of what can be had, and what to take off all prices.

    Choices do not see a constant added to all prices, the bounds do. The dual is convex in it, with
    kinks where some agent's price is what its last case loses at one of its bounds.
    """
    best = (columns - prices[:, None]).max(0).mean()

    def held(off: Float[np.ndarray, " S"]) -> Float[np.ndarray, " S"]:
        bounds = conjugate(prices - off[:, None], lower, upper, curves).value.sum(1)
        return np.asarray(off + bounds)

    kinks = prices - curves.at(np.stack([lower, upper]) * curves.day)
    off = np.unique(np.append(kinks, 0.0))
    found = held(off)
    if not curves.flat:
        least = int(found.argmin())
        between = off[max(least - 1, 0)], off[min(least + 1, len(off) - 1)]
        off = np.append(off, np.linspace(*between, _BETWEEN))
        found = held(off)
    least = int(found.argmin())
    return float(best + found[least]), float(off[least])
