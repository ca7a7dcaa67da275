"""Worklists: cases assigned in whole numbers, all at once and optimally, or one at a time."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from core.allocation import exact
from core.allocation.loads import running
from core.allocation.problem import Problem
from core.allocation.routing import route
from core.base.numbers import whole
from core.base.report import clip
from core.scenarios.room import check_room, check_sums
from core.scenarios.scores import CaseScores
from core.scenarios.settings import ScenarioError


class Assignment(NamedTuple):
    """The agent of each case, meeting whole-number capacities exactly.

    Attributes:
      chosen: agent per case.
      expected: number of right decisions expected, a sum of v; the maximum possible.
      method: the solver.
    """

    chosen: Int[np.ndarray, " n"]
    expected: float
    method: Literal["highs"]


class Online(NamedTuple):
    """Cases assigned one at a time in order of arrival.

    Attributes:
      chosen: agent per case; −1 where nobody may take it.
      load: each agent's share of the cases so far, after each case.
    """

    chosen: Int[np.ndarray, " n"]
    load: Float[np.ndarray, "n K"]


def capacities(
    plain: Mapping[str, Any], agents: Sequence[str], cases: int
) -> tuple[Int[np.ndarray, " K"], Int[np.ndarray, " K"]]:
    """Minimum and maximum cases per agent from a file or a form; their sums are checked.

    Args:
      plain: per agent a whole number, exactly that many, or a pair [minimum, maximum], also
        written {"least": …, "most": …}. Agents left out are free, as in a bounds file.
      agents: names, the AI last.
      cases: how many are to be assigned.

    Raises:
      ScenarioError: as `read_capacities`. room.NoRoomError: they cannot place all cases.
    """
    minimum, maximum = read_capacities(plain, agents, cases)
    check_sums(minimum, maximum, cases)
    return minimum, maximum


def read_capacities(
    plain: Mapping[str, Any], agents: Sequence[str], cases: int
) -> tuple[Int[np.ndarray, " K"], Int[np.ndarray, " K"]]:
    """`capacities` without the check of sums, for checks together with guard rules.

    Raises:
      ScenarioError: it names unknown agents, or holds something other than whole numbers.
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
    minimum, maximum = np.array(pairs, int).T
    return minimum, maximum


def _pair(name: str, value: Any, cases: int) -> tuple[int, int]:
    ends: Any = [value, value]
    if isinstance(value, list | tuple):
        ends = list(value)
    elif isinstance(value, Mapping) and set(value) <= {"least", "most"}:
        ends = [value.get("least", 0), value.get("most", cases)]
    try:
        minimum, maximum = (_whole(end) for end in ends)
    except ValueError:  # also where there are not two
        minimum, maximum = -1, -1
    if not 0 <= minimum <= maximum <= 10**9:
        raise ScenarioError(
            f"the capacity of {clip(name)} is {clip(repr(value), 40)}; expected a whole number of "
            "cases from 0, or a pair [minimum, maximum]"
        )
    return minimum, maximum


def _whole(end: Any) -> int:
    if isinstance(end, str):
        raise ValueError("a text")
    return whole(end)


def worklist(
    cases: CaseScores,
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
    permitted: Bool[np.ndarray, "n K"] | None = None,
    *,
    agents: Sequence[str] | None = None,
    seed: int = 0,
) -> Assignment:
    """The assignment in whole numbers with the most expected right decisions, by HiGHS.

    max Σ_i v_{i,z_i} s.t. minimum_n ≤ #{i : z_i = n} ≤ maximum_n: the vertices of a transport
    problem are whole, so its linear programme over the permitted pairs is exact.

    Args:
      cases: to assign.
      minimum: cases per agent at least.
      maximum: cases per agent at most.
      permitted: which agents may take which case (`guards.permitted`); None for all but
        the AI where it may not take some.
      agents: names, for the message; None numbers them.
      seed: splits ties between cases at random.

    Raises:
      room.NoRoomError: not all cases can be placed; says how many can, and with whom.
    """
    n, count = cases.value.shape
    may = cases.may if permitted is None else np.asarray(permitted, bool)
    names = [f"agent {k + 1}" for k in range(count)] if agents is None else list(agents)
    if not n:
        if minimum.sum() > 0:
            raise ScenarioError("there are no cases to assign; give some, or capacities of 0")
        return Assignment(np.zeros(0, int), 0.0, "highs")
    _check_scores(cases, may)
    check_room(may, minimum, maximum, names, cases.kept_words)
    chosen = exact.assign(Problem.single(cases.value, minimum, maximum, may), seed=seed)
    if chosen is None:
        raise RuntimeError("HiGHS found no assignment where there is one")
    loads = np.bincount(chosen, minlength=count)
    if (loads < minimum).any() or (loads > maximum).any():
        raise RuntimeError("HiGHS returned an assignment that misses the capacities")
    expected = float(cases.value[np.arange(n), chosen].astype(np.float64).sum())
    return Assignment(chosen, expected, "highs")


def nearest_capacities(
    cases: CaseScores,
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
    permitted: Bool[np.ndarray, "n K"],
    *,
    seed: int = 0,
) -> exact.Nearest:
    """The nearest capacities that can be met without changing rules.

    Minimums are lowered and maximums raised by as few cases in total as possible; of all such
    changes the one with the most expected right decisions is taken.

    Args:
      cases: to assign; some agent may take each.
      minimum: cases per agent at least.
      maximum: cases per agent at most.
      permitted: which agents may take which case.
      seed: splits ties between cases at random.

    Returns:
      Capacities, as given where they can be met, and the loads of the best assignment.

    Raises:
      ScenarioError: nobody may take some case, so no capacities are enough; or as `worklist`.
    """
    may = np.asarray(permitted, bool)
    if stuck := int((~may.any(1)).sum()):
        raise ScenarioError(f"nobody may take {stuck:,} of {len(may):,} cases")
    _check_scores(cases, may)
    if not len(may):
        nothing = np.zeros(len(minimum), int)
        return exact.Nearest(nothing, np.asarray(maximum), np.zeros(0, int), nothing)
    return exact.nearest(Problem.single(cases.value, minimum, maximum, may), seed=seed)


def _check_scores(cases: CaseScores, may: Bool[np.ndarray, "n K"]) -> None:
    if np.isnan(cases.value[may]).any():
        without = np.isnan(np.where(may, cases.value, 0.0)).any(1).sum()
        raise ScenarioError(
            f"{without:,} of {len(may):,} cases lack a score; expected a number per agent and case"
        )


def online(
    cases: CaseScores,
    prices: Float[np.ndarray, " K"],
    allowed: Bool[np.ndarray, "n K"],
    *,
    seed: int = 0,
) -> Online:
    """Assigns cases in their order, each by argmax v − μ among agents that may take it.

    Args:
      cases: in their order.
      prices: μ per agent, fitted on validation cases.
      allowed: which agents may take which case.
      seed: of the jitter that splits ties.
    """
    chosen = route(cases.value, prices, allowed=allowed, seed=seed)
    return Online(chosen, running(chosen, len(prices)))
