"""What an agent's load costs beyond its cases' scores: nothing at first, then ever more."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

NEVER = 1e12  # a comfortable load that nobody reaches


class Costs(NamedTuple):
    """A convex loss per agent, whose marginal is 0, rises in proportion to the load, then stays.

    Attributes:
      comfortable: reads a day up to which nothing is lost.
      slope: by how much the loss of one more read rises per read beyond.
      day: cases a day.
      most: what a read loses at most.
    """

    comfortable: Float[np.ndarray, " K"]
    slope: Float[np.ndarray, " K"]
    day: int
    most: Float[np.ndarray, " K"]

    @classmethod
    def none(cls, agents: int) -> "Costs":
        """No agent loses anything."""
        return cls(np.full(agents, NEVER), np.zeros(agents), 1, np.zeros(agents))

    @property
    def flat(self) -> bool:
        """Whether no load costs anything."""
        return not self.slope.any()

    def of(self, on: Shaped[np.ndarray, " J"]) -> "Costs":
        """Those of some of the agents."""
        return self._replace(
            comfortable=self.comfortable[on], slope=self.slope[on], most=self.most[on]
        )

    def at(self, load: Shaped[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
        """The marginal loss: of a read after `load` others that day."""
        return np.clip(self.slope * (load - self.comfortable), 0.0, self.most)

    def total(self, load: Shaped[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
        """Lost in a day of `load` reads, the integral of `at`."""
        steep = self.most / np.maximum(self.slope, 1e-300)  # from comfortable to the most
        beyond = np.maximum(load - self.comfortable, 0.0)
        sloping = np.minimum(beyond, steep)
        return 0.5 * self.slope * sloping**2 + self.most * (beyond - sloping)

    def mean(self, load: Shaped[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
        """Lost per read, mean over a day of `load`."""
        return self.total(load) / np.maximum(load, 1e-12)
