r"""Tiredness: beyond a comfortable load an agent's accuracy falls by a stated curve.

An assumption, not a finding. A case read when its reader already has L > c cases that day, c the
comfortable load, is right with a probability lower by t/100 · 10 (L − c)/c, t the points lost
per 10 % beyond c, and by no more than 1. Cases come in no special order, so each of an agent's
cases loses the mean over the day, and one more case a day loses what the last one does: the
curve itself is the marginal loss, the price at which the allocation knows of tiring.
"""

from typing import NamedTuple, Self

import numpy as np
from jaxtyping import Float, Shaped

from core.scenarios.settings import Scenario

_NEVER = 1e12  # a comfortable load nobody reaches


class Curves(NamedTuple):
    """How each agent tires.

    Attributes:
      comfortable: cases a day up to which accuracy holds. slope: accuracy lost per case beyond.
      day: cases a day.
    """

    comfortable: Float[np.ndarray, " K"]
    slope: Float[np.ndarray, " K"]
    day: int

    @classmethod
    def of(cls, scenario: Scenario) -> Self:
        """The curves a scenario states; flat without tiring, for the AI and for who never tires."""
        points = scenario.tiring or 0.0
        tires = [
            points > 0 and t.comfortable is not None and k < len(scenario.agents) - 1
            for k, t in enumerate(scenario.terms)
        ]
        comfortable = np.array([t.comfortable or 0.0 for t in scenario.terms])
        # A comfortable load of nothing: the first case already loses everything.
        comfortable = np.where(tires, np.maximum(comfortable, 1e-6), _NEVER)
        slope = np.where(tires, points / 10.0 / comfortable, 0.0)
        return cls(comfortable, slope, scenario.cases_per_day)

    @property
    def flat(self) -> bool:
        """Whether nobody tires."""
        return not self.slope.any()

    def at(self, load: Shaped[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
        """Accuracy lost by a case read after `load` others that day: the marginal loss."""
        return np.clip(self.slope * (load - self.comfortable), 0.0, 1.0)

    def total(self, load: Shaped[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
        """Right answers lost in a day of `load` cases, the integral of `at`."""
        steep = 1.0 / np.maximum(self.slope, 1e-300)  # from comfortable to losing everything
        beyond = np.maximum(load - self.comfortable, 0.0)
        sloping = np.minimum(beyond, steep)
        return 0.5 * self.slope * sloping**2 + (beyond - sloping)

    def mean(self, load: Shaped[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
        """Accuracy lost per case, mean over a day of `load` cases."""
        return self.total(load) / np.maximum(load, 1e-12)


def curve_points(
    scenario: Scenario, agent: str, points: int = 101
) -> tuple[Float[np.ndarray, " P"], Float[np.ndarray, " P"], Float[np.ndarray, " P"]]:
    """The curve of one agent for drawing, from no case to all of a day.

    Returns:
      Cases a day; accuracy lost by a case read at that moment; the mean loss of a day that ends
      there. Losses are shares in [0, 1].
    """
    curves, place = Curves.of(scenario), scenario.names.index(agent)
    load = np.linspace(0.0, scenario.cases_per_day, points)
    loads = np.repeat(load[:, None], len(scenario.agents), axis=1)
    return load, curves.at(loads)[:, place], curves.mean(loads)[:, place]
