"""Whether whole-number capacities have room for all cases, and how many fit if not."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int

from core.allocation.reach import most_placed
from core.dataset.agent_names import called
from core.scenarios.settings import ScenarioError

_NAMED = 6  # agents listed individually


class NoRoomError(ScenarioError):
    """Capacities that cannot be met; the message says why.

    Attributes:
      minimum: cases per agent at least, as asked for. maximum: at most.
      stuck: indices of the cases that nobody may take, whatever the capacities.
    """

    def __init__(
        self,
        message: str,
        minimum: Int[np.ndarray, " K"],
        maximum: Int[np.ndarray, " K"],
        stuck: Int[np.ndarray, " s"] | None = None,
    ):
        super().__init__(message)
        self.minimum, self.maximum = np.asarray(minimum), np.asarray(maximum)
        self.stuck = np.zeros(0, int) if stuck is None else stuck


def check_sums(minimum: Int[np.ndarray, " K"], maximum: Int[np.ndarray, " K"], cases: int) -> None:
    """Checks that capacities can be met if every agent can take every case.

    Raises:
      NoRoomError: the maximums are too low, or the minimums too high.
    """
    if maximum.sum() < cases:
        raise NoRoomError(
            f"at most {maximum.sum():,} of {cases:,} cases can be placed, because the capacities "
            f"add up to no more; raise them by {cases - maximum.sum():,} in total",
            minimum,
            maximum,
        )
    _check_minimums(minimum, maximum, cases)


def check_room(
    may: Bool[np.ndarray, "n K"],
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
    names: Sequence[str],
    why_kept: str = "",
) -> None:
    """Checks that every case can be placed and every minimum met, by maximum flow.

    Args:
      may: which agents may take which case.
      minimum: cases per agent at least.
      maximum: cases per agent at most.
      names: of the agents, the AI last.
      why_kept: what keeps the AI from some cases (`CaseScores.kept_words`), for the message.

    Raises:
      NoRoomError: says how many cases can be placed, with whom, and what prevents more.
    """
    n = len(may)
    loads = most_placed(may, maximum)
    stuck = np.flatnonzero(~may.any(1))
    kept = f". {why_kept}" if why_kept else ""
    if loads.sum() < n:
        why = (
            f"nobody may take {len(stuck):,} of them; put somebody on duty who may"
            if len(stuck)
            else "raise the capacities of those who may take the rest"
        )
        raise NoRoomError(
            f"at most {loads.sum():,} of {n:,} cases can be placed under the guard rules and "
            f"capacities ({loads_words(names, loads)}); {why}{kept}",
            minimum,
            maximum,
            stuck,
        )
    _check_minimums(minimum, maximum, n)
    served = most_placed(may, minimum)
    if served.sum() < minimum.sum():
        short = int((minimum - served).argmax())
        raise NoRoomError(
            f"{called(names[short])} can be given at most {served[short]:,} of the "
            f"{minimum[short]:,} cases asked for under the guard rules; lower that capacity{kept}",
            minimum,
            maximum,
        )


def _check_minimums(
    minimum: Int[np.ndarray, " K"], maximum: Int[np.ndarray, " K"], cases: int
) -> None:
    if minimum.sum() > cases:
        raise NoRoomError(
            f"there are {cases:,} cases, but the capacities ask for {minimum.sum():,}; lower them "
            f"by {minimum.sum() - cases:,} in total, or give an agent a pair [minimum, maximum]",
            minimum,
            maximum,
        )


def loads_words(names: Sequence[str], loads: Int[np.ndarray, " K"]) -> str:
    """How many cases each agent takes: `Ann 40, the AI 80`; of many agents, the top ones."""
    order = np.argsort(-loads, kind="stable")
    shown = sorted(order[:_NAMED].tolist()) if len(names) > _NAMED else range(len(names))
    text = ", ".join(f"{called(names[k])} {loads[k]:,}" for k in shown)
    if len(names) <= _NAMED:
        return text
    rest = int(loads.sum() - loads[order[:_NAMED]].sum())
    return f"{text}, {len(names) - _NAMED} others {rest:,} in total"
