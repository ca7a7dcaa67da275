"""Costs of an agent's load beyond its cases' scores: zero at first, then rising."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

NEVER = 1e12  # a comfortable load above any possible load


class Costs(NamedTuple):
    """A convex loss per agent: its marginal is 0, then rises linearly with load, then is constant.

    Attributes:
      comfortable: reads a day without loss.
      slope: increase of the marginal loss per read beyond.
      day: cases a day.
      maximum: of the marginal loss.
    """

    comfortable: Float[np.ndarray, " K"]
    slope: Float[np.ndarray, " K"]
    day: int
    maximum: Float[np.ndarray, " K"]

    @classmethod
    def none(cls, agents: int) -> "Costs":
        """No agent loses anything."""
        return cls(np.full(agents, NEVER), np.zeros(agents), 1, np.zeros(agents))

    @property
    def flat(self) -> bool:
        """Whether no load costs anything."""
        return not self.slope.any()

    def of(self, on: Shaped[np.ndarray, " J"]) -> "Costs":
        """The costs of some of the agents."""
        return self._replace(
            comfortable=self.comfortable[on], slope=self.slope[on], maximum=self.maximum[on]
        )

    def at(self, load: Shaped[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
        """The marginal loss: that of a read after `load` others that day."""
        return np.clip(self.slope * (load - self.comfortable), 0.0, self.maximum)

    def total(self, load: Shaped[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
        """Total loss of a day of `load` reads, the integral of `at`."""
        steep = self.maximum / np.maximum(self.slope, 1e-300)  # from comfortable to the most
        beyond = np.maximum(load - self.comfortable, 0.0)
        sloping = np.minimum(beyond, steep)
        return 0.5 * self.slope * sloping**2 + self.maximum * (beyond - sloping)

    def mean(self, load: Shaped[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
        """Mean loss per read of a day of `load`."""
        return self.total(load) / np.maximum(load, 1e-12)
