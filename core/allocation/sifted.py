r"""Prices per read for ways with any loads: annealed, then exact for the cases near a tie.

The dual of max Σ_i s_{i,w_i} s.t. lower_n ≤ Σ_i a_{i,w_i,n} ≤ upper_n in which cases may be split
between ways. Softened choices are made harder step by step (`settle`), which leaves few cases near
a tie: the linear programme over these alone, with ways added until no other one is better, has the
prices of the full problem. At these prices at most as many cases are split as bounds are binding,
but half a case cannot be read: of all prices within the width of a tie, those are taken at which
such cases exceed the bounds least in total.
"""

import numpy as np
from jaxtyping import Bool, Float, Int

from core.allocation import exact
from core.allocation.costs import Costs
from core.allocation.loads import costs, reads
from core.allocation.problem import Problem
from core.allocation.settle import settle, softness_of

_ENOUGH = 2500  # cases for the softer problems, which only give a starting point
_HARDER = 8.0  # times harder than for a problem that is not solved exactly afterwards
_WIDTH = 6.0  # softnesses from a case's best way within which other ways count as near a tie
_WIDER = 4.0
_ROUNDS = 30
_TIED = 1e-9  # of the range of the scores: what HiGHS's prices leave between equal ways


def sifted_prices(
    problem: Problem, start: Float[np.ndarray, " K"] | None = None
) -> tuple[Float[np.ndarray, " K"], bool]:
    """Prices per read at which argmax_w s_w − Σ_n a_w,n μ_n has the maximum total score.

    Args:
      problem: with ties split, and scores of −inf exactly where a way is not allowed; every case
        has an allowed way.
      start: prices of similar bounds, for speed only.

    Returns:
      The prices, and whether they are those of the linear programme; annealed ones where the
      linear programme is infeasible.
    """
    columns, (cases, agents) = np.ascontiguousarray(problem.scores.T), _shape(problem)
    softness = softness_of(columns)
    softness = *softness, softness[-1] / _HARDER
    annealed = settle(
        columns,
        np.asarray(problem.lower) / cases,
        np.asarray(problem.upper) / cases,
        Costs.none(agents),
        start=np.zeros(agents) if start is None else start,
        softness=softness if start is None else softness[1:],
        enough=_ENOUGH,
        loads=problem.loads,
    )
    found = _solved(problem, annealed, _WIDTH * softness[-1])
    return (annealed, False) if found is None else (_untied(problem, found), True)


def _shape(problem: Problem) -> tuple[int, int]:
    return len(problem.scores), len(problem.lower)


def _solved(
    problem: Problem, prices: Float[np.ndarray, " K"], width: float
) -> Float[np.ndarray, " K"] | None:
    """Prices of the linear programme without ways far from a case's best; None if infeasible."""
    net = problem.net(prices)
    behind, may = net.max(1, keepdims=True) - net, problem.allowed()
    kept = behind <= width
    for _ in range(_ROUNDS):
        given = np.where(kept.sum(1) > 1, -1, kept.argmax(1))
        found = exact.prices(problem.rest(given, kept)) if (given < 0).any() else None
        if found is not None:
            net = problem.net(found)
            best = np.where(kept, net, -np.inf).max(1)
            better = net > best[:, None] + _TIED * width
            if not better.any():
                return found
            kept |= better
        elif kept.sum() == may.sum():
            return None
        else:  # ways that were left out are needed to meet the bounds
            width *= _WIDER
            kept |= may & (behind <= width)
    return None


def _untied(problem: Problem, prices: Float[np.ndarray, " K"]) -> Float[np.ndarray, " K"]:
    """The prices moved by so little that only ties change, in favour of the bounds."""
    net, may = problem.net(prices), problem.allowed()
    chosen = net.argmax(1)
    behind = net.max(1, keepdims=True) - net
    np.put_along_axis(behind, chosen[:, None], np.inf, 1)
    bound = np.flatnonzero(prices)
    few = min(len(bound), behind.size - 1)
    pairs = np.argpartition(behind, few, axis=None)[:few]
    width = _TIED * (float(np.ptp(problem.scores[may])) or 1.0)
    case, way = np.unravel_index(pairs[behind.ravel()[pairs] <= width], behind.shape)
    if not len(case):
        return prices
    equal = np.zeros(may.shape, bool)
    equal[case, way] = equal[case, chosen[case]] = True
    ways = chosen.copy()
    ways[case] = -1
    ways[ways < 0] = exact.nearest(problem.rest(ways, equal)).ways
    moved = _towards(problem, prices, bound, ways, equal)
    off = [_beyond(problem, each) for each in (prices, moved)]
    return moved if off[1] <= off[0] else prices


def _towards(
    problem: Problem,
    prices: Float[np.ndarray, " K"],
    bound: Int[np.ndarray, " J"],
    ways: Int[np.ndarray, " N"],
    equal: Bool[np.ndarray, "N W"],
) -> Float[np.ndarray, " K"]:
    """Prices at which cases go these ways, moved half as far as other cases allow."""
    rows, net = np.arange(len(ways)), problem.net(prices)
    equal = equal.copy()
    equal[rows, ways] = False
    case, other = np.nonzero(equal)
    more = problem.loads_of(case, other) - problem.loads_of(case, ways[case])
    step = np.zeros(len(prices))
    step[bound] = np.linalg.lstsq(more[:, bound], np.ones(len(case)), rcond=None)[0]
    cost = np.broadcast_to(costs(step, problem.loads), net.shape)
    gain = cost[rows, ways][:, None] - cost  # of other ways over those taken
    ahead = net[rows, ways][:, None] - net
    catches = (gain > 0) & np.isfinite(ahead) & ~equal
    turns = prices * step < 0  # signs must not change
    room = np.concatenate(
        [
            np.maximum(ahead[catches], 0.0) / gain[catches],
            -prices[turns] / step[turns],
            [np.abs(prices).max() / max(float(np.abs(step).max()), 1e-300)],
        ]
    )
    return prices + 0.5 * float(room.min()) * step


def _beyond(problem: Problem, prices: Float[np.ndarray, " K"]) -> float:
    """Total reads beyond the bounds, of the ways that are best at these prices."""
    taken = reads(problem.net(prices).argmax(1), len(prices), problem.loads)
    return float(np.maximum(np.maximum(taken - problem.upper, problem.lower - taken), 0.0).sum())
