"""Why an agent gets a case, in one plain line. What is said is the model's expectation."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.base.percents import percent
from core.dataset.agent_names import called, whose

_EQUAL = 1e-6  # accuracies that the model cannot tell apart
NARROW = ", ahead by less than 0.1 points"


def capacity_reasons(
    value: Shaped[np.ndarray, "n K"],
    chosen: Int[np.ndarray, " n"],
    agents: Sequence[str],
    most: Int[np.ndarray, " K"],
    permitted: Bool[np.ndarray, "n K"],
) -> list[str]:
    """Reasons of an optimal assignment.

    Where somebody else would be right more often, either all of that agent's places are taken, or
    the one who got the case is at its least: anything else could be bettered by a swap.

    Args:
      value: expected correctness per case and agent.
      chosen: agent per case.
      agents: names, the AI last.
      most: most cases per agent.
      permitted: whether the agent may take the case.
    """
    loads = np.bincount(chosen, minlength=len(agents))
    may = permitted & (np.asarray(most) > 0)
    lines = []
    for mine, other, text in _compared(value, chosen, agents, may):
        if other is None:
            lines.append(text)
        elif loads[other] >= most[other]:
            lines.append(
                f"{text}; {whose(agents[other])} capacity went to cases where it matters more"
            )
        else:
            lines.append(
                f"{text}; {called(agents[mine])} has to get {loads[mine]:,} of the cases, and "
                "this one loses least by it"
            )
    return lines


def price_reasons(
    value: Shaped[np.ndarray, "n K"],
    chosen: Int[np.ndarray, " n"],
    agents: Sequence[str],
    prices: Float[np.ndarray, " K"],
    able: Bool[np.ndarray, "n K"],
) -> list[str]:
    """Reasons of a choice by prices, one case at a time.

    Args:
      value: expected correctness per case and agent.
      chosen: agent per case.
      agents: names, the AI last.
      prices: in accuracy per case.
      able: who can get which case.
    """
    lines = []
    for mine, other, text in _compared(value, chosen, agents, able):
        if other is None:
            lines.append(text)
            continue
        points = 100 * float(prices[other] - prices[mine])
        lines.append(
            f"{text}, at a price per case that is {points:.1f} points higher for "
            f"{called(agents[other])}, which keeps the loads near the capacities"
        )
    return lines


def kept_away(agent: str, rule: str, line: str) -> str:
    """A reason, after what keeps the agent away who would have got the case without it.

    Args:
      agent: that is kept away.
      rule: in words; empty to leave them out.
      line: why the case goes to whom it goes.
    """
    said = f" ({rule})" if rule else ""
    return f"A guard rule keeps {called(agent)} away{said}. {line}"


def goes_to(agent: str, own: float, rival: str | None = None, theirs: float = 0.0) -> str:
    """Who gets a case and how often they are expected to be right, beside one a reader asks about.

    Args:
      agent: that gets it.
      own: its expected correctness.
      rival: the other one; None where nobody else can get the case.
      theirs: its expected correctness.
    """
    start = f"Goes to {called(agent)}: "
    if rival is None:
        return f"{start}nobody else can get it; expected right in {expected(own)}"
    if abs(own - theirs) <= _EQUAL:
        return f"{start}expected right in {expected(own)}, as often as {called(rival)}"
    return f"{start}expected right in {expected(own)} against {whose(rival)} {expected(theirs)}"


def without_agent(reason: str, agent: str) -> str:
    """The reason for a place where it already stands which agent gets the case."""
    before, goes, rest = reason.partition(f"Goes to {called(agent)}: ")
    return f"{before}{rest[:1].upper()}{rest[1:]}" if goes else reason


def drawn(agent: str, others: Sequence[str]) -> str:
    """Who gets a case by chance, since others are worth the same on it."""
    with_whom = called(others[0]) if len(others) == 1 else f"{len(others)} others"
    return f"Goes to {called(agent)}: equal scores with {with_whom}, drawn at random"


def expected(share: float) -> str:
    """An expectation in per cent; never a promise of all."""
    return f"more than {percent(0.999)}" if 0.9995 <= share < 1 else percent(share)


def _compared(
    value: Shaped[np.ndarray, "n K"],
    chosen: Int[np.ndarray, " n"],
    agents: Sequence[str],
    may: Bool[np.ndarray, "n K"],
) -> Iterator[tuple[int, int | None, str]]:
    """Per case: who got it, who would be right more often (None for nobody), and both in words."""
    rest = np.where(may, np.asarray(value, np.float64), -np.inf)
    rest[np.arange(len(chosen)), chosen] = -np.inf
    seconds = rest.argmax(1)
    for i, (mine, other) in enumerate(zip(chosen.tolist(), seconds.tolist(), strict=True)):
        own, next_ = float(value[i, mine]), float(rest[i, other])
        if not np.isfinite(next_):
            yield mine, None, goes_to(agents[mine], own)
            continue
        text = goes_to(agents[mine], own, agents[other], next_)
        if next_ > own + _EQUAL:
            yield mine, other, text
        else:
            yield mine, None, text + NARROW * (_EQUAL < own - next_ < 0.001)
