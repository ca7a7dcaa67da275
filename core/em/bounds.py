"""Workload bounds per agent: what is feasible, and the nearest bounds that are (NumPy only)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from core.base.apportion import equal_amount
from core.base.percents import percent

_Shares = Sequence[float] | np.ndarray
_SLACK = 1e-9  # shares typed as decimals need not add up to the last bit


class BoundsError(ValueError):
    """Bounds no assignment can meet; `nearest` holds feasible ones."""

    def __init__(self, message: str, nearest: "WorkloadBounds | None" = None):
        super().__init__(message)
        self.nearest = nearest


class WorkloadBounds(NamedTuple):
    """Minimum and maximum share of the cases per agent, experts first, the AI last.

    The one form from the plan of a run to the projection: a pair of arrays, so that bounds of many
    grid points are stacked, and traced under jit (new bounds compile nothing).

    Attributes:
      lower: ε_l per agent, a share in [0, 1].
      upper: ε_u per agent, a share in [0, 1].
    """

    lower: Float[np.ndarray, " K"]
    upper: Float[np.ndarray, " K"]

    @classmethod
    def feasible(cls, lower: _Shares, upper: _Shares) -> "WorkloadBounds":
        """These bounds.

        Raises:
          BoundsError: unless 0 ≤ lower ≤ upper ≤ 1 and Σ lower ≤ 1 ≤ Σ upper; holds the nearest.
        """
        low, up = np.asarray(lower, float), np.asarray(upper, float)
        if problem := _problem(low, up):
            raise BoundsError(problem, nearest_feasible(low, up))
        return cls(low, up)

    @classmethod
    def for_target(
        cls, coverage: float, experts: int, humans: str, included: Sequence[bool] | None = None
    ) -> "WorkloadBounds":
        """Bounds of one coverage target: the AI at [c, c], experts `free` or `balanced`.

        An expert that is not `included` gets nothing. With no expert included only c = 1 is
        feasible.
        """
        on = np.ones(experts, bool) if included is None else np.asarray(included, bool)
        each = (1.0 - coverage) / max(int(on.sum()), 1)
        lower = np.where(on, each, 0.0) if humans == "balanced" else np.zeros(experts)
        upper = np.where(on, each if humans == "balanced" else 1.0, 0.0)
        return cls.feasible([*lower, coverage], [*upper, coverage])


def nearest_feasible(lower: np.ndarray, upper: np.ndarray) -> WorkloadBounds:
    """The feasible bounds nearest to the given ones.

    Each share is first clipped to [0, 1] and a crossed pair meets in its middle. Then, if the
    minimums add up to more than everything they are lowered, each by the same amount (the
    Euclidean projection, so no share below that amount goes negative); if the maximums cannot
    place every case they are raised in the same way.
    """
    low, up = (np.clip(np.nan_to_num(np.asarray(x, float)), 0.0, 1.0) for x in (lower, upper))
    crossed = low > up
    middle = (low + up) / 2
    low, up = np.where(crossed, middle, low), np.where(crossed, middle, up)
    if low.sum() > 1.0:
        low = low - np.minimum(equal_amount(low.sum() - 1.0, low), low)
    if up.sum() < 1.0:
        up = up + np.minimum(equal_amount(1.0 - up.sum(), 1.0 - up), 1.0 - up)
    return WorkloadBounds(low, np.maximum(low, up))


def _problem(low: np.ndarray, up: np.ndarray) -> str | None:
    if low.shape != up.shape:
        return f"{len(low)} minimum shares but {len(up)} maximum shares"
    if not (np.isfinite(low).all() and np.isfinite(up).all()):
        return "a workload bound is not a number"
    if (low < -_SLACK).any() or (up > 1 + _SLACK).any():
        return "workload bounds are shares between 0 and 1"
    if (low > up + _SLACK).any():
        return "an agent's minimum workload is above its maximum"
    if low.sum() > 1 + 1e-6:
        return f"the minimum workloads add up to {percent(low.sum())}, more than all cases"
    if up.sum() < 1 - 1e-6:
        return f"the maximum workloads add up to {percent(up.sum())}, so some cases go nowhere"
    return None
