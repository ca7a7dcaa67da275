"""What is to be allocated: ways to decide each case, what they are worth and what they take."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """Each case is decided in one way; the ways' loads on the agents stay within bounds.

    max Σ_i s_{i,w_i} s.t. lower_n ≤ Σ_i a_{i,w_i,n} ≤ upper_n, w_i one of the ways that i may go.

    Attributes:
      scores: what each way is worth on each case.
      loads: reads that a way takes of each agent, of all cases alike or case by case.
      lower: fewest reads of each agent, of all cases together.
      upper: most reads.
      may: which ways a case may go; None for all.
    """

    scores: Float[np.ndarray, "N W"]
    loads: Shaped[np.ndarray, "W K"] | Shaped[np.ndarray, "N W K"]
    lower: Shaped[np.ndarray, " K"]
    upper: Shaped[np.ndarray, " K"]
    may: Bool[np.ndarray, "N W"] | None = None

    @classmethod
    def single(
        cls,
        scores: Shaped[np.ndarray, "N K"],
        least: Shaped[np.ndarray, " K"],
        most: Shaped[np.ndarray, " K"],
        may: Bool[np.ndarray, "N K"] | None = None,
    ) -> "Problem":
        """One agent reads each case: as many ways as agents, a read each."""
        return cls(
            scores=np.asarray(scores, np.float64),
            loads=np.eye(np.shape(scores)[1]),
            lower=least,
            upper=most,
            may=may,
        )

    @property
    def whole(self) -> bool:
        """Whether every way is one read of one agent: then linear programmes have whole answers."""
        loads = np.asarray(self.loads)
        return bool(((loads == 0) | (loads == 1)).all() and (loads.sum(-1) == 1).all())

    def loads_of(
        self, cases: Shaped[np.ndarray, " E"], ways: Shaped[np.ndarray, " E"]
    ) -> Float[np.ndarray, "E K"]:
        """Reads of each agent when these cases go these ways."""
        loads = np.asarray(self.loads, np.float64)
        return loads[ways] if loads.ndim == 2 else loads[cases, ways]

    def allowed(self) -> Bool[np.ndarray, "N W"]:
        """Which ways a case may go."""
        return np.ones(np.shape(self.scores), bool) if self.may is None else self.may
