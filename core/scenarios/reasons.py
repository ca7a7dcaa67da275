"""Why an agent gets a case, in one plain line. What is said is the model's expectation."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.data.agent_names import called, whose

_EQUAL = 1e-6  # accuracies that the model cannot tell apart


def by_capacity(
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
                f"{text}; {whose(agents[other])} places went to cases where it matters more"
            )
        else:
            lines.append(
                f"{text}; {called(agents[mine])} has to get {loads[mine]:,} of the cases, and "
                "this is one that loses least by it"
            )
    return lines


def by_price(
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
            f"{text}; but {whose(agents[other])} price per case is {points:.1f} points higher, "
            "which keeps the loads near the places"
        )
    return lines


def kept_away(agent: str, rule: str, line: str) -> str:
    """A reason, after what keeps the agent away who would have got the case without it."""
    return f"A guard rule keeps {called(agent)} away ({rule}). {line}"


def _compared(
    value: Shaped[np.ndarray, "n K"],
    chosen: Int[np.ndarray, " n"],
    agents: Sequence[str],
    may: Bool[np.ndarray, "n K"],
) -> list[tuple[int, int | None, str]]:
    """Per case: who got it, who would be right more often (None for nobody), and both in words."""
    told: list[tuple[int, int | None, str]] = []
    rest = np.where(may, np.asarray(value, np.float64), -np.inf)
    rest[np.arange(len(chosen)), chosen] = -np.inf
    seconds = rest.argmax(1)
    for i, (mine, other) in enumerate(zip(chosen.tolist(), seconds.tolist(), strict=True)):
        own, next_ = float(value[i, mine]), float(rest[i, other])
        start = f"{called(agents[mine], start=True)} is expected to be right in"
        if not np.isfinite(next_):
            told.append((mine, None, f"{start} {_percent(own)}; nobody else may take it"))
            continue
        mine_text, other_text = _percents(own, next_)
        if next_ > own + _EQUAL:
            who = called(agents[other])
            told.append((mine, other, f"{start} {mine_text}, {who} in {other_text}"))
        elif next_ > own - _EQUAL:
            told.append((mine, None, f"{start} {_percent(own)}, as often as anybody"))
        else:
            who = called(agents[other])
            told.append(
                (
                    mine,
                    None,
                    f"{start} {mine_text}, more often than anybody else ({who} comes next "
                    f"with {other_text})",
                )
            )
    return told


def _percent(share: float, digits: int = 0) -> str:
    if digits == 0 and 0.995 <= share < 1:
        return "more than 99 %"  # "100 %" would promise what nobody can
    return f"{100 * share:.{digits}f} %"


def _percents(first: float, second: float) -> tuple[str, str]:
    """Both in per cent, with as many digits as tell them apart."""
    for digits in (0, 1, 2):
        texts = _percent(first, digits), _percent(second, digits)
        if texts[0] != texts[1]:
            break
    return texts
