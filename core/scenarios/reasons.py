"""Why an agent gets a case, in one line. All accuracies are the model's expectations."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.base.percents import percent
from core.dataset.agent_names import called, whose

_EQUAL = 1e-6  # a difference in expected accuracy that counts as none
NARROW = ", ahead by less than 0.1 points"
_ALIKE = (
    "; all cases look alike to the model: the capacities say how many each agent gets, not which"
)


def capacity_reasons(
    value: Shaped[np.ndarray, "n K"],
    chosen: Int[np.ndarray, " n"],
    agents: Sequence[str],
    maximum: Int[np.ndarray, " K"],
    permitted: Bool[np.ndarray, "n K"],
) -> list[str]:
    """Reasons for an optimal assignment.

    Where another agent would be right more often, either that agent is at its maximum, or the one
    that got the case is at its minimum: otherwise a swap would improve the assignment. Where all
    cases look alike, as in a set of labels alone, no case is a better one to give away.

    Args:
      value: expected correctness per case and agent.
      chosen: agent per case.
      agents: names, the AI last.
      maximum: cases per agent at most.
      permitted: whether the agent may take the case.
    """
    loads = np.bincount(chosen, minlength=len(agents))
    may, alike = permitted & (np.asarray(maximum) > 0), _alike(value)
    lines = []
    for mine, other, text in _compared(value, chosen, agents, may):
        if other is None:
            lines.append(text)
        elif alike:
            lines.append(text + _ALIKE)
        elif loads[other] >= maximum[other]:
            lines.append(
                f"{text}; {whose(agents[other])} capacity is used for cases where it gains more"
            )
        else:
            lines.append(
                f"{text}; {called(agents[mine])} has to get {loads[mine]:,} of the cases, and this "
                "is one of those where that costs least"
            )
    return lines


def price_reasons(
    value: Shaped[np.ndarray, "n K"],
    chosen: Int[np.ndarray, " n"],
    agents: Sequence[str],
    prices: Float[np.ndarray, " K"],
    able: Bool[np.ndarray, "n K"],
) -> list[str]:
    """Reasons for a choice by prices, one case at a time.

    Args:
      value: expected correctness per case and agent.
      chosen: agent per case.
      agents: names, the AI last.
      prices: in accuracy per case.
      able: which agents can get which case.
    """
    lines, alike = [], _alike(value)
    for mine, other, text in _compared(value, chosen, agents, able):
        if other is None:
            lines.append(text)
            continue
        if alike:
            lines.append(text + _ALIKE)
            continue
        points = 100 * float(prices[other] - prices[mine])
        lines.append(
            f"{text}, at a price per case that is {points:.1f} points higher for "
            f"{called(agents[other])}; prices keep the loads near the capacities"
        )
    return lines


def _alike(value: Shaped[np.ndarray, "n K"]) -> bool:
    """Whether the model expects the same of every agent in all of several cases."""
    return len(value) > 1 and bool((np.ptp(np.asarray(value, np.float64), axis=0) <= _EQUAL).all())


def kept_away(agent: str, rule: str, line: str) -> str:
    """A reason, preceded by the guard rule that kept the case from the agent it would have gone to.

    Args:
      agent: that may not take the case.
      rule: in words; empty to leave it out.
      line: the reason for the agent that gets the case.
    """
    said = f" ({rule})" if rule else ""
    return f"A guard rule keeps {called(agent)} away{said}. {line}"


def goes_to(agent: str, own: float, rival: str | None = None, theirs: float = 0.0) -> str:
    """Which agent gets a case and how often it is expected to be right, against one other agent.

    Args:
      agent: that gets it.
      own: its expected correctness.
      rival: the other agent; None where no other can get the case.
      theirs: its expected correctness.
    """
    start = f"Goes to {called(agent)}: "
    if rival is None:
        return f"{start}nobody else can get it; expected right in {expected(own)}"
    if abs(own - theirs) <= _EQUAL:
        return f"{start}expected right in {expected(own)}, as often as {called(rival)}"
    return f"{start}expected right in {expected(own)} against {whose(rival)} {expected(theirs)}"


def outside_range(agent: str, columns: str, *, people_only: bool) -> str:
    """Which agent gets a case outside the range of training.

    Args:
      agent: that gets it.
      columns: by which it lies outside.
      people_only: whether such cases go to people only.
    """
    people = "; people only" if people_only else ""
    return (
        f"Goes to {called(agent)}: outside the range of training ({columns}), where no expectation "
        f"holds{people}"
    )


def without_agent(reason: str, agent: str) -> str:
    """The reason for a place that already shows which agent gets the case."""
    before, goes, rest = reason.partition(f"Goes to {called(agent)}: ")
    return f"{before}{rest[:1].upper()}{rest[1:]}" if goes else reason


def drawn(agent: str, others: Sequence[str]) -> str:
    """Who gets a case at random, because other agents have the same score on it."""
    with_whom = called(others[0]) if len(others) == 1 else f"{len(others)} others"
    return f"Goes to {called(agent)}: equal scores with {with_whom}, drawn at random"


def expected(share: float) -> str:
    """An expectation as a percentage; never rounded up to 100 %."""
    return f"more than {percent(0.999)}" if 0.9995 <= share < 1 else percent(share)


def _compared(
    value: Shaped[np.ndarray, "n K"],
    chosen: Int[np.ndarray, " n"],
    agents: Sequence[str],
    may: Bool[np.ndarray, "n K"],
) -> Iterator[tuple[int, int | None, str]]:
    """Per case: its agent, an agent that would be right more often (or None), and the sentence."""
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
