"""Worklists: cases handed out in whole numbers, all at once and optimally, or one at a time."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from core.data.agent_names import called
from core.data.report import clip
from core.scenarios.scores import CaseScores
from core.scenarios.settings import ScenarioError
from core.scenarios.solution import by_price

_TIE = 1e-9  # of the range of the scores: splits ties, below what HiGHS rounds to


class Assignment(NamedTuple):
    """Who decides which case, meeting whole-number capacities exactly.

    Attributes:
      chosen: agent per case.
      expected: cases expected to be decided rightly, a sum of v; the most that can be had.
      method: how it was found.
    """

    chosen: Int[np.ndarray, " n"]
    expected: float
    method: Literal["highs"]


class Online(NamedTuple):
    """Cases handed out one at a time as they come.

    Attributes:
      chosen: agent per case; −1 where nobody may take it.
      load: share of the cases so far that each agent has got, after each case.
    """

    chosen: Int[np.ndarray, " n"]
    load: Float[np.ndarray, "n K"]


def capacities(
    plain: Mapping[str, Any], agents: Sequence[str], cases: int
) -> tuple[Int[np.ndarray, " K"], Int[np.ndarray, " K"]]:
    """Fewest and most cases per agent from what a file or a form says.

    Args:
      plain: per agent a whole number, exactly that many, or a pair [least, most], also written
        {"least": …, "most": …}. Agents left out are free, as in a bounds file.
      agents: names, the AI last.
      cases: to be handed out.

    Raises:
      ScenarioError: it names others, holds no whole numbers, or cannot place all cases.
    """
    if not isinstance(plain, Mapping) or not plain:
        raise ScenarioError(
            f"the capacities are {clip(repr(plain), 80)}; expected an object of agents by name, "
            f'like {{"{agents[-1]}": {cases}}}'
        )
    if unknown := [str(name) for name in plain if name not in agents]:
        raise ScenarioError(
            f"the capacities name {', '.join(map(repr, unknown))}; "
            f"the agents are {', '.join(agents)}"
        )
    pairs = [_pair(name, plain[name], cases) if name in plain else (0, cases) for name in agents]
    least, most = np.array(pairs, int).T
    if most.sum() < cases:
        raise ScenarioError(
            f"at most {most.sum():,} of {cases:,} cases can be placed: the capacities add up to "
            f"no more; raise them by {cases - most.sum():,} in all"
        )
    if least.sum() > cases:
        raise ScenarioError(
            f"there are {cases:,} cases and the capacities ask for {least.sum():,}; lower them by "
            f"{least.sum() - cases:,} in all, or give an agent a pair [least, most]"
        )
    return least, most


def _pair(name: str, value: Any, cases: int) -> tuple[int, int]:
    ends: Any = [value, value]
    if isinstance(value, list | tuple):
        ends = list(value)
    elif isinstance(value, Mapping) and set(value) <= {"least", "most"}:
        ends = [value.get("least", 0), value.get("most", cases)]
    good = len(ends) == 2 and all(_whole(end) for end in ends)
    if not good or not 0 <= ends[0] <= ends[1] <= 10**9:
        raise ScenarioError(
            f"the capacity of {clip(name)} is {clip(repr(value), 40)}; expected a whole number of "
            "cases from 0, or a pair [least, most]"
        )
    return int(ends[0]), int(ends[1])


def _whole(end: Any) -> bool:
    number = isinstance(end, int | float) and not isinstance(end, bool)
    return number and end == end and abs(end) != float("inf") and end == int(end)


def worklist(
    cases: CaseScores,
    least: Int[np.ndarray, " K"],
    most: Int[np.ndarray, " K"],
    permitted: Bool[np.ndarray, "n K"] | None = None,
    *,
    agents: Sequence[str] | None = None,
    seed: int = 0,
) -> Assignment:
    """The assignment in whole numbers with most expected right decisions, by HiGHS.

    max Σ_i v_{i,z_i} s.t. least_n ≤ #{i : z_i = n} ≤ most_n: the vertices of a transport problem
    are whole, so its linear programme, with only the pairs that are permitted, is exact.

    Args:
      cases: to be handed out.
      least: fewest cases per agent.
      most: most cases per agent.
      permitted: who may take which case (`guards.permitted`); None for all.
      agents: names, for the message; None numbers them.
      seed: of the order among cases that are worth the same.

    Raises:
      ScenarioError: not all cases can be placed; says how many can.
    """
    n, count = cases.value.shape
    may = np.ones((n, count), bool) if permitted is None else np.asarray(permitted, bool)
    names = [f"agent {k + 1}" for k in range(count)] if agents is None else list(agents)
    if not n:
        if least.sum() > 0:
            raise ScenarioError("there are no cases to place; give some, or capacities of 0")
        return Assignment(np.zeros(0, int), 0.0, "highs")
    if np.isnan(cases.value[may]).any():
        raise ScenarioError(
            f"{np.isnan(np.where(may, cases.value, 0.0)).any(1).sum():,} of {n:,} cases have no "
            "score; expected a number per agent and case"
        )
    _check_room(may, least, most, names)
    row, agent = np.nonzero(may)
    score = cases.value[row, agent].astype(np.float64)
    # Scaled and tight, or HiGHS's tolerances would be as large as differences of scores.
    score = (score - score.min()) / (float(np.ptp(score)) or 1.0)
    score += _TIE * np.random.default_rng(seed).random(len(score))
    entry, ones = np.arange(len(row)), np.ones(len(row))
    each = coo_array((ones, (row, entry)), shape=(n, len(row))).tocsr()
    load = coo_array(
        (
            np.concatenate([ones, -ones]),
            (np.concatenate([agent, count + agent]), np.concatenate([entry, entry])),
        ),
        shape=(2 * count, len(row)),
    ).tocsr()
    found = linprog(
        -1e3 * score,
        A_eq=each,
        b_eq=np.ones(n),
        A_ub=load,
        b_ub=np.concatenate([most, -np.asarray(least)]),
        bounds=(0, 1),
        # The simplex method ends at a vertex, which is whole; interior points need not.
        method="highs-ds",
        options={"dual_feasibility_tolerance": 1e-10, "primal_feasibility_tolerance": 1e-10},
    )
    if found.status != 0:
        raise RuntimeError(f"HiGHS found no assignment where there is one: {found.message}")
    taken = found.x > 0.5
    chosen = np.full(n, -1)
    chosen[row[taken]] = agent[taken]
    loads = np.bincount(chosen[chosen >= 0], minlength=count)
    if (chosen < 0).any() or (loads < least).any() or (loads > most).any():
        raise RuntimeError("HiGHS returned an assignment that misses the capacities")
    expected = float(cases.value[np.arange(n), chosen].astype(np.float64).sum())
    return Assignment(chosen, expected, "highs")


def online(
    cases: CaseScores,
    prices: Float[np.ndarray, " K"],
    allowed: Bool[np.ndarray, "n K"],
    *,
    seed: int = 0,
) -> Online:
    """Cases in the order they come, each by argmax v − μ among those who may take it.

    Args:
      cases: in their order.
      prices: μ per agent, fitted on validation cases.
      allowed: who may take which case.
      seed: of the jitter that splits ties.
    """
    chosen = by_price(cases, prices, np.asarray(allowed, bool), seed)
    got = chosen[:, None] == np.arange(len(prices))
    return Online(chosen, got.cumsum(0) / np.arange(1, len(chosen) + 1)[:, None])


def _check_room(
    may: Bool[np.ndarray, "n K"],
    least: Int[np.ndarray, " K"],
    most: Int[np.ndarray, " K"],
    names: Sequence[str],
) -> None:
    """That every case can be placed and every least served, by maximum flow in whole cases."""
    n = len(may)
    placed, stuck = int(_flow(may, most).sum()), int((~may.any(1)).sum())
    if placed < n:
        why = (
            f"nobody may take {stuck:,} of them; put another agent on duty or drop a guard rule"
            if stuck
            else "raise the capacities of those who may take the rest"
        )
        raise ScenarioError(
            f"at most {placed:,} of {n:,} cases can be placed under the guard rules and "
            f"capacities; {why}"
        )
    served = _flow(may, least)
    if served.sum() < least.sum():
        short = int((least - served).argmax())
        raise ScenarioError(
            f"{called(names[short])} can be given at most {served[short]:,} of the "
            f"{least[short]:,} cases asked for under the guard rules; lower that capacity"
        )


def _flow(may: Bool[np.ndarray, "n K"], room: Int[np.ndarray, " K"]) -> Int[np.ndarray, " K"]:
    """Cases each agent gets when as many as possible are placed."""
    n, count = may.shape
    row, agent = np.nonzero(may)
    source, sink = n + count, n + count + 1
    tail = np.concatenate([np.full(n, source), row, n + np.arange(count)])
    head = np.concatenate([np.arange(n), n + agent, np.full(count, sink)])
    size = np.concatenate([np.ones(n + len(row)), np.minimum(room, n)])
    graph = coo_array((size.astype(np.int32), (tail, head)), shape=(sink + 1, sink + 1)).tocsr()
    flow = maximum_flow(graph, source, sink).flow
    return np.asarray(flow[[sink], n : n + count].todense()).ravel() * -1
