"""Whether whole-number capacities have room for all cases, and who can take how many if not."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int

from core.allocation.reach import most_placed
from core.dataset.agent_names import called
from core.scenarios.settings import ScenarioError

_NAMED = 6  # agents told one by one


class NoRoomError(ScenarioError):
    """Capacities that some cases, or some least, cannot be met under; the message says why.

    Attributes:
      least: fewest cases per agent that was asked for. most: most cases.
      stuck: positions of the cases that nobody may take, whatever the capacities.
    """

    def __init__(
        self,
        message: str,
        least: Int[np.ndarray, " K"],
        most: Int[np.ndarray, " K"],
        stuck: Int[np.ndarray, " s"] | None = None,
    ):
        super().__init__(message)
        self.least, self.most = np.asarray(least), np.asarray(most)
        self.stuck = np.zeros(0, int) if stuck is None else stuck


def check_sums(least: Int[np.ndarray, " K"], most: Int[np.ndarray, " K"], cases: int) -> None:
    """That capacities could be met if every agent could take every case.

    Raises:
      NoRoomError: they are too little, or ask for too much.
    """
    if most.sum() < cases:
        raise NoRoomError(
            f"at most {most.sum():,} of {cases:,} cases can be placed: the capacities add up to "
            f"no more; raise them by {cases - most.sum():,} in all",
            least,
            most,
        )
    _check_least(least, most, cases)


def check_room(
    may: Bool[np.ndarray, "n K"],
    least: Int[np.ndarray, " K"],
    most: Int[np.ndarray, " K"],
    names: Sequence[str],
) -> None:
    """That every case can be placed and every least served, by maximum flow in whole cases.

    Args:
      may: who may take which case.
      least: fewest cases per agent.
      most: most cases per agent.
      names: of the agents, the AI last.

    Raises:
      NoRoomError: it says how many cases can be placed, by whom, and what stands in the way.
    """
    n = len(may)
    loads = most_placed(may, most)
    stuck = np.flatnonzero(~may.any(1))
    if loads.sum() < n:
        why = (
            f"nobody may take {len(stuck):,} of them; put somebody on duty who may"
            if len(stuck)
            else "raise the capacities of those who may take the rest"
        )
        raise NoRoomError(
            f"at most {loads.sum():,} of {n:,} cases can be placed under the guard rules and "
            f"capacities ({loads_words(names, loads)}); {why}",
            least,
            most,
            stuck,
        )
    _check_least(least, most, n)
    served = most_placed(may, least)
    if served.sum() < least.sum():
        short = int((least - served).argmax())
        raise NoRoomError(
            f"{called(names[short])} can be given at most {served[short]:,} of the "
            f"{least[short]:,} cases asked for under the guard rules; lower that capacity",
            least,
            most,
        )


def _check_least(least: Int[np.ndarray, " K"], most: Int[np.ndarray, " K"], cases: int) -> None:
    if least.sum() > cases:
        raise NoRoomError(
            f"there are {cases:,} cases and the capacities ask for {least.sum():,}; lower them by "
            f"{least.sum() - cases:,} in all, or give an agent a pair [least, most]",
            least,
            most,
        )


def loads_words(names: Sequence[str], loads: Int[np.ndarray, " K"]) -> str:
    """Who takes how many: `Ann 40, the AI 80`; of many those who take most."""
    order = np.argsort(-loads, kind="stable")
    shown = sorted(order[:_NAMED].tolist()) if len(names) > _NAMED else range(len(names))
    text = ", ".join(f"{called(names[k])} {loads[k]:,}" for k in shown)
    if len(names) <= _NAMED:
        return text
    rest = int(loads.sum() - loads[order[:_NAMED]].sum())
    return f"{text}, {len(names) - _NAMED} others {rest:,} in all"
