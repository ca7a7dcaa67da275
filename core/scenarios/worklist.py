"""A worklist: so many cases each in whole numbers, the most cases right that they allow."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from core.evaluation.prices import Prices
from core.evaluation.routing import jittered, route
from core.evaluation.transport import by_highs
from core.scenarios.scores import CaseScores
from core.scenarios.settings import ScenarioError

_EXPECTED = 'a whole number per agent, or {"least": whole number, "most": whole number}'


class Assignment(NamedTuple):
    """Who gets which case.

    Attributes:
      chosen: agent per case.
      expected: cases expected to be decided rightly, all together.
      method: how it was found.
    """

    chosen: Int[np.ndarray, " n"]
    expected: float
    method: Literal["highs"]


def capacities(
    plain: Any, agents: Sequence[str], cases: int
) -> tuple[Int[np.ndarray, " K"], Int[np.ndarray, " K"]]:
    """Fewest and most cases per agent; agents left out are free.

    Args:
      plain: {agent: n} for exactly n cases, or {agent: {"least": …, "most": …}}.
      agents: names, the AI last.
      cases: how many there are.

    Raises:
      ScenarioError: no such object, unknown agents, or capacities that cannot be met.
    """
    if not isinstance(plain, Mapping) or not plain:
        raise ScenarioError(f"the capacities are {plain!r:.80}; expected {_EXPECTED}")
    if unknown := sorted(set(plain) - set(agents)):
        raise ScenarioError(
            f"the capacities name {', '.join(unknown)}; the agents are {', '.join(agents)}"
        )
    least, most = np.zeros(len(agents), int), np.full(len(agents), cases)
    for k, agent in enumerate(agents):
        if agent in plain:
            least[k], most[k] = _pair(agent, plain[agent], cases)
    if most.sum() < cases:
        raise ScenarioError(
            f"at most {most.sum():,} of {cases:,} cases can be placed; "
            f"raise the capacities by {cases - most.sum():,} in all"
        )
    if least.sum() > cases:
        raise ScenarioError(
            f"the capacities ask for {least.sum():,} cases and there are {cases:,}; "
            f"lower them by {least.sum() - cases:,} in all"
        )
    return least, most


def _pair(agent: str, told: Any, cases: int) -> tuple[int, int]:
    if isinstance(told, Mapping):
        if unknown := sorted(set(told) - {"least", "most"}):
            raise ScenarioError(f"{agent} has {', '.join(unknown)}; expected {_EXPECTED}")
        low = _whole(agent, told.get("least", 0))
        high = _whole(agent, told["most"]) if "most" in told else cases
        if low > high:
            raise ScenarioError(f"{agent}'s least, {low}, is above the most, {high}")
        return low, min(high, cases) if low <= cases else high
    number = _whole(agent, told)
    return number, number


def _whole(agent: str, value: Any) -> int:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or value != value or value < 0 or value > 1e9 or int(value) != value:
        raise ScenarioError(f"{agent}'s capacity is {value!r:.40}; expected {_EXPECTED}")
    return int(value)


def worklist(
    cases: CaseScores,
    least: Int[np.ndarray, " K"],
    most: Int[np.ndarray, " K"],
    permitted: Bool[np.ndarray, "n K"],
) -> Assignment:
    """The assignment with the most expected right decisions that meets the capacities exactly.

    Raises:
      ScenarioError: nobody may take some cases, or the capacities cannot be met.
    """
    if not len(cases):
        return Assignment(np.zeros(0, int), 0.0, "highs")
    value = np.asarray(cases.value, np.float64)
    # Dearer than everything that could be won elsewhere.
    never = -2.0 * len(value)
    chosen = by_highs(np.where(permitted, jittered(value, seed=0), never), least, most)
    if chosen is None or not permitted[np.arange(len(value)), chosen].all():
        raise ScenarioError("the cases cannot all be placed with these agents and capacities")
    return Assignment(chosen, float(value[np.arange(len(value)), chosen].sum()), "highs")


def online(
    cases: CaseScores, prices: Prices, seed: int = 0
) -> tuple[Int[np.ndarray, " n"], Float[np.ndarray, "n K"]]:
    """One case at a time by prices, in the order given.

    Returns:
      the agent per case, and each agent's share of the cases so far, after each case.
    """
    chosen = route(cases.value, prices.prices, allowed=prices.allowed, seed=seed)
    taken = np.eye(len(prices.prices))[chosen].cumsum(axis=0)
    return chosen, taken / np.arange(1, len(chosen) + 1)[:, None]
