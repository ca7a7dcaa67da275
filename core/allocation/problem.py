"""What is to be allocated: ways to decide each case, what they are worth and what they take."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.allocation.loads import costs, of_cases, reads


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

    def rest(self, ways: Int[np.ndarray, " N"], may: Bool[np.ndarray, "N W"]) -> "Problem":
        """What is left where cases go these ways: those of −1, each some way that it still may."""
        left, given = ways < 0, reads(ways, len(self.lower), self.loads)
        return Problem(
            scores=self.scores[left],
            loads=of_cases(self.loads, left),
            lower=self.lower - given,
            upper=self.upper - given,
            may=may[left],
        )

    def net(self, prices: Float[np.ndarray, " K"]) -> Float[np.ndarray, "N W"]:
        """Scores less what the ways cost."""
        return np.asarray(self.scores - costs(prices, self.loads))


def whole_cases(
    lower: Float[np.ndarray, " K"], upper: Float[np.ndarray, " K"], cases: int
) -> tuple[Int[np.ndarray, " K"], Int[np.ndarray, " K"]]:
    """Bounds in whole cases: outward, except that equal bounds go to the nearest they can.

    Returns:
      Fewest and most cases per agent; they can be met together when the shares can.
    """
    rounding = 1e-6  # shares typed as decimals, or kept in float32
    least = np.floor(lower * cases + rounding * max(cases, 1)).astype(int)
    most = np.ceil(upper * cases - rounding * max(cases, 1)).astype(int)
    least, most = np.clip(least, 0, cases), np.clip(most, 0, cases)
    least = np.minimum(least, most)
    equal = np.flatnonzero((upper - lower) * cases < 1e-3)
    part = lower * cases - least
    # Largest remainders up, as long as everybody can still be served; then the rest down.
    for agent in equal[np.argsort(-part[equal], kind="stable")]:
        if part[agent] >= 0.5 and least.sum() - least[agent] + most[agent] <= cases:
            least[agent] = most[agent]
    for agent in equal[np.argsort(part[equal], kind="stable")]:
        if least[agent] < most[agent] and most.sum() - most[agent] + least[agent] >= cases:
            most[agent] = least[agent]
    if most.sum() == cases:  # what could not go down has to go up
        least[equal] = most[equal]
    return least, most
