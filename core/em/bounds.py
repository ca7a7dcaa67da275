"""Workload bounds: what is feasible, and the nearest bounds that are (NumPy only)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.base.apportion import equal_amount
from core.base.percents import percent

_SLACK = 1e-9  # shares typed as decimals need not add up to the last bit


class BoundsError(ValueError):
    """Bounds no assignment can meet; `nearest` holds feasible ones."""

    def __init__(self, message: str, nearest: "WorkloadBounds | None" = None):
        super().__init__(message)
        self.nearest = nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadBounds:
    """Least and greatest share of the cases per agent, experts first, the AI last.

    Attributes:
      lower: ε_l per agent, a share in [0, 1].
      upper: ε_u per agent, a share in [0, 1].

    Raises:
      BoundsError: unless 0 ≤ lower ≤ upper ≤ 1 and Σ lower ≤ 1 ≤ Σ upper.
    """

    lower: tuple[float, ...]
    upper: tuple[float, ...]

    def __post_init__(self) -> None:
        low, up = np.asarray(self.lower, float), np.asarray(self.upper, float)
        problem = _problem(low, up)
        if problem:
            raise BoundsError(problem, nearest_feasible(low, up))

    @classmethod
    def free(cls, agents: int) -> "WorkloadBounds":
        """No bounds: every agent between nothing and everything."""
        return cls(lower=(0.0,) * agents, upper=(1.0,) * agents)

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
        return cls(
            lower=(*map(float, lower), float(coverage)), upper=(*map(float, upper), float(coverage))
        )

    @classmethod
    def from_names(
        cls,
        lower: Mapping[str, float],
        upper: Mapping[str, float],
        agents: Sequence[str],
        included: Sequence[bool] | None = None,
    ) -> "WorkloadBounds":
        """Bounds by agent name; agents left out are free, excluded experts get nothing."""
        unknown = sorted((set(lower) | set(upper)) - set(agents))
        if unknown:
            raise BoundsError(
                f"bounds name {', '.join(map(repr, unknown))}, the agents are {', '.join(agents)}"
            )
        on = [True] * len(agents) if included is None else [*included, True]
        low = tuple(float(lower.get(a, 0.0)) for a in agents)
        up = tuple(
            float(upper.get(a, 1.0 if use else 0.0)) for a, use in zip(agents, on, strict=True)
        )
        for agent, least, most in zip(agents, low, up, strict=True):
            if 0 <= most < least <= 1:
                raise BoundsError(
                    f"{agent}'s least workload of {percent(least)} is above the greatest, "
                    f"{percent(most)}",
                    nearest_feasible(np.asarray(low), np.asarray(up)),
                )
        return cls(lower=low, upper=up)


def nearest_feasible(lower: np.ndarray, upper: np.ndarray) -> WorkloadBounds:
    """The feasible bounds nearest to the given ones.

    Each share is first clipped to [0, 1] and a crossed pair meets in its middle. Then, if the
    least shares add up to more than everything they are lowered, each by the same amount (the
    Euclidean projection, so no share below that amount goes negative); if the greatest shares
    cannot place every case they are raised in the same way.
    """
    low, up = (np.clip(np.nan_to_num(np.asarray(x, float)), 0.0, 1.0) for x in (lower, upper))
    crossed = low > up
    middle = (low + up) / 2
    low, up = np.where(crossed, middle, low), np.where(crossed, middle, up)
    if low.sum() > 1.0:
        low = low - np.minimum(equal_amount(low.sum() - 1.0, low), low)
    if up.sum() < 1.0:
        up = up + np.minimum(equal_amount(1.0 - up.sum(), 1.0 - up), 1.0 - up)
    up = np.maximum(low, up)
    return WorkloadBounds(lower=tuple(map(float, low)), upper=tuple(map(float, up)))


def _problem(low: np.ndarray, up: np.ndarray) -> str | None:
    if low.shape != up.shape:
        return f"{len(low)} least shares but {len(up)} greatest shares"
    if not (np.isfinite(low).all() and np.isfinite(up).all()):
        return "a workload bound is not a number"
    if (low < -_SLACK).any() or (up > 1 + _SLACK).any():
        return "workload bounds are shares between 0 and 1"
    if (low > up + _SLACK).any():
        return "an agent's least workload is above its greatest"
    if low.sum() > 1 + 1e-6:
        return f"the least workloads add up to {percent(low.sum())}, more than all cases"
    if up.sum() < 1 - 1e-6:
        return f"the greatest workloads add up to {percent(up.sum())}, so some cases go nowhere"
    return None
