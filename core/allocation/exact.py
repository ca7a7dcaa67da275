"""Allocations by HiGHS: exact for any loads, and slower than prices."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy.optimize import LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

from core.allocation.problem import Problem

_TIE = 1e-9  # of the range of the scores: splits ties, below what HiGHS rounds to
# Scaled and tight, or HiGHS's tolerances would be as large as differences of scores.
_SCALE, _TIGHT = 1e3, 1e-10


class Nearest(NamedTuple):
    """Bounds that can be met, near those asked for.

    Attributes:
      minimum: reads per agent at least. maximum: at most; whole where every way is one read.
      ways: the best allocation within them. loads: reads per agent that it takes.
    """

    minimum: Shaped[np.ndarray, " K"]
    maximum: Shaped[np.ndarray, " K"]
    ways: Int[np.ndarray, " N"]
    loads: Shaped[np.ndarray, " K"]


class _Programme(NamedTuple):
    """A variable per case and way that it may go, 0 to 1; those of a case sum to one."""

    case: Int[np.ndarray, " E"]
    way: Int[np.ndarray, " E"]
    score: Float[np.ndarray, " E"]  # over their range, the lowest 0
    unit: float  # what a score of 1 is
    each: csr_array
    load: csr_array


def assign(problem: Problem, *, seed: int | None = None) -> Int[np.ndarray, " N"] | None:
    """The way of each case with maximum total score within the bounds; None where infeasible.

    With one read of one agent per way this is a transport problem, whose linear programme has
    whole vertices; else an integer programme.

    Args:
      problem: with finite scores wherever a case may go.
      seed: splits ties between cases at random; None leaves them to HiGHS.
    """
    if not problem.allowed().any(1).all():
        return None
    programme = _programme(problem, seed)
    found = _solve(programme, problem, linear=problem.whole)
    return None if found.status != 0 else _ways(programme, found.x, len(problem.scores))


def nearest(problem: Problem, *, seed: int | None = None) -> Nearest:
    """The bounds nearest to the problem's that can be met.

    Lower bounds are lowered and upper bounds raised by as few reads in total as possible, and of
    all such changes the one with maximum total score is taken.

    Args:
      problem: with finite scores wherever a case may go; every case may go some way.
      seed: as of `assign`.

    Raises:
      ValueError: a case that may go no way.
    """
    if not problem.allowed().any(1).all():
        raise ValueError("a case may go no way; expected one for every case at least")
    programme = _programme(problem, seed)
    agents = len(problem.lower)
    # A read beyond a bound costs more than it can gain: one more case moves at most one case per
    # agent, each gaining a score of 1 at most.
    price = 2.0 * (agents + 1) if problem.whole else 2.0 * len(problem.scores) + 1.0
    found = _solve(programme, problem, linear=problem.whole, beyond=price)
    if found.status != 0:
        raise RuntimeError(f"HiGHS found no allocation with free bounds: {found.message}")
    ways = _ways(programme, found.x, len(problem.scores))
    taken = problem.loads_of(np.arange(len(ways)), ways).sum(0)
    taken = taken.astype(int) if problem.whole else taken
    minimum, maximum = np.minimum(problem.lower, taken), np.maximum(problem.upper, taken)
    return Nearest(minimum, maximum, ways, taken)


def prices(problem: Problem) -> Float[np.ndarray, " K"] | None:
    """μ per read of each agent, in the scores' unit: the dual of the linear programme.

    A way costs the prices of the reads that it takes: argmax_w s_w − Σ_n a_w,n μ_n has, but for
    ties and a case per agent, the programme's allocation. None where the bounds cannot be met.
    """
    if not problem.allowed().any(1).all():
        return None
    programme = _programme(problem, None)
    found = _solve(programme, problem, linear=True)
    if found.status != 0:
        return None
    agents = len(problem.lower)
    burden = found.ineqlin.marginals
    return (burden[agents:] - burden[:agents]) * programme.unit / _SCALE


def _programme(problem: Problem, seed: int | None) -> _Programme:
    case, way = np.nonzero(problem.allowed())
    score = np.asarray(problem.scores, np.float64)[case, way]
    unit = float(np.ptp(score)) or 1.0
    score = (score - score.min()) / unit
    if seed is not None:
        score += _TIE * np.random.default_rng(seed).random(len(score))
    reads = problem.loads_of(case, way)
    entry, agent = np.nonzero(reads)
    size = len(problem.scores), reads.shape[1]
    each = coo_array((np.ones(len(case)), (case, np.arange(len(case)))), (size[0], len(case)))
    load = coo_array((reads[entry, agent], (agent, entry)), shape=(size[1], len(case)))
    return _Programme(case, way, score, unit, each.tocsr(), load.tocsr())


def _solve(
    programme: _Programme, problem: Problem, *, linear: bool, beyond: float | None = None
) -> OptimizeResult:
    """Maximises the score; `linear` may split cases, `beyond` is the price past a bound."""
    cost, ends = -programme.score, np.ones(len(programme.score))
    each, load = programme.each, vstack([programme.load, -programme.load]).tocsr()
    limits = np.concatenate([problem.upper, -np.asarray(problem.lower)]).astype(np.float64)
    if beyond is not None:
        # Reads beyond a maximum or short of a minimum are additional arcs of the same network, so
        # that the vertices of this transport problem are whole too.
        gives = coo_array((-np.ones(len(limits)), (np.arange(len(limits)),) * 2)).tocsr()
        load = hstack([load, gives]).tocsr()
        each = hstack([each, csr_array((each.shape[0], len(limits)))]).tocsr()
        cost = np.concatenate([cost, np.full(len(limits), beyond)])
        ends = np.concatenate([ends, np.full(len(limits), np.inf)])
    if linear:
        return linprog(
            _SCALE * cost,
            A_eq=each,
            b_eq=np.ones(each.shape[0]),
            A_ub=load,
            b_ub=limits,
            bounds=np.stack([np.zeros(len(ends)), ends], 1),
            # The simplex method ends at a vertex, which is whole; interior points need not.
            method="highs-ds",
            options={
                "dual_feasibility_tolerance": _TIGHT,
                "primal_feasibility_tolerance": _TIGHT,
            },
        )
    return milp(
        _SCALE * cost,
        integrality=np.arange(len(cost)) < len(programme.score),
        bounds=(np.zeros(len(ends)), ends),
        constraints=[
            LinearConstraint(each, 1.0, 1.0),
            LinearConstraint(load, -np.inf, limits + 1e-9),
        ],
        options={"mip_rel_gap": 0.0},
    )


def _ways(programme: _Programme, x: Float[np.ndarray, " X"], cases: int) -> Int[np.ndarray, " N"]:
    taken = x[: len(programme.case)] > 0.5
    ways = np.full(cases, -1)
    ways[programme.case[taken]] = programme.way[taken]
    if (ways < 0).any():
        raise RuntimeError("HiGHS left a case without a way")
    return ways
