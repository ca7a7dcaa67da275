"""What the lesson's tasks are checked against. Decisions are by expected correctness."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from core.allocation.routing import route
from core.em.bounds import WorkloadBounds
from core.lesson.deciding import measured, within
from core.lesson.task_limits import COSTLY, USEFUL
from core.lesson.world import EXPERTS, NEW, VALIDATION, World

C = len(EXPERTS) - 1  # expert C among the agents


class Useful(NamedTuple):
    """The team's accuracy on new cases with expert C and without, and C's share."""

    with_c: float
    without_c: float
    share: float

    @property
    def done(self) -> bool:
        """Whether C is useful."""
        return self.with_c - self.without_c >= USEFUL


class Cost(NamedTuple):
    """The team's accuracy on new cases without bounds and within them."""

    free: float
    bounded: float

    @property
    def done(self) -> bool:
        """Whether the bounds cost enough."""
        return self.free - self.bounded > COSTLY


def usefulness(world: World, value: Float[np.ndarray, "N K"]) -> Useful:
    """What expert C adds to the team when nobody has bounds."""
    without = np.arange(value.shape[1]) != C
    team = measured(world, route(value[NEW], None))
    alone = measured(world, route(value[NEW], None, allowed=without))
    return Useful(team.accuracy, alone.accuracy, float(team.workload[C]))


def cost_of_bounds(world: World, value: Float[np.ndarray, "N K"], bounds: WorkloadBounds) -> Cost:
    """What keeping to bounds costs; they are feasible."""
    free = measured(world, route(value[NEW], None))
    return Cost(free.accuracy, within(world, value, bounds).accuracy)


def telling_cases(value: Float[np.ndarray, "N K"], count: int = 3) -> Int[np.ndarray, " count"]:
    """New cases of different best agents, each the clearest of its agent, by position in `NEW`."""
    v = value[NEW]
    best = v.argmax(1)
    lead = np.diff(np.sort(v, axis=1)[:, -2:], axis=1)[:, 0]
    clearest = [
        int(np.flatnonzero(best == n)[lead[best == n].argmax()])
        for n in range(v.shape[1])
        if (best == n).any()
    ]
    return np.array(sorted(clearest, key=lambda i: -lead[i])[:count])


def share_at(value: Float[np.ndarray, "N K"], price: float) -> float:
    """The AI's share of validation cases when its price is set by hand and others have none."""
    prices = np.zeros(value.shape[1])
    prices[-1] = price
    chosen = route(value[VALIDATION], prices)
    return float((chosen == value.shape[1] - 1).mean())
