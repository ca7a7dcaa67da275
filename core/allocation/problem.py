"""The allocation problem: ways to decide each case, their scores and their loads."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.allocation.loads import costs, of_cases, reads


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """Choose one way to decide each case, with the total load of each agent within bounds.

    max Σ_i s_{i,w_i} s.t. lower_n ≤ Σ_i a_{i,w_i,n} ≤ upper_n, w_i one of the ways allowed for i.

    Attributes:
      scores: of each way on each case.
      loads: reads that a way takes of each agent, the same for all cases or per case.
      lower: minimum total reads of each agent.
      upper: maximum total reads.
      may: the ways allowed for each case; None for all.
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
        minimum: Shaped[np.ndarray, " K"],
        maximum: Shaped[np.ndarray, " K"],
        may: Bool[np.ndarray, "N K"] | None = None,
    ) -> "Problem":
        """The problem in which one agent reads each case: way n is one read of agent n."""
        return cls(
            scores=np.asarray(scores, np.float64),
            loads=np.eye(np.shape(scores)[1]),
            lower=minimum,
            upper=maximum,
            may=may,
        )

    @property
    def whole(self) -> bool:
        """Whether every way is one read of one agent, so that solutions are whole."""
        loads = np.asarray(self.loads)
        return bool(((loads == 0) | (loads == 1)).all() and (loads.sum(-1) == 1).all())

    def loads_of(
        self, cases: Shaped[np.ndarray, " E"], ways: Shaped[np.ndarray, " E"]
    ) -> Float[np.ndarray, "E K"]:
        """Reads of each agent when these cases go these ways."""
        loads = np.asarray(self.loads, np.float64)
        return loads[ways] if loads.ndim == 2 else loads[cases, ways]

    def allowed(self) -> Bool[np.ndarray, "N W"]:
        """The ways allowed for each case."""
        return np.ones(np.shape(self.scores), bool) if self.may is None else self.may

    def rest(self, ways: Int[np.ndarray, " N"], may: Bool[np.ndarray, "N W"]) -> "Problem":
        """The remaining problem once cases go these ways: cases of −1 and their allowed ways."""
        left, given = ways < 0, reads(ways, len(self.lower), self.loads)
        return Problem(
            scores=self.scores[left],
            loads=of_cases(self.loads, left),
            lower=self.lower - given,
            upper=self.upper - given,
            may=may[left],
        )

    def net(self, prices: Float[np.ndarray, " K"]) -> Float[np.ndarray, "N W"]:
        """Scores minus the costs of the ways."""
        return np.asarray(self.scores - costs(prices, self.loads))


def whole_cases(
    lower: Float[np.ndarray, " K"], upper: Float[np.ndarray, " K"], cases: int
) -> tuple[Int[np.ndarray, " K"], Int[np.ndarray, " K"]]:
    """Bounds in whole cases: rounded outward, but equal bounds to the nearest feasible number.

    Returns:
      Minimum and maximum cases per agent; feasible together if the shares are.
    """
    rounding = 1e-6  # shares typed as decimals, or kept in float32
    minimum = np.floor(lower * cases + rounding * max(cases, 1)).astype(int)
    maximum = np.ceil(upper * cases - rounding * max(cases, 1)).astype(int)
    minimum, maximum = np.clip(minimum, 0, cases), np.clip(maximum, 0, cases)
    minimum = np.minimum(minimum, maximum)
    equal = np.flatnonzero((upper - lower) * cases < 1e-3)
    part = lower * cases - minimum
    # Largest remainders up, as long as all minimums can still be met; then the rest down.
    for agent in equal[np.argsort(-part[equal], kind="stable")]:
        if part[agent] >= 0.5 and minimum.sum() - minimum[agent] + maximum[agent] <= cases:
            minimum[agent] = maximum[agent]
    for agent in equal[np.argsort(part[equal], kind="stable")]:
        if (
            minimum[agent] < maximum[agent]
            and maximum.sum() - maximum[agent] + minimum[agent] >= cases
        ):
            maximum[agent] = minimum[agent]
    if maximum.sum() == cases:  # what could not be rounded down has to be rounded up
        minimum[equal] = maximum[equal]
    return minimum, maximum
